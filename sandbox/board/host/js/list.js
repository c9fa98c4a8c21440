/** The list of deals: check boxes, what can be done with those that are chosen, and the right column of widgets. */

import { h } from '/page/js/dom.js';
import { items, stageName, userName } from './card.js';
import { contactsOf, stage } from './methods.js';
import { call, has } from './runtime.js';
import { get, session } from './session.js';
import { widgetName } from './texts.js';

const SHOWN = 50;

/**
 * @param {HTMLElement} page
 * @param {number} pipeline 0 for all
 * @returns {Promise<HTMLElement>} where right panels are drawn
 */
export async function drawList(page, pipeline) {
  const filter = pipeline ? `&filter[pipeline_id]=${pipeline}` : '';
  const [found, pipelines] = await Promise.all([
    get(`/api/v4/leads?limit=${SHOWN}&with=contacts&order[updated_at]=desc${filter}`),
    get('/api/v4/leads/pipelines'),
  ]);
  const deals = items(found, 'leads');
  const main = new Map(deals.map((deal) => [deal.id, deal._embedded.contacts[0]?.id]));
  const contacts = new Map((await contactsOf([...new Set([...main.values()].filter(Boolean))])).map((one) => [one.id, one]));
  const panels = h('div', { class: 'widgets-panels' });
  const actions = h('div', { class: 'list-actions', role: 'group', 'aria-label': 'Chosen deals', hidden: true });
  const rows = deals.map((deal) => row(deal, pipelines, contacts.get(main.get(deal.id))));
  const table = h(
    'table',
    { class: 'list-table' },
    h('thead', {}, h('tr', {}, ...['', 'Deal', 'Contact', 'Stage', 'Price', 'Responsible'].map((one) => h('th', {}, one)))),
    h('tbody', {}, ...rows),
  );
  stage.selected = () =>
    chosen(table).map((id) => {
      const contact = contacts.get(main.get(id));
      return { id, type: 'lead', emails: contact?.emails ?? [], phones: contact?.phones ?? [] };
    });
  table.addEventListener('change', () => showActions(actions, chosen(table).length));
  page.replaceChildren(
    h(
      'div',
      { class: 'list' },
      h('section', { class: 'list-deals', 'aria-label': 'Deals' }, tabs(pipelines, pipeline), actions, table),
      h('aside', { class: 'card-right', 'aria-label': 'Widgets' }, panels, h('div', { class: 'widgets-overlay' })),
    ),
  );
  return panels;
}

/** @param {any} pipelines @param {number} shown */
function tabs(pipelines, shown) {
  const all = [{ id: 0, name: 'All' }, ...items(pipelines, 'pipelines')];
  return h(
    'p',
    { class: 'list-tabs' },
    ...all.map((one) => {
      const href = one.id ? `/leads/pipeline/${one.id}/` : '/leads/list/';
      return h('a', { href, 'aria-current': one.id === shown && 'page' }, one.name);
    }),
  );
}

/** @param {any} deal @param {any} pipelines @param {{name: string} | undefined} contact */
function row(deal, pipelines, contact) {
  const name = deal.name || `Deal ${deal.id}`;
  const cells = [contact?.name ?? '', stageName(pipelines, deal), `${deal.price} ${session.account.currency_symbol}`];
  return h(
    'tr',
    {},
    h('td', {}, h('input', { type: 'checkbox', value: deal.id, 'aria-label': name })),
    h('td', {}, h('a', { href: `/leads/detail/${deal.id}` }, name)),
    ...[...cells, userName(deal.responsible_user_id)].map((one) => h('td', {}, one)),
  );
}

/** @param {HTMLElement} table @returns {number[]} */
function chosen(table) {
  const boxes = /** @type {NodeListOf<HTMLInputElement>} */ (table.querySelectorAll('input:checked'));
  return [...boxes].map((box) => Number(box.value));
}

/** @param {HTMLElement} actions @param {number} count */
function showActions(actions, count) {
  actions.hidden = count === 0;
  actions.replaceChildren(h('span', {}, `${count} chosen`));
  if (has('leads.selected')) {
    actions.append(h('button', { type: 'button', on: { click: () => call('leads.selected') } }, widgetName()));
  }
}
