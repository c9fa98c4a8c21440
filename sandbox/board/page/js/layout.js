/** Where things stand in a day's column. */

/**
 * @typedef {import('./altegio.js').Booking} Booking
 * @typedef {import('./altegio.js').Employee} Employee
 * @typedef {import('./altegio.js').Info} Info
 */

/**
 * When an employee does not work.
 * @param {Employee} employee
 * @param {Info} about
 */
export function pauses(employee, about) {
  /** @type {[number, number][]} */
  const found = [];
  let free = about.opens;
  for (const [from, to] of [...employee.hours].sort((one, other) => one[0] - other[0])) {
    if (from > free) {
      found.push([free, from]);
    }
    free = Math.max(free, to);
  }
  return free < about.closes ? [...found, /** @type {[number, number]} */ ([free, about.closes])] : found;
}

/**
 * Part of the day's height between two minutes.
 * @param {number} minute
 * @param {Info} about
 * @param {number} [from]
 */
export function share(minute, about, from = about.opens) {
  return `${((minute - from) / (about.closes - about.opens)) * 100}%`;
}

/**
 * Bookings at the same time stand side by side: which lane each has, of how many.
 * @param {Booking[]} bookings in order of time
 * @returns {Map<number, [number, number]>}
 */
export function lanesOf(bookings) {
  /** @type {Map<number, [number, number]>} */
  const found = new Map();
  /** @type {Booking[]} */
  let together = [];
  /** @type {number[]} */
  let ends = [];
  const close = () => together.forEach((one) => /** @type {[number, number]} */ (found.get(one.id)).splice(1, 1, ends.length));
  for (const one of bookings) {
    if (ends.length && one.start >= Math.max(...ends)) {
      close();
      together = [];
      ends = [];
    }
    const free = ends.findIndex((end) => end <= one.start);
    const lane = free < 0 ? ends.length : free;
    ends[lane] = one.start + one.minutes;
    found.set(one.id, [lane, 1]);
    together.push(one);
  }
  close();
  return found;
}
