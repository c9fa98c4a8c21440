/** Deals of the account, searched as Kommo's own search does. */

import type { Host } from '../host/host';

const FOUND_AT_MOST = 10;

export interface FoundDeal {
  id: number;
  name: string;
  price: number;
}

interface KommoDeals {
  _embedded?: { leads?: { id: number; name?: string; price?: number }[] };
}

/** Deals in which Kommo finds what was typed: in their names, fields, contacts. The newest first. */
export async function searchDeals(host: Host, query: string): Promise<FoundDeal[]> {
  const path = `/api/v4/leads?limit=${FOUND_AT_MOST}&order[created_at]=desc&query=${encodeURIComponent(query)}`;
  const read = await host.readKommo<KommoDeals>(path);
  return (read?._embedded?.leads ?? []).map(({ id, name, price }) => ({
    id,
    name: name || `№ ${id}`,
    price: price ?? 0,
  }));
}
