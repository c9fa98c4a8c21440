/** Which visits are offered: one booking, or several one after the other, each with its own employee. */

import { describe, expect, it } from 'vitest';
import type { CatalogueScreen, ScheduleScreen } from '../src/api/schema';
import { columnsOf, endOf, freeDays, offeredVisit, visitAt, type Wish, worksOn } from '../src/booking/visits';

const DAY = '2026-05-06';
const [BERTA, GALA, DANI] = [1, 2, 3];
const [CUT, NAILS] = [10, 20];

describe('one service', () => {
  const wishes: Wish[] = [{ services: [CUT], employee: null }];
  const schedules = [schedule({ [BERTA]: ['10:00', '18:30'], [DANI]: [] })];

  it('begins whenever somebody is free', () => {
    const columns = columnsOf(DAY, wishes, schedules);
    expect(columns.map(column => column.visits.map(visit => visit.parts[0].startsAt))).toEqual([
      [`${DAY}T10:00:00`, `${DAY}T18:30:00`],
      [],
    ]);
  });

  it('is offered with the chosen employee only', () => {
    expect(columnsOf(DAY, [{ services: [CUT], employee: DANI }], schedules).map(one => one.employee)).toEqual([DANI]);
  });

  it('leaves days grey on which nobody is free', () => {
    expect([...freeDays(wishes, schedules)]).toEqual([DAY]);
    expect(freeDays([{ services: [CUT], employee: DANI }], schedules).size).toBe(0);
  });

  it('is found again by its time, with anyone where nobody is named', () => {
    const startsAt = `${DAY}T18:30:00`;
    expect(visitAt({ employee: 0, startsAt }, wishes, schedules)?.parts[0].employee).toBe(BERTA);
    expect(visitAt({ employee: DANI, startsAt }, wishes, schedules)).toBeNull();
  });
});

describe('several services, each with its own employee', () => {
  const wishes: Wish[] = [
    { services: [CUT], employee: null },
    { services: [NAILS], employee: null },
  ];

  it('follow one another, each as early as it can be', () => {
    const cut = schedule({ [BERTA]: ['10:00', '16:00'] });
    const nails = schedule({ [GALA]: ['09:00', '10:30', '11:15', '16:30'] });
    const [column] = columnsOf(DAY, wishes, [cut, nails]);
    expect(column?.visits.map(visit => visit.parts.map(part => [part.employee, part.startsAt.slice(11, 16)]))).toEqual([
      [
        [BERTA, '10:00'],
        [GALA, '11:15'],
      ],
    ]);
  });

  it('stay with whoever did the one before, if that is as early', () => {
    const both = schedule({ [BERTA]: ['11:00'], [GALA]: ['10:00', '11:00'] });
    const [, column] = columnsOf(DAY, wishes, [both, both]);
    expect(column?.visits[0]?.parts.map(part => part.employee)).toEqual([GALA, GALA]);
  });

  it('are no visit where the last has no time left', () => {
    const late = [schedule({ [BERTA]: ['19:00'] }), schedule({ [GALA]: ['19:30'] })];
    expect(columnsOf(DAY, wishes, late)[0]?.visits).toEqual([]);
  });
});

it('a part ends when its length is over', () => {
  const part = { services: [CUT], employee: BERTA, startsAt: `${DAY}T23:30:00`, length: 3600, price: 0 };
  expect(endOf(part)).toBe('2026-05-07T00:30:00');
});

it('a time that the API names is a visit although no schedule shows it', () => {
  const offers = [{ employee: BERTA, length: 3600, price: '30' }];
  const catalogue = { services: [{ id: CUT, offers }] } as unknown as CatalogueScreen;
  const wish = { services: [CUT], employee: null };
  const slot = { employee: BERTA, startsAt: `${DAY}T11:00:00` };
  expect(offeredVisit(catalogue, wish, slot)?.parts[0]).toMatchObject({ ...slot, length: 3600, price: 30 });
  expect(offeredVisit(catalogue, wish, { ...slot, employee: GALA })).toBeNull();
});

it('nobody is said to be away before the schedule is there', () => {
  expect(worksOn(undefined, BERTA)).toBe(true);
  expect(worksOn(schedule({ [BERTA]: [] }), BERTA, DAY)).toBe(true);
  expect(worksOn(schedule({ [BERTA]: [] }), GALA)).toBe(false);
});

function schedule(times: Record<number, string[]>): ScheduleScreen {
  return {
    location: 1,
    timezone: 'Europe/Madrid',
    events: [],
    employees: Object.entries(times).map(([employee, free]) => ({
      employee: Number(employee),
      length: 3600,
      price: '30',
      days: [{ day: DAY, hours: [['10:00', '20:00']], times: free }],
    })),
  };
}
