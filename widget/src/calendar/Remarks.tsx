import type { Location } from '../api/schema';
import { Button } from '../components/Button';
import { Note } from '../components/Note';
import { useFormat } from '../format/format';
import { useSay } from '../texts/texts';
import { type Filters, UNFILTERED } from './filters';

interface Props {
  locations: readonly Location[];
  /** Ids of locations that could not be looked at. */
  closed: readonly number[];
  /** There are more bookings than come in one answer. */
  isCut: boolean;
  isHoursFailed: boolean;
  isOneZone: boolean;
  isEmpty: boolean;
  /** Bookings that the filters hide, when they hide all. */
  hidden: number;
  onChange(change: Partial<Filters>): void;
}

/** What one has to know of what is shown: what is missing, and why. */
export function Remarks(props: Props) {
  const [say, format] = [useSay(), useFormat()];
  const names = props.closed.map(id => props.locations.find(one => one.id === id)?.title ?? `${id}`);
  const { employees, statuses, isMineOnly } = UNFILTERED;
  return (
    <>
      {names.length > 0 && (
        <Note tone="warning">{say('calendar.closed', { count: names.length, locations: format.list(names) })}</Note>
      )}
      {props.isCut && <Note tone="warning">{say('calendar.cut')}</Note>}
      {props.isHoursFailed && <Note tone="warning">{say('calendar.noHours')}</Note>}
      {!props.isOneZone && <p className="quiet">{say('calendar.severalZones')}</p>}
      {props.isEmpty && props.hidden === 0 && <p className="quiet">{say('calendar.empty')}</p>}
      {props.hidden > 0 && (
        <p className="calendar-hidden">
          {say('calendar.hidden', { count: props.hidden })}{' '}
          <Button onClick={() => props.onChange({ employees, statuses, isMineOnly })}>{say('calendar.showAll')}</Button>
        </p>
      )}
    </>
  );
}
