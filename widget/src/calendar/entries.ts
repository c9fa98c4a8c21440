/** What the calendar draws: columns of employees, bookings and group events in them, and the hours when nobody works. */

import type {
  BookingScreen,
  BookingStatus,
  CatalogueScreen,
  EventScreen,
  Location,
  ScheduleScreen,
} from '../api/schema';
import type { Filters } from './filters';
import { daysOf, plusSeconds, type Range } from './range';

/** One employee at one location. `employee` 0: bookings that nobody was named for. */
export interface Column {
  id: string;
  location: number;
  employee: number;
  name: string;
}

/** A booking, or a group event with those who take part. Its times are the location's wall clock. */
export interface Entry {
  id: string;
  column: string;
  start: string;
  end: string;
  booking: BookingScreen | null;
  event: GroupEvent | null;
}

export interface GroupEvent {
  title: string;
  colour: string;
  /** What the schedule says of it; null until it has answered. */
  places: EventScreen | null;
  bookings: readonly BookingScreen[];
}

/** A part of a column in which its employee does not work. */
export interface OffHours {
  column: string;
  start: string;
  end: string;
}

/** What was read of one location. */
export interface Place {
  location: Location;
  catalogue: CatalogueScreen | undefined;
  schedule: ScheduleScreen | undefined;
}

export interface Drawing {
  /** Those that are shown. */
  columns: Column[];
  /** Those that could be: all but those that another filter hides. */
  offered: Column[];
  entries: Entry[];
  off: OffHours[];
  /** The hours that are shown, `from` until `until`; the first of them that is worked. */
  from: number;
  until: number;
  opens: number;
}

/** The hours that a calendar shows. */
export type Limits = Pick<Drawing, 'from' | 'until' | 'opens'>;

interface Asked {
  places: readonly Place[];
  bookings: readonly BookingScreen[];
  range: Range;
  filters: Filters;
  /** Deals of the user's own; null while all are shown. */
  mine: ReadonlySet<number> | null;
  /** Hours that were shown before: they stay, so that nothing jumps, until those of these days are known. */
  before: Limits | null;
}

const OFTEN: Limits = { from: 9, until: 20, opens: 9 };

export function drawingOf({ places, bookings, range, filters, mine, before }: Asked): Drawing {
  const entries = [
    ...ownEntries(bookings, filters.statuses, mine),
    ...eventEntries(bookings, places, range, filters, mine),
  ];
  const columns = columnsOf(places, bookings);
  const busy = new Set(entries.map(entry => entry.column));
  const hours = hoursOf(places, range);
  const works = (column: Column) => hours.get(column.id)?.some(day => day.hours.length) ?? false;
  const isThere = (column: Column) =>
    busy.has(column.id) || filters.isOffShown || !hours.has(column.id) || works(column);
  const offered = columns.filter(column => (column.employee ? isThere(column) : busy.has(column.id)));
  const chosen = offered.filter(column => filters.employees.includes(column.id));
  const shown = chosen.length ? chosen : offered;
  const ids = new Set(shown.map(column => column.id));
  const kept = entries.filter(entry => ids.has(entry.column));
  const isKnown = places.every(place => place.schedule !== undefined);
  const worked = [...ids].flatMap(id => hours.get(id) ?? []);
  const limits = limitsOf(kept, worked, isKnown ? null : before);
  return { columns: shown, offered, entries: kept, off: offHours(shown, hours, range, limits), ...limits };
}

export function columnId(location: number, employee: number | undefined): string {
  return `${location}/${employee ?? 0}`;
}

/** As `columnId`, taken apart. */
export function columnOf(id: string): { location: number; employee: number } {
  const [location = 0, employee = 0] = id.split('/').map(Number);
  return { location, employee };
}

/** The parts of a column's or of all columns' days in which nobody of these works. */
export function commonOff(off: readonly OffHours[], columns: readonly Column[]): { start: string; end: string }[] {
  if (columns.length === 0) {
    return [];
  }
  const marks = off.flatMap(({ start, end }) => [
    { at: start, change: 1 },
    { at: end, change: -1 },
  ]);
  marks.sort((one, other) => one.at.localeCompare(other.at) || one.change - other.change);
  const found = [];
  let [count, since] = [0, ''];
  for (const { at, change } of marks) {
    if (count === columns.length && at > since) {
      found.push({ start: since, end: at });
    }
    count += change;
    since = at;
  }
  return found;
}

function* ownEntries(
  bookings: readonly BookingScreen[],
  statuses: readonly BookingStatus[],
  mine: ReadonlySet<number> | null,
): Generator<Entry> {
  for (const booking of bookings) {
    if (booking.event === null && isWanted(booking, statuses, mine)) {
      yield {
        id: `booking/${booking.location}/${booking.id}`,
        column: columnId(booking.location, booking.employee?.id),
        start: booking.starts_at,
        end: plusSeconds(booking.starts_at, booking.length),
        booking,
        event: null,
      };
    }
  }
}

