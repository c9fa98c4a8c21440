/** Which of a deal's bookings its card shows first. */

import { describe, expect, it } from 'vitest';
import type { BookingScreen, BookingStatus } from '../src/api/schema';
import { sorted } from '../src/card/bookings';

const DAY = 86_400_000;

function booking(id: number, days: number, status: BookingStatus = 'waiting'): BookingScreen {
  const starts_at = new Date(Date.now() + days * DAY).toISOString().slice(0, 19);
  return { id, location: 1, status, starts_at, length: 3600 } as BookingScreen;
}

function shown(...bookings: BookingScreen[]) {
  const { current, later, past } = sorted(bookings, () => 'UTC');
  return [current?.id, later.map(one => one.id), past.map(one => one.id)];
}

describe('the bookings of a deal', () => {
  it('begin with the next that stands', () => {
    expect(shown(booking(3, 5), booking(2, 1), booking(1, -3, 'arrived'))).toEqual([2, [3], [1]]);
  });

  it('begin with one that is expected, not with one that was marked already', () => {
    expect(shown(booking(1, 1, 'no_show'), booking(2, 2, 'confirmed'))).toEqual([2, [1], []]);
  });

  it('begin with the latest where none is to come', () => {
    expect(shown(booking(1, -9), booking(2, -2), booking(3, -5))).toEqual([2, [], [3, 1]]);
  });

  it('count one that goes on as to come', () => {
    expect(shown(booking(1, -0.02), booking(2, 3))).toEqual([1, [2], []]);
  });

  it('show one that was cancelled first only where there is no other', () => {
    expect(shown(booking(1, 4, 'cancelled'), booking(2, -2, 'arrived'))).toEqual([2, [], [1]]);
    expect(shown(booking(1, 4, 'cancelled'))).toEqual([1, [], []]);
    expect(shown()).toEqual([undefined, [], []]);
  });
});
