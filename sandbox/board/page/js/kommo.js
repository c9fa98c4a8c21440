/** Kommo's side: a pipeline's stages as columns of cards. */

import { arrange, byId, h } from './dom.js';
import { openDeal } from './deal.js';
import { sliding } from './flip.js';
import { money, number, shortDay } from './format.js';
import { link } from './pairs.js';
import { act } from './server.js';
import { all, onChange, value } from './store.js';

/**
 * @typedef {{id: number, name: string, price: number, pipeline: number, stage: number, booking: number, date: string,
 *     time: string, employee: string, services: string}} Deal
 * @typedef {{id: number, name: string, color: string, kind: 'incoming' | 'open' | 'won' | 'lost'}} Stage
 * @typedef {{id: number, name: string, sort: number, main: boolean, stages: Stage[]}} Pipeline
 * @typedef {{count: number, worth: number, deals: number[]}} Standing
 */

const DRAGGED = 'application/x-deal';
/** The pipeline that is shown: chosen by the user, or the one with most deals. @type {number} */
let shown = 0;
let chosen = false;
/** @type {Map<number, {element: HTMLElement, deal: Deal | null}>} */
const cards = new Map();
/** @type {Map<string, {element: HTMLElement, count: HTMLElement, worth: HTMLElement, list: HTMLElement, more: HTMLElement}>} */
let columns = new Map();
let drawnStages = '';
let drawnToday = '';

/** Show Kommo's side and keep it up to date. */
export function showKommo() {
  onChange(['account'], () => {
    byId('account').textContent = value('account', 'name') ?? '';
  });
  onChange(['pipelines', 'stages', 'deals', 'account'], () => {
    drawTabs();
    drawStages();
  });
}

/** @returns {Pipeline[]} in their order */
export function pipelines() {
  return [...all('pipelines').values()].sort((one, other) => one.sort - other.sort);
}

/** @param {Pipeline} pipeline */
function countIn(pipeline) {
  return pipeline.stages.reduce((sum, stage) => sum + (standing(pipeline.id, stage.id)?.count ?? 0), 0);
}

/**
 * @param {number} pipeline
 * @param {number} stage
 * @returns {Standing | undefined}
 */
function standing(pipeline, stage) {
  return value('stages', `${pipeline}/${stage}`);
}

function drawTabs() {
  const known = pipelines();
  if (!known.length) {
    return;
  }
  if (!chosen || !known.some((one) => one.id === shown)) {
    shown = known.reduce((best, one) => (countIn(one) > countIn(best) ? one : best)).id;
  }
  const tabs = byId('pipelines');
  const wanted = known.map((pipeline) => {
    const tab =
      tabs.querySelector(`[data-pipeline="${pipeline.id}"]`) ??
      h(
        'button',
        { type: 'button', data: { pipeline: pipeline.id }, on: { click: () => choose(pipeline.id) } },
        h('span', { class: 'tab-name' }),
        h('span', { class: 'count' }),
      );
    setText(tab.children[0], pipeline.name);
    setText(tab.children[1], number(countIn(pipeline)));
    tab.setAttribute('aria-pressed', String(pipeline.id === shown));
    return tab;
  });
  arrange(tabs, wanted);
}

/** @param {number} pipeline */
function choose(pipeline) {
  shown = pipeline;
  chosen = true;
  drawTabs();
  drawStages();
}

function drawStages() {
  const pipeline = value('pipelines', String(shown));
  if (!pipeline) {
    return;
  }
  const stages = pipeline.stages.filter(
    (/** @type {Stage} */ one) => one.kind !== 'incoming' || standing(shown, one.id)?.count,
  );
  const scroller = byId('stages');
  const drawn = JSON.stringify([shown, stages]);
  if (drawn !== drawnStages) {
    drawnStages = drawn;
    cards.clear();
    columns = new Map(stages.map((/** @type {Stage} */ one) => [`${shown}/${one.id}`, column(one)]));
    scroller.replaceChildren(...[...columns.values()].map((one) => one.element));
    scroller.style.setProperty('--columns', String(stages.length));
    fill();
  } else {
    sliding(scroller, '.card', fill);
  }
}

