/** What of all that was read is drawn. */

import type { UseQueryResult } from '@tanstack/react-query';
import { useEffect, useMemo, useRef } from 'react';
import type { BookingsScreen, Location } from '../api/schema';
import { type Drawing, drawingOf, type Limits } from './entries';
import type { Filters } from './filters';
import { useMyDeals } from './mine';
import type { Range } from './range';
import { usePlaces } from './reading';

interface Asked {
  read: UseQueryResult<BookingsScreen>;
  locations: readonly Location[];
  range: Range;
  weekStart: number;
  filters: Filters;
}

interface Drawn {
  drawing: Drawing;
  /** All bookings of these days; undefined while they are not there. */
  count: number | undefined;
  /** There is nothing to draw yet: without hours it would stand there for a moment, and then be another one. */
  isFirst: boolean;
  isHoursFailed: boolean;
  mine: ReturnType<typeof useMyDeals>;
}

export function useDrawing({ read, locations, range, weekStart, filters }: Asked): Drawn {
  const { places, isFailed: isHoursFailed, isPending } = usePlaces(locations, range, weekStart);
  const bookings = read.isPlaceholderData ? undefined : read.data?.bookings;
  const deals = useMemo(() => (bookings ?? []).flatMap(booking => booking.deal ?? []), [bookings]);
  const mine = useMyDeals(deals, filters.isMineOnly && bookings !== undefined);
  const limits = useRef<Limits | null>(null);
  const drawing = useMemo(
    () =>
      drawingOf({
        places,
        bookings: bookings ?? [],
        range,
        filters,
        mine: filters.isMineOnly ? (mine.data ?? new Set()) : null,
        before: limits.current,
      }),
    [places, bookings, range, filters, mine.data],
  );
  const isSettled = bookings !== undefined && !isPending;
  useEffect(() => {
    if (isSettled) {
      limits.current = drawing;
    }
  }, [drawing, isSettled]);
  return { drawing, count: bookings?.length, isFirst: limits.current === null && !isSettled, isHoursFailed, mine };
}
