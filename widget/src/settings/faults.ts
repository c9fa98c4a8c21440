/** Faults while the settings are being changed: each is told until what is wrong is changed, wherever it has moved to. */

import type { Fault } from '../api/api';
import type { Settings } from './draft';

/** What a fault is about beside its own field: when that changes, the fault may be gone. */
const ALSO_ABOUT: Record<string, (field: string) => string[]> = {
  rule_shadowed: () => ['status_sync.rules'],
  duplicate_rule_id: () => ['status_sync.rules'],
  no_rules: () => ['status_sync.otherwise'],
  outside_only_pipeline: () => ['status_sync.only_pipeline'],
  ambiguous_stage: field => [parentOf(field), 'status_sync.reverse'],
  never_matches: field => [parentOf(field)],
  field_used_twice: field => [parentOf(field)],
  no_users: () => ['responsible'],
};

/** The faults of settings that were tried, at their places in the settings of now, without those that were mended. */
export function presentFaults(faults: readonly Fault[], tried: Settings, now: Settings): Fault[] {
  return faults.flatMap(fault => {
    const field = presentField(fault.field, tried, now);
    const isSame =
      field !== null &&
      equal(valueAt(tried, fault.field), valueAt(now, field)) &&
      (ALSO_ABOUT[fault.code]?.(fault.field) ?? []).every(also =>
        equal(valueAt(tried, also), valueAt(now, presentField(also, tried, now) ?? also)),
      );
    return isSame ? [{ ...fault, field }] : [];
  });
}

/** Where a field is now: rules are dragged about. Null for a field of a rule that was removed. */
function presentField(field: string, tried: Settings, now: Settings): string | null {
  const found = /^status_sync\.rules\.(\d+)(.*)$/.exec(field);
  if (!found) {
    return field;
  }
  const id = tried.status_sync.rules[Number(found[1])]?.id;
  const place = now.status_sync.rules.findIndex(rule => rule.id === id);
  return place < 0 ? null : `status_sync.rules.${place}${found[2]}`;
}

function parentOf(field: string): string {
  return field.slice(0, field.lastIndexOf('.'));
}

function valueAt(settings: Settings, field: string): unknown {
  let value: unknown = settings;
  for (const name of field.split('.')) {
    value = (value as Record<string, unknown> | null | undefined)?.[name];
  }
  return value ?? null;
}

function equal(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
