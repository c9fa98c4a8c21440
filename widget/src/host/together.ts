/** Reads that parts of a screen ask for at the same moment, each for itself, made as one: a hundred cards, one request. */

import type { Host } from './host';

type Read<T> = (host: Host, ids: readonly number[]) => Promise<T[]>;

interface Gathering<T> {
  host: Host;
  ids: Set<number>;
  answer: Promise<T[]>;
}

/** `read`, called once for all ids that are asked for before the browser draws again; each asker gets his own. */
export function together<T extends { id: number }>(read: Read<T>): Read<T> {
  let gathering: Gathering<T> | null = null;

  function begun(host: Host): Gathering<T> {
    const ids = new Set<number>();
    const answer = new Promise(resolve => setTimeout(resolve)).then(() => {
      gathering = null;
      return read(host, [...ids]);
    });
    return { host, ids, answer };
  }

  return async (host, ids) => {
    if (!ids.length) {
      return [];
    }
    if (gathering?.host !== host) {
      gathering = begun(host);
    }
    for (const id of ids) {
      gathering.ids.add(id);
    }
    const found = await gathering.answer;
    return found.filter(({ id }) => ids.includes(id));
  };
}
