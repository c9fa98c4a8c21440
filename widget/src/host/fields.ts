/** The names and types of the account's own fields, from Kommo's page. */

import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import { useHost } from './context';
import type { Host } from './host';

const KEPT_MS = 10 * 60_000;
const PAGE = 250;

export interface KommoField {
  name: string;
  type: string;
}

interface KommoFields {
  _embedded?: { custom_fields?: { id: number; name: string; type: string }[] };
  _links?: { next?: unknown };
}

export function useFields(entity: 'leads' | 'contacts'): UseQueryResult<ReadonlyMap<number, KommoField>> {
  const host = useHost();
  return useQuery({
    queryKey: ['kommo', 'fields', entity],
    queryFn: () => readFields(host, entity),
    staleTime: KEPT_MS,
  });
}

async function readFields(host: Host, entity: string): Promise<ReadonlyMap<number, KommoField>> {
  const fields = new Map<number, KommoField>();
  for (let page = 1; ; page += 1) {
    const read = await host.readKommo<KommoFields>(`/api/v4/${entity}/custom_fields?limit=${PAGE}&page=${page}`);
    for (const { id, name, type } of read?._embedded?.custom_fields ?? []) {
      fields.set(id, { name, type });
    }
    if (!read?._links?.next) {
      return fields;
    }
  }
}
