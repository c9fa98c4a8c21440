import { describe, expect, it } from 'vitest';
import type { BookingScreen, BookingStatus, Location } from '../src/api/schema';
import { type Column, commonOff, drawingOf, type Place } from '../src/calendar/entries';
import { type Filters, locationsOf, recalled, UNFILTERED } from '../src/calendar/filters';
import { changesOf, gridEventsOf, lookOf } from '../src/calendar/gridEvents';
import { daysOf, offsetOf, plusSeconds, rangeOf, step } from '../src/calendar/range';

const RANGE = { first: '2026-05-06', last: '2026-05-06' };
const GRACIA: Location = {
  id: 1,
  title: 'Gràcia',
  city: 'Barcelona',
  country: 'ES',
  timezone: 'Europe/Madrid',
  currency: 'EUR',
  active: true,
};

function booking(id: number, change: Partial<BookingScreen> = {}): BookingScreen {
  return {
    location: 1,
    id,
    deal: id * 10,
    status: 'waiting' as BookingStatus,
    starts_at: '2026-05-06T10:00:00',
    length: 3600,
    employee: { id: 11, name: 'Berta' },
    services: [],
    products: [],
    total: '30',
    client: { id: 5, name: 'Carla', phone: '', email: '' },
    visitor: '',
    seats: 1,
    event: null,
    visit: null,
    comment: '',
    colour: '',
    categories: [],
    is_paid: false,
    is_online: false,
    is_locked: false,
    changed: '1',
    ...change,
  };
}

function place(change: Partial<Place> = {}): Place {
  const days = (hours: [string, string][]) => [{ day: '2026-05-06', hours, times: [] }];
  const employee = (id: number, name: string) => ({ id, name, specialization: '', is_hidden: false });
  return {
    location: GRACIA,
    catalogue: {
      location: 1,
      categories: [],
      services: [],
      employees: [employee(11, 'Berta'), employee(12, 'Dani'), employee(13, 'Elena')],
      booking_categories: [],
    },
    schedule: {
      location: 1,
      timezone: 'Europe/Madrid',
      employees: [
        {
          employee: 11,
          length: 1,
          price: '0',
          days: days([
            ['09:00', '13:00'],
            ['15:00', '19:30'],
          ]),
        },
        { employee: 12, length: 1, price: '0', days: days([['10:00', '24:00']]) },
        { employee: 13, length: 1, price: '0', days: days([]) },
      ],
      events: [],
    },
    ...change,
  };
}

const EVENT = {
  id: 77,
  title: 'Yoga',
  service: 1,
  employee: 12,
  starts_at: '2026-05-06T18:00:00',
  length: 3600,
  capacity: 8,
  free: 3,
  colour: '',
};

function draw(
  bookings: BookingScreen[],
  change: Partial<Filters> = {},
  places = [place()],
  mine: number[] | null = null,
) {
  const filters = { ...UNFILTERED, ...change };
  return drawingOf({ places, bookings, range: RANGE, filters, mine: mine && new Set(mine), before: null });
}

describe('the days of a view', () => {
  it('are one day, or the week as the locale begins it', () => {
    expect(rangeOf('day', '2026-05-06', 1)).toEqual(RANGE);
    expect(rangeOf('week', '2026-05-06', 1)).toEqual({ first: '2026-05-04', last: '2026-05-10' });
    expect(rangeOf('team', '2026-05-03', 7)).toEqual({ first: '2026-05-03', last: '2026-05-09' });
    expect(step('week', '2026-12-31', 1)).toBe('2027-01-07');
    expect(daysOf({ first: '2026-02-27', last: '2026-03-01' })).toEqual(['2026-02-27', '2026-02-28', '2026-03-01']);
    expect(plusSeconds('2026-05-06T23:30:00', 3600)).toBe('2026-05-07T00:30:00');
  });

  it('have the offset of the location, in summer as in winter', () => {
    expect(offsetOf('Europe/Madrid', new Date('2026-07-01T12:00:00Z'))).toBe('+02:00');
    expect(offsetOf('America/Sao_Paulo', new Date('2026-01-01T12:00:00Z'))).toBe('-03:00');
    expect(offsetOf('UTC')).toBe('+00:00');
  });
});

