/** How the account is connected, and whether the one who looks can mend it. */

import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import { answered, useApi } from './api';
import type { ConnectionScreen, ProblemScreen } from './schema';

const LOOK_AGAIN_MS = 2 * 60_000;
/** Whoever has just mended it is soon told that he has. */
const LOOK_WHILE_STOPPED_MS = 10_000;

/** What makes Bookdeal slow, not blind: it may last, and does not stand before all other work. */
const WARNINGS = new Set(['kommo_webhooks', 'altegio_webhooks']);

export function isWarning({ code }: ProblemScreen): boolean {
  return WARNINGS.has(code);
}

export function useConnection(): UseQueryResult<ConnectionScreen> {
  const api = useApi();
  return useQuery({
    queryKey: ['connection'],
    queryFn: () => answered(api.GET('/connection')),
    refetchInterval: ({ state }) =>
      state.data?.problems.every(isWarning) === false ? LOOK_WHILE_STOPPED_MS : LOOK_AGAIN_MS,
  });
}

/** Whether the user is one of the account's administrators; false while that is not known. */
export function useIsAdmin(): boolean {
  return useConnection().data?.is_admin ?? false;
}
