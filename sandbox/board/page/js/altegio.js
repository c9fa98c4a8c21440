/** Altegio's side: a location's day, a column for each employee. */

import { openBooking } from './booking.js';
import { arrange, byId, h, icon } from './dom.js';
import { sliding } from './flip.js';
import { STATUSES, clock, dayName } from './format.js';
import { lanesOf, pauses, share } from './layout.js';
import { openNewBooking } from './new_booking.js';
import { link } from './pairs.js';
import { act } from './server.js';
import { all, follow, onChange, value } from './store.js';

/**
 * @typedef {{id: number, name: string, about: string, hours: [number, number][]}} Employee
 * @typedef {{location: number, title: string, currency: string, day: string, today: string, previous: string,
 *     next: string, now: number, opens: number, closes: number, employees: Employee[]}} Info
 * @typedef {{id: number, location: number, status: keyof typeof STATUSES, day: string, start: number, minutes: number,
 *     employee: number, client: string, phone: string, email: string, visitor: string, services: string[],
 *     goods: string[], price: number, paid: number, paidFull: boolean, comment: string, color: string,
 *     labels: string[], online: boolean, event: number, seats: number}} Booking
 */

const DRAGGED = 'application/x-booking';
const STEP = 15;
/** Bookings of fewer minutes have room for one line, or for two. */
const SHORT = 40;
const MEDIUM = 55;
/** More lanes than these leave no room for the time. */
const WIDE_LANES = 2;
/** @type {Map<number, {element: HTMLElement, booking: Booking | null}>} */
const blocks = new Map();
/** @type {Map<number, HTMLElement>} */
let columns = new Map();
let drawnGrid = '';
/** The day that was scrolled to where work begins, and its first minute then. */
let scrolled = { day: '', opens: 0 };
/** How far below its top a dragged booking is held, in pixels. */
let held = 0;

/** Show Altegio's side and keep it up to date. */
export function showAltegio() {
  onChange(['locations', 'day'], drawHead);
  onChange(['day'], draw);
  byId('previous-day').addEventListener('click', () => go(info()?.previous));
  byId('next-day').addEventListener('click', () => go(info()?.next));
  byId('today').addEventListener('click', () => go(''));
  byId('book').addEventListener('click', () => openNewBooking({}));
  byId('legend').append(
    ...Object.entries(STATUSES).map(([status, name]) => h('li', { data: { status } }, icon(status), name)),
  );
}

/** @returns {Info | undefined} */
function info() {
  return value('day', 'info');
}

/** @param {string | undefined} day empty: today */
function go(day) {
  const about = info();
  if (about && day !== undefined) {
    byId('day').setAttribute('aria-busy', 'true');
    follow(about.location, day === about.today ? '' : day);
  }
}

function drawHead() {
  const about = info();
  if (!about) {
    return;
  }
  byId('today').textContent = dayName(about.day, about.today);
  const known = [...all('locations').values()].sort((one, other) => one.id - other.id);
  const tabs = known.map((one) => {
    const tab =
      byId('locations').querySelector(`[data-location="${one.id}"]`) ??
      h(
        'button',
        {
          type: 'button',
          data: { location: one.id },
          on: { click: () => follow(one.id, info()?.day === info()?.today ? '' : (info()?.day ?? '')) },
        },
        one.title,
      );
    tab.setAttribute('aria-pressed', String(one.id === about.location));
    return tab;
  });
  arrange(byId('locations'), tabs);
}

function draw() {
  const about = info();
  if (!about) {
    return;
  }
  const scroller = byId('day');
  scroller.removeAttribute('aria-busy');
  const { now, today, ...steady } = about;
  const grid = JSON.stringify(steady);
  if (grid !== drawnGrid) {
    drawnGrid = grid;
    drawGrid(about);
    fill(about);
    scrollTo(about);
  } else {
    sliding(scroller, '.booking', () => fill(about));
  }
  drawNow(about);
}

/** @param {Info} about */
function drawGrid(about) {
  const hours = [];
  for (let minute = about.opens; minute < about.closes; minute += 60) {
    hours.push(h('li', { style: { '--at': String((minute - about.opens) / 60) } }, clock(minute)));
  }
  const heads = about.employees.map((one) =>
    h('div', { class: 'employee', title: one.about }, h('strong', {}, one.name), h('span', {}, one.about)),
  );
  columns = new Map(about.employees.map((one) => [one.id, column(one, about)]));
  const grid = h(
    'div',
    {
      class: 'grid',
      style: { '--hours': String((about.closes - about.opens) / 60), '--employees': String(about.employees.length) },
    },
    h('div', { class: 'corner' }),
    ...heads,
    h('ol', { class: 'axis', 'aria-hidden': 'true' }, ...hours),
    ...columns.values(),
  );
  const empty = h('p', { class: 'nobody' }, 'Nobody works on this day.');
  byId('day').replaceChildren(about.employees.length ? grid : empty);
}

/**
 * Show another day from when work begins; let a day that has grown at its beginning stay where it is.
 * @param {Info} about
 */
function scrollTo(about) {
  const scroller = byId('day');
  const begins = Math.min(...about.employees.flatMap((one) => one.hours.map(([from]) => from)));
  const day = `${about.location} ${about.day}`;
  const height = columns.values().next().value?.clientHeight ?? 0;
  const minute = height / (about.closes - about.opens);
  if (day !== scrolled.day) {
    scroller.scrollTop = Number.isFinite(begins) ? (begins - about.opens) * minute : 0;
  } else {
    scroller.scrollTop += (scrolled.opens - about.opens) * minute;
  }
  scrolled = { day, opens: about.opens };
}

/**
 * @param {Employee} employee
 * @param {Info} about
 */