describe('columns', () => {
  const names = (columns: readonly Column[]) => columns.map(column => column.name);

  it('are those who work or have bookings, unless the others are asked for', () => {
    expect(names(draw([]).columns)).toEqual(['Berta', 'Dani']);
    expect(names(draw([booking(1, { employee: { id: 13, name: 'Elena' } })]).columns)).toEqual([
      'Berta',
      'Dani',
      'Elena',
    ]);
    expect(names(draw([], { isOffShown: true }).columns)).toEqual(['Berta', 'Dani', 'Elena']);
  });

  it('include who is in no catalogue any more, and bookings with nobody', () => {
    const drawing = draw([booking(1, { employee: { id: 99, name: 'Kai' } }), booking(2, { employee: null })]);
    expect(names(drawing.columns)).toEqual(['Berta', 'Dani', 'Kai', '']);
    expect(drawing.entries.map(entry => entry.column)).toEqual(['1/99', '1/0']);
  });

  it('are only the chosen ones, and all where none of them is here', () => {
    const drawing = draw([booking(1)], { employees: ['1/12'] });
    expect(names(drawing.columns)).toEqual(['Dani']);
    expect(names(drawing.offered)).toEqual(['Berta', 'Dani']);
    expect(drawing.entries).toEqual([]);
    expect(names(draw([], { employees: ['1/55'] }).columns)).toEqual(['Berta', 'Dani']);
  });
});

describe('entries', () => {
  it('are of the chosen statuses and deals', () => {
    const bookings = [booking(1), booking(2, { status: 'cancelled' }), booking(3, { deal: null })];
    const ids = (drawing: ReturnType<typeof draw>) => drawing.entries.map(entry => entry.booking?.id);
    expect(ids(draw(bookings))).toEqual([1, 3]);
    expect(ids(draw(bookings, { statuses: ['cancelled'] }))).toEqual([2]);
    expect(ids(draw(bookings, {}, [place()], [10, 20]))).toEqual([1]);
  });

  it('put those who take part in an event together, with its places', () => {
    const bookings = [booking(1, { event: 77 }), booking(2, { event: 77 })];
    const schedule = place().schedule;
    const known = draw(bookings, {}, [place({ schedule: schedule && { ...schedule, events: [EVENT] } })]);
    expect(known.entries).toHaveLength(1);
    expect(known.entries[0]?.event?.places?.free).toBe(3);
    expect(known.entries[0]?.column).toBe('1/12');
    const unknown = draw(bookings, {}, [place({ schedule: undefined })]);
    expect(unknown.entries[0]?.event?.places).toBe(null);
    expect(unknown.entries[0]?.event?.bookings).toHaveLength(2);
  });

  it('show an event that nobody takes part in, but not among somebody’s deals', () => {
    const schedule = place().schedule;
    const places = [place({ schedule: schedule && { ...schedule, events: [EVENT] } })];
    expect(draw([], {}, places).entries).toHaveLength(1);
    expect(draw([], {}, places, []).entries).toEqual([]);
  });
});

