/** The strip: from a hook over its hint to the decision about the deal. */

import { title } from './altegio.js';
import { openDeal, stageName, words } from './deal.js';
import { arrange, byId, h, icon } from './dom.js';
import { clock, momentClock, span } from './format.js';
import { all, onChange, value } from './store.js';

/**
 * @typedef {{id: number, at: number, source: 'altegio' | 'kommo', resource: string, action: string, subject: number,
 *     hook: string, deal: number, name: string, outcome: string, before: [number, number] | null,
 *     after: [number, number] | null, rule: string, skipped: string, seconds: number}} Trail
 */

const WORDS = {
  record: 'booking',
  client: 'client',
  finances_operation: 'payment',
  goods_operations_sale: 'product sold',
  lead: 'deal moved',
  activity: 'event',
};
const HINTS = { delivered: 'accepted', dropped: 'lost', refused: 'refused', no_answer: 'no answer', timed_out: 'no answer' };
const OUTCOMES = { made: 'new deal', changed: 'fields', skipped: 'left alone', nothing: 'nothing to do' };
/** @type {Map<number, {element: HTMLElement, trail: Trail}>} */
const rows = new Map();

/** Show the strip and keep it up to date. */
export function showTrails() {
  onChange(['trails'], draw);
}

function draw() {
  const list = byId('trails');
  const trails = /** @type {Trail[]} */ ([...all('trails').values()]).sort((one, other) => other.id - one.id);
  const known = new Set(trails.map((one) => one.id));
  for (const id of rows.keys()) {
    if (!known.has(id)) {
      rows.delete(id);
    }
  }
  arrange(list, trails.map(row));
}

/** @param {Trail} trail */
function row(trail) {
  const known = rows.get(trail.id);
  if (known && known.trail === trail) {
    return known.element;
  }
  const element = known?.element ?? h('li', {});
  rows.set(trail.id, { element, trail });
  element.className = `trail ${trail.hook} ${trail.outcome || 'open'}`;
  element.replaceChildren(
    h('time', {}, momentClock(trail.at)),
    hook(trail),
    icon('arrow'),
    h('span', { class: 'hint' }, HINTS[/** @type {keyof HINTS} */ (trail.hook)] ?? trail.hook),
    icon('arrow'),
    outcome(trail),
  );
  return element;
}

/** @param {Trail} trail */
function hook(trail) {
  const booking = trail.resource === 'record' ? value('day', `booking:${trail.subject}`) : undefined;
  const about = booking ? `${clock(booking.start)} ${title(booking)}` : '';
  return h(
    'span',
    { class: 'hook' },
    h('span', { class: `source ${trail.source}` }, trail.source === 'kommo' ? 'Kommo' : 'Altegio'),
    h('span', { class: 'about' }, what(trail)),
    h('span', { class: 'subject' }, about),
  );
}

/**
 * What is to come: the mover's answer, or, after a lost hook, the next sweep.
 * @param {Trail} trail
 */
function pending(trail) {
  return trail.hook === 'delivered'
    ? h('span', { class: 'wait', role: 'img', 'aria-label': 'waiting' })
    : h('span', { class: 'rule' }, 'the sweep will find it');
}

/** @param {Trail} trail */
function what(trail) {
  const name = WORDS[/** @type {keyof WORDS} */ (trail.resource)] ?? words(trail.resource);
  return trail.source === 'kommo' ? name : `${name} ${trail.action}`;
}

/** @param {Trail} trail */
function outcome(trail) {
  const text = OUTCOMES[/** @type {keyof OUTCOMES} */ (trail.outcome)];
  const path =
    trail.outcome === 'moved' && trail.before && trail.after
      ? [h('span', { class: 'from' }, stageName(trail.before)), '→', h('strong', {}, stageName(trail.after))]
      : trail.outcome === 'made' && trail.after
        ? [h('span', { class: 'from' }, 'new deal'), '→', h('strong', {}, stageName(trail.after))]
        : [text && h('span', { class: 'from' }, text)];
  const settled = trail.outcome && trail.outcome !== 'nothing';
  return h(
    'span',
    { class: 'decision', title: trail.rule && words(trail.rule) },
    ...path,
    trail.deal > 0 &&
      trail.name &&
      h('button', { type: 'button', class: 'link', on: { click: () => openDeal(trail.deal) } }, trail.name),
    trail.skipped && h('span', { class: 'rule' }, words(trail.skipped)),
    settled && h('span', { class: 'took' }, `+${span(trail.seconds)}`),
    !trail.outcome && pending(trail),
  );
}
