/** The methods that Kommo puts on a widget (contract section 11.4). What the contract does not know is not there. */

import { place } from './environment.js';
import { fault } from './faults.js';
import { get, language, post, session } from './session.js';

/**
 * @typedef {{path: string, status: string, panels: HTMLElement | null, actions: Map<string, () => void>,
 *     selected: () => {id: number, type: string, emails: string[], phones: string[]}[]}} Stage
 */

/**
 * What the pages lend to the widget: where it may draw, and what is selected. @type {Stage}
 */
export const stage = {
  path: session.widget ? `${location.origin}/upl/${session.widget.code}/widget` : '',
  status: '',
  panels: null,
  actions: new Map(),
  selected: () => [],
};

/**
 * The methods of a widget.
 * @param {import('./session.js').Widget} widget
 * @param {any} $ jQuery
 */
export function methodsOf(widget, $) {
  const version = widget.manifest.widget.version;
  const locale = widget.manifest.widget.locale;
  let texts = structuredClone(widget.texts[language] ?? widget.texts[locale[0]]);
  let more = {};
  const methods = {
    params: { path: stage.path, cdn_path: stage.path },
    get langs() {
      return texts;
    },
    /** @param {object} changed */
    set_lang(changed) {
      texts = changed;
    },
    /** @param {string} key */
    i18n(key) {
      if (!Object.hasOwn(texts, key)) {
        fault(`i18n('${key}'): the widget's texts have no such key`);
      }
      return texts[key];
    },
    get_settings: () => ({ ...widget.settings, ...more, widget_code: widget.code, path: stage.path, version }),
    /** @param {object} given */
    set_settings(given) {
      more = { ...more, ...given };
    },
    get_version: () => version,
    get_install_status: () => installStatus(widget),
    /** @param {string} status */
    set_status(status) {
      if (!['install', 'installed', 'error'].includes(status)) {
        fault(`set_status('${status}') is not known`);
        return;
      }
      stage.status = status;
      document.dispatchEvent(new CustomEvent('host:status'));
    },
    system: () => ({
      area: place.area,
      amouser_id: session.user.id,
      amouser: session.user.email,
      subdomain: session.account.subdomain,
    }),
    /**
     * @param {{data?: string, ref?: string, href?: string, load?: (html: string) => void}} template
     * @param {object} [params]
     */
    render(template, params) {
      if (template.ref || template.href) {
        fault('render() of a template file: this host brings no Twig');
        return '';
      }
      return plain(template.data ?? '', params);
    },
    /**
     * @param {{caption?: {class_name?: string, html?: string}, body?: string, render?: string}} block
     * @param {object} [params]
     */
    render_template(block, params) {
      if (!stage.panels) {
        fault(`render_template: ${place.area || 'this page'} gives this widget no right panel (locations, suffix -1)`);
        return;
      }
      drawBlock(stage.panels, widget, block, params);
    },
    list_selected() {
      const selected = stage.selected();
      return { count_selected: selected.length, selected };
    },
    /** @param {boolean} shown */
    widgetsOverlay(shown) {
      document.querySelector('.widgets-overlay')?.classList.toggle('shown', shown);
    },
    /**
     * @param {string} kind
     * @param {() => void} act
     */
    add_action(kind, act) {
      if (!['phone', 'e-mail'].includes(kind)) {
        fault(`add_action('${kind}') is not known`);
        return;
      }
      stage.actions.set(kind, act);
      document.dispatchEvent(new CustomEvent('host:actions'));
    },
    /** @param {string} url @param {object} _data @param {unknown} _done @param {unknown} _type @param {Function} [failed] */
    crm_post(url, _data, _done, _type, failed) {
      fault(`crm_post to ${url}: this host sends nothing for widgets; use $authorizedAjax`);
      failed?.();
    },
    /** @param {any} options as jQuery.ajax takes them */
    $authorizedAjax(options) {
      if (options.async === false) {
        fault('$authorizedAjax: synchronous requests are not allowed');
      }
      const outcome = $.Deferred();
      post('/host/widget-token', { user: session.user.id }).then(
        ({ token }) => {
          const headers = { ...options.headers, 'X-Auth-Token': token };
          // Not given back: a refusal is the widget's to handle, not a rejection that nobody waits for.
          $.ajax({ ...options, async: true, headers }).then(outcome.resolve, outcome.reject);
        },
        (error) => {
          console.debug(`Kommo host: no token: ${error.message}`);
          const unsent = { status: 0, readyState: 0, statusText: error.message, responseText: '' };
          options.error?.(unsent, 'error', error.message);
          options.complete?.(unsent, 'error');
          outcome.reject(unsent, 'error', error.message);
        },
      );
      return outcome.promise();
    },
    get_accounts_current: () => get('/api/v4/account'),
    get_current_card_contacts_data: contactsOfCard,
    /** @param {string} _channel @param {unknown} _keys @param {Function} _heard @returns {() => void} unsubscribes */
    listenSocketChannel: (_channel, _keys, _heard) => () => {},
  };
  return methods;
}

