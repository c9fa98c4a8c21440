/** What the settings say about each field: the one of our own, another one, or none. */

import type { AccountScreen, Field, OptionalCode } from '../../api/schema';
import type { Settings } from '../draft';
import { type Entity, isOptional, REQUIRED, switchOf, TYPES } from './codes';

export const OWN = 'own';
export const OFF = 'off';

export interface Slot {
  entity: Entity;
  code: string;
  /** Where the server tells what is wrong with it. */
  path: string;
  /** Our own field, where the account has it. */
  own: Field | undefined;
  /** The account's fields of fitting types, our own left out unless it has to be chosen as any other. */
  fitting: readonly Field[];
  /** `own`, `off`, or a field's id. */
  chosen: string;
  /** The switch in the settings by which all of its kind are off. */
  isSwitchedOff: boolean;
}

export function slotOf(entity: Entity, code: string, settings: Settings, account: AccountScreen): Slot {
  const there = entity === 'deal' ? account.deal_fields : account.contact_fields;
  const types = TYPES[entity][code] ?? [];
  const possible = there.filter(field => types.includes(field.type));
  const own = possible.find(field => field.code === code);
  const id = settings.fields?.[entity]?.[code];
  const by = switchOf(code);
  return {
    entity,
    code,
    path: `fields.${entity}.${code}`,
    own,
    fitting: isOptional(code) ? possible : possible.filter(field => field !== own),
    chosen: chosenOf(id, code, own),
    isSwitchedOff: by !== null && !settings[by],
  };
}

/** A field of our own that is wanted and not there. */
export function isMissing(slot: Slot): boolean {
  return slot.chosen === OWN && !slot.own && !slot.isSwitchedOff;
}

/** The account has the field that is chosen. */
export function isThere(slot: Slot): boolean {
  return slot.chosen === OWN ? Boolean(slot.own) : slot.fitting.some(field => String(field.id) === slot.chosen);
}

/** Optional fields that nothing shows, and that the account could have of our making. */
export function toBeMade(slots: readonly Slot[]): OptionalCode[] {
  return slots
    .filter(slot => !slot.own && !isThere(slot))
    .map(slot => slot.code)
    .filter(isOptional);
}

/** The settings' fields with another choice for one of them. */
export function chosenInstead(settings: Settings, slot: Slot, chosen: string): Settings['fields'] {
  const { [slot.code]: _former, ...others } = settings.fields?.[slot.entity] ?? {};
  const isUnsaid = chosen === OWN || (chosen === OFF && isOptional(slot.code));
  const id = chosen === OFF ? null : Number(chosen);
  return { ...settings.fields, [slot.entity]: isUnsaid ? others : { ...others, [slot.code]: id } };
}

/** Optional ones are made only when somebody asks for them, and chosen as any other. */
export function canBeOwn(slot: Slot): boolean {
  return !isOptional(slot.code);
}

export function canBeOff(slot: Slot): boolean {
  return !REQUIRED.has(slot.code);
}

function chosenOf(id: number | null | undefined, code: string, own: Field | undefined): string {
  if (id === undefined) {
    return isOptional(code) ? OFF : OWN;
  }
  if (id === null) {
    return OFF;
  }
  return id === own?.id && !isOptional(code) ? OWN : String(id);
}
