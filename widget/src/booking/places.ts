/** What there is to book, and when: read from the API and remembered while the page is open. */

import { type QueryClient, queryOptions, useQueries, useQuery } from '@tanstack/react-query';
import { type Api, answered, useApi } from '../api/api';
import type { BookingScreen, ScheduleScreen } from '../api/schema';
import type { Wish } from './visits';

/** What there is to book seldom changes; who is free does at any moment. */
const KEPT_MS = 10 * 60_000;
const FREE_MS = 30_000;

/** Days that are shown at once. */
export const DAYS = 7;

/** Services by category, with price and length of each employee. */
export function useCatalogue(location: number | null) {
  const api = useApi();
  return useQuery({
    queryKey: ['catalogue', location],
    queryFn: () =>
      answered(api.GET('/locations/{location}/catalogue', { params: { path: { location: location ?? 0 } } })),
    staleTime: KEPT_MS,
    enabled: location !== null,
  });
}

export interface ScheduleOf {
  location: number | null;
  first: string;
  services: readonly number[];
  /** Seconds that go before what the services say. */
  length?: number | null;
  /** The booking that is to be moved: its own time counts as free. */
  besides?: number;
}

/** When the employees are free who do what is wished: a schedule for each wish, all of the same days. */
export function useSchedules(wishes: readonly Wish[], asked: Omit<ScheduleOf, 'services'>) {
  const api = useApi();
  return useQueries({
    queries: wishes.map(wish => scheduleQuery(api, { ...asked, services: wish.services })),
    combine: results => ({
      data: results.every(one => one.data) ? results.map(one => one.data as ScheduleScreen) : undefined,
      error: results.find(one => one.error)?.error ?? null,
      retry: () => results.filter(one => one.error).forEach(one => void one.refetch()),
    }),
  });
}

/** Read days ahead that are likely to be asked for next. */
export function prefetchSchedules(queries: QueryClient, api: Api, wishes: readonly Wish[], asked: ScheduleOf): void {
  for (const wish of wishes) {
    void queries.prefetchQuery(scheduleQuery(api, { ...asked, services: wish.services }));
  }
}

function scheduleQuery(api: Api, { location, first, services, length, besides }: ScheduleOf) {
  const query = {
    first,
    last: dayAfter(first, DAYS - 1),
    services: services.join(','),
    ...(length ? { length } : {}),
    ...(besides ? { besides } : {}),
  };
  return queryOptions({
    queryKey: ['schedule', location, query],
    queryFn: () =>
      answered(api.GET('/locations/{location}/schedule', { params: { path: { location: location ?? 0 }, query } })),
    staleTime: FREE_MS,
    enabled: location !== null,
  });
}

/** A day so many days later, as `2026-05-06`. */
export function dayAfter(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}

/** Seconds after which a new booking may have come to its deal: the deal is made right while nobody waits for it. */
const LOOKS_AFTER = [0, 2, 5, 10, 20];

/** Read again what a change of a booking is seen in. */
export function rereadBookings(queries: QueryClient): void {
  void queries.invalidateQueries({ queryKey: ['schedule'] });
  for (const seconds of LOOKS_AFTER) {
    window.setTimeout(() => {
      void queries.invalidateQueries({ queryKey: ['deal'] });
      void queries.invalidateQueries({ queryKey: ['calendar'] });
    }, seconds * 1000);
  }
}

/** The newest of a deal's bookings, by its time: what is likely to be booked again. Events are booked as they come. */
export function latestOf(bookings: readonly BookingScreen[]): BookingScreen | undefined {
  const own = bookings.filter(booking => booking.event === null && booking.services.length > 0);
  return own.sort((one, other) => (one.starts_at < other.starts_at ? -1 : 1)).at(-1);
}
