/** How statuses move deals, as the tab changes it. */

import type { MappingFormOutput, RuleFormOutput, StatusSyncFormOutput } from '../../api/schema';
import { type Settings, useDraft } from '../draft';
import type { Lists } from '../lists';

export type Sync = StatusSyncFormOutput;
export type Rule = RuleFormOutput;
export type Mapping = MappingFormOutput;
export type Mode = Settings['status_sync']['mode'];

export const STATUSES = ['waiting', 'confirmed', 'arrived', 'no_show', 'cancelled'] as const;
export type Status = (typeof STATUSES)[number];

/** What a rule may ask about, in the order in which it is read. */
export const CONDITIONS = ['locations', 'employees', 'service_categories', 'pipelines'] as const;
export type Condition = (typeof CONDITIONS)[number];

export function useSync(): { sync: Sync; changeSync(part: Partial<Sync>): void } {
  const { settings, change } = useDraft();
  const sync = settings.status_sync;
  return { sync, changeSync: part => change({ status_sync: { ...sync, ...part } }) };
}

/** A mapping to begin with: new deals land in the pipeline's first stage, and no status moves anything yet. */
export function emptyMapping(pipeline: number): Mapping {
  return { pipeline, landing: null, stages: {} };
}

export function newRule(mapping: Mapping): Rule {
  return {
    id: newId(),
    conditions: { locations: [], employees: [], service_categories: [], pipelines: [] },
    mapping,
  };
}

export function newId(): string {
  return crypto.randomUUID().slice(0, 8);
}

/** The mapping in another pipeline: stages that are called the same, or close deals the same, stay. */
export function inPipeline(mapping: Mapping, pipeline: number, lists: Lists): Mapping {
  const before = lists.pipeline(mapping.pipeline)?.stages ?? [];
  const there = lists.pipeline(pipeline)?.stages ?? [];
  const moved = (id: number | null | undefined) => {
    const stage = before.find(one => one.id === id);
    const same = there.find(one => stage && one.name === stage.name && one.kind === stage.kind);
    const closing = there.find(one => stage && stage.kind !== 'open' && one.kind === stage.kind);
    return (same ?? closing)?.id ?? null;
  };
  const stages = Object.entries(mapping.stages).map(([status, id]) => [status, moved(id)]);
  return { pipeline, landing: moved(mapping.landing), stages: Object.fromEntries(stages) };
}

/** Of the statuses of a mapping those whose stage means an earlier status as well, with that one. */
export function ambiguous(mapping: Mapping): Partial<Record<Status, Status>> {
  const found: Partial<Record<Status, Status>> = {};
  STATUSES.forEach((status, place) => {
    const stage = mapping.stages[status];
    const also = STATUSES.slice(0, place).find(earlier => stage != null && mapping.stages[earlier] === stage);
    if (also) {
      found[status] = also;
    }
  });
  return found;
}
