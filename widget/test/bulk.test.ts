import { describe, expect, it } from 'vitest';
import type { GroupScreen } from '../src/api/schema';
import type { ContactWithDeals } from '../src/host/contacts';
import { type BulkAction, bulkOf, MOST_AT_ONCE } from '../src/settings/duplicates/bulk';

const group = (ids: number[], keep: number | null = null): GroupScreen => ({
  kind: 'deals',
  ids,
  bookings: [],
  level: 'certain',
  reasons: ['same_person'],
  keep,
});
const contact = (id: number, deals: number[]): ContactWithDeals => ({
  id,
  name: '',
  phones: [],
  emails: [],
  isMain: false,
  deals,
});
const bulk = (action: BulkAction, groups: GroupScreen[], contacts: ContactWithDeals[] = []) =>
  bulkOf(action, groups, { reason: 7, tag: null, contacts });

describe('many groups at once', () => {
  it('keep the deal that is proposed, and close the others', () => {
    const { body, groups, deals } = bulk('close', [group([1, 2, 3], 2), group([8, 9])]);
    expect(body.close).toEqual([
      { keep: 2, deals: [1, 3], reason: 7 },
      { keep: 8, deals: [9], reason: 7 },
    ]);
    expect({ groups, deals }).toEqual({ groups: 2, deals: 3 });
  });

  it('wait where one would close what another keeps, or has closed already', () => {
    const { body, leftOut } = bulk('close', [group([1, 2], 1), group([2, 3], 2), group([1, 4], 4), group([2, 5], 5)]);
    expect(body.close.map(one => one.keep)).toEqual([1]);
    expect(leftOut).toBe(3);
  });

  it('are no more than the API takes', () => {
    const many = Array.from({ length: MOST_AT_ONCE + 5 }, (_, at) => group([at * 2 + 1, at * 2 + 2]));
    expect(bulk('close', many)).toMatchObject({ groups: MOST_AT_ONCE, leftOut: 5 });
  });

  it('give the deals of all others to the oldest contact; where there are none there is nothing to do', () => {
    const contacts = [contact(1, [11]), contact(2, [12, 13]), contact(3, [14]), contact(4, [])];
    const { body, groups } = bulk('link', [group([1, 2]), group([3, 4])], contacts);
    expect(body.link).toEqual([{ contact: 1, deals: [12, 13] }]);
    expect(groups).toBe(1);
  });

  it('tag all but the proposed one', () => {
    expect(bulk('tag', [group([1, 2, 3], 3)]).body.tag).toEqual([{ deals: [1, 2], tag: null }]);
  });
});
