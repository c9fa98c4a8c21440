/** Kommo's pages, put together: the menu, and going from area to area without loading the page anew. */

import { byId, h } from '/page/js/dom.js';
import { drawCard } from './card.js';
import { place } from './environment.js';
import { fault } from './faults.js';
import { drawList } from './list.js';
import { drawMenu } from './menu.js';
import { stage } from './methods.js';
import { call, locationOf, start, stop } from './runtime.js';
import { session } from './session.js';
import { drawAdvanced, drawIntegrations } from './settings.js';

/**
 * @typedef {{area: string, page: string, entity: string, draw: (page: HTMLElement, parts: string[]) =>
 *     Promise<HTMLElement | null> | HTMLElement | null, card?: (parts: string[]) => number,
 *     then?: (parts: string[]) => void}} Route
 */

/** @type {[RegExp, Route][]} */
const ROUTES = [
  [
    /^\/leads\/detail\/(\d+)$/,
    {
      area: 'lcard',
      page: 'leads_card',
      entity: 'leads',
      card: ([number]) => Number(number),
      draw: (page, [number]) => drawCard(page, Number(number)),
    },
  ],
  [
    /^\/leads\/add\/$/,
    { area: 'lcard', page: 'leads_card', entity: 'leads', card: () => 0, draw: (page) => drawCard(page, 0) },
  ],
  [/^\/leads\/list\/$/, { area: 'llist', page: 'leads', entity: 'leads', draw: (page) => drawList(page, 0) }],
  [
    /^\/leads\/pipeline\/(?:(\d+)\/)?$/,
    {
      area: 'llist',
      page: 'leads-pipeline',
      entity: 'leads',
      draw: (page, [pipeline]) => drawList(page, Number(pipeline ?? 0)),
    },
  ],
  [
    /^\/settings\/widgets\/$/,
    {
      area: 'settings',
      page: 'widgetsSettings',
      entity: '',
      draw(page) {
        drawIntegrations(page, drawMenu);
        return null;
      },
    },
  ],
  [
    /^\/settings\/widgets\/(\w+)\/$/,
    {
      area: 'advanced_settings',
      page: 'advanced_settings',
      entity: '',
      draw(page) {
        drawAdvanced(page);
        return null;
      },
      then: () => call('advancedSettings'),
    },
  ],
  [
    /^\/widget_page\/(\w+)\/(\w+)(?:\/(\w+))?\/?$/,
    {
      area: 'widget_page',
      page: 'widget_page',
      entity: '',
      draw(page, [code]) {
        page.replaceChildren(h('div', { id: `work-area-${code}` }));
        return null;
      },
      then: ([, item_code, subitem_code]) => call('initMenuPage', { location: 'widget_page', item_code, subitem_code }),
    },
  ],
];

/** Counts the pages shown: what a page that was left still reads is not drawn. */
let shown = 0;

/** Show the page of the present address. */
async function show() {
  const path = window.location.pathname;
  const [pattern, route] = ROUTES.find(([one]) => one.test(path)) ?? [];
  if (!pattern || !route) {
    return;
  }
  const parts = /** @type {RegExpExecArray} */ (pattern.exec(path)).slice(1);
  stop();
  shown += 1;
  const mine = shown;
  Object.assign(place, { area: route.area, page: route.page, entity: route.entity, card: route.card?.(parts) ?? null });
  stage.status = '';
  const page = h('div', { class: `page-${route.area}` });
  byId('page').replaceChildren(page);
  drawMenu();
  try {
    const panels = await route.draw(page, parts);
    if (mine === shown && (await start(panels)) && mine === shown) {
      route.then?.(parts);
    }
  } catch (error) {
    page.replaceChildren(h('p', { class: 'problem', role: 'alert' }, /** @type {Error} */ (error).message));
  }
  page.dataset.ready = 'true';
}

document.addEventListener('click', (event) => {
  const link = event.target instanceof Element ? event.target.closest('a[href]') : null;
  if (!(link instanceof HTMLAnchorElement) || event.defaultPrevented || event.ctrlKey || event.metaKey) {
    return;
  }
  const isOurs = link.origin === window.location.origin && ROUTES.some(([one]) => one.test(link.pathname));
  if (isOurs && !link.target) {
    event.preventDefault();
    history.pushState(null, '', link.href);
    show();
  }
});
window.addEventListener('popstate', show);

if (!locationOf('settings') && session.widget) {
  fault('manifest: the widget has no location "settings"');
}
show();
