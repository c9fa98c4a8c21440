/** Kommo's AMD loader, RequireJS, with what it offers to widgets: jQuery and the modal window. */

import { Modal } from './modal.js';

/** @type {any} */
const loader = window;

loader.requirejs.config({
  paths: { jquery: '/vendor/jquery' },
  // No globals: a widget gets jQuery by asking for it.
  map: { '*': { jquery: 'jquery-without-globals' }, 'jquery-without-globals': { jquery: 'jquery' } },
});
loader.define('jquery-without-globals', ['jquery'], (/** @type {any} */ jquery) => jquery.noConflict(true));
loader.define('lib/components/base/modal', ['jquery'], (/** @type {any} */ $) => Modal.of($));

/**
 * Load AMD modules.
 * @param {string[]} names
 * @returns {Promise<any[]>}
 */
export function load(names) {
  return new Promise((resolve, reject) => {
    loader.require(names, (/** @type {any[]} */ ...modules) => resolve(modules), reject);
  });
}
