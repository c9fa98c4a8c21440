/** What is written on a booking or a group event in the grid. The library puts in what it is given: plain elements. */

import type { BookingScreen, BookingStatus } from '../api/schema';
import { MARK_SHAPES } from '../components/StatusMark';
import type { Format } from '../format/format';
import type { Say } from '../texts/texts';
import type { Entry } from './entries';

export interface Words {
  say: Say;
  format: Format;
  currencyOf(location: number): string | undefined;
  /** The employee is named where no column does. */
  isEmployeeNamed: boolean;
}

const SVG = 'http://www.w3.org/2000/svg';

/** `start` and `end` are those that are shown: while it is dragged, other than its own. */
export function contentOf(entry: Entry, start: string, end: string, words: Words): Node[] {
  const { say, format, isEmployeeNamed } = words;
  // A week's columns are narrow: where a booking ends is seen.
  const time = isEmployeeNamed
    ? format.time(start)
    : say('calendar.span', { from: format.time(start), until: format.time(end) });
  const { booking, event } = entry;
  if (event) {
    return [
      headLine(null, time, placesShort(entry, say)),
      line('client', event.title),
      heard(say('calendar.more_event', { places: placesOf(entry, say), day: format.day(start) })),
    ];
  }
  if (!booking) {
    return [];
  }
  return [
    headLine(mark(booking.status), time, ''),
    line('client', clientOf(booking, say)),
    ...(isEmployeeNamed && booking.employee ? [line('employee', booking.employee.name)] : []),
    line('services', servicesOf(booking, format)),
    line('price', moneyOf(booking, words)),
    heard(
      say('calendar.more_booking', {
        status: say.coded(`general.status_${booking.status}`) ?? '',
        employee: booking.employee?.name ?? say('calendar.nobody'),
        day: format.day(start),
      }),
    ),
  ];
}

/** What is seen by its place or as a sign, in words for who hears it. */
function heard(text: string): HTMLElement {
  const element = span(text);
  element.className = 'visually-hidden';
  return element;
}

export function clientOf(booking: BookingScreen, say: Say): string {
  return booking.visitor || booking.client?.name || say('calendar.noClient');
}

/** "5 of 8 places", or how many take part where that is all that is known. */
export function placesOf({ event }: Entry, say: Say): string {
  if (!event) {
    return '';
  }
  const seats = event.bookings.reduce((sum, one) => sum + (one.status === 'cancelled' ? 0 : one.seats), 0);
  return event.places
    ? say('calendar.places', { taken: event.places.capacity - event.places.free, count: event.places.capacity })
    : say('calendar.participants', { count: seats });
}

function placesShort(entry: Entry, say: Say): string {
  const places = entry.event?.places;
  return places ? say('calendar.placesShort', { taken: places.capacity - places.free, count: places.capacity }) : '';
}

function servicesOf(booking: BookingScreen, format: Format): string {
  return format.list([...booking.services, ...booking.products].map(one => one.title));
}

function moneyOf(booking: BookingScreen, { format, currencyOf }: Words): string {
  return format.money(booking.total, currencyOf(booking.location));
}

function line(name: string, text: string): HTMLElement {
  const element = document.createElement('div');
  element.className = `calendar-entry-${name}`;
  element.textContent = text;
  return element;
}

/** The first line: a sign before the time, and something short at its end. */
function headLine(sign: Node | null, time: string, more: string): HTMLElement {
  const element = line('time', '');
  element.append(...(sign ? [sign] : []), span(time), ...(more ? [span(more)] : []));
  return element;
}

function span(text: string): HTMLElement {
  const element = document.createElement('span');
  element.textContent = text;
  return element;
}

const marks = new Map<BookingStatus, SVGElement>();

/** A status's sign. It is put together once: copies of it are far cheaper in their hundreds. */
function mark(status: BookingStatus): Node {
  const known = marks.get(status) ?? drawnMark(status);
  marks.set(status, known);
  return known.cloneNode(true);
}

function drawnMark(status: BookingStatus): SVGElement {
  const element = (name: string, attributes: Record<string, string>) => {
    const made = document.createElementNS(SVG, name);
    for (const [attribute, value] of Object.entries(attributes)) {
      made.setAttribute(attribute, value);
    }
    return made;
  };
  const svg = element('svg', {
    class: `status-mark status-mark-${status}`,
    viewBox: '0 0 16 16',
    'aria-hidden': 'true',
  });
  svg.append(element('circle', { cx: '8', cy: '8', r: '7.25' }), element('path', { d: MARK_SHAPES[status] }));
  return svg;
}
