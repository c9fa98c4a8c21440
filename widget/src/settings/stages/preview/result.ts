/** What a preview found, as its command tells it. */

import type { Say } from '../../../texts/texts';
import type { Lists } from '../../lists';
import type { Rule } from '../sync';

export type Fate = 'moves' | 'made' | 'held';
type Place = [pipeline: number, stage: number] | null;

export interface Group {
  id: string;
  fate: Fate;
  before: Place;
  after: Place;
  /** The rule that speaks, as a short code: `rule.<id>.arrived`, `simple.waiting.unmapped.landing`, `nothing`. */
  rule: string;
  skipped: string | null;
  count: number;
}

export interface Found {
  bookings: number;
  groups: Group[];
  counts: Record<string, number>;
}

export function countOf(found: Found, fate: Fate): number {
  return found.groups.filter(group => group.fate === fate).reduce((sum, group) => sum + group.count, 0);
}

/** The name of a place: with its pipeline where there are several. */
export function placeName(say: Say, lists: Lists, place: Place): string {
  if (!place) {
    return '';
  }
  const [pipeline, stage] = place;
  const name = lists.stageName(pipeline, stage) ?? say('rules.gone', { id: String(stage) });
  return lists.pipelines.length > 1 ? `${lists.pipelineName(pipeline) ?? pipeline}: ${name}` : name;
}

/** Which rule speaks, in words; `rules` are those of the settings that were tried. */
export function ruleName(say: Say, code: string, rules: readonly Rule[]): string {
  const [kind = '', ...rest] = code.split('.');
  const isLanding = code.endsWith('.landing');
  if (kind === 'rule') {
    const number = rules.findIndex(rule => rule.id === rest[0]) + 1;
    return say(isLanding ? 'rules.by_rule_landing' : 'rules.by_rule', { number });
  }
  return say.coded(`rules.by_${kind}${isLanding ? '_landing' : ''}`) ?? say.coded(`rules.by_${kind}`) ?? code;
}
