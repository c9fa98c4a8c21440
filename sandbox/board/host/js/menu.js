/** The left menu, and who looks in which language and theme. */

import { byId, h } from '/page/js/dom.js';
import { place } from './environment.js';
import { stage } from './methods.js';
import { locationOf } from './runtime.js';
import { isEmbedded, LANGUAGES, language, session, THEMES, theme } from './session.js';
import { textOf } from './texts.js';

const ENTRIES = [
  { href: '/', name: 'Board', area: 'board' },
  { href: '/leads/list/', name: 'Deals', area: 'llist' },
];

/** Draw the menu and the bar for the present place. */
export function drawMenu() {
  if (isEmbedded) {
    return;
  }
  byId('menu').replaceChildren(
    ...ENTRIES.map((one) => entry(one.href, one.name, one.area === place.area)),
    ...ofWidget(),
    entry('/settings/widgets/', 'Settings', place.area.endsWith('settings')),
  );
  byId('bar').replaceChildren(
    h('strong', {}, String(session.account.name)),
    chooser('user', 'User', String(session.user.id), session.users.map(userOption)),
    chooser('lang', 'Language', language, LANGUAGES.map((one) => [one, one])),
    chooser('theme', 'Theme', theme, THEMES.map((one) => [one, one])),
  );
}

/** The widget's own entries, where it is installed. */
function ofWidget() {
  const { widget } = session;
  if (!widget?.isActive || !locationOf('widget_page')) {
    return [];
  }
  return Object.entries(widget.manifest.left_menu ?? {}).map(([code, one]) => {
    const { title, icon } = /** @type {{title: string, icon?: string}} */ (one);
    const picture = icon ? h('img', { src: `${stage.path}/${icon}`, alt: '' }) : null;
    return entry(`/widget_page/${widget.code}/${code}`, textOf(title), place.area === 'widget_page', picture);
  });
}

/** @param {string} href @param {string} name @param {boolean} isHere @param {HTMLElement | null} [picture] */
function entry(href, name, isHere, picture = null) {
  return h('a', { href, 'aria-current': isHere && 'page' }, picture, h('span', {}, name));
}

/** @param {import('./session.js').User} user @returns {[string, string]} */
function userOption(user) {
  return [String(user.id), user.isAdmin ? `${user.name} (administrator)` : user.name];
}

/** @param {string} name @param {string} label @param {string} value @param {[string, string][]} options */
function chooser(name, label, value, options) {
  const select = h(
    'select',
    {
      'aria-label': label,
      on: {
        change() {
          const query = new URLSearchParams(location.search);
          query.set(name, /** @type {HTMLSelectElement} */ (select).value);
          location.search = query.toString();
        },
      },
    },
    ...options.map(([key, text]) => h('option', { value: key, selected: key === value }, text)),
  );
  return select;
}
