/** Asking the board's server to do something, and saying so when it could not be done. */

import { toast } from './toast.js';

/**
 * GET; rejects with an Error that says why.
 * @param {string} path
 * @returns {Promise<any>}
 */
export async function get(path) {
  return answer(await fetch(path));
}

/**
 * POST; rejects with an Error that says why.
 * @param {string} path
 * @param {object} [body]
 * @returns {Promise<any>}
 */
export async function post(path, body = {}) {
  const headers = { 'Content-Type': 'application/json' };
  return answer(await fetch(path, { method: 'POST', headers, body: JSON.stringify(body) }));
}

/**
 * POST; shows why when it could not be done.
 * @param {string} path
 * @param {object} [body]
 * @returns {Promise<any>} the answer, null when it could not be done
 */
export async function act(path, body = {}) {
  try {
    return await post(path, body);
  } catch (error) {
    toast(reason(error), 'bad');
    return null;
  }
}

/**
 * What an error says.
 * @param {unknown} error
 * @returns {string}
 */
export function reason(error) {
  return error instanceof TypeError ? 'The board does not answer' : String(/** @type {Error} */ (error).message);
}

/** @param {Response} response */
async function answer(response) {
  const content = await response.json().catch(() => ({}));
  if (!response.ok) {
    throw new Error(content.error ?? `The board answered ${response.status}`);
  }
  return content;
}
