/** Asking for something that is done elsewhere, and following it to its end. */

import { useMutation } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { ApiError, type Params } from './api';
import { type CommandState, useCommand } from './commands';

export interface Asking<What> {
  ask(what: What): void;
  /** What was asked for last. */
  what: What | undefined;
  isBusy: boolean;
  /** How far it is, as the command tells. */
  progress: CommandState['progress'];
  /** What went wrong: it could not be asked for, or was refused. */
  error: unknown;
  /** What came of it, once it is done. */
  result: CommandState['result'] | undefined;
  /** The command, once it is asked for. */
  command: string | null;
  reset(): void;
}

/** `send` asks for it and returns the command; `onDone` is called once, when it is done. */
export function useAsking<What = void>(
  send: (what: What) => Promise<string>,
  onDone?: (result: CommandState['result']) => void,
): Asking<What> {
  const asking = useMutation({ mutationFn: send });
  const command = asking.data ?? null;
  const followed = useCommand(command);
  const done = useRef(onDone);
  done.current = onDone;
  const state = followed?.state;
  const result = followed?.result;
  useEffect(() => {
    if (state === 'done' && result) {
      done.current?.(result);
    }
  }, [state, result]);
  const refusal = state === 'refused' ? refusalOf(result ?? {}) : null;
  return {
    ask: asking.mutate,
    what: asking.variables,
    isBusy: asking.isPending || (asking.isSuccess && state !== 'done' && state !== 'refused'),
    progress: followed?.progress ?? null,
    error: asking.error ?? refusal,
    result: state === 'done' ? result : undefined,
    command,
    reset: asking.reset,
  };
}

/** A command that was refused is told as a request is that was. */
function refusalOf(result: CommandState['result']): ApiError {
  return new ApiError(422, String(result.code ?? 'unexpected'), (result.params ?? {}) as Params, []);
}
