/** Numbers, money, days and times as people read them. */

const LANGUAGE = 'en-GB';
const WHOLE = new Intl.NumberFormat(LANGUAGE);
const DAY = new Intl.DateTimeFormat(LANGUAGE, { weekday: 'short', day: 'numeric', month: 'short', timeZone: 'UTC' });
const SHORT_DAY = new Intl.DateTimeFormat(LANGUAGE, { day: 'numeric', month: 'short', timeZone: 'UTC' });
const CLOCK = new Intl.DateTimeFormat(LANGUAGE, { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const DAY_MS = 86_400_000;

/** The words for a booking's statuses, in the order in which they are shown. */
export const STATUSES = /** @type {const} */ ({
  waiting: 'waiting',
  confirmed: 'confirmed',
  arrived: 'arrived',
  no_show: 'no-show',
  cancelled: 'cancelled',
});

/** @param {number} count */
export function number(count) {
  return WHOLE.format(count);
}

/**
 * @param {number} amount
 * @param {string} currency ISO code
 */
export function money(amount, currency) {
  const digits = Number.isInteger(amount) ? 0 : 2;
  try {
    return new Intl.NumberFormat(LANGUAGE, {
      style: 'currency',
      currency,
      currencyDisplay: 'narrowSymbol',
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
    }).format(amount);
  } catch {
    return `${WHOLE.format(amount)} ${currency}`;
  }
}

/**
 * A day such as `Sun, 22 Nov`; yesterday, today and tomorrow by name.
 * @param {string} day YYYY-MM-DD
 * @param {string} today YYYY-MM-DD
 */
export function dayName(day, today) {
  return relative(day, today) ?? DAY.format(new Date(`${day}T00:00Z`));
}

/**
 * Like `dayName`, in a few letters.
 * @param {string} day
 * @param {string} today
 */
export function shortDay(day, today) {
  return relative(day, today) ?? SHORT_DAY.format(new Date(`${day}T00:00Z`));
}

/** @param {string} day */
export function longDay(day) {
  return DAY.format(new Date(`${day}T00:00Z`));
}

/** @param {number} minutes of the day */
export function clock(minutes) {
  const hours = Math.floor(minutes / 60);
  return `${String(hours).padStart(2, '0')}:${String(Math.round(minutes % 60)).padStart(2, '0')}`;
}

/**
 * A moment as this computer's clock shows it, with tenths of a second.
 * @param {number} moment unix seconds
 */
export function momentClock(moment) {
  return `${CLOCK.format(new Date(moment * 1000))}.${Math.floor((moment % 1) * 10)}`;
}

/** @param {number} seconds */
export function span(seconds) {
  return seconds < 60 ? `${seconds.toFixed(1)} s` : `${Math.floor(seconds / 60)} min`;
}

/**
 * @param {string} day
 * @param {string} today
 */
function relative(day, today) {
  const distance = Math.round((Date.parse(day) - Date.parse(today)) / DAY_MS);
  return { '-1': 'Yesterday', 0: 'Today', 1: 'Tomorrow' }[distance] ?? null;
}
