/** How many requests each provider receives, against its limit; hooks and hints on their way. */

import { byId, h } from './dom.js';
import { number } from './format.js';
import { onChange, value } from './store.js';

/**
 * @typedef {{total: number, limited: number, failed: number, limit: number | null, seconds: number[]}} Counts
 * @typedef {{delivered: number, failed: number, dropped: number, queued: number, retrying: number}} Hooks
 */

const PROVIDERS = { kommo: 'Kommo', altegio: 'Altegio' };

/** Show the counters and keep them up to date. */
export function showTraffic() {
  onChange(['traffic'], draw);
}

function draw() {
  const hints = value('traffic', 'hints');
  byId('traffic').replaceChildren(
    ...Object.keys(PROVIDERS).map((one) => provider(/** @type {keyof PROVIDERS} */ (one))),
    h(
      'dl',
      { class: 'counters' },
      ...Object.entries(PROVIDERS).flatMap(([one, name]) => hooks(name, value('traffic', `${one}Hooks`))),
      hints === undefined ? null : counter('hints waiting', hints, hints > 0 ? 'busy' : ''),
    ),
  );
}

/** @param {keyof PROVIDERS} name */
function provider(name) {
  const counts = /** @type {Counts} */ (value('traffic', name) ?? { total: 0, limited: 0, failed: 0, limit: null, seconds: [] });
  const top = Math.max(counts.limit ?? 0, ...counts.seconds, 1);
  return h(
    'section',
    { class: `requests ${name}` },
    h('h3', {}, PROVIDERS[name]),
    h('p', {}, h('strong', { data: { count: name } }, number(counts.total)), ` requests${counts.limit ? ` · ≤ ${counts.limit}/s` : ''}`),
    h(
      'div',
      {
        class: 'bars',
        role: 'img',
        'aria-label': `Requests to ${PROVIDERS[name]} in the last minute, second by second`,
        style: { '--limit': String((counts.limit ?? 0) / top) },
      },
      ...counts.seconds.map((one) =>
        h('span', { class: counts.limit && one > counts.limit ? 'over' : '', style: { '--share': String(one / top) } }),
      ),
    ),
    h(
      'p',
      { class: 'errors' },
      counts.limited > 0 && h('span', {}, `${number(counts.limited)} × 429`),
      counts.failed > 0 && h('span', {}, `${number(counts.failed)} failed`),
    ),
  );
}

/**
 * @param {string} name
 * @param {Hooks | undefined} counts
 */
function hooks(name, counts) {
  if (!counts) {
    return [];
  }
  const lost = counts.dropped + counts.failed;
  return [
    counter(`${name} hooks`, counts.delivered, counts.queued > 0 ? 'busy' : ''),
    lost > 0 && counter('lost', lost, 'bad'),
  ];
}

/**
 * @param {string} name
 * @param {number} count
 * @param {string} mood
 */
function counter(name, count, mood) {
  return h('div', { class: mood }, h('dt', {}, name), h('dd', {}, number(count)));
}
