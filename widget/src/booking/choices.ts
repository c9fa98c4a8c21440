/** What a person has chosen in the booking window. What he has not touched is null: then the defaults stand. */

import type { EventScreen, FreeTime } from '../api/schema';
import type { Wish } from './visits';

export interface Slot {
  /** 0: whoever is free then. */
  employee: number;
  startsAt: string;
  /** The API named it in place of one that was taken: it holds also where the schedule does not show it. */
  isNamed?: boolean;
}

export interface Choices {
  location: number | null;
  services: readonly number[] | null;
  /** Each service with its own employee. */
  isSplit: boolean;
  employee: number | null;
  /** By service, when each has its own. */
  employees: Readonly<Record<number, number | null>>;
  first: string | null;
  day: string | null;
  slot: Slot | null;
  event: EventScreen | null;
  seats: number;
  details: Details;
  client: ClientChoice;
}

export interface Details {
  status: 'waiting' | 'confirmed';
  colour: string;
  categories: readonly number[];
  comment: string;
  visitor: string;
  notify: boolean;
}

/** Who is booked in: a contact with one of its phones, or what was typed. */
export interface ClientChoice {
  contact: number | null;
  name: string | null;
  phone: string | null;
  email: string | null;
}

export const NO_CLIENT: ClientChoice = { contact: null, name: null, phone: null, email: null };

export function begin(first: { location?: number; employee?: number; startsAt?: string }, notify: boolean): Choices {
  return {
    location: first.location ?? null,
    services: null,
    isSplit: false,
    employee: first.employee ?? null,
    employees: {},
    first: first.startsAt?.slice(0, 10) ?? null,
    day: first.startsAt?.slice(0, 10) ?? null,
    slot: first.startsAt ? { employee: first.employee ?? 0, startsAt: first.startsAt } : null,
    event: null,
    seats: 1,
    details: { status: 'waiting', colour: '', categories: [], comment: '', visitor: '', notify },
    client: NO_CLIENT,
  };
}

/** What to look for: all services with one employee, or each with its own. */
export function wishesOf(services: readonly number[], choices: Choices, isSplit: boolean): Wish[] {
  return isSplit && services.length > 1
    ? services.map(service => ({ services: [service], employee: choices.employees[service] ?? null }))
    : [{ services, employee: choices.employee }];
}

/** The first of the days that are shown: none that is over. */
export function firstDay({ first }: Choices, today: string): string {
  return first && first > today ? first : today;
}

/** Choose a free time that the API named in place of one that is taken. */
export function taking({ employee, starts_at }: FreeTime): Partial<Choices> {
  return { slot: { employee, startsAt: starts_at, isNamed: true }, day: starts_at.slice(0, 10), event: null };
}
