/** Who is booked in. */

import type { Contact } from '../host/contacts';
import type { ClientChoice } from './choices';

export interface Client {
  contact: Contact | null;
  name: string;
  phone: string;
  email: string;
  chosen: ClientChoice;
}

/** Digits that a phone has at least. */
const PHONE_DIGITS = 7;

/** The chosen contact, the deal's main one at first, with whatever was typed in its place. */
export function clientOf(chosen: ClientChoice, contacts: readonly Contact[]): Client {
  const contact = contacts.find(one => one.id === chosen.contact) ?? contacts[0] ?? null;
  return {
    contact,
    name: chosen.name ?? contact?.name ?? '',
    phone: chosen.phone ?? contact?.phones[0] ?? '',
    email: chosen.email ?? contact?.emails[0] ?? '',
    chosen,
  };
}

/** Whether there is enough to book him in. */
export function isReachable({ name, phone }: Client): boolean {
  return name.trim() !== '' && phone.replace(/\D/g, '').length >= PHONE_DIGITS;
}
