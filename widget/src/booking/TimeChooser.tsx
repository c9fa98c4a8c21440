import { useQueryClient } from '@tanstack/react-query';
import { useApi } from '../api/api';
import type { CatalogueScreen, EventScreen, FreeTime, Location, ScheduleScreen } from '../api/schema';
import { Button } from '../components/Button';
import { Note } from '../components/Note';
import { Skeleton } from '../components/Skeleton';
import { useFormat } from '../format/format';
import { useSay } from '../texts/texts';
import type { Slot } from './choices';
import { DayStrip } from './DayStrip';
import { Events } from './Events';
import { DAYS, dayAfter, prefetchSchedules, type ScheduleOf } from './places';
import { TimeGrid } from './TimeGrid';
import { Trouble } from './Trouble';
import { type Column, columnsOf, freeDays, type Visit, type Wish } from './visits';

export interface Schedules {
  data: ScheduleScreen[] | undefined;
  error: unknown;
  retry(): void;
}

interface Props {
  catalogue: CatalogueScreen;
  location: Location;
  /** The account's locations are in several time zones: it is said whose times these are. */
  isZoneNamed: boolean;
  today: string;
  wishes: readonly Wish[];
  schedules: Schedules;
  /** What the schedules were asked for; the days that are turned to are asked for alike. */
  asked: Omit<ScheduleOf, 'services'>;
  day: string | null;
  /** Whom to show first: the client knows him. */
  favourite: number | null;
  chosen: Visit | null;
  taken: Slot | null;
  nearest: readonly FreeTime[];
  error?: string | undefined;
  event?: { chosen: EventScreen | null; choose(event: EventScreen): void };
  onDay(day: string): void;
  onTurn(first: string): void;
  onVisit(visit: Visit): void;
  onNearest(time: FreeTime): void;
}

/** Days, free times of the employees side by side, and the group events of the day. */
export function TimeChooser(props: Props) {
  const { location, isZoneNamed, today, wishes, schedules, asked, event, onDay, onTurn, onNearest, nearest } = props;
  const [say, format, api, queries] = [useSay(), useFormat(), useApi(), useQueryClient()];
  const isWished = wishes.every(wish => wish.services.length) || asked.length != null;
  const { day, free } = shownDays(props.day, asked.first, isWished ? wishes : [], schedules.data, Boolean(event));
  const columns = schedules.data && isWished ? ordered(columnsOf(day, wishes, schedules.data), props.favourite) : [];
  const events = schedules.data?.[0]?.events.filter(one => one.starts_at.startsWith(day)) ?? [];
  const nameOf = (employee: number) => props.catalogue.employees.find(one => one.id === employee)?.name ?? '';
  return (
    <section className="booking-when" aria-label={say('booking.when')}>
      <DayStrip
        first={asked.first}
        today={today}
        chosen={day}
        free={free}
        onChoose={onDay}
        onTurn={onTurn}
        onLikely={first => prefetchSchedules(queries, api, wishes, { ...asked, first, services: [] })}
      />
      {isZoneNamed && <p className="quiet">{say('booking.zone', { city: location.city || location.title })}</p>}
      {nearest.length > 0 && (
        <Note tone="error">
          {say('booking.nearest')}
          <div className="booking-nearest">
            {nearest.map(time => (
              <Button key={`${time.employee} ${time.starts_at}`} onClick={() => onNearest(time)}>
                {say('booking.nearTime', {
                  day: format.near(time.starts_at, today),
                  time: format.time(time.starts_at),
                  name: nameOf(time.employee),
                })}
              </Button>
            ))}
          </div>
        </Note>
      )}
      {props.error && (
        <p className="field-error" role="alert">
          {props.error}
        </p>
      )}
      {!schedules.data &&
        (schedules.error ? <Trouble error={schedules.error} onRetry={schedules.retry} /> : <Skeleton lines={6} />)}
      {schedules.data && !isWished && <p className="booking-hint quiet">{say('booking.chooseServices')}</p>}
      {schedules.data && isWished && <Grid {...props} columns={columns} day={day} free={free} />}
      {event && events.length > 0 && (
        <Events events={events} chosen={event.chosen} nameOf={nameOf} onChoose={event.choose} />
      )}
    </section>
  );
}

/** The times, or what to do where there are none. */
function Grid(props: Props & { columns: readonly Column[]; day: string; free: ReadonlySet<string> | undefined }) {
  const { columns, day, free, catalogue, location, chosen, taken, asked, today, onVisit, onDay, onTurn } = props;
  const [say, format] = [useSay(), useFormat()];
  const isTakenHere = taken?.startsAt.startsWith(day) ?? false;
  const working = columns.filter(column => column.isWorking || column.employee === taken?.employee);
  if (working.some(column => column.visits.length) || isTakenHere) {
    return (
      <TimeGrid
        key={day}
        columns={working}
        employees={catalogue.employees}
        currency={location.currency}
        day={day}
        chosen={chosen}
        taken={isTakenHere ? taken : null}
        onChoose={onVisit}
      />
    );
  }
  const next = [...(free ?? [])].sort().find(one => one > day) ?? [...(free ?? [])].sort()[0];
  return (
    <div className="booking-hint">
      <p>{say(working.length ? 'booking.fullOn' : 'booking.nobodyOn', { day: format.near(day, today) })}</p>
      {next ? (
        <Button onClick={() => onDay(next)}>{say('booking.goTo', { day: format.near(next, today) })}</Button>
      ) : (
        <Button onClick={() => onTurn(dayAfter(asked.first, DAYS))}>{say('booking.goToLater')}</Button>
      )}
    </div>
  );
}

/** The day to show, and which days have something to book. */
function shownDays(
  wanted: string | null,
  first: string,
  wishes: readonly Wish[],
  schedules: readonly ScheduleScreen[] | undefined,
  hasEvents: boolean,
) {
  if (!schedules) {
    return { day: wanted ?? first, free: undefined };
  }
  const visits = wishes.length ? freeDays(wishes, schedules) : new Set<string>();
  const events = hasEvents ? (schedules[0]?.events ?? []).filter(event => event.free > 0) : [];
  const free = new Set([...visits, ...events.map(event => event.starts_at.slice(0, 10))]);
  return { day: wanted ?? [...visits].sort()[0] ?? [...free].sort()[0] ?? first, free };
}

/** The favourite first, then whoever has free times. */
function ordered(columns: readonly Column[], favourite: number | null): Column[] {
  const rank = (column: Column) =>
    Number(column.employee === favourite && column.visits.length > 0) * 2 + Number(column.visits.length > 0);
  return [...columns].sort((one, other) => rank(other) - rank(one));
}
