/** Texts of the widget's manifest: paths into its translations. */

import { language, session } from './session.js';

/**
 * The text at a path such as `widget.name`, in the first of the widget's languages where it does not speak the user's.
 * @param {string} path
 * @returns {string}
 */
export function textOf(path) {
  const texts = session.widget?.texts ?? {};
  const spoken = texts[language] ?? texts[session.widget?.manifest.widget.locale[0]];
  const found = path.split('.').reduce((/** @type {any} */ inside, key) => inside?.[key], spoken);
  return typeof found === 'string' ? found : path;
}

export function widgetName() {
  return textOf(session.widget?.manifest.widget.name ?? '');
}
