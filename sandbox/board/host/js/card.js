/** A deal's card: facts on the left, the feed, and the right column where widgets draw. */

import { h } from '/page/js/dom.js';
import { contactsOf, stage } from './methods.js';
import { get, isEmbedded, language, session } from './session.js';

/** How the account's clock shows the fields that hold a moment. @type {Record<string, Intl.DateTimeFormatOptions>} */
const DATED = {
  date: { dateStyle: 'medium' },
  birthday: { dateStyle: 'medium' },
  date_time: { dateStyle: 'medium', timeStyle: 'short' },
};

/**
 * @param {HTMLElement} page
 * @param {number} number 0 for a new deal
 * @returns {Promise<HTMLElement>} where right panels are drawn
 */
export async function drawCard(page, number) {
  const panels = h('div', { class: 'widgets-panels' });
  const right = h('aside', { class: 'card-right', 'aria-label': 'Widgets' }, panels, h('div', { class: 'widgets-overlay' }));
  if (isEmbedded) {
    page.replaceChildren(right);
    return panels;
  }
  const left = h('section', { class: 'card-left', 'aria-label': 'Deal' });
  const feed = h('section', { class: 'card-feed', 'aria-label': 'Feed' });
  page.replaceChildren(h('div', { class: 'card' }, left, feed, right));
  if (number) {
    await drawDeal(left, feed, number);
  } else {
    left.append(h('h1', {}, 'New deal'));
  }
  return panels;
}

/**
 * @param {HTMLElement} left
 * @param {HTMLElement} feed
 * @param {number} number
 */
async function drawDeal(left, feed, number) {
  const [deal, pipelines, tasks, notes] = await Promise.all([
    get(`/api/v4/leads/${number}?with=contacts,loss_reason`),
    get('/api/v4/leads/pipelines'),
    get(`/api/v4/tasks?filter[entity_type]=leads&filter[entity_id]=${number}`),
    get(`/api/v4/leads/${number}/notes?order[id]=desc`),
  ]);
  if (!deal) {
    left.append(h('h1', {}, 'This deal is no more'));
    return;
  }
  const contacts = await contactsOf(deal._embedded.contacts.map((/** @type {{id: number}} */ one) => one.id));
  left.append(
    h('h1', {}, deal.name || `Deal ${deal.id}`),
    facts([
      ['Stage', stageName(pipelines, deal)],
      ['Price', `${deal.price} ${session.account.currency_symbol}`],
      ['Responsible', userName(deal.responsible_user_id)],
      ['Tags', deal._embedded.tags.map((/** @type {{name: string}} */ one) => one.name).join(', ')],
      ...(deal.custom_fields_values ?? []).map((/** @type {any} */ one) => [one.field_name, text(one)]),
    ]),
    ...contacts.map((one) =>
      h(
        'section',
        { class: 'card-contact' },
        h('h2', {}, one.name),
        ...one.phones.map((phone) => way('phone', phone)),
        ...one.emails.map((address) => way('e-mail', address)),
      ),
    ),
  );
  feed.append(
    ...items(tasks, 'tasks').map((one) => entry(one.complete_till, `Task: ${one.text}`)),
    ...items(notes, 'notes').map((one) => entry(one.created_at, one.params?.text ?? one.note_type)),
    entry(deal.created_at, `Deal ${deal.id} was created`),
  );
}

/**
 * A phone or an address; a widget may have added an action to it.
 * @param {string} kind
 * @param {string} value
 */
function way(kind, value) {
  return h('button', { type: 'button', class: 'way', on: { click: () => stage.actions.get(kind)?.() } }, value);
}

/** @param {[string, string][]} given */
function facts(given) {
  const rows = given.filter(([, value]) => value);
  return h('dl', {}, ...rows.map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value))));
}

/** @param {number} at @param {string} content */
function entry(at, content) {
  return h('p', { class: 'entry' }, h('time', {}, clock(at, DATED.date_time)), h('span', {}, content));
}

/** @param {any} pipelines @param {any} deal */
export function stageName(pipelines, deal) {
  const pipeline = items(pipelines, 'pipelines').find((one) => one.id === deal.pipeline_id);
  const found = items(pipeline, 'statuses').find((one) => one.id === deal.status_id);
  return pipeline && found ? `${pipeline.name}: ${found.name}` : '';
}

/** @param {number} id */
export function userName(id) {
  return session.users.find((one) => one.id === id)?.name ?? '';
}

/** @param {any} answer @param {string} name @returns {any[]} */
export function items(answer, name) {
  return answer?._embedded?.[name] ?? [];
}

/** @param {any} field */
function text(field) {
  const values = field.values.map((/** @type {{value: unknown}} */ one) => one.value);
  const dated = DATED[field.field_type];
  return values.map((/** @type {any} */ one) => (dated ? clock(one, dated) : one)).join(', ');
}

/** @param {number} moment unix seconds @param {Intl.DateTimeFormatOptions} how */
function clock(moment, how) {
  return new Intl.DateTimeFormat(language, { ...how, timeZone: session.timezone }).format(moment * 1000);
}