describe('hours', () => {
  it('begin and end with what is worked or booked', () => {
    expect(draw([booking(1, { starts_at: '2026-05-06T07:30:00' })])).toMatchObject({ from: 7, until: 24, opens: 9 });
    expect(draw([], {}, [place({ schedule: undefined })])).toMatchObject({ from: 9, until: 20 });
  });

  it('stay as they were until those of other days are known', () => {
    const places = [place({ schedule: undefined })];
    const asked = {
      bookings: [],
      range: RANGE,
      filters: UNFILTERED,
      mine: null,
      before: { from: 8, until: 22, opens: 10 },
    };
    expect(drawingOf({ ...asked, places })).toMatchObject({ from: 8, until: 22, opens: 10 });
    expect(drawingOf({ ...asked, places: [place()] })).toMatchObject({ from: 9, until: 24, opens: 9 });
  });

  it('of other days of the week say nothing about this one', () => {
    const { columns } = drawingOf({
      places: [place()],
      bookings: [],
      range: { first: '2026-05-07', last: '2026-05-07' },
      filters: UNFILTERED,
      mine: null,
      before: null,
    });
    expect(columns).toEqual([]);
  });

  it('are hatched where nobody works', () => {
    const { off, columns } = draw([]);
    expect(off).toEqual([
      { column: '1/11', start: '2026-05-06T13:00:00', end: '2026-05-06T15:00:00' },
      { column: '1/11', start: '2026-05-06T19:30:00', end: '2026-05-07T00:00:00' },
      { column: '1/12', start: '2026-05-06T09:00:00', end: '2026-05-06T10:00:00' },
    ]);
    expect(commonOff(off, columns)).toEqual([]);
    expect(
      commonOff([...off, { column: '1/12', start: '2026-05-06T14:00:00', end: '2026-05-06T16:00:00' }], columns),
    ).toEqual([{ start: '2026-05-06T14:00:00', end: '2026-05-06T15:00:00' }]);
  });
});

it('tells the library only what is different', () => {
  const before = gridEventsOf(draw([booking(1), booking(2)]), 'day', new Set());
  const known = new Map(before.map(event => [event.id, lookOf(event)]));
  const now = gridEventsOf(draw([booking(1), booking(3), booking(2, { changed: '2' })]), 'day', new Set());
  const { added, changed, gone } = changesOf(known, now);
  expect([added, changed].map(events => events.map(event => event.id))).toEqual([['booking/1/3'], ['booking/1/2']]);
  expect(gone).toEqual([]);
  expect(changesOf(known, gridEventsOf(draw([booking(1)]), 'day', new Set())).gone).toEqual(['booking/1/2']);
});

it('lets only what stands by itself be dragged', () => {
  const isDragged = (change: Partial<BookingScreen>, moving = new Set<string>()) =>
    gridEventsOf(draw([booking(1, change)], { statuses: ['waiting', 'cancelled'] }), 'day', moving)[0]?.startEditable;
  expect(isDragged({})).toBe(true);
  expect(isDragged({ event: 77 })).toBe(false);
  expect(isDragged({ is_locked: true })).toBe(false);
  expect(isDragged({ status: 'cancelled' })).toBe(false);
  expect(isDragged({}, new Set(['booking/1/1']))).toBe(false);
});

describe('filters', () => {
  it('are recalled as far as they make sense', () => {
    const kept: Filters = { ...UNFILTERED, view: 'team', locations: [1], employees: ['1/11'], isMineOnly: true };
    expect(recalled(JSON.stringify(kept))).toEqual(kept);
    expect(recalled(null)).toEqual(UNFILTERED);
    expect(recalled('{not json')).toEqual(UNFILTERED);
    expect(recalled('{"view": 7, "locations": ["1"], "employees": 3, "statuses": ["waiting", "lost"]}')).toEqual({
      ...UNFILTERED,
      statuses: ['waiting'],
    });
  });

  it('begin with few locations', () => {
    expect(locationsOf(UNFILTERED, [1, 2, 3])).toEqual([1, 2, 3]);
    expect(locationsOf(UNFILTERED, [1, 2, 3, 4])).toEqual([1]);
    expect(locationsOf({ ...UNFILTERED, locations: [2, 9] }, [1, 2, 3, 4])).toEqual([2]);
    expect(locationsOf({ ...UNFILTERED, locations: [9] }, [1, 2])).toEqual([1, 2]);
  });
});
