import { useState } from 'react';
import type { BookableEmployee, CatalogueScreen } from '../api/schema';
import { Choice, TextField } from '../components/Field';
import { useSay } from '../texts/texts';
import { type Chip, Chips } from './Chips';
import { ableEmployees } from './visits';

/** So many are seen at a glance; of more, some are searched for. */
const AT_A_GLANCE = 8;
const ANYONE = 0;

interface Props {
  /** Who does what is chosen and works on the days that are shown. */
  employees: readonly BookableEmployee[];
  /** Who of them works on the chosen day. */
  isWorking(employee: number): boolean;
  chosen: number | null;
  error?: string | undefined;
  onChange(employee: number | null): void;
}

/** One employee, or anyone. */
export function EmployeePicker({ employees, isWorking, chosen, error, onChange }: Props) {
  const say = useSay();
  const [search, setSearch] = useState('');
  const word = search.trim().toLocaleLowerCase();
  const matching = employees.filter(one => `${one.name} ${one.specialization}`.toLocaleLowerCase().includes(word));
  // Whoever is chosen stays in sight, and those who are there that day come first.
  const sorted = [...matching].sort(
    (one, other) =>
      Number(other.id === chosen) - Number(one.id === chosen) ||
      Number(isWorking(other.id)) - Number(isWorking(one.id)),
  );
  const shown = employees.length > AT_A_GLANCE ? sorted.slice(0, AT_A_GLANCE) : matching;
  const chips: Chip<number>[] = [
    { value: ANYONE, label: say('booking.anyone') },
    ...shown.map(({ id, name }) =>
      isWorking(id)
        ? { value: id, label: name }
        : { value: id, label: name, isQuiet: true, name: say('booking.dayOffOf', { name }) },
    ),
  ];
  return (
    <div className="booking-employees">
      <Chips
        legend={say('booking.employee')}
        chips={chips}
        value={chosen ?? ANYONE}
        onChange={id => onChange(id === ANYONE ? null : id)}
      />
      {employees.length > AT_A_GLANCE && (
        <TextField
          label={say('booking.searchEmployees')}
          isLabelHidden
          type="search"
          placeholder={say('booking.searchEmployees')}
          hint={
            word && !matching.length
              ? say('booking.noEmployeeFound')
              : say('booking.employeesShown', { shown: shown.length, all: employees.length })
          }
          value={search}
          onChange={setSearch}
        />
      )}
      {error && (
        <p className="field-error" role="alert">
          {error}
        </p>
      )}
    </div>
  );
}

interface EachProps {
  catalogue: CatalogueScreen;
  services: readonly number[];
  chosen: Readonly<Record<number, number | null>>;
  onChange(chosen: Record<number, number | null>): void;
}

/** Each service with its own employee. */
export function EmployeeOfEach({ catalogue, services, chosen, onChange }: EachProps) {
  const say = useSay();
  return (
    <div className="booking-each">
      {services.map(id => (
        <Choice
          key={id}
          label={say('booking.employeeOf', { service: catalogue.services.find(one => one.id === id)?.title ?? '' })}
          none={say('booking.anyone')}
          options={ableEmployees(catalogue, [id]).map(one => ({ value: one.id, label: one.name }))}
          value={chosen[id] ?? null}
          onChange={employee => onChange({ ...chosen, [id]: employee })}
        />
      ))}
    </div>
  );
}
