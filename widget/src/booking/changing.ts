/** Changing a booking: merged into what it is now, never over what somebody else has changed meanwhile. */

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { type Api, ApiError, answered, useApi } from '../api/api';
import type { BookingScreen, EditBody, EditScreen } from '../api/schema';
import { PageError } from '../host/host';
import { rereadBookings } from './places';

export type Changes = Omit<EditBody, 'notify' | 'seen'>;

/** Milliseconds between two looks at what became of a request that was not answered. */
export const LOOK_MS = 3000;
/** Looks at a booking that was not changed: by then it will not be. */
const LOOKS = 8;

export interface Changing {
  /** Busy or refused. */
  result: EditScreen | undefined;
  isSending: boolean;
  /** It was sent, and nobody knows yet what became of it. */
  isUnknown: boolean;
  /** Nobody answered, and it was not done. */
  isLost: boolean;
  /** The booking as somebody else has made it meanwhile. */
  meanwhile: BookingScreen | undefined;
  error: unknown;
  /** Send changes of the version that was seen; `notify`: the client is told of them. */
  send(changes: Changes, seen: BookingScreen, notify: boolean): void;
  forget(): void;
}

/** Change a booking; `done` is told when it is as it was to be. */
export function useChanging(booking: BookingScreen, done: () => void): Changing {
  const [api, queries] = [useApi(), useQueryClient()];
  const sent = useRef<Changes>({});
  const sending = useMutation({
    mutationFn: (body: EditBody) =>
      answered(api.PUT('/bookings/{location}/{booking}', { params: { path: pathOf(booking) }, body })),
    onSuccess: result => {
      if (result.outcome === 'done') {
        rereadBookings(queries);
        done();
      }
    },
  });
  const isUnsure = sending.data?.outcome === 'unknown' || isUnanswered(sending.error);
  const looked = useLooks(booking, isUnsure, now => now !== null && isAsWanted(now, sent.current), done);

  const isChanged = sending.error instanceof ApiError && sending.error.code === 'booking_changed';
  const meanwhile = useQuery({
    queryKey: ['booking', booking.location, booking.id, 'meanwhile', sending.submittedAt],
    queryFn: () => answered(api.GET('/bookings/{location}/{booking}', { params: { path: pathOf(booking) } })),
    enabled: isChanged,
  });
  const { outcome } = sending.data ?? {};
  return {
    result: outcome === 'busy' || outcome === 'refused' ? sending.data : undefined,
    isSending: sending.isPending,
    isUnknown: isUnsure && !looked.isLost,
    isLost: looked.isLost,
    meanwhile: isChanged ? meanwhile.data : undefined,
    error: isChanged ? meanwhile.error : isUnsure ? null : sending.error,
    send(changes, seen, notify) {
      sent.current = changes;
      sending.mutate({ ...changes, notify, seen: seen.changed });
    },
    forget() {
      if (!sending.isPending && !sending.isIdle) {
        sending.reset();
      }
    },
  };
}