/** @param {Stage} stage */
function column(stage) {
  const count = h('span', { class: 'stage-count' });
  const worth = h('span', { class: 'stage-worth' });
  const list = h('ul', { class: 'cards', 'aria-label': stage.name });
  const more = h('p', { class: 'more' });
  const element = h(
    'section',
    {
      class: `stage ${stage.kind}`,
      'aria-label': stage.name,
      data: { stage: stage.id },
      style: { '--stage': stage.color },
      on: {
        dragover: (/** @type {DragEvent} */ event) => {
          if (event.dataTransfer?.types.includes(DRAGGED)) {
            event.preventDefault();
            element.classList.add('target');
          }
        },
        dragleave: (/** @type {DragEvent} */ event) => {
          if (!element.contains(/** @type {Node | null} */ (event.relatedTarget))) {
            element.classList.remove('target');
          }
        },
        drop: (/** @type {DragEvent} */ event) => {
          event.preventDefault();
          element.classList.remove('target');
          act(`/deals/${event.dataTransfer?.getData(DRAGGED)}/move`, { pipeline: shown, stage: stage.id });
        },
      },
    },
    h('header', { class: 'stage-head' }, h('h3', { title: stage.name }, stage.name), h('p', {}, count, worth)),
    list,
    more,
  );
  return { element, count, worth, list, more };
}

/** Put every card where it belongs. */
function fill() {
  const { currency, today } = Object.fromEntries(all('account'));
  if (today !== drawnToday) {
    drawnToday = today;
    cards.forEach((one) => (one.deal = null));
  }
  /** @type {Set<number>} */
  const used = new Set();
  for (const [key, { count, worth, list, more }] of columns) {
    const here = /** @type {Standing} */ (value('stages', key) ?? { count: 0, worth: 0, deals: [] });
    const deals = here.deals.map((id) => value('deals', String(id))).filter(Boolean);
    setText(count, number(here.count));
    setText(worth, here.count ? money(here.worth, currency) : '');
    setText(more, here.count > deals.length ? `and ${number(here.count - deals.length)} more` : '');
    deals.forEach((deal) => used.add(deal.id));
    arrange(list, deals.map((deal) => card(deal, currency)));
  }
  for (const id of cards.keys()) {
    if (!used.has(id)) {
      cards.delete(id);
    }
  }
}

/**
 * The card of a deal, redrawn when the deal has changed.
 * @param {Deal} deal
 * @param {string} currency
 */
function card(deal, currency) {
  let known = cards.get(deal.id);
  if (!known) {
    const element = h('li', {
      class: 'card',
      draggable: 'true',
      data: { deal: deal.id },
      on: {
        dragstart: (/** @type {DragEvent} */ event) => {
          event.dataTransfer?.setData(DRAGGED, String(deal.id));
          element.classList.add('dragged');
        },
        dragend: () => element.classList.remove('dragged'),
      },
    });
    known = { element, deal: null };
    cards.set(deal.id, known);
  }
  if (known.deal !== deal) {
    known.deal = deal;
    known.element.replaceChildren(face(deal, currency));
    link(known.element, deal.booking);
  }
  return known.element;
}

/**
 * @param {Deal} deal
 * @param {string} currency
 */
function face(deal, currency) {
  return h(
    'button',
    { type: 'button', class: 'face', 'aria-haspopup': 'dialog', on: { click: () => openDeal(deal.id) } },
    h('span', { class: 'deal-name' }, deal.name || `Deal ${deal.id}`),
    h(
      'span',
      { class: 'chips' },
      deal.date && h('span', { class: 'chip date' }, shortDay(deal.date, drawnToday)),
      deal.time && h('span', { class: 'chip time' }, deal.time),
      deal.employee && h('span', { class: 'chip' }, deal.employee),
      deal.services && !deal.name.includes(deal.services) && h('span', { class: 'chip' }, deal.services),
      deal.price > 0 && h('span', { class: 'price' }, money(deal.price, currency)),
    ),
  );
}

/**
 * @param {Element} element
 * @param {string} text
 */
function setText(element, text) {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}
