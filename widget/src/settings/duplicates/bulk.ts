/** What many groups at once come to: what is written to which deals, and which groups have to wait. Pure. */

import type { GroupScreen, HandleBody } from '../../api/schema';
import type { ContactWithDeals } from '../../host/contacts';

/** So many deals the API takes at once. */
export const MOST_AT_ONCE = 1000;

export type BulkAction = 'close' | 'tag' | 'link';

export interface Bulk {
  body: HandleBody;
  /** The groups that are taken care of. */
  groups: number;
  /** The deals that are written to. */
  deals: number;
  /** Groups that have a member in common with another one, or are too many: they are done the next time. */
  leftOut: number;
}

interface Piece {
  keep: number;
  others: number[];
}

export function bulkOf(
  action: BulkAction,
  groups: readonly GroupScreen[],
  chosen: { reason: number | null; tag: number | null; contacts: readonly ContactWithDeals[] },
): Bulk {
  const { pieces, leftOut } = apart(
    groups.map(group => pieceOf(action, group, chosen.contacts)),
    action === 'close',
  );
  const deals = pieces.flatMap(piece => piece.others);
  const body: HandleBody = { link: [], tag: [], close: [], cancel: [] };
  switch (action) {
    case 'close':
      body.close = pieces.map(({ keep, others }) => ({ keep, deals: others, reason: chosen.reason }));
      break;
    case 'tag':
      body.tag = deals.length ? [{ deals, tag: chosen.tag }] : [];
      break;
    case 'link':
      body.link = pieces.map(({ keep, others }) => ({ contact: keep, deals: others }));
  }
  return { body, groups: pieces.length, deals: deals.length, leftOut };
}

/** Of deals the one that is best kept, and all others; of contacts the oldest, and the deals of all others. */
function pieceOf(action: BulkAction, group: GroupScreen, contacts: readonly ContactWithDeals[]): Piece {
  const keep = group.keep ?? Math.min(...group.ids);
  const members = group.ids.filter(id => id !== keep);
  if (action !== 'link') {
    return { keep, others: members };
  }
  return { keep, others: contacts.filter(({ id }) => members.includes(id)).flatMap(({ deals }) => deals) };
}

/** Those that do not get in one another's way: what one keeps no other may close, and nothing is closed twice. */
function apart(all: readonly Piece[], areClosed: boolean): { pieces: Piece[]; leftOut: number } {
  const pieces: Piece[] = [];
  const [kept, written] = [new Set<number>(), new Set<number>()];
  let leftOut = 0;
  for (const piece of all.filter(({ others }) => others.length)) {
    const isInTheWay = piece.others.some(id => written.has(id) || (areClosed && kept.has(id)));
    const isFull = written.size + piece.others.length > MOST_AT_ONCE;
    if (isInTheWay || isFull || (areClosed && written.has(piece.keep))) {
      leftOut += 1;
      continue;
    }
    pieces.push(piece);
    kept.add(piece.keep);
    for (const id of piece.others) {
      written.add(id);
    }
  }
  return { pieces, leftOut };
}