function column(employee, about) {
  const element = h(
    'div',
    {
      class: 'column',
      role: 'group',
      'aria-label': employee.name,
      data: { employee: employee.id },
      on: {
        click: (/** @type {MouseEvent} */ event) => {
          if (event.target === element) {
            openNewBooking({ employee: employee.id, time: clock(minuteAt(element, event.clientY, about, 'floor')) });
          }
        },
        dragover: (/** @type {DragEvent} */ event) => {
          if (event.dataTransfer?.types.includes(DRAGGED)) {
            event.preventDefault();
            element.classList.add('target');
          }
        },
        dragleave: () => element.classList.remove('target'),
        drop: (/** @type {DragEvent} */ event) => {
          event.preventDefault();
          element.classList.remove('target');
          const booking = value('day', `booking:${event.dataTransfer?.getData(DRAGGED)}`);
          const time = clock(minuteAt(element, event.clientY - held, about, 'round'));
          act(`/locations/${booking.location}/bookings/${booking.id}/move`, {
            day: booking.day,
            time,
            employee: employee.id,
          });
        },
      },
    },
    ...pauses(employee, about).map(([from, to]) =>
      h('div', { class: 'pause', style: { '--from': share(from, about), '--size': share(to, about, from) } }),
    ),
  );
  return element;
}

/**
 * The minute of the day at a place of a column, on the grid of quarters.
 * @param {HTMLElement} element
 * @param {number} y
 * @param {Info} about
 * @param {'floor' | 'round'} way
 */
function minuteAt(element, y, about, way) {
  const box = element.getBoundingClientRect();
  const minute = about.opens + ((y - box.top) / box.height) * (about.closes - about.opens);
  return Math.max(about.opens, Math[way](minute / STEP) * STEP);
}

/** @param {Info} about */
function fill(about) {
  const bookings = [...all('day')].filter(([key]) => key.startsWith('booking:')).map(([, one]) => one);
  /** @type {Map<number, Booking[]>} */
  const byEmployee = Map.groupBy(bookings, (one) => one.employee);
  for (const [employee, element] of columns) {
    const here = (byEmployee.get(employee) ?? []).sort((one, other) => one.start - other.start || one.id - other.id);
    const kept = [...element.children].filter((one) => !one.classList.contains('booking'));
    const lanes = lanesOf(here.filter((one) => one.status !== 'cancelled'));
    arrange(element, [...kept, ...here.map((one) => block(one, about, lanes.get(one.id)))]);
  }
  const known = new Set(bookings.map((one) => one.id));
  for (const id of blocks.keys()) {
    if (!known.has(id)) {
      blocks.delete(id);
    }
  }
}

/**
 * @param {Booking} booking
 * @param {Info} about
 * @param {[number, number] | undefined} lane
 */
function block(booking, about, lane) {
  let known = blocks.get(booking.id);
  if (!known) {
    known = { element: emptyBlock(booking.id), booking: null };
    blocks.set(booking.id, known);
  }
  const { element } = known;
  element.style.setProperty('--from', share(booking.start, about));
  element.style.setProperty('--size', share(booking.start + booking.minutes, about, booking.start));
  element.style.setProperty('--lane', String(lane ? lane[0] : 0));
  element.style.setProperty('--lanes', String(lane ? lane[1] : 1));
  element.classList.toggle('narrow', Boolean(lane && lane[1] > WIDE_LANES));
  if (known.booking !== booking) {
    known.booking = booking;
    element.dataset.status = booking.status;
    element.draggable = booking.status !== 'cancelled' && !booking.event;
    element.classList.toggle('short', booking.minutes < SHORT);
    element.classList.toggle('medium', booking.minutes >= SHORT && booking.minutes < MEDIUM);
    element.setAttribute('aria-label', `${clock(booking.start)} ${title(booking)}, ${STATUSES[booking.status]}`);
    element.title = `${clock(booking.start)} ${title(booking)}\n${booking.services.join(', ')}`;
    element.replaceChildren(
      h('span', { class: 'when' }, clock(booking.start)),
      h(
        'span',
        { class: 'signs' },
        booking.seats > 1 && h('span', { class: 'seats' }, `×${booking.seats}`),
        booking.event > 0 && icon('group'),
        booking.online && icon('online'),
        booking.paidFull && icon('paid'),
        icon(booking.status),
      ),
      h('span', { class: 'who' }, title(booking)),
      h('span', { class: 'what' }, booking.services.join(', ')),
    );
    link(element, booking.client ? booking.id : 0);
  }
  return element;
}

/** @param {number} id */
function emptyBlock(id) {
  const element = h('button', {
    type: 'button',
    class: 'booking',
    'aria-haspopup': 'dialog',
    data: { booking: id },
    on: {
      click: () => openBooking(id),
      dragstart: (/** @type {DragEvent} */ event) => {
        held = event.clientY - element.getBoundingClientRect().top;
        event.dataTransfer?.setData(DRAGGED, String(id));
        element.classList.add('dragged');
      },
      dragend: () => element.classList.remove('dragged'),
    },
  });
  return element;
}

/**
 * Whom a booking is for, or what it is.
 * @param {Booking} booking
 */
export function title(booking) {
  return booking.visitor || booking.client || booking.comment || 'Reserved';
}

/** @param {Info} about */
function drawNow(about) {
  const axis = byId('day').querySelector('.axis');
  if (!axis) {
    return;
  }
  const visible = about.day === about.today && about.now >= about.opens && about.now <= about.closes;
  const line = axis.querySelector('.now') ?? h('li', { class: 'now' });
  if (visible) {
    /** @type {HTMLElement} */ (line).style.setProperty('--from', share(about.now, about));
    axis.append(line);
  } else {
    line.remove();
  }
}
