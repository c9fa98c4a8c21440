/** What all dialogs share. */

import { h, icon } from './dom.js';

/**
 * A dialog's head: its title and the button that closes it.
 * @param {HTMLDialogElement} dialog
 * @param {string} id of the title
 * @param {...(Node | string | false)} title
 */
export function head(dialog, id, ...title) {
  return h(
    'header',
    { class: 'dialog-head' },
    h('h2', { id }, ...title),
    h('button', { type: 'button', class: 'quiet close', 'aria-label': 'Close', on: { click: () => dialog.close() } }, icon('close')),
  );
}

/**
 * Open a dialog so that a click beside it closes it.
 * @param {HTMLDialogElement} dialog
 */
export function open(dialog) {
  dialog.onclick = (event) => {
    if (event.target === dialog) {
      dialog.close();
    }
  };
  if (!dialog.open) {
    dialog.showModal();
  }
}

/**
 * A labelled control.
 * @param {string} label
 * @param {HTMLElement} control
 */
export function field(label, control) {
  return h('label', { class: 'field' }, h('span', {}, label), control);
}

/**
 * A list to choose one of.
 * @param {[string | number, string][]} options value and text
 * @param {string | number} [chosen]
 * @returns {HTMLSelectElement}
 */
export function select(options, chosen) {
  return /** @type {HTMLSelectElement} */ (
    h('select', {}, ...options.map(([value, text]) => h('option', { value, selected: value === chosen }, text)))
  );
}

/**
 * @param {Record<string, unknown>} given
 * @returns {HTMLInputElement}
 */
export function input(given) {
  return /** @type {HTMLInputElement} */ (h('input', given));
}