/** Group events: those of the schedule, also when nobody takes part, and those that only their bookings tell of. */
function* eventEntries(
  bookings: readonly BookingScreen[],
  places: readonly Place[],
  range: Range,
  { statuses }: Filters,
  mine: ReadonlySet<number> | null,
): Generator<Entry> {
  const taking = new Map<string, BookingScreen[]>();
  for (const booking of bookings) {
    if (booking.event !== null && isWanted(booking, statuses, mine)) {
      const id = `event/${booking.location}/${booking.event}`;
      taking.set(id, [...(taking.get(id) ?? []), booking]);
    }
  }
  for (const { location, schedule } of places) {
    for (const event of schedule?.events ?? []) {
      const id = `event/${location.id}/${event.id}`;
      const inside = event.starts_at.slice(0, 10) >= range.first && event.starts_at.slice(0, 10) <= range.last;
      const part = taking.get(id) ?? [];
      taking.delete(id);
      if (inside && (part.length || !mine)) {
        yield {
          id,
          column: columnId(location.id, event.employee),
          start: event.starts_at,
          end: plusSeconds(event.starts_at, event.length),
          booking: null,
          event: { title: event.title, colour: event.colour, places: event, bookings: part },
        };
      }
    }
  }
  for (const [id, part] of taking) {
    const first = part[0];
    if (first) {
      yield {
        id,
        column: columnId(first.location, first.employee?.id),
        start: first.starts_at,
        end: plusSeconds(first.starts_at, first.length),
        booking: null,
        event: { title: first.services[0]?.title ?? '', colour: first.colour, places: null, bookings: part },
      };
    }
  }
}

function isWanted(
  booking: BookingScreen,
  statuses: readonly BookingStatus[],
  mine: ReadonlySet<number> | null,
): boolean {
  return statuses.includes(booking.status) && (!mine || (booking.deal !== null && mine.has(booking.deal)));
}

/** The employees of the locations as their catalogues name them, and those who only stand in bookings any more. */
function columnsOf(places: readonly Place[], bookings: readonly BookingScreen[]): Column[] {
  const columns = new Map<string, Column>();
  const add = (location: number, employee: number, name: string) => {
    const id = columnId(location, employee);
    if (!columns.has(id)) {
      columns.set(id, { id, location, employee, name });
    }
  };
  for (const { location, catalogue } of places) {
    for (const employee of catalogue?.employees ?? []) {
      add(location.id, employee.id, employee.name);
    }
    for (const booking of bookings) {
      if (booking.location === location.id) {
        add(location.id, booking.employee?.id ?? 0, booking.employee?.name ?? '');
      }
    }
  }
  return [...columns.values()];
}

type Day = ScheduleScreen['employees'][number]['days'][number];

/** The employees' days that are shown, of the weeks that were read, by the ids of their columns. */
function hoursOf(places: readonly Place[], { first, last }: Range): Map<string, readonly Day[]> {
  return new Map(
    places.flatMap(({ location, schedule }) =>
      (schedule?.employees ?? []).map(one => {
        const days = one.days.filter(({ day }) => day >= first && day <= last);
        return [columnId(location.id, one.employee), days] as const;
      }),
    ),
  );
}

function limitsOf(entries: readonly Entry[], days: readonly Day[], before: Limits | null): Limits {
  const worked = days.flatMap(day => day.hours.map(([since, until]) => [hour(since), hour(until)] as const));
  const spans = [
    ...worked,
    ...(before ? [[before.from, before.until] as const] : []),
    ...entries.map(({ start, end }) => {
      const isOvernight = end.slice(0, 10) > start.slice(0, 10);
      return [hour(start.slice(11)), isOvernight ? 24 : hour(end.slice(11))] as const;
    }),
  ];
  if (!spans.length) {
    return OFTEN;
  }
  const from = Math.floor(Math.min(...spans.map(span => span[0])));
  const until = Math.ceil(Math.max(...spans.map(span => span[1])));
  const opens = before?.opens ?? Math.min(...(worked.length ? worked : spans).map(span => span[0]));
  return { from, until: Math.min(24, Math.max(until, from + 1)), opens };
}

function hour(clock: string): number {
  return Number(clock.slice(0, 2)) + Number(clock.slice(3, 5)) / 60;
}

function offHours(
  columns: readonly Column[],
  hours: ReadonlyMap<string, readonly Day[]>,
  range: Range,
  { from, until }: { from: number; until: number },
): OffHours[] {
  const found: OffHours[] = [];
  for (const { id } of columns) {
    const known = hours.get(id);
    for (const day of known ? daysOf(range) : []) {
      let since = clock(from);
      const spans = known?.find(one => one.day === day)?.hours ?? [];
      for (const [begins = '', ends = ''] of [...spans, [clock(until), '']]) {
        if (begins > since) {
          found.push({ column: id, start: at(day, since), end: at(day, begins) });
        }
        if (ends > since) {
          since = ends;
        }
      }
    }
  }
  return found;
}

function clock(hours: number): string {
  return `${String(hours).padStart(2, '0')}:00`;
}

/** Midnight at a day's end is the next day's beginning. */
function at(day: string, time: string): string {
  return plusSeconds(`${day}T00:00:00`, hour(time) * 3600);
}
