/** What the settings choose from: both sides' lists, read once for all tabs. */

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { answered, useApi } from '../api/api';

const KEY = ['account'];

/** As the server keeps them. */
const KEPT_SECONDS = 600;

/** Pipelines with stages, fields, users, task types; locations with employees and service categories. */
export function useAccount() {
  const api = useApi();
  return useQuery({
    queryKey: KEY,
    queryFn: () => answered(api.GET('/account')),
    staleTime: KEPT_SECONDS * 1000,
  });
}

/** Reads the lists from both sides now: for somebody who has just made a stage or a field there. */
export function useReadAnew(): () => Promise<void> {
  const [api, queries] = [useApi(), useQueryClient()];
  return async () => {
    const read = await answered(api.GET('/account', { params: { query: { anew: true } } }));
    queries.setQueryData(KEY, read);
  };
}
