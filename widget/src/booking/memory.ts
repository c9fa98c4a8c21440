/** What a user last chose, kept by the browser: it spares clicks, and nothing is lost with it. */

import type { Host } from '../host/host';

export interface Remembered {
  location?: number;
  notify?: boolean;
}

export function remembered(host: Host): Remembered {
  try {
    return JSON.parse(window.localStorage.getItem(keyOf(host)) ?? '{}');
  } catch {
    // A browser that keeps nothing, or something else under this name.
    return {};
  }
}

export function remember(host: Host, chosen: Remembered): void {
  try {
    window.localStorage.setItem(keyOf(host), JSON.stringify({ ...remembered(host), ...chosen }));
  } catch {
    // See above.
  }
}

function keyOf(host: Host): string {
  return `bookdeal:booking:${host.user}`;
}
