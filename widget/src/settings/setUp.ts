/** Lets Bookdeal make what it needs in the Kommo account: the recommended pipeline, and fields. */

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { ApiError, answered, type Params, useApi } from '../api/api';
import { useCommand } from '../api/commands';
import type { MappingFormOutput, SetUpBody } from '../api/schema';
import { useReadAnew } from './account';

interface Made {
  /** How statuses are mapped into the recommended pipeline, where that was asked for. */
  mapping?: MappingFormOutput;
  /** The optional fields that were asked for, by their code. */
  optional?: Record<string, number>;
}

const NOTHING: SetUpBody = { pipeline: false, fields: false, optional: [] };

export function useSetUp(onMade?: (made: Made) => void) {
  const [api, queries, readAnew] = [useApi(), useQueryClient(), useReadAnew()];
  const [command, setCommand] = useState<string | null>(null);
  const asked = useMutation({
    mutationFn: (what: SetUpBody) => answered(api.POST('/setup', { body: what })),
    onSuccess: ({ id }) => setCommand(id),
  });
  const found = useCommand(command);
  const made = useMutation({
    mutationFn: async () => {
      await readAnew();
      void queries.invalidateQueries({ queryKey: ['check'] });
    },
    onSettled: () => {
      setCommand(null);
      onMade?.((found?.result ?? {}) as Made);
    },
  });
  const isMade = found?.state === 'done';
  const { mutate: take, isIdle } = made;
  useEffect(() => {
    if (isMade && isIdle) {
      take();
    }
  }, [isMade, isIdle, take]);

  return {
    start: (what: Partial<SetUpBody>) => {
      made.reset();
      asked.mutate({ ...NOTHING, ...what });
    },
    isBusy: asked.isPending || made.isPending || (command !== null && found?.state !== 'refused'),
    isDone: made.isSuccess,
    error: asked.error ?? refusalOf(found),
  };
}

/** A command's refusal as an error like those of the API. */
export function refusalOf(found: ReturnType<typeof useCommand>): ApiError | null {
  if (found?.state !== 'refused') {
    return null;
  }
  const { code, params } = found.result as { code: string; params: Params };
  return new ApiError(422, code, params, []);
}
