/** A deal's card: its fields, its people, its tasks and notes, and why it is where it is. */

import { field, head, open, select } from './dialogs.js';
import { byId, h, icon } from './dom.js';
import { money, momentClock } from './format.js';
import { pipelines } from './kommo.js';
import { act, get, reason } from './server.js';
import { onChange, value } from './store.js';
import { toast } from './toast.js';

/**
 * @typedef {{name: string, code: string, value: string}} Field
 * @typedef {{at: number, event: string, rule: string, before: [number, number] | null, after: [number, number] | null,
 *     fields: string[], skipped: string | null}} Decision
 * @typedef {import('./kommo.js').Deal & {responsible: string, created: string, updated: string, tags: string[],
 *     lossReason: string, fields: Field[], contacts: {name: string, fields: Field[]}[],
 *     tasks: {type: string, text: string, due: string, done: boolean, responsible: string}[],
 *     notes: {at: string, text: string}[], decisions: Decision[], widget: boolean}} Card
 */

/** The deal that is open, 0 when none is. */
let shown = 0;
/** The deal as the board knew it when the card was last read. @type {unknown} */
let known = null;

/** Keep an open card up to date. */
export function showDeals() {
  dialog().addEventListener('close', () => {
    shown = 0;
    // The widget in it ends.
    dialog().replaceChildren();
  });
  onChange(['deals'], () => {
    if (shown && value('deals', String(shown)) !== known) {
      read(shown);
    }
  });
}

/**
 * Open a deal's card.
 * @param {number} deal
 */
export async function openDeal(deal) {
  if (await read(deal)) {
    shown = deal;
    open(dialog());
  }
}

function dialog() {
  return /** @type {HTMLDialogElement} */ (byId('deal'));
}

/**
 * Read a card and draw it.
 * @param {number} deal
 * @returns {Promise<boolean>} whether there is such a deal
 */
async function read(deal) {
  known = value('deals', String(deal));
  try {
    draw(await get(`/deals/${deal}`));
    return true;
  } catch (error) {
    toast(reason(error), 'bad');
    return false;
  }
}

/** @param {Card} card */
function draw(card) {
  const currency = value('account', 'currency') ?? '';
  const parts = [
    head(dialog(), 'deal-name', card.name || `Deal ${card.id}`),
    h(
      'div',
      { class: 'deal-facts' },
      stageChooser(card),
      facts([
        { name: 'Price', value: money(card.price, currency) },
        ...card.fields,
        { name: 'Responsible', value: card.responsible },
        card.lossReason && { name: 'Reason for loss', value: card.lossReason },
        card.tags.length > 0 && { name: 'Tags', value: card.tags.join(', ') },
      ]),
      ...card.contacts.map((one) =>
        h(
          'section',
          { class: 'contact' },
          h('h3', {}, icon('person'), one.name),
          facts(one.fields),
        ),
      ),
    ),
    h(
      'div',
      { class: 'deal-feed' },
      part('Tasks', card.tasks.map(task), 'No tasks'),
      card.decisions.length > 0 && part('Why is it here?', card.decisions.map((one) => decision(one, card.fields)), ''),
      part('Notes', card.notes.map((one) => h('li', {}, h('time', {}, one.at), h('span', {}, one.text))), 'No notes'),
      h('p', { class: 'dates' }, `Deal ${card.id} · created ${card.created} · changed ${card.updated}`),
    ),
  ];
  if (dialog().querySelector(`.deal-aside[data-deal="${card.id}"]`)) {
    // The widget stays: to draw it anew would throw away what somebody is doing in it.
    for (const piece of parts) {
      dialog().querySelector(`.${piece.className}`)?.replaceWith(piece);
    }
    return;
  }
  const [top, ...middle] = parts;
  const aside = h('aside', { class: 'deal-aside', data: { deal: card.id } }, ...widget(card));
  dialog().replaceChildren(top, h('div', { class: 'deal-body' }, ...middle, aside));
}

/**
 * The deal's card as Kommo shows it: its right column with the widget in it, and the way to the whole.
 * @param {Card} card
 */
function widget(card) {
  const page = `/leads/detail/${card.id}`;
  return [
    card.widget && h('iframe', { src: `${page}?embedded`, title: 'The widget' }),
    h('a', { href: page, target: '_blank' }, 'Open in Kommo'),
  ];
}

/** @param {Card} card */
function stageChooser(card) {
  const options = pipelines().map((pipeline) =>
    h(
      'optgroup',
      { label: pipeline.name },
      ...pipeline.stages
        .filter((stage) => stage.kind !== 'incoming' || (pipeline.id === card.pipeline && stage.id === card.stage))
        .map((stage) =>
          h(
            'option',
            {
              value: `${pipeline.id}/${stage.id}`,
              selected: pipeline.id === card.pipeline && stage.id === card.stage,
            },
            stage.name,
          ),
        ),
    ),
  );
  const chooser = select([]);
  chooser.append(...options);
  chooser.addEventListener('change', () => {
    const [pipeline, stage] = chooser.value.split('/').map(Number);
    act(`/deals/${card.id}/move`, { pipeline, stage });
  });
  return field('Stage', chooser);
}

/** @param {(false | '' | {name: string, value: string})[]} given */
function facts(given) {
  const rows = given.filter((one) => one && one.value !== '');
  return h(
    'dl',
    { class: 'facts' },
    ...rows.map((one) => one && h('div', {}, h('dt', {}, one.name), h('dd', {}, one.value))),
  );
}

/**
 * @param {string} title
 * @param {HTMLElement[]} items
 * @param {string} none what to say without any
 */
function part(title, items, none) {
  return h('section', {}, h('h3', {}, title), items.length ? h('ul', {}, ...items) : h('p', { class: 'none' }, none));
}

/** @param {Card['tasks'][number]} one */
function task(one) {
  return h(
    'li',
    { class: one.done ? 'done' : '' },
    icon('task'),
    h('span', {}, one.text || one.type),
    h('time', {}, `${one.due} · ${one.responsible}`),
  );
}

/**
 * @param {Decision} one
 * @param {Field[]} fields of the deal
 */
function decision(one, fields) {
  const written = one.fields.map((code) => fields.find((field) => field.code === code)?.name ?? words(code.toLowerCase()));
  return h(
    'li',
    { class: 'decision' },
    h('time', {}, momentClock(one.at)),
    one.after && h('span', {}, stagePath(one.before, one.after)),
    written.length > 0 && h('span', { class: 'written' }, written.join(', ')),
    h('span', { class: 'rule' }, words(one.rule)),
    one.skipped && h('span', { class: 'skipped' }, words(one.skipped)),
  );
}

/**
 * Stages as `from → to`, or one of them.
 * @param {[number, number] | null} before
 * @param {[number, number]} after
 */
export function stagePath(before, after) {
  const names = [before, after].map((place) => place && stageName(place)).filter(Boolean);
  return [...new Set(names)].join(' → ');
}

/** @param {[number, number]} place */
export function stageName([pipeline, stage]) {
  const stages = value('pipelines', String(pipeline))?.stages ?? [];
  return stages.find((/** @type {{id: number}} */ one) => one.id === stage)?.name ?? `stage ${stage}`;
}

/**
 * A code as words.
 * @param {string} code
 */
export function words(code) {
  return code.replaceAll('_', ' ').replaceAll('.', ' · ');
}
