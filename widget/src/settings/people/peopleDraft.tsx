/** Which locations users see, while a person changes that: kept over changes of the tab, saved all at once. */

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, useEffect, useState } from 'react';
import { answered, useApi } from '../../api/api';
import type { ChosenUsers, UserScreen, UsersScreen } from '../../api/schema';
import { useAround } from '../../around';
import { type Seen, USERS } from './users';

interface PeopleDraft {
  changes: ReadonlyMap<number, Seen>;
  change(user: UserScreen, seen: Seen): void;
  isSaving: boolean;
  error: Error | null;
  save(users: UsersScreen): void;
  discard(): void;
}

const PeopleDraftContext = createContext<PeopleDraft | null>(null);

export const usePeopleDraft = (): PeopleDraft => useAround(PeopleDraftContext, 'draft of the people');

export function PeopleDraftProvider({ children }: { children: ReactNode }) {
  const [api, queries] = [useApi(), useQueryClient()];
  const [changes, setChanges] = useState<ReadonlyMap<number, Seen>>(new Map());
  const { mutate, isPending, error, reset } = useMutation({
    mutationFn: (body: ChosenUsers) => answered(api.PUT('/users', { body })),
    onSuccess: saved => {
      setChanges(new Map());
      queries.setQueryData(USERS, saved);
    },
    // Somebody may have saved meanwhile: what he chose is shown below what is chosen here.
    onError: () => queries.invalidateQueries({ queryKey: USERS }),
  });

  useEffect(() => {
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    if (changes.size) {
      window.addEventListener('beforeunload', warn);
    }
    return () => window.removeEventListener('beforeunload', warn);
  }, [changes]);

  const change = (user: UserScreen, seen: Seen) => {
    const changed = new Map(changes);
    if (isSame(user, seen)) {
      changed.delete(user.id);
    } else {
      changed.set(user.id, seen);
    }
    setChanges(changed);
  };
  const save = ({ version, users }: UsersScreen) => {
    const chosen = users.map(user => ({ id: user.id, ...seenOf(user, changes) }));
    // Who is not named sees all.
    mutate({ version, users: chosen.filter(one => one.locations !== null || one.chains.length) });
  };
  const discard = () => {
    setChanges(new Map());
    reset();
  };
  const draft = { changes, change, isSaving: isPending, error, save, discard };
  return <PeopleDraftContext.Provider value={draft}>{children}</PeopleDraftContext.Provider>;
}

/** What a user sees, with what was changed and is not saved yet. */
export function seenOf(user: UserScreen, changes: ReadonlyMap<number, Seen>): Seen {
  const { locations, chains } = changes.get(user.id) ?? user;
  return { locations, chains };
}

function isSame(one: Seen, other: Seen): boolean {
  return text(one) === text(other);
}

function text({ locations, chains }: Seen): string {
  return JSON.stringify([locations?.toSorted() ?? null, chains.toSorted()]);
}
