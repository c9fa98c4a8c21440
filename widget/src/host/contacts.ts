/** The contacts of a deal, read from Kommo's page: who the client is, and how he can be reached. */

import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import { useHost } from './context';
import type { Host } from './host';
import { together } from './together';

/** Kommo takes so many ids in one filter. */
const IDS_AT_ONCE = 250;
const KEPT_MS = 60_000;

export interface Contact {
  id: number;
  name: string;
  phones: string[];
  emails: string[];
  /** The one that the deal is about; the others are there as well. */
  isMain: boolean;
}

/** A contact with the deals that he has. */
export interface ContactWithDeals extends Contact {
  deals: number[];
}

interface KommoDeal {
  _embedded?: { contacts?: { id: number; is_main?: boolean }[] };
}

interface KommoContacts {
  _embedded?: { contacts?: KommoContact[] };
}

interface KommoContact {
  id: number;
  _embedded?: { leads?: { id: number }[] };
  name?: string | null;
  custom_fields_values?: { field_code?: string | null; values: { value?: unknown }[] }[] | null;
}

/** The contacts of a deal, the main one first; none of a deal that is not saved yet (0). */
export function useContacts(deal: number): UseQueryResult<Contact[]> {
  const host = useHost();
  return useQuery({
    queryKey: ['kommo', 'deal', deal, 'contacts'],
    queryFn: () => (deal ? contactsOf(host, deal) : []),
    staleTime: KEPT_MS,
  });
}

/** Contacts by their ids, such as those that may be one person; those that are gone are left out. */
export function useContactsById(ids: readonly number[]): UseQueryResult<ContactWithDeals[]> {
  const host = useHost();
  return useQuery({
    queryKey: ['kommo', 'contacts', [...ids].sort()],
    queryFn: () => readWithDeals(host, ids),
    staleTime: KEPT_MS,
  });
}

const readWithDeals = together((host: Host, ids) => readContacts(host, ids, '&with=leads'));

async function contactsOf(host: Host, deal: number): Promise<Contact[]> {
  const found = (await host.readKommo<KommoDeal>(`/api/v4/leads/${deal}?with=contacts`))?._embedded?.contacts ?? [];
  const main = found.find(contact => contact.is_main)?.id ?? found[0]?.id;
  const contacts = await readContacts(
    host,
    found.map(contact => contact.id),
  );
  return contacts
    .map(({ deals: _, ...contact }) => ({ ...contact, isMain: contact.id === main }))
    .sort((one, other) => Number(other.isMain) - Number(one.isMain));
}

async function readContacts(host: Host, ids: readonly number[], more = ''): Promise<ContactWithDeals[]> {
  const contacts: ContactWithDeals[] = [];
  for (let from = 0; from < ids.length; from += IDS_AT_ONCE) {
    const asked = ids.slice(from, from + IDS_AT_ONCE).map(id => `filter[id][]=${id}`);
    const read = await host.readKommo<KommoContacts>(`/api/v4/contacts?limit=${IDS_AT_ONCE}${more}&${asked.join('&')}`);
    contacts.push(...(read?._embedded?.contacts ?? []).map(contactOf));
  }
  return contacts;
}

function contactOf(contact: KommoContact): ContactWithDeals {
  return {
    id: contact.id,
    name: contact.name ?? '',
    phones: valuesOf(contact, 'PHONE'),
    emails: valuesOf(contact, 'EMAIL'),
    isMain: false,
    deals: (contact._embedded?.leads ?? []).map(lead => lead.id),
  };
}

function valuesOf(contact: KommoContact, code: string): string[] {
  const values = contact.custom_fields_values?.filter(field => field.field_code === code).flatMap(one => one.values);
  return [...new Set((values ?? []).map(({ value }) => String(value ?? '').trim()))].filter(Boolean);
}

/** So many are found at the most: who is not among them is found by typing more. */
const FOUND_AT_MOST = 6;

/** Contacts of the account in which Kommo finds what was typed: a name, a phone, an e-mail. */
export async function searchContacts(host: Host, query: string): Promise<Contact[]> {
  const path = `/api/v4/contacts?limit=${FOUND_AT_MOST}&query=${encodeURIComponent(query)}`;
  const read = await host.readKommo<KommoContacts>(path);
  return (read?._embedded?.contacts ?? []).map(contactOf);
}
