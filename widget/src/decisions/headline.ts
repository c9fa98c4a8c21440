import type { DecisionScreen } from '../api/schema';
import type { StageName } from '../host/pipelines';
import type { Say } from '../texts/texts';
import { ruleOf } from './rule';

/** Why a deal was left where it stands: a person's hand counts for more. */
const STAYS = new Set(['moved_by_person', 'closed_by_person']);

/** What was done, in one sentence. */
export function headlineOf(decision: DecisionScreen, say: Say, stageName: StageName): string {
  const isWithinOne = decision.before?.pipeline === decision.after?.pipeline;
  const named = (place: DecisionScreen['before']) =>
    (place && stageName(place.pipeline, place.stage, isWithinOne)) || say('decisions.stageUnknown');
  const rule = ruleOf(decision.rule);
  const places = { from: named(decision.before), to: named(decision.after) };
  if (STAYS.has(decision.skipped ?? '')) {
    return say('decisions.left', { stage: places.from });
  }
  if (decision.skipped && rule.code !== 'deal_deleted') {
    return say('decisions.notDone');
  }
  if (rule.isReverse && rule.status) {
    return say('decisions.statusSet', { status: say(`decisions.status_${rule.status}`) });
  }
  const special = say.coded(`decisions.did_${rule.code}`, places);
  if (special) {
    return special;
  }
  const { before, after } = decision;
  if (after && !before) {
    return say('decisions.made', { stage: places.to });
  }
  if (after && before && (after.pipeline !== before.pipeline || after.stage !== before.stage)) {
    return say('decisions.moved', places);
  }
  return say('decisions.written', { count: decision.fields.length });
}

/** Which rule spoke, as a sentence; "" where the headline says all. */
export function reasonOf(decision: Pick<DecisionScreen, 'rule' | 'why'>, say: Say): string {
  const rule = ruleOf(decision.rule);
  const number = decision.why && Number(decision.why.number);
  const values = {
    status: rule.status ? say(`decisions.status_${rule.status}`) : '',
    number: String(number || '?'),
  };
  const spoken = say.coded(`decisions.rule_${rule.code}`, values) ?? '';
  return [
    spoken,
    rule.isUnmapped ? say('decisions.ruleUnmapped') : '',
    rule.isLanding ? say('decisions.ruleLanding') : '',
  ]
    .filter(Boolean)
    .join(' ');
}
