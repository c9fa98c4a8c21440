/** Which visits are possible: one booking, or several one after the other, each with its own employee. */

import type { BookableEmployee, CatalogueScreen, EmployeeTimes, OfferedService, ScheduleScreen } from '../api/schema';
import { asUtc } from '../format/format';

/** Services that one employee is to do; null: anyone. */
export interface Wish {
  services: readonly number[];
  employee: number | null;
}

/** One booking of a visit. `startsAt` is the location's wall clock, `length` in seconds. */
export interface VisitPart {
  services: readonly number[];
  employee: number;
  startsAt: string;
  length: number;
  price: number;
}

export interface Visit {
  parts: readonly [VisitPart, ...VisitPart[]];
}

/** The visits that begin with one employee on a day. */
export interface Column {
  employee: number;
  length: number;
  price: number;
  isWorking: boolean;
  visits: Visit[];
}

/** The visits of a day, by the employee whom they begin with. */
export function columnsOf(day: string, wishes: readonly Wish[], schedules: readonly ScheduleScreen[]): Column[] {
  const [wish, ...later] = wishes;
  const [schedule, ...laterSchedules] = schedules;
  if (!wish || !schedule) {
    return [];
  }
  return able(wish, schedule).map(times => {
    const begun = startsOf(times, day).map(startsAt => partOf(wish, times, startsAt));
    const visits = begun.flatMap(part => {
      const rest = following(part, day, later, laterSchedules);
      return rest ? [{ parts: [part, ...rest] as [VisitPart, ...VisitPart[]] }] : [];
    });
    return {
      employee: times.employee,
      length: times.length,
      price: Number(times.price),
      isWorking: times.days.some(one => one.day === day && one.hours.length > 0),
      visits,
    };
  });
}

/** The days, of those that the schedules show, on which there is a visit. */
export function freeDays(wishes: readonly Wish[], schedules: readonly ScheduleScreen[]): Set<string> {
  const days = new Set(schedules[0]?.employees.flatMap(times => times.days.map(one => one.day)));
  return new Set([...days].filter(day => columnsOf(day, wishes, schedules).some(column => column.visits.length)));
}

/** What follows a part: each wish as early as it can be, with who did the one before if that is as early. */
function following(
  part: VisitPart,
  day: string,
  wishes: readonly Wish[],
  schedules: readonly ScheduleScreen[],
): VisitPart[] | null {
  const found: VisitPart[] = [];
  let before = part;
  for (const [number, wish] of wishes.entries()) {
    const schedule = schedules[number];
    const ends = endOf(before);
    let next: VisitPart | undefined;
    for (const times of schedule ? able(wish, schedule) : []) {
      const startsAt = startsOf(times, day).find(start => start >= ends);
      const isEarlier = startsAt && (!next || startsAt < next.startsAt);
      const isSame = startsAt === next?.startsAt && times.employee === before.employee;
      if (startsAt && (isEarlier || isSame)) {
        next = partOf(wish, times, startsAt);
      }
    }
    if (!next) {
      return null;
    }
    found.push(next);
    before = next;
  }
  return found;
}

function able(wish: Wish, schedule: ScheduleScreen): EmployeeTimes[] {
  return schedule.employees.filter(times => wish.employee === null || times.employee === wish.employee);
}

function startsOf(times: EmployeeTimes, day: string): string[] {
  return times.days.find(one => one.day === day)?.times.map(time => `${day}T${time}:00`) ?? [];
}

function partOf(wish: Wish, times: EmployeeTimes, startsAt: string): VisitPart {
  const { employee, length, price } = times;
  return { services: wish.services, employee, startsAt, length, price: Number(price) };
}

export function endOf(part: VisitPart): string {
  return new Date(asUtc(part.startsAt) + part.length * 1000).toISOString().slice(0, 19);
}

/** Who does all of these services, in the location's order. */
export function ableEmployees(catalogue: CatalogueScreen, services: readonly number[]): BookableEmployee[] {
  const wanted = services.map(id => catalogue.services.find(service => service.id === id));
  return catalogue.employees.filter(employee => wanted.every(service => service && offerOf(service, employee.id)));
}

export function offerOf(service: OfferedService, employee: number) {
  return service.offers.find(offer => offer.employee === employee);
}

/** A free time that the API named, as a visit, when the schedule that was read does not show it. */
export function offeredVisit(
  catalogue: CatalogueScreen,
  wish: Wish,
  { employee, startsAt }: { employee: number; startsAt: string },
): Visit | null {
  const offers = wish.services.map(id => {
    const service = catalogue.services.find(one => one.id === id);
    return service && offerOf(service, employee);
  });
  if (!offers.length || offers.some(offer => !offer)) {
    return null;
  }
  const sum = (of: 'length' | 'price') => offers.reduce((total, offer) => total + Number(offer?.[of] ?? 0), 0);
  const part = { services: wish.services, employee, startsAt, length: sum('length'), price: sum('price') };
  return { parts: [part] };
}

/** Whether an employee works on a day, or on any of the days that the schedule shows. */
export function worksOn(schedule: ScheduleScreen | undefined, employee: number, day?: string | null): boolean {
  // Until the schedule is there nobody is said to be away.
  const times = schedule?.employees.find(one => one.employee === employee);
  return !schedule || Boolean(times?.days.some(one => (!day || one.day === day) && one.hours.length > 0));
}

/** Of the visits that the schedules show, the one that begins at a time with an employee (0: anyone). */
export function visitAt(
  { employee, startsAt }: { employee: number; startsAt: string },
  wishes: readonly Wish[],
  schedules: readonly ScheduleScreen[],
): Visit | null {
  const visits = columnsOf(startsAt.slice(0, 10), wishes, schedules).flatMap(column => column.visits);
  const found = visits.find(
    ({ parts: [part] }) => part.startsAt === startsAt && (!employee || part.employee === employee),
  );
  return found ?? null;
}
