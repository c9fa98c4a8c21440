/** Carrying an order out: it is booked once or not at all, however often it is sent. */

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { answered, useApi } from '../api/api';
import type { AttemptScreen, BookBody } from '../api/schema';
import { isMissing, isUnanswered, LOOK_MS } from './changing';
import { rereadBookings } from './places';

export type Order = Omit<BookBody, 'request'>;

/** The API takes every order with a request of its own. */
type Requested<O> = O & { request: string };

/** Looks for a request that the API does not know: it may still be on its way there. */
const PATIENT_LOOKS = 4;

export interface Attempting<O = Order> {
  /** What became of the last order; undefined while there is none, or it is changed. */
  result: AttemptScreen | undefined;
  isSending: boolean;
  /** It was sent, and nobody knows yet what became of it. */
  isUnknown: boolean;
  error: unknown;
  send(order: O): void;
  /** Forget what became of the last order, as another one is chosen. */
  forget(): void;
}

/** Book; `settled` is told what became of each order. */
export function useAttempt(settled: (result: AttemptScreen) => void): Attempting {
  const api = useApi();
  return useAttemptOf<Order>(body => answered(api.POST('/bookings', { body })), settled);
}

/** Send orders of any kind that the API keeps as attempts; `settled` is told what became of each. */
export function useAttemptOf<O>(
  post: (body: Requested<O>) => Promise<AttemptScreen>,
  settled: (result: AttemptScreen) => void,
): Attempting<O> {
  const [api, queries] = [useApi(), useQueryClient()];
  // The same order keeps its request, so that it is recognised; a changed one, or one that has its answer, gets another.
  const sent = useRef<{ order: string; request: string } | null>(null);
  const [open, setOpen] = useState<string | null>(null);
  const [result, setResult] = useState<AttemptScreen>();
  const tell = useRef(settled);
  tell.current = settled;

  const settle = (answer: AttemptScreen) => {
    if (answer.outcome === 'unknown') {
      setOpen(answer.request);
      return;
    }
    sent.current = null;
    setOpen(null);
    setResult(answer);
    rereadBookings(queries);
    tell.current(answer);
  };

  const sending = useMutation({
    mutationFn: post,
    onSuccess: settle,
    onError: (error, { request }) => isUnanswered(error) && setOpen(request),
  });

  const looks = useQuery({
    queryKey: ['attempt', open],
    queryFn: () => answered(api.GET('/attempts/{request}', { params: { path: { request: open ?? '' } } })),
    enabled: open !== null,
    staleTime: 0,
    gcTime: 0,
    retry: (failures, error) => failures < PATIENT_LOOKS || !isMissing(error),
    retryDelay: LOOK_MS,
    refetchInterval: ({ state }) => (state.data && state.data.outcome !== 'unknown' ? false : LOOK_MS),
  });

  const { data: found, error: lost } = looks;
  // biome-ignore lint/correctness/useExhaustiveDependencies: what a look has found is settled once
  useEffect(() => {
    if (open && found?.request === open) {
      settle(found);
    }
  }, [open, found]);
  // A request that never arrived: the same order can be sent again.
  useEffect(() => {
    if (open && isMissing(lost)) {
      setOpen(null);
    }
  }, [open, lost]);

  return {
    result,
    isSending: sending.isPending,
    isUnknown: open !== null,
    error: open === null ? sending.error : null,
    send(order) {
      const text = JSON.stringify(order);
      if (sent.current?.order !== text) {
        sent.current = { order: text, request: crypto.randomUUID() };
      }
      setResult(undefined);
      sending.mutate({ ...order, request: sent.current.request });
    },
    forget() {
      setResult(undefined);
      if (!sending.isPending) {
        sending.reset();
      }
    },
  };
}
