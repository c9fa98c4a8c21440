/** Parked work as the API tells it. */

import { type InfiniteData, useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { answered, useApi } from '../../api/api';
import type { ParkedWorkScreen } from '../../api/schema';

const PARKED = ['parked'];
const LOOK_MS = 30_000;

/** These are shown as questions, where they are answered. */
export const QUESTION = 'ambiguous_contact';

/** What waits, counted by reason, and what holds all work up. Looked at now and then: it may go on by itself. */
export function useParkedWork() {
  const api = useApi();
  return useQuery({
    queryKey: [...PARKED, 'all'],
    queryFn: () => answered(api.GET('/parked')),
    refetchInterval: LOOK_MS,
  });
}

/** The bookings that wait for a reason, or those that were dropped, the oldest first. */
export function useParkedBookings(which: { reason: string } | { dropped: true }) {
  const api = useApi();
  return useInfiniteQuery<ParkedWorkScreen, Error, InfiniteData<ParkedWorkScreen>, unknown[], string>({
    queryKey: [...PARKED, which],
    queryFn: ({ pageParam: after }) => answered(api.GET('/parked', { params: { query: { ...which, after } } })),
    initialPageParam: '',
    getNextPageParam: page => page.next || undefined,
  });
}

export function useReadParkedAnew(): () => void {
  const queries = useQueryClient();
  return () => void queries.invalidateQueries({ queryKey: PARKED });
}
