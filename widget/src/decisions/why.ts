/** Why a stage was chosen: each rule that was tried and what its conditions met (`rules.Explanation.to_json`). */

import type { DecisionScreen } from '../api/schema';

export type ConditionEntity = 'location' | 'pipeline' | 'employee' | 'service_category';

export interface Condition {
  entity: ConditionEntity;
  fits: boolean;
  wanted: number[];
  /** Null: it is not known. */
  met: number[] | null;
}

export interface Trial {
  number: number;
  matches: boolean;
  conditions: Condition[];
}

export interface Why {
  /** The number of the rule that matched. */
  number?: number;
  trials: Trial[];
}

export function whyOf(decision: Pick<DecisionScreen, 'why'>): Why | null {
  const why = decision.why as Partial<Why> | null;
  return why?.trials?.length ? { ...why, trials: why.trials } : null;
}
