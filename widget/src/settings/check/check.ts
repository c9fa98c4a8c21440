/** The set-up check, and what closes its gaps. */

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { answered, useApi } from '../../api/api';

const CHECK = ['check'];

/** When it is looked whether a repair has done its work, which the mover does within moments. */
const LOOKS_MS = [2500, 6000];

export function useCheck() {
  const api = useApi();
  return useQuery({ queryKey: CHECK, queryFn: () => answered(api.GET('/check')) });
}

/** Checks again, and reads both sides' lists anew. */
export function useCheckAnew() {
  const [api, queries] = [useApi(), useQueryClient()];
  return useMutation({
    mutationFn: () => answered(api.GET('/check', { params: { query: { anew: true } } })),
    onSuccess: found => {
      queries.setQueryData(CHECK, found);
      void queries.invalidateQueries({ queryKey: ['connection'] });
      void queries.invalidateQueries({ queryKey: ['account'] });
    },
  });
}

/** Puts the webhooks of both sides right: choosing the same locations again lets Bookdeal look at all access now. */
export function useRepairHooks() {
  const [api, queries] = [useApi(), useQueryClient()];
  return useMutation({
    mutationFn: async () => {
      const { locations } = await answered(api.GET('/connection'));
      return answered(api.PUT('/connection/locations', { body: { locations } }));
    },
    onSuccess: () => {
      for (const wait of LOOKS_MS) {
        setTimeout(() => void queries.invalidateQueries({ queryKey: CHECK }), wait);
      }
    },
  });
}

/** Begins to work. */
export function useGoLive() {
  const [api, queries] = [useApi(), useQueryClient()];
  return useMutation({
    mutationFn: () => answered(api.POST('/live')),
    onSuccess: saved => {
      queries.setQueryData(['settings'], saved);
      void queries.invalidateQueries({ queryKey: ['connection'], exact: true });
      void queries.invalidateQueries({ queryKey: CHECK });
    },
  });
}
