/** Commands: what was asked for and is done elsewhere, looked at until it is done. */

import { useQuery } from '@tanstack/react-query';
import { answered, useApi } from './api';
import type { CommandScreen } from './schema';

/** Most commands are done within a second; the longer one takes, the less does it matter when that is noticed. */
const FIRST_MS = 500;
const LONGER_EACH_TIME = 1.5;
const LAST_MS = 5000;

export type CommandState = Pick<CommandScreen, 'state' | 'progress' | 'result'>;

/**
 * What became of a command; undefined for none, and until the first answer is there. A look that fails is tried again
 * with the next one. Nobody looks any more when it is done, or when the screen is left.
 */
export function useCommand(command: string | null): CommandState | undefined {
  const api = useApi();
  const { data } = useQuery({
    queryKey: ['command', command],
    queryFn: () => answered(api.GET('/commands/{command}', { params: { path: { command: command ?? '' } } })),
    enabled: command !== null,
    retry: false,
    // Nothing changes any more in what is done.
    staleTime: ({ state }) => (state.data && state.data.state !== 'waiting' ? Number.POSITIVE_INFINITY : 0),
    refetchInterval: ({ state }) => {
      if (state.data && state.data.state !== 'waiting') {
        return false;
      }
      const looks = state.dataUpdateCount + state.errorUpdateCount;
      return Math.min(FIRST_MS * LONGER_EACH_TIME ** Math.max(looks - 1, 0), LAST_MS);
    },
  });
  return data;
}
