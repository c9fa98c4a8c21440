import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { answered, useApi } from '../../api/api';
import type { GroupScreen } from '../../api/schema';
import { Button } from '../../components/Button';
import { Failure } from '../../components/Failure';
import { Note } from '../../components/Note';
import { Progress } from '../../components/Progress';
import { useSay } from '../../texts/texts';

interface Ignoring {
  ignore(groups: readonly GroupScreen[]): void;
  /** Let those that were ignored last be found again. */
  takeBack(): void;
  isBusy: boolean;
  /** Groups that are done, of those that were asked for. */
  done: number;
  all: number;
  isTakenBack: boolean;
  error: unknown;
  reset(): void;
}

/** Ignores many groups, one after the other: the API takes one at a time. */
export function useIgnoring(onDone: () => void): Ignoring {
  const api = useApi();
  const [done, setDone] = useState<readonly GroupScreen[]>([]);
  const { mutate, variables, isPending, isSuccess, error, reset } = useMutation({
    mutationFn: async ({ groups, ignored }: { groups: readonly GroupScreen[]; ignored: boolean }) => {
      setDone([]);
      for (const group of groups) {
        const { kind, ids, bookings } = group;
        await answered(api.PUT('/duplicates/ignored', { body: { kind, ids, bookings, ignored } }));
        setDone(before => [...before, group]);
      }
    },
    onSettled: onDone,
  });
  return {
    ignore: groups => mutate({ groups, ignored: true }),
    takeBack: () => mutate({ groups: done, ignored: false }),
    isBusy: isPending,
    done: done.length,
    all: variables?.groups.length ?? 0,
    isTakenBack: isSuccess && variables.ignored === false,
    error,
    reset: () => {
      reset();
      setDone([]);
    },
  };
}

/** What came of it, and the way back. */
export function Ignored({ ignoring }: { ignoring: Ignoring }) {
  const say = useSay();
  const { isBusy, done, all, isTakenBack, error } = ignoring;
  if (isBusy) {
    return <Progress label={say('upkeep.ignoring', { done, all })} done={done / Math.max(1, all)} />;
  }
  return (
    <>
      {Boolean(error) && <Failure error={error} />}
      {done > 0 && (
        <Note tone="success">
          {say(isTakenBack ? 'upkeep.foundAgain' : 'upkeep.ignored', { count: done })}
          {!isTakenBack && <Button onClick={ignoring.takeBack}>{say('upkeep.undo')}</Button>}
        </Note>
      )}
    </>
  );
}