/** Look at a booking until it is as wanted, or will not be. Null: there is none any more. */
export function useLooks(
  booking: BookingScreen,
  isWanted: boolean,
  isDone: (now: BookingScreen | null) => boolean,
  done: () => void,
): { isLost: boolean } {
  const [api, queries] = [useApi(), useQueryClient()];
  const [looks, setLooks] = useState(0);
  const { data, dataUpdatedAt, errorUpdatedAt } = useQuery({
    queryKey: ['booking', booking.location, booking.id, 'looks'],
    queryFn: () => readBooking(api, booking),
    enabled: isWanted && looks < LOOKS,
    staleTime: 0,
    gcTime: 0,
    retry: false,
    refetchInterval: LOOK_MS,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: each look counts once
  useEffect(() => {
    if (!isWanted) {
      setLooks(0);
    } else if (data !== undefined && isDone(data)) {
      rereadBookings(queries);
      done();
    } else {
      setLooks(count => count + 1);
    }
  }, [isWanted, dataUpdatedAt, errorUpdatedAt]);
  return { isLost: isWanted && looks >= LOOKS };
}

export function pathOf({ location, id }: BookingScreen): { location: number; booking: number } {
  return { location, booking: id };
}

/** No answer came, so that it may be done. */
export function isUnanswered(error: unknown): boolean {
  return error instanceof PageError || (error instanceof ApiError && error.status === 504);
}

export function isMissing(error: unknown): boolean {
  return error instanceof ApiError && error.status === 404;
}

async function readBooking(api: Api, booking: BookingScreen): Promise<BookingScreen | null> {
  try {
    return await answered(api.GET('/bookings/{location}/{booking}', { params: { path: pathOf(booking) } }));
  } catch (error) {
    if (isMissing(error)) {
      return null;
    }
    throw error;
  }
}

/** What is to be different about a booking: all that its copy has been given, as the API takes it. */
export function changesOf(before: BookingScreen, after: Draft): Changes {
  const services = before.services.map(line => line.service);
  return {
    ...(after.employee !== (before.employee?.id ?? null) ? { employee: after.employee } : {}),
    ...(isSameList(after.services, services) ? {} : { services: [...after.services] }),
    ...(after.length !== before.length ? { length: after.length } : {}),
    ...(after.seats !== before.seats ? { seats: after.seats } : {}),
    ...(after.comment !== before.comment ? { comment: after.comment } : {}),
    ...(after.colour !== before.colour ? { colour: after.colour } : {}),
    ...(isSameSet(after.categories, idsOf(before.categories)) ? {} : { categories: [...after.categories] }),
    ...(after.startsAt !== before.starts_at ? { starts_at: after.startsAt } : {}),
  };
}

/** A booking as it is being edited. */
export interface Draft {
  employee: number | null;
  startsAt: string;
  services: readonly number[];
  length: number;
  seats: number;
  comment: string;
  colour: string;
  categories: readonly number[];
}

export function draftOf(booking: BookingScreen): Draft {
  return {
    employee: booking.employee?.id ?? null,
    startsAt: booking.starts_at,
    services: booking.services.map(line => line.service),
    length: booking.length,
    seats: booking.seats,
    comment: booking.comment,
    colour: booking.colour,
    categories: idsOf(booking.categories),
  };
}

/** A draft on top of a newer version: what was changed in it stays, all else is as the newer version has it. */
export function rebased(draft: Draft, before: BookingScreen, now: BookingScreen): Draft {
  const changes = changesOf(before, draft);
  const fresh = draftOf(now);
  return {
    employee: changes.employee ?? fresh.employee,
    startsAt: changes.starts_at ?? fresh.startsAt,
    services: changes.services ?? fresh.services,
    length: changes.length ?? fresh.length,
    seats: changes.seats ?? fresh.seats,
    comment: changes.comment ?? fresh.comment,
    colour: changes.colour ?? fresh.colour,
    categories: changes.categories ?? fresh.categories,
  };
}

function isAsWanted(now: BookingScreen, changes: Changes): boolean {
  const draft = draftOf(now);
  const { services, categories } = changes;
  return (
    [
      [changes.employee, draft.employee],
      [changes.starts_at, draft.startsAt],
      [changes.length, draft.length],
      [changes.seats, draft.seats],
      [changes.colour, draft.colour],
    ].every(([wanted, is]) => wanted === undefined || wanted === is) &&
    (changes.comment === undefined || changes.comment?.trim() === draft.comment.trim()) &&
    (!services || isSameSet(services, draft.services)) &&
    (!categories || isSameSet(categories, draft.categories))
  );
}

function idsOf(categories: BookingScreen['categories']): number[] {
  return categories.map(category => category.id);
}

function isSameList(one: readonly number[], other: readonly number[]): boolean {
  return one.length === other.length && one.every((id, place) => id === other[place]);
}

function isSameSet(one: readonly number[], other: readonly number[]): boolean {
  return isSameList([...one].sort(), [...other].sort());
}
