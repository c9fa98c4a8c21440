/** What the calendar shows of all that there is. It is remembered for the user, in his browser. */

import { useCallback, useState } from 'react';
import type { BookingStatus } from '../api/schema';
import { useHost } from '../host/context';
import { VIEWS, type View } from './range';

export const STATUSES = ['waiting', 'confirmed', 'arrived', 'no_show', 'cancelled'] as const;

/** Each location is a few requests to Altegio: who sees more than these begins with the first one alone. */
const LOCATIONS_AT_FIRST = 3;

export interface Filters {
  view: View;
  /** Null until somebody has chosen. */
  locations: readonly number[] | null;
  /** Ids of columns; none means all. */
  employees: readonly string[];
  statuses: readonly BookingStatus[];
  isMineOnly: boolean;
  /** Also employees who do not work in these days. */
  isOffShown: boolean;
}

export const UNFILTERED: Filters = {
  view: 'day',
  locations: null,
  employees: [],
  statuses: ['waiting', 'confirmed', 'arrived', 'no_show'],
  isMineOnly: false,
  isOffShown: false,
};

/** The filters, and a way to change some of them. */
export function useFilters(): [Filters, (change: Partial<Filters>) => void] {
  const { user } = useHost();
  const key = `bookdeal:calendar:${user}`;
  const [filters, setFilters] = useState(() => recalled(readStored(key)));
  const change = useCallback(
    (changed: Partial<Filters>) =>
      setFilters(before => {
        const now = { ...before, ...changed };
        writeStored(key, JSON.stringify(now));
        return now;
      }),
    [key],
  );
  return [filters, change];
}

/** Of what was chosen once, that which can be chosen still; and what one begins with. */
export function locationsOf(filters: Filters, known: readonly number[]): number[] {
  const chosen = (filters.locations ?? []).filter(id => known.includes(id));
  if (chosen.length) {
    return chosen;
  }
  return known.length > LOCATIONS_AT_FIRST ? known.slice(0, 1) : [...known];
}

/** What was stored, as far as it makes sense. */
export function recalled(text: string | null): Filters {
  const stored = parsed(text);
  const { view, locations, employees, statuses } = stored;
  return {
    view: VIEWS.find(one => one === view) ?? UNFILTERED.view,
    locations: isNumbers(locations) ? locations : null,
    employees: isTexts(employees) ? employees : [],
    statuses: Array.isArray(statuses) ? STATUSES.filter(one => statuses.includes(one)) : UNFILTERED.statuses,
    isMineOnly: stored.isMineOnly === true,
    isOffShown: stored.isOffShown === true,
  };
}

function parsed(text: string | null): Record<string, unknown> {
  try {
    return { ...JSON.parse(text ?? '{}') };
  } catch {
    return {};
  }
}

function isNumbers(list: unknown): list is number[] {
  return Array.isArray(list) && list.every(one => typeof one === 'number');
}

function isTexts(list: unknown): list is string[] {
  return Array.isArray(list) && list.every(one => typeof one === 'string');
}

// A browser that keeps nothing (private windows) only forgets the filters.
function readStored(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function writeStored(key: string, text: string): void {
  try {
    localStorage.setItem(key, text);
  } catch {}
}
