/** What the calendar reads: the bookings of the days that it shows, and around them the hours of the employees. */

import {
  keepPreviousData,
  type QueryClient,
  type UseQueryResult,
  useIsMutating,
  useQueries,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';
import { useEffect, useMemo, useRef } from 'react';
import { type Api, answered, useApi } from '../api/api';
import type { BookingScreen, BookingsScreen, CatalogueScreen, Location, ScheduleScreen } from '../api/schema';
import { dataCame } from './drawing';
import type { Place } from './entries';
import { type Range, rangeOf } from './range';

const LOOK_AGAIN_MS = 30_000;
const HOURS_KEPT_MS = 5 * 60_000;
const CATALOGUE_KEPT_MS = 10 * 60_000;
/** The neighbours are read when the user has had a moment to see what he asked for: he may go on at once. */
const NEIGHBOURS_AFTER_MS = 800;
/** No day has room for a booking of that length: so the answer brings the hours, and no list of free times. */
const NO_FREE_TIMES = 86_400;

export const MOVES = ['calendar', 'move'];
const BOOKINGS = ['calendar', 'bookings'];

export interface Asked {
  locations: readonly number[];
  isCancelledShown: boolean;
}

/** The bookings of these days, in one request, and looked at again as long as the page is seen. */
export function useBookings(asked: Asked, range: Range, neighbours: readonly Range[]) {
  const [api, queries] = [useApi(), useQueryClient()];
  const isMoving = useIsMutating({ mutationKey: MOVES }) > 0;
  const options = optionsOf(api, asked, range);
  const read = useQuery({
    ...options,
    placeholderData: keepPreviousData,
    // What is being moved stands already where it is to be.
    refetchInterval: isMoving ? false : LOOK_AGAIN_MS,
  });
  const isThere = read.isSuccess && !read.isPlaceholderData;
  const seen = useRef<unknown>(undefined);
  if (isThere && seen.current !== read.data) {
    seen.current = read.data;
    dataCame();
  }
  const around = JSON.stringify([asked, neighbours]);
  useEffect(() => {
    if (!isThere) {
      return undefined;
    }
    const [asked, neighbours] = JSON.parse(around) as [Asked, Range[]];
    const timer = setTimeout(() => {
      for (const neighbour of neighbours) {
        // Their hours are not: an account may ask Altegio for little, and columns can do without for a moment.
        void queries.prefetchQuery(optionsOf(api, asked, neighbour));
      }
    }, NEIGHBOURS_AFTER_MS);
    return () => clearTimeout(timer);
  }, [api, queries, isThere, around]);
  return read;
}

/** Hours, group events and employees of these locations, in the weeks of the days that are shown. */
export function usePlaces(
  locations: readonly Location[],
  range: Range,
  weekStart: number,
): { places: Place[]; isPending: boolean; isFailed: boolean } {
  const api = useApi();
  const [first, last] = [rangeOf('week', range.first, weekStart).first, rangeOf('week', range.last, weekStart).last];
  const schedules = useQueries({
    queries: locations.map(({ id }) => ({
      queryKey: ['calendar', 'hours', id, first, last],
      queryFn: () => {
        const params = { path: { location: id }, query: { first, last, length: NO_FREE_TIMES } };
        // The client's types forget that hours are pairs.
        return answered(api.GET('/locations/{location}/schedule', { params })) as Promise<ScheduleScreen>;
      },
      staleTime: HOURS_KEPT_MS,
    })),
    combine: readOf<ScheduleScreen>,
  });
  const catalogues = useQueries({
    queries: locations.map(({ id }) => ({
      queryKey: ['catalogue', id],
      queryFn: () => answered(api.GET('/locations/{location}/catalogue', { params: { path: { location: id } } })),
      staleTime: CATALOGUE_KEPT_MS,
    })),
    combine: readOf<CatalogueScreen>,
  });
  return useMemo(() => {
    const places = locations.map((location, place) => ({
      location,
      catalogue: catalogues.data[place],
      schedule: schedules.data[place],
    }));
    return {
      places,
      isPending: schedules.isPending || catalogues.isPending,
      isFailed: schedules.isFailed || catalogues.isFailed,
    };
  }, [locations, schedules, catalogues]);
}

/** One function for all renders: so what it gives stays the same while nothing else has come. */
function readOf<T>(reads: UseQueryResult<T>[]) {
  return {
    data: reads.map(read => read.data),
    isPending: reads.some(read => read.isPending),
    isFailed: reads.some(read => read.isError),
  };
}

/** Show a booking as it is now, or is to be, wherever the calendar has it. */
export function showBooking(queries: QueryClient, now: BookingScreen): void {
  queries.setQueriesData<BookingsScreen>({ queryKey: BOOKINGS }, read => {
    const isThere = read?.bookings.some(one => one.location === now.location && one.id === now.id);
    return isThere && read ? { ...read, bookings: read.bookings.map(one => replaced(one, now)) } : read;
  });
}

/** What is under way would bring the calendar back to what was before. */
export async function stopReading(queries: QueryClient): Promise<void> {
  await queries.cancelQueries({ queryKey: BOOKINGS });
}

export async function readAgain(queries: QueryClient): Promise<void> {
  await queries.invalidateQueries({ queryKey: BOOKINGS });
}

function replaced(one: BookingScreen, now: BookingScreen): BookingScreen {
  return one.location === now.location && one.id === now.id ? { ...now, deal: now.deal ?? one.deal } : one;
}

function optionsOf(api: Api, { locations, isCancelledShown }: Asked, { first, last }: Range) {
  return {
    queryKey: [...BOOKINGS, { first, last, locations, isCancelledShown }],
    queryFn: () => {
      const query = { first, last, locations: locations.join(','), cancelled: isCancelledShown };
      return answered(api.GET('/calendar', { params: { query } }));
    },
  };
}
