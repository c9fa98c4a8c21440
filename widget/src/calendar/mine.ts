/**
 * Which deals are the user's own. Kommo's page is asked, and only while somebody wants to know: it answers with the
 * user's own session, 250 deals at a time, where our API would have to take the account's requests from the mover.
 */

import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useHost } from '../host/context';
import type { Host } from '../host/host';

const IDS_AT_ONCE = 250;
const KEPT_MS = 60_000;

interface KommoDeals {
  _embedded?: { leads?: { id: number; responsible_user_id?: number }[] };
}

/** Those of these deals that the user is responsible for; null while that is not asked, or not known. */
export function useMyDeals(deals: readonly number[], isAsked: boolean) {
  const host = useHost();
  const ids = [...new Set(deals)].sort((one, other) => one - other);
  return useQuery({
    queryKey: ['kommo', 'deals', 'mine', ids],
    queryFn: () => readMine(host, ids),
    enabled: isAsked,
    staleTime: KEPT_MS,
    placeholderData: keepPreviousData,
  });
}

async function readMine(host: Host, ids: readonly number[]): Promise<ReadonlySet<number>> {
  const batches = [];
  for (let from = 0; from < ids.length; from += IDS_AT_ONCE) {
    const asked = ids.slice(from, from + IDS_AT_ONCE).map(id => `filter[id][]=${id}`);
    batches.push(host.readKommo<KommoDeals>(`/api/v4/leads?limit=${IDS_AT_ONCE}&${asked.join('&')}`));
  }
  const deals = (await Promise.all(batches)).flatMap(read => read?._embedded?.leads ?? []);
  return new Set(deals.filter(deal => deal.responsible_user_id === host.user).map(deal => deal.id));
}
