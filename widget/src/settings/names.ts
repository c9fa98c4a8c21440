/** Names for the ids that the API sends, as far as the account's lists could be read. */

import { useMemo } from 'react';
import { type Say, useSay } from '../texts/texts';
import { useAccount } from './account';
import { Lists } from './lists';

export interface Names {
  location(id: number): string;
  user(id: number): string;
  stage(id: number): string;
  field(id: number): string;
}

/** What has no name any more, or not yet, is called by its id. */
export function useNames(): Names {
  const say = useSay();
  const { data } = useAccount();
  return useMemo(() => namesIn(data && new Lists(data), say), [data, say]);
}

function namesIn(lists: Lists | undefined, say: Say): Names {
  const account = lists?.account;
  const called = (name: string | undefined, id: number) => name ?? say('setup.unnamed', { id: String(id) });
  const stages = lists?.pipelines.flatMap(pipeline => pipeline.stages);
  const fields = account && [...account.deal_fields, ...account.contact_fields];
  return {
    location: id => called(lists?.locationName(id), id),
    user: id => called(account?.users.find(one => one.id === id)?.name, id),
    stage: id => called(stages?.find(one => one.id === id)?.name, id),
    field: id => called(fields?.find(one => one.id === id)?.name, id),
  };
}
