/** Names for the ids that the API sends: of the account, and of its locations. */

import { useMemo } from 'react';
import type { AccountScreen } from '../api/schema';
import { type Say, useSay } from '../texts/texts';
import { useAccount } from './account';

export interface Names {
  location(id: number): string;
  user(id: number): string;
  pipeline(id: number): string;
  /** With its pipeline, where that is asked for. */
  stage(id: number): string;
  field(id: number): string;
  employee(id: number): string;
}

/** What has no name any more, or not yet, is called by its id. */
export function useNames(): Names {
  const say = useSay();
  const { data } = useAccount();
  return useMemo(() => namesIn(data, say), [data, say]);
}

function namesIn(account: AccountScreen | undefined, say: Say): Names {
  const named = (entries: readonly (readonly [number, string])[] = []) => {
    const names = new Map(entries);
    return (id: number) => names.get(id) ?? say('setup.unnamed', { id: String(id) });
  };
  const all = (list: readonly { id: number; name: string }[] = []) => named(list.map(one => [one.id, one.name]));
  return {
    location: named(account?.locations.map(one => [one.id, one.title])),
    user: all(account?.users),
    pipeline: all(account?.pipelines),
    stage: all(account?.pipelines.flatMap(pipeline => pipeline.stages)),
    field: all([...(account?.deal_fields ?? []), ...(account?.contact_fields ?? [])]),
    employee: all(account?.locations.flatMap(location => location.employees)),
  };
}
