/** Deals by their ids, from Kommo's page: as much of them as tells one from another. */

import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import { useHost } from './context';
import type { Host } from './host';
import { together } from './together';

const IDS_AT_ONCE = 250;
const KEPT_MS = 60_000;

export interface Deal {
  id: number;
  name: string;
  price: number;
  pipeline: number;
  stage: number;
  /** Unix seconds. */
  madeAt: number;
}

interface KommoDeals {
  _embedded?: {
    leads?: { id: number; name?: string; price?: number; pipeline_id: number; status_id: number; created_at: number }[];
  };
}

/** Deals by their ids; those that are gone, or that the user may not see, are left out. */
export function useDealsById(ids: readonly number[]): UseQueryResult<Deal[]> {
  const host = useHost();
  return useQuery({
    queryKey: ['kommo', 'deals', [...ids].sort()],
    queryFn: () => readDeals(host, ids),
    staleTime: KEPT_MS,
  });
}

const readDeals = together(async (host: Host, ids) => {
  const deals: Deal[] = [];
  for (let from = 0; from < ids.length; from += IDS_AT_ONCE) {
    const asked = ids.slice(from, from + IDS_AT_ONCE).map(id => `filter[id][]=${id}`);
    const read = await host.readKommo<KommoDeals>(`/api/v4/leads?limit=${IDS_AT_ONCE}&${asked.join('&')}`);
    for (const lead of read?._embedded?.leads ?? []) {
      const { id, name = '', price = 0, pipeline_id: pipeline, status_id: stage, created_at: madeAt } = lead;
      deals.push({ id, name, price, pipeline, stage, madeAt });
    }
  }
  return deals;
});
