import { useId, useState } from 'react';
import type { BookableEmployee } from '../api/schema';
import { Button } from '../components/Button';
import { useFormat } from '../format/format';
import { useSay } from '../texts/texts';
import type { Slot } from './choices';
import { moveVertically } from './roving';
import type { Column, Visit } from './visits';
import './TimeGrid.css';

/** So many employees are shown side by side at first: more are asked for, or searched. */
const COLUMNS = 8;

interface Props {
  columns: readonly Column[];
  employees: readonly BookableEmployee[];
  currency: string;
  day: string;
  chosen: Visit | null;
  /** A time that was taken while it was chosen. */
  taken: Slot | null;
  onChoose(visit: Visit): void;
}

/** The free times of a day, the employees side by side. */
export function TimeGrid({ columns, employees, currency, day, chosen, taken, onChoose }: Props) {
  const [say, format] = [useSay(), useFormat()];
  const group = useId();
  const [isWhole, setWhole] = useState(false);
  const shown = isWhole ? columns : columns.slice(0, COLUMNS);
  return (
    <div className="booking-times">
      <div
        role="radiogroup"
        data-scrolls
        aria-label={say('booking.timesOn', { day: format.day(day) })}
        className={columns.length === 1 ? 'booking-columns booking-columns-single' : 'booking-columns'}
        onKeyDown={moveVertically}
      >
        {shown.map(column => {
          const name = employees.find(one => one.id === column.employee)?.name ?? '';
          return (
            <div key={column.employee} className="booking-column">
              <div className="booking-column-head">
                <strong>{name}</strong>
                <span className="quiet">
                  {say('booking.offer', {
                    length: format.length(column.length),
                    price: format.money(column.price, currency),
                  })}
                </span>
              </div>
              <Times column={column} name={name} group={group} chosen={chosen} taken={taken} onChoose={onChoose} />
            </div>
          );
        })}
      </div>
      {shown.length < columns.length && (
        <Button onClick={() => setWhole(true)}>{say('booking.showAllEmployees', { count: columns.length })}</Button>
      )}
    </div>
  );
}

interface TimesProps extends Pick<Props, 'chosen' | 'taken' | 'onChoose'> {
  column: Column;
  name: string;
  group: string;
}

function Times({ column, name, group, chosen, taken, onChoose }: TimesProps) {
  const [say, format] = [useSay(), useFormat()];
  const lost = taken?.employee === column.employee ? taken.startsAt : null;
  const free = column.visits.filter(visit => visit.parts[0].startsAt !== lost);
  const starts = [...free.map(visit => visit.parts[0].startsAt), ...(lost ? [lost] : [])].sort();
  if (!starts.length) {
    return <p className="quiet">{say(column.isWorking ? 'booking.nothingFree' : 'booking.dayOff')}</p>;
  }
  return (
    <div className="booking-column-times">
      {starts.map(start => {
        const visit = free.find(one => one.parts[0].startsAt === start);
        const time = format.time(start);
        const values = { time, name };
        return (
          <label key={start} className={visit ? 'booking-time' : 'booking-time booking-time-taken'}>
            <input
              type="radio"
              name={group}
              aria-label={say(visit ? 'booking.timeWith' : 'booking.takenTime', values)}
              checked={visit !== undefined && isSame(visit, chosen)}
              disabled={!visit}
              onChange={() => visit && onChoose(visit)}
            />
            <span>{time}</span>
          </label>
        );
      })}
    </div>
  );
}

function isSame(visit: Visit, chosen: Visit | null): boolean {
  const [one, other] = [visit.parts[0], chosen?.parts[0]];
  return one.startsAt === other?.startsAt && one.employee === other.employee;
}
