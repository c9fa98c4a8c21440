/** The import of older bookings, as the API tells it: one at a time. */

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { ApiError, answered, useApi } from '../../api/api';
import type { HistoryBody, HistoryScreen } from '../../api/schema';

const HISTORY = ['history'];
const LOOK_MS = 5000;

/** The import under way, or the last one; null where there has been none. Looked at while it runs. */
export function useHistory() {
  const api = useApi();
  return useQuery<HistoryScreen | null>({
    queryKey: HISTORY,
    queryFn: () =>
      answered(api.GET('/history')).catch(error => {
        if (error instanceof ApiError && error.code === 'import') {
          return null;
        }
        throw error;
      }),
    refetchInterval: ({ state }) => (state.data?.state === 'running' ? LOOK_MS : false),
  });
}

export type Step = 'pause' | 'continue' | 'stop';

/** Begin an import, or let the one under way rest, go on, or end. */
export function useSteering() {
  const [api, queries] = [useApi(), useQueryClient()];
  return useMutation({
    mutationFn: (what: HistoryBody | Step) => {
      switch (what) {
        case 'pause':
          return answered(api.POST('/history/pause'));
        case 'continue':
          return answered(api.POST('/history/continue'));
        case 'stop':
          return answered(api.POST('/history/stop'));
        default:
          return answered(api.POST('/history', { body: what }));
      }
    },
    onSuccess: now => queries.setQueryData(HISTORY, now),
    // Somebody else, or the import itself, was first: then what is shown is old.
    onError: () => void queries.invalidateQueries({ queryKey: HISTORY }),
  });
}
