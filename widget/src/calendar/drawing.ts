/**
 * How long the calendar takes to be seen once its data is there, for who measures it: `bookdeal:calendar-drawn` in the
 * page's performance timeline, with the number of bookings and group events that were drawn.
 */

let began: number | null = null;

/** Bookings have come, or something else is to be shown of what was there. */
export function dataCame(): void {
  began ??= performance.now();
}

/** All of it is in the page: measured when the browser has painted it. */
export function dataDrawn(entries: number): void {
  if (began === null) {
    return;
  }
  const start = began;
  began = null;
  requestAnimationFrame(() =>
    setTimeout(() =>
      performance.measure('bookdeal:calendar-drawn', { start, end: performance.now(), detail: { entries } }),
    ),
  );
}
