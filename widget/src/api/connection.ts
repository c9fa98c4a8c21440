/** How the account is connected, and whether the one who looks can mend it. */

import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import { answered, useApi } from './api';
import type { ConnectionScreen } from './schema';

const LOOK_AGAIN_MS = 2 * 60_000;

export function useConnection(): UseQueryResult<ConnectionScreen> {
  const api = useApi();
  return useQuery({
    queryKey: ['connection'],
    queryFn: () => answered(api.GET('/connection')),
    refetchInterval: LOOK_AGAIN_MS,
  });
}

/** Whether the user is one of the account's administrators; false while that is not known. */
export function useIsAdmin(): boolean {
  return useConnection().data?.is_admin ?? false;
}
