/** Settings → Integrations: the widget's tile, its window, and its page of advanced settings. */

import { h } from '/page/js/dom.js';
import { fault } from './faults.js';
import { installStatus, stage } from './methods.js';
import { Modal } from './modal.js';
import { load } from './modules.js';
import { call, callOnSave, disable, start } from './runtime.js';
import { post, session } from './session.js';
import { textOf, widgetName } from './texts.js';

const STATUSES = { install: 'Not installed', not_configured: 'Not configured', installed: 'Installed', error: 'Error' };

/**
 * @param {HTMLElement} page
 * @param {() => void} redrawMenu
 */
export function drawIntegrations(page, redrawMenu) {
  const { widget } = session;
  page.replaceChildren(
    h('h1', {}, 'Integrations'),
    widget
      ? h('ul', { class: 'tiles' }, tile(widget, redrawMenu))
      : h('p', { class: 'none' }, 'There is no widget: `make widget` builds one.'),
  );
}

/**
 * The page of advanced settings.
 * @param {HTMLElement} page
 */
export function drawAdvanced(page) {
  const title = session.widget?.manifest.advanced?.title;
  page.replaceChildren(h('h1', {}, title ? textOf(title) : widgetName()), h('div', { id: 'list_page_holder' }));
}

/** @param {import('./session.js').Widget} widget @param {() => void} redrawMenu */
function tile(widget, redrawMenu) {
  const status = h('span', { class: 'tile-status' });
  const show = () => {
    status.textContent = STATUSES[/** @type {keyof typeof STATUSES} */ (stage.status || installStatus(widget))];
  };
  show();
  document.addEventListener('host:status', show);
  const changed = () => {
    stage.status = '';
    document.dispatchEvent(new CustomEvent('host:status'));
    redrawMenu();
  };
  return h(
    'li',
    {},
    h(
      'button',
      { type: 'button', class: 'tile', on: { click: () => openSettings(widget, changed) } },
      h('img', { src: `${stage.path}/images/logo_main.png`, alt: '' }),
      h('strong', {}, widgetName()),
      status,
    ),
  );
}

/** @param {import('./session.js').Widget} widget @param {() => void} changed */
async function openSettings(widget, changed) {
  await start(null, true);
  const [$] = await load(['jquery']);
  const modal = new Modal($, {
    class_name: 'widget-settings',
    init($body) {
      const fields = Object.entries(widget.manifest.settings ?? {}).flatMap(([code, one]) => field(widget, code, one));
      const form = h('form', { class: 'widget_settings_block__fields', novalidate: true }, ...fields);
      const problem = h('p', { class: 'problem', role: 'alert' });
      const buttons = h('div', { class: 'widget-settings__buttons' });
      $body.trigger('modal:loaded').html([
        h('span', { class: 'modal-body__close', role: 'button', tabindex: 0, 'aria-label': 'Close' }, '×'),
        h('h2', {}, widgetName()),
        h('p', {}, textOf(widget.manifest.widget.description)),
        form,
        problem,
        buttons,
      ]);
      const save = drawButtons(buttons, widget, form, problem, changed, () => modal.destroy());
      form.addEventListener('input', () => save.removeAttribute('disabled'));
      // Widgets announce their own changes with jQuery.
      $(form).on('change', () => save.removeAttribute('disabled'));
      call('settings', $body, {});
      $body.trigger('modal:centrify');
    },
  });
}

/**
 * @param {HTMLElement} buttons
 * @param {import('./session.js').Widget} widget
 * @param {HTMLElement} form
 * @param {HTMLElement} problem
 * @param {() => void} changed
 * @param {() => void} close
 * @returns {HTMLElement} the button that saves
 */
function drawButtons(buttons, widget, form, problem, changed, close) {
  const attempt = (/** @type {() => Promise<void>} */ act) => async () => {
    problem.textContent = '';
    try {
      await act();
      changed();
    } catch (error) {
      problem.textContent = /** @type {Error} */ (error).message;
    }
  };
  const take = async () => {
    const settings = valuesOf(form);
    const fields = Object.entries(widget.manifest.settings ?? {});
    const lacking = fields.find(([code, one]) => /** @type {any} */ (one).required && !settings[code]);
    if (lacking) {
      throw new Error(`${textOf(/** @type {any} */ (lacking[1]).name)} is missing`);
    }
    if (!(await callOnSave())) {
      throw new Error('The widget did not let its settings be saved');
    }
    return settings;
  };
  const save = attempt(async () => {
    const settings = await take();
    await post(`/host/widgets/${widget.code}/save`, { settings });
    widget.settings = settings;
    button.setAttribute('disabled', '');
  });
  const install = attempt(async () => {
    const settings = await take();
    await post(`/host/widgets/${widget.code}/install`, { user: session.user.id, settings });
    widget.settings = settings;
    widget.isActive = true;
    call('onInstall');
    close();
  });
  const remove = attempt(async () => {
    await disable();
    await post(`/host/widgets/${widget.code}/disable`, {});
    widget.isActive = false;
    close();
  });
  const button = widget.isActive
    ? h('button', { type: 'button', class: 'js-widget-save primary', disabled: true, on: { click: save } }, 'Save')
    : h('button', { type: 'button', class: 'js-widget-install primary', on: { click: install } }, 'Install');
  if (!session.user.isAdmin) {
    problem.textContent = 'Only administrators may change this.';
    return button;
  }
  buttons.append(button);
  if (widget.isActive) {
    buttons.append(
      h('button', { type: 'button', class: 'js-widget-uninstall', on: { click: remove } }, 'Disable'),
      h('a', { href: `/settings/widgets/${widget.code}/` }, 'Advanced settings'),
    );
  }
  return button;
}

/**
 * One of the settings that the manifest names.
 * @param {import('./session.js').Widget} widget
 * @param {string} code
 * @param {any} one
 * @returns {HTMLElement[]}
 */
function field(widget, code, one) {
  const value = String(widget.settings[code] ?? '');
  switch (one.type) {
    case 'custom':
      return [
        h('input', { type: 'hidden', name: code, id: `${widget.code}_custom`, value }),
        h('div', { id: `${widget.code}_custom_content` }),
      ];
    case 'text':
    case 'pass':
      return [
        h(
          'label',
          {},
          h('span', {}, textOf(one.name)),
          h('input', { type: one.type === 'pass' ? 'password' : 'text', name: code, value }),
        ),
      ];
    default:
      fault(`manifest: this host draws no setting of the type ${one.type}`);
      return [];
  }
}

/** @param {HTMLElement} form @returns {Record<string, string>} */
function valuesOf(form) {
  const inputs = /** @type {NodeListOf<HTMLInputElement>} */ (form.querySelectorAll(':scope > input, :scope > label input'));
  return Object.fromEntries([...inputs].map((input) => [input.name, input.value]));
}
