/** The days that a view of the calendar shows. Days are written as `2026-05-06`. */

import { asUtc } from '../format/format';

const DAY_MS = 86_400_000;

/** One day with a column for each employee; a week with a column for each day; a week with both. */
export const VIEWS = ['day', 'week', 'team'] as const;
export type View = (typeof VIEWS)[number];

export interface Range {
  first: string;
  last: string;
}

/** The days that are shown, of which `day` is one. Weeks begin on `weekStart`, 1 for Monday to 7 for Sunday. */
export function rangeOf(view: View, day: string, weekStart: number): Range {
  if (view === 'day') {
    return { first: day, last: day };
  }
  const first = plusDays(day, -((weekdayOf(day) - weekStart + 7) % 7));
  return { first, last: plusDays(first, 6) };
}

/** A day of the next range, or of the previous one with -1. */
export function step(view: View, day: string, direction: 1 | -1): string {
  return plusDays(day, direction * (view === 'day' ? 1 : 7));
}

export function plusDays(day: string, days: number): string {
  return new Date(asUtc(day) + days * DAY_MS).toISOString().slice(0, 10);
}

export function daysOf({ first, last }: Range): string[] {
  const count = Math.round((asUtc(last) - asUtc(first)) / DAY_MS) + 1;
  return Array.from({ length: count }, (_, place) => plusDays(first, place));
}

/** A wall clock so many seconds later. */
export function plusSeconds(wallClock: string, seconds: number): string {
  return new Date(asUtc(wallClock) + seconds * 1000).toISOString().slice(0, 19);
}

/** 1 for Monday to 7 for Sunday, as the locale begins its weeks; Monday where the browser does not know. */
export function weekStartOf(locale: string): number {
  const known = new Intl.Locale(locale) as Intl.Locale & {
    getWeekInfo?(): { firstDay: number };
    weekInfo?: { firstDay: number };
  };
  return (known.getWeekInfo?.() ?? known.weekInfo)?.firstDay ?? 1;
}

/** The offset of a time zone's clock from UTC now, as `+02:00`. */
export function offsetOf(timeZone: string, now = new Date()): string {
  const parts = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' }).formatToParts(now);
  return parts.find(part => part.type === 'timeZoneName')?.value.slice(3) || '+00:00';
}

function weekdayOf(day: string): number {
  return new Date(asUtc(day)).getUTCDay() || 7;
}
