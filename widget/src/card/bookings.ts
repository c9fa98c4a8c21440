/** The bookings of a deal: read, put in order, and read again after something was done to them. */

import { type QueryClient, type UseQueryResult, useQuery } from '@tanstack/react-query';
import { answered, useApi } from '../api/api';
import type { BookingScreen, BookingsScreen } from '../api/schema';
import { asUtc, wallClockIn } from '../format/format';

const LOOK_AGAIN_MS = 30_000;
/** Each booking is a request to Altegio, of which an account has not many: who holds more is looked at less often. */
const OF_EACH_MS = 10_000;

function keyOf(deal: number): readonly unknown[] {
  return ['deal', deal, 'bookings'];
}

/** A deal's bookings, which are looked at again as long as the page is seen. */
export function useDealBookings(deal: number): UseQueryResult<BookingsScreen> {
  const api = useApi();
  return useQuery({
    queryKey: keyOf(deal),
    queryFn: () => answered(api.GET('/deals/{deal}/bookings', { params: { path: { deal } } })),
    enabled: deal > 0,
    refetchInterval: ({ state }) => Math.max(LOOK_AGAIN_MS, (state.data?.bookings.length ?? 0) * OF_EACH_MS),
  });
}

/** Show a booking as it is now, in all that is read, and read again what else may have changed with it. */
export function tellOfBooking(queries: QueryClient, deal: number, now: BookingScreen | null): void {
  if (now) {
    queries.setQueryData<BookingsScreen>(
      keyOf(deal),
      read =>
        read && { ...read, bookings: read.bookings.map(one => (isSame(one, now) ? { ...now, deal: one.deal } : one)) },
    );
  }
  void queries.invalidateQueries({ queryKey: ['deal', deal] });
  void queries.invalidateQueries({ queryKey: ['calendar'] });
}

export function isSame(one: BookingScreen, other: BookingScreen): boolean {
  return one.location === other.location && one.id === other.id;
}

/** A deal's bookings as its card shows them. */
export interface Sorted {
  /** The next that stands, else the latest; undefined where there is none. */
  current: BookingScreen | undefined;
  /** Those to come after it. */
  later: BookingScreen[];
  /** Those that are over, and those that were cancelled, the newest first. */
  past: BookingScreen[];
}

/** `timezoneOf` gives the zone of a booking's location. */
export function sorted(bookings: readonly BookingScreen[], timezoneOf: (location: number) => string): Sorted {
  const inOrder = [...bookings].sort((one, other) => asUtc(one.starts_at) - asUtc(other.starts_at));
  const isToCome = (one: BookingScreen) => {
    const end = asUtc(one.starts_at) + one.length * 1000;
    return one.status !== 'cancelled' && end > asUtc(wallClockIn(timezoneOf(one.location)));
  };
  const coming = inOrder.filter(isToCome);
  const over = inOrder.filter(one => !isToCome(one)).reverse();
  // One that was marked already, such as a no-show, does not stand before one that is still expected.
  const next = coming.find(one => one.status === 'waiting' || one.status === 'confirmed') ?? coming[0];
  const current = next ?? over.find(one => one.status !== 'cancelled') ?? over[0];
  return {
    current,
    later: coming.filter(one => one !== current),
    past: over.filter(one => one !== current),
  };
}
