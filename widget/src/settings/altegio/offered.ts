/** The locations that can be served, as Altegio's main administrator manages them. */

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { ApiError, answered, useApi } from '../../api/api';
import type { OfferedLocations } from '../../api/schema';

const OFFERED = ['connection', 'locations'];

/** What depends on which locations there are. */
const DEPENDENT = [['account'], ['users'], ['check']];

/** The locations to choose from; refused as long as nobody has logged in to Altegio (`isNotConnected`). */
export function useOffered() {
  const api = useApi();
  return useQuery({
    queryKey: OFFERED,
    queryFn: () => answered(api.GET('/connection/locations')),
    // Several parts of a screen look at it: a refusal holds for all of them, until somebody logs in.
    retryOnMount: false,
  });
}

/** Whether it failed because there is no access to Altegio: none yet, or none any more. */
export function isNotConnected(error: unknown): boolean {
  return (
    error instanceof ApiError &&
    (error.code === 'credentials' || (error.code === 'revoked' && error.params.reason === 'token'))
  );
}

/** Logs the main administrator in, and chooses locations. */
export function useAltegio() {
  const [api, queries] = [useApi(), useQueryClient()];
  const refresh = () => {
    void queries.invalidateQueries({ queryKey: ['connection'], exact: true });
    for (const queryKey of DEPENDENT) {
      void queries.invalidateQueries({ queryKey });
    }
  };
  return {
    logIn: async (login: string, password: string) => {
      const found = await answered(api.POST('/connection/altegio', { body: { login, password } }));
      queries.setQueryData(OFFERED, found);
      refresh();
    },
    choose: async (locations: number[]) => {
      await answered(api.PUT('/connection/locations', { body: { locations } }));
      queries.setQueryData<OfferedLocations>(
        OFFERED,
        before =>
          before && { locations: before.locations.map(one => ({ ...one, chosen: locations.includes(one.id) })) },
      );
      refresh();
    },
  };
}
