import { useState } from 'react';
import { titleOf } from '../api/locations';
import type { BookingStatus, Location } from '../api/schema';
import { Button } from '../components/Button';
import { TextField } from '../components/Field';
import { Popover } from '../components/Popover';
import { StatusMark } from '../components/StatusMark';
import { Check, Toggle } from '../components/Switches';
import { useSay } from '../texts/texts';
import type { Column } from './entries';
import { type Filters, STATUSES, UNFILTERED } from './filters';

/** With more of them one is found sooner by a few letters than by looking. */
const SEARCHED_FROM = 8;

interface Props {
  filters: Filters;
  locations: readonly Location[];
  /** Ids of the locations that are shown. */
  shown: readonly number[];
  columns: readonly Column[];
  /** One employee is shown at a time, who is chosen elsewhere. */
  isOneShown: boolean;
  placeOf(column: Column): string;
  onChange(change: Partial<Filters>): void;
}

/** What is shown of all that there is. */
export function FilterBar({ filters, locations, shown, columns, isOneShown, placeOf, onChange }: Props) {
  const say = useSay();
  return (
    <fieldset className="calendar-filters">
      <legend className="visually-hidden">{say('calendar.filters')}</legend>
      {locations.length > 1 && <LocationFilter {...{ locations, shown, onChange }} />}
      {!isOneShown && <EmployeeFilter chosen={filters.employees} {...{ columns, placeOf, onChange }} />}
      <StatusFilter chosen={filters.statuses} onChange={onChange} />
      <Toggle
        label={say('calendar.mineOnly')}
        isOn={filters.isMineOnly}
        onChange={isMineOnly => onChange({ isMineOnly })}
      />
      <Toggle
        label={say('calendar.offToo')}
        isOn={filters.isOffShown}
        onChange={isOffShown => onChange({ isOffShown })}
      />
    </fieldset>
  );
}

function LocationFilter({ locations, shown, onChange }: Pick<Props, 'locations' | 'shown' | 'onChange'>) {
  const say = useSay();
  const isAll = shown.length === locations.length;
  const only = shown.length === 1 ? locations.find(one => one.id === shown[0]) : undefined;
  const label = only ? titleOf(only, locations) : say('calendar.locations', { count: shown.length });
  return (
    <Popover label={isAll ? say('calendar.allLocations') : label} isMarked={!isAll}>
      {locations.map(location => (
        <Check
          key={location.id}
          label={titleOf(location, locations)}
          isOn={shown.includes(location.id)}
          // One has to be left: a calendar of none says nothing.
          isDisabled={shown.length === 1 && shown.includes(location.id)}
          onChange={isOn => {
            const ids = locations.map(one => one.id);
            onChange({ locations: ids.filter(id => (id === location.id ? isOn : shown.includes(id))) });
          }}
        />
      ))}
    </Popover>
  );
}

interface EmployeeProps extends Pick<Props, 'columns' | 'placeOf' | 'onChange'> {
  chosen: readonly string[];
}

function EmployeeFilter({ chosen, columns, placeOf, onChange }: EmployeeProps) {
  const say = useSay();
  const [search, setSearch] = useState('');
  const wanted = search.trim().toLocaleLowerCase();
  const found = columns.filter(column => `${column.name} ${placeOf(column)}`.toLocaleLowerCase().includes(wanted));
  const here = columns.filter(column => chosen.includes(column.id));
  const label = here.length === 1 && here[0] ? here[0].name : say('calendar.employees', { count: here.length });
  return (
    <Popover label={here.length ? label : say('calendar.allEmployees')} isMarked={here.length > 0}>
      {columns.length >= SEARCHED_FROM && (
        <TextField label={say('calendar.searchEmployees')} type="search" value={search} onChange={setSearch} />
      )}
      {here.length > 0 && <Button onClick={() => onChange({ employees: [] })}>{say('calendar.allEmployees')}</Button>}
      {found.length === 0 && <p className="quiet">{say('calendar.noEmployee')}</p>}
      <ul className="calendar-choices">
        {found.map(column => (
          <li key={column.id}>
            <Check
              label={[column.name, placeOf(column)].filter(Boolean).join(' · ')}
              isOn={chosen.includes(column.id)}
              onChange={isOn =>
                onChange({ employees: isOn ? [...chosen, column.id] : chosen.filter(id => id !== column.id) })
              }
            />
          </li>
        ))}
      </ul>
    </Popover>
  );
}

function StatusFilter({ chosen, onChange }: { chosen: readonly BookingStatus[]; onChange: Props['onChange'] }) {
  const say = useSay();
  const isUsual = STATUSES.every(status => chosen.includes(status) === UNFILTERED.statuses.includes(status));
  const isAll = chosen.length === STATUSES.length;
  return (
    <Popover
      label={isAll ? say('calendar.allStatuses') : say('calendar.statuses', { count: chosen.length })}
      isMarked={!isUsual}
    >
      {STATUSES.map(status => (
        <Check
          key={status}
          label={
            <span className="calendar-status">
              <StatusMark status={status} />
              {say.coded(`general.status_${status}`)}
            </span>
          }
          isOn={chosen.includes(status)}
          onChange={isOn =>
            onChange({ statuses: STATUSES.filter(one => (one === status ? isOn : chosen.includes(one))) })
          }
        />
      ))}
    </Popover>
  );
}