/** @param {import('./session.js').Widget} widget */
export function installStatus(widget) {
  if (!widget.isActive) {
    return 'install';
  }
  const fields = Object.entries(widget.manifest.settings ?? {});
  const lacks = fields.some(([code, field]) => /** @type {any} */ (field).required && !widget.settings[code]);
  return lacks ? 'not_configured' : 'installed';
}

/** The contacts of the deal that is open, the main one first. */
async function contactsOfCard() {
  if (place.area !== 'lcard' || !place.card) {
    return [];
  }
  const deal = await get(`/api/v4/leads/${place.card}?with=contacts`);
  return contactsOf(deal._embedded.contacts.map((/** @type {{id: number}} */ one) => one.id));
}

/**
 * @param {number[]} ids
 * @returns {Promise<{id: number, name: string, first_name: string, last_name: string, phones: string[], emails: string[]}[]>}
 */
export async function contactsOf(ids) {
  if (!ids.length) {
    return [];
  }
  const wanted = ids.map((id) => `filter[id][]=${id}`).join('&');
  const found = (await get(`/api/v4/contacts?limit=250&${wanted}`))?._embedded.contacts ?? [];
  const contacts = found.map((/** @type {any} */ one) => ({
    id: one.id,
    name: one.name,
    first_name: one.first_name,
    last_name: one.last_name,
    phones: valuesOf(one, 'PHONE'),
    emails: valuesOf(one, 'EMAIL'),
  }));
  return ids.flatMap((id) => contacts.filter((/** @type {{id: number}} */ one) => one.id === id));
}

/** @param {any} entity @param {string} code @returns {string[]} */
export function valuesOf(entity, code) {
  const field = (entity.custom_fields_values ?? []).find((/** @type {any} */ one) => one.field_code === code);
  return field ? field.values.map((/** @type {{value: unknown}} */ one) => String(one.value)) : [];
}

/**
 * @param {HTMLElement} panels
 * @param {import('./session.js').Widget} widget
 * @param {{caption?: {class_name?: string, html?: string}, body?: string, render?: string}} block
 * @param {object} [params]
 */
function drawBlock(panels, widget, block, params) {
  const element = document.createElement('div');
  element.className = `card-widgets__widget card-widgets__widget-${widget.code}`;
  element.dataset.code = widget.code;
  const caption = document.createElement('div');
  caption.className = `card-widgets__widget__caption js-widget-caption-block ${block.caption?.class_name ?? ''}`;
  caption.innerHTML = block.caption?.html ?? '';
  if (!caption.innerHTML) {
    const logo = document.createElement('img');
    logo.src = `${stage.path}/images/logo_medium.png`;
    logo.alt = '';
    caption.append(logo);
  }
  const body = document.createElement('div');
  body.className = 'card-widgets__widget__body';
  body.innerHTML = plain(block.body ?? '', params) + plain(block.render ?? '', params);
  caption.addEventListener('click', () => {
    body.hidden = !body.hidden;
  });
  element.append(caption, body);
  panels.querySelector(`[data-code="${widget.code}"]`)?.remove();
  panels.append(element);
}

/**
 * A template that uses none of Twig's language.
 * @param {string} template
 * @param {object} [_params]
 */
function plain(template, _params) {
  if (/\{[{%#]/.test(template)) {
    fault('a template with Twig in it: this host brings no Twig');
    return '';
  }
  return template;
}
