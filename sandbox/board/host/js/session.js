/** Who is signed in to which account, in which language and theme, and the account's widget. */

/**
 * @typedef {{id: number, name: string, email: string, lang: string, isAdmin: boolean}} User
 * @typedef {{code: string, isActive: boolean, settings: Record<string, unknown>, manifest: any,
 *     texts: Record<string, any>}} Widget
 * @typedef {{account: Record<string, unknown>, timezone: string, user: User, rights: object, users: User[],
 *     groups: {id: number, name: string}[], taskTypes: {id: number}[], widget: Widget | null, api: string}} Session
 */

export const LANGUAGES = ['en', 'es', 'pt', 'ru'];
export const THEMES = ['light', 'dark'];

const query = new URLSearchParams(location.search);

/** @type {Session} */
export const session = await get('/host/session');
export const language = choice('lang', LANGUAGES) ?? session.user.lang;
export const theme = choice('theme', THEMES) ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light');
/** Whether only what the widget draws is shown, as a part of the board's page. */
export const isEmbedded = query.has('embedded');

document.documentElement.lang = language;
document.documentElement.dataset.theme = theme;
document.documentElement.classList.toggle('embedded', isEmbedded);

/**
 * GET of JSON; null for an empty answer. Rejects with an Error that says why.
 * @param {string} path
 * @returns {Promise<any>}
 */
export async function get(path) {
  return answer(await fetch(path));
}

/**
 * POST of JSON. Rejects with an Error that says why.
 * @param {string} path
 * @param {object} body
 * @returns {Promise<any>}
 */
export async function post(path, body) {
  const headers = { 'Content-Type': 'application/json' };
  return answer(await fetch(path, { method: 'POST', headers, body: JSON.stringify(body) }));
}

/** @param {Response} response */
async function answer(response) {
  if (response.status === 204) {
    return null;
  }
  const content = await response.json().catch(() => ({}));
  if (!response.ok) {
    throw new Error(content.error ?? content.detail ?? `status ${response.status}`);
  }
  return content;
}

/**
 * What the address asks for, which is remembered, else what is remembered.
 * @param {string} name
 * @param {string[]} known
 */
function choice(name, known) {
  const key = `kommo.${name}`;
  const wanted = query.get(name) ?? '';
  if (known.includes(wanted)) {
    localStorage.setItem(key, wanted);
  }
  const kept = localStorage.getItem(key) ?? '';
  return known.includes(kept) ? kept : null;
}
