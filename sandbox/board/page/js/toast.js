/** Short messages that go by themselves. */

import { byId, h } from './dom.js';

const SHOWN_MS = 5000;

/**
 * Show a message.
 * @param {string} text
 * @param {'good' | 'bad'} [mood]
 */
export function toast(text, mood = 'good') {
  const shown = h('p', { class: `toast ${mood}` }, text);
  byId('toasts').append(shown);
  setTimeout(() => shown.remove(), SHOWN_MS);
}
