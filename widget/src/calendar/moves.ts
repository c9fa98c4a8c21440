/** Bookings that are moved in the calendar: shown at once where they are to be, and put back where that cannot be. */

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useCallback, useMemo, useState } from 'react';
import { ApiError, answered, useApi } from '../api/api';
import type { BookingScreen, EditBody, EditScreen, FreeTime } from '../api/schema';
import { columnOf, type Entry } from './entries';
import type { Dragged } from './Grid';
import { MOVES, readAgain, showBooking, stopReading } from './reading';

type Change = Pick<EditBody, 'starts_at' | 'length' | 'employee'>;

/** What became of a move, to be told. */
export type Outcome =
  | { kind: 'done'; booking: BookingScreen; undo: (() => void) | null }
  | { kind: 'not_done'; booking: BookingScreen; answer: EditScreen; take(free: FreeTime): void }
  | { kind: 'failed'; booking: BookingScreen; error: unknown }
  | { kind: 'unknown'; booking: BookingScreen };

interface Order {
  booking: BookingScreen;
  change: Change;
  /** How to get back from there; null for a move that goes back itself. */
  back: Change | null;
}

export interface Moves {
  /** Ids of entries that are on their way. */
  moving: ReadonlySet<string>;
  outcome: Outcome | null;
  drag(entry: Entry, dragged: Dragged): void;
  forget(): void;
}

export function useMoves(): Moves {
  const [api, queries] = [useApi(), useQueryClient()];
  const [moving, setMoving] = useState<ReadonlySet<string>>(new Set());
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const mark = useCallback((booking: BookingScreen, isMoving: boolean) => {
    const id = `booking/${booking.location}/${booking.id}`;
    setMoving(before => new Set(isMoving ? [...before, id] : [...before].filter(one => one !== id)));
  }, []);
  const { mutate } = useMutation({
    mutationKey: MOVES,
    mutationFn: ({ booking, change }: Order) => {
      const path = { location: booking.location, booking: booking.id };
      const body = { ...change, notify: false, seen: booking.changed };
      return answered(api.PUT('/bookings/{location}/{booking}', { params: { path }, body }));
    },
    onMutate: async ({ booking, change }) => {
      setOutcome(null);
      mark(booking, true);
      showBooking(queries, changed(booking, change));
      await stopReading(queries);
    },
    onSuccess: (answer, order) => {
      const { booking, back } = order;
      if (answer.outcome === 'done') {
        const now = answer.booking ?? changed(booking, order.change);
        showBooking(queries, now);
        const undo = back && (() => mutate({ booking: now, change: back, back: null }));
        setOutcome({ kind: 'done', booking: now, undo });
      } else if (answer.outcome === 'unknown') {
        setOutcome({ kind: 'unknown', booking });
      } else {
        showBooking(queries, booking);
        const take = ({ employee, starts_at }: FreeTime) =>
          mutate({ booking, change: { ...order.change, employee, starts_at }, back: wayBack(booking) });
        setOutcome({ kind: 'not_done', booking, answer, take });
      }
    },
    onError: (error, { booking }) => {
      showBooking(queries, booking);
      // Without an answer nobody knows yet: it is told as what it is, and the calendar is read again.
      const isUnknown = !(error instanceof ApiError) || error.status === 504;
      setOutcome(isUnknown ? { kind: 'unknown', booking } : { kind: 'failed', booking, error });
    },
    onSettled: (answer, error, { booking }) => {
      mark(booking, false);
      if (error || answer?.outcome !== 'done') {
        void readAgain(queries);
      }
      if (booking.deal) {
        void queries.invalidateQueries({ queryKey: ['deal', booking.deal] });
      }
    },
  });
  const drag = useCallback(
    ({ booking }: Entry, { startsAt, length, column }: Dragged) => {
      const employee = column === undefined ? undefined : columnOf(column).employee;
      const change: Change = {
        ...(startsAt === undefined ? {} : { starts_at: startsAt }),
        ...(length === undefined ? {} : { length }),
        ...(employee === undefined || employee === booking?.employee?.id ? {} : { employee }),
      };
      if (booking && Object.keys(change).length) {
        mutate({ booking, change, back: wayBack(booking) });
      }
    },
    [mutate],
  );
  const forget = useCallback(() => setOutcome(null), []);
  return useMemo(() => ({ moving, outcome, drag, forget }), [moving, outcome, drag, forget]);
}

function wayBack({ starts_at, length, employee }: BookingScreen): Change {
  return { starts_at, length, ...(employee ? { employee: employee.id } : {}) };
}

/** A booking as it will be. The name of another employee is not known here: it comes with the answer. */
function changed(booking: BookingScreen, { starts_at, length, employee }: Change): BookingScreen {
  return {
    ...booking,
    starts_at: starts_at ?? booking.starts_at,
    length: length ?? booking.length,
    employee: employee && employee !== booking.employee?.id ? { id: employee, name: '' } : booking.employee,
  };
}
