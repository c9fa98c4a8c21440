/** The fields that Bookdeal shows in Kommo, by their code, and which types of Kommo's fields fit them. */

import type { FieldType, OptionalCode } from '../../api/schema';

export type Entity = 'deal' | 'contact';

export const TYPES: Record<Entity, Record<string, readonly FieldType[]>> = {
  deal: {
    BOOKING_DATE: ['date'],
    BOOKING_TIME: ['text'],
    BOOKING_DATETIME: ['date_time'],
    BOOKING_ID: ['number'],
    COMPANY_ID: ['number'],
    EMPLOYEE: ['text'],
    LOCATION: ['text'],
    SERVICES: ['text'],
    PAID: ['number'],
    PAYMENT_STATUS: ['text'],
    BOOKED_ONLINE: ['checkbox'],
    VISITOR: ['text'],
  },
  contact: {
    CLIENT_ID: ['number'],
    PURCHASES: ['number'],
    VISITS: ['number'],
    MEMBERSHIP_START: ['date', 'date_time'],
    MEMBERSHIP_END: ['date', 'date_time'],
    MEMBERSHIP_BALANCE: ['text'],
  },
};

/** By these, deals and contacts are found again: they are always written. */
export const REQUIRED: ReadonlySet<string> = new Set(['BOOKING_ID', 'COMPANY_ID', 'CLIENT_ID']);

const OPTIONAL: Record<OptionalCode, true> = { PAID: true, PAYMENT_STATUS: true, BOOKED_ONLINE: true, VISITOR: true };

/** Written only where a field is chosen for them. */
export function isOptional(code: string): code is OptionalCode {
  return Object.hasOwn(OPTIONAL, code);
}

/** Which switch of the settings decides about a contact's field. */
export function switchOf(code: string): 'statistics' | 'memberships' | null {
  if (code === 'PURCHASES' || code === 'VISITS') {
    return 'statistics';
  }
  return code.startsWith('MEMBERSHIP_') ? 'memberships' : null;
}
