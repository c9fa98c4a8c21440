/** What the settings of stages and deals work out by themselves. */

import { describe, expect, it } from 'vitest';
import type { AccountScreen } from '../src/api/schema';
import { filled, type Sample } from '../src/settings/deals/template';
import type { Settings } from '../src/settings/draft';
import { presentFaults } from '../src/settings/faults';
import { Lists } from '../src/settings/lists';
import { ambiguous, inPipeline, newRule } from '../src/settings/stages/sync';

const SAMPLE: Sample = {
  services: 'Haircut',
  person: 'Carla',
  client: 'Carla',
  visitor: '',
  employee: 'Berta',
  location: 'Gràcia',
  date: '2026-05-06',
  time: '18:30',
};

describe('a text with placeholders', () => {
  it.each([
    ['{services} – {person}', 'Haircut – Carla'],
    ['{visitor} – {services}', 'Haircut'],
    ['{visitor}', 'Gràcia'],
    ['{{{services}}}', '{Haircut}'],
    ['{nobody}', '{nobody}'],
  ])('%s becomes %s', (template, text) => {
    expect(filled(template, SAMPLE)).toBe(text);
  });
});

describe('faults of rules', () => {
  const mapping = { pipeline: 1, landing: null, stages: {} };
  const [first, second] = [newRule(mapping), newRule(mapping)];
  const settings = (...rules: (typeof first)[]) => ({ status_sync: { rules } }) as unknown as Settings;
  const tried = settings(first, second);
  const fault = { code: 'rule_without_conditions', field: 'status_sync.rules.1.conditions', params: {} };

  it('go where their rule goes', () => {
    const [found] = presentFaults([fault], tried, settings(second, first));
    expect(found?.field).toBe('status_sync.rules.0.conditions');
  });

  it('are gone with their rule, or when they are mended', () => {
    const mended = { ...second, conditions: { ...second.conditions, locations: [7] } };
    expect(presentFaults([fault], tried, settings(first))).toEqual([]);
    expect(presentFaults([fault], tried, settings(first, mended))).toEqual([]);
  });

  it('that are about the order are gone when that changes', () => {
    const shadowed = { ...fault, code: 'rule_shadowed' };
    expect(presentFaults([shadowed], tried, tried)).toEqual([shadowed]);
    expect(presentFaults([shadowed], tried, settings(second, first))).toEqual([]);
  });
});

describe('a mapping', () => {
  const stages = (...named: [number, string, string][]) => named.map(([id, name, kind]) => ({ id, name, kind }));
  const lists = new Lists({
    pipelines: [
      {
        id: 1,
        name: 'A',
        is_main: true,
        stages: stages([10, 'New', 'open'], [11, 'Seen', 'open'], [142, 'Won', 'won']),
      },
      { id: 2, name: 'B', is_main: false, stages: stages([20, 'New', 'open'], [142, 'Sold', 'won']) },
    ],
  } as unknown as AccountScreen);

  it('keeps in another pipeline the stages that are the same there', () => {
    const before = { pipeline: 1, landing: 10, stages: { waiting: 10, confirmed: 11, arrived: 142 } };
    expect(inPipeline(before, 2, lists)).toEqual({
      pipeline: 2,
      landing: 20,
      stages: { waiting: 20, confirmed: null, arrived: 142 },
    });
  });

  it('is ambiguous where a stage stands for two statuses', () => {
    const mapping = {
      pipeline: 1,
      landing: null,
      stages: { waiting: 10, confirmed: 11, no_show: 11, cancelled: null },
    };
    expect(ambiguous(mapping)).toEqual({ no_show: 'confirmed' });
  });
});
