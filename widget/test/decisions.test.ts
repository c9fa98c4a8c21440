/** What a decision's short codes say, in words. */

import { describe, expect, it } from 'vitest';
import type { DecisionScreen } from '../src/api/schema';
import { headlineOf, reasonOf } from '../src/decisions/headline';
import { ruleOf } from '../src/decisions/rule';
import { loadTexts, sayIn } from '../src/texts/texts';

const say = sayIn('en', await loadTexts('en'), 'Bookdeal');
const NEW = { pipeline: 1, stage: 11 };
const BOOKED = { pipeline: 1, stage: 12 };

function decision(changes: Partial<DecisionScreen>): DecisionScreen {
  return {
    rule: 'simple.confirmed',
    event: 'booking_changed',
    before: NEW,
    after: BOOKED,
    ...changes,
  } as DecisionScreen;
}

function told(changes: Partial<DecisionScreen>): string {
  return headlineOf(decision({ fields: [], ...changes }), say, (_, stage) => `stage ${stage}`);
}

describe('a rule', () => {
  it.each([
    ['simple.confirmed', 'simple', 'confirmed'],
    ['rule.hair-2.no_show.unmapped', 'rule', 'no_show'],
    ['otherwise.waiting', 'otherwise', 'waiting'],
    ['reverse.rule.a_b.arrived', 'rule', 'arrived'],
    ['nothing.landing', 'nothing', null],
    ['moved_by_person', 'moved_by_person', null],
  ])('%s is taken apart', (text, code, status) => {
    expect(ruleOf(text)).toMatchObject({ code, status });
  });

  it('knows what has no stage, what is new, and what a person meant', () => {
    expect(ruleOf('rule.x.waiting.unmapped.landing')).toMatchObject({ isUnmapped: true, isLanding: true });
    expect(ruleOf('reverse.simple.arrived')).toMatchObject({ isReverse: true, isUnmapped: false });
  });

  it('is told with its number', () => {
    const why = { number: 2, trials: [{ number: 2, matches: true, conditions: [] }] };
    expect(reasonOf(decision({ rule: 'rule.x.confirmed', why }), say)).toBe(
      'The booking is “confirmed”; rule 2 says so.',
    );
    expect(reasonOf(decision({ rule: 'simple.waiting.unmapped' }), say)).toMatch(/That status has no stage/);
  });
});

describe('a headline', () => {
  it.each<[Partial<DecisionScreen>, string]>([
    [{}, 'Moved from “stage 11” to “stage 12”'],
    [{ before: null }, 'Deal made in “stage 12”'],
    [{ after: null, fields: ['PRICE'] }, '1 field brought up to date'],
    [{ skipped: 'moved_by_person' }, 'Left in “stage 11”'],
    [{ rule: 'moved_by_person' }, 'Somebody moved it to “stage 12”'],
    [{ rule: 'reverse.simple.arrived' }, 'Booking status set: arrived'],
    [{ rule: 'duplicate_closed', skipped: 'deal_won', before: null, after: null }, 'Not done'],
    [{ rule: 'deal_deleted', skipped: 'deal_deleted_by_hand', after: null }, 'Deleted by somebody in Kommo'],
  ])('of %o says it', (changes, text) => {
    expect(told(changes)).toBe(text);
  });
});
