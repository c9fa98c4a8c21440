/** A booking as reception has it before it: its status is one click, moving and paying a second one. */

import { title } from './altegio.js';
import { field, head, input, open, select } from './dialogs.js';
import { byId, h, icon } from './dom.js';
import { STATUSES, clock, longDay, money } from './format.js';
import { act } from './server.js';
import { onChange, value } from './store.js';

/** @typedef {import('./altegio.js').Booking} Booking */

/** The booking that is open, 0 when none is. */
let shown = 0;
/** The booking as it is drawn. @type {Booking | null} */
let drawn = null;

/** Keep an open booking up to date. */
export function showBookings() {
  dialog().addEventListener('close', () => {
    shown = 0;
  });
  onChange(['day'], () => {
    const booking = value('day', `booking:${shown}`);
    if (shown && booking && booking !== drawn) {
      draw(booking);
    }
  });
}

/**
 * Open a booking.
 * @param {number} id
 */
export function openBooking(id) {
  const booking = value('day', `booking:${id}`);
  if (booking) {
    shown = id;
    draw(booking);
    open(dialog());
  }
}

function dialog() {
  return /** @type {HTMLDialogElement} */ (byId('booking'));
}

/** @param {Booking} booking */
function draw(booking) {
  const focus = document.activeElement instanceof HTMLElement ? document.activeElement.dataset.act : undefined;
  drawn = booking;
  const { currency } = value('day', 'info');
  const gone = booking.status === 'cancelled';
  dialog().replaceChildren(
    head(
      dialog(),
      'booking-name',
      h('span', { class: 'booking-time' }, `${longDay(booking.day)}, ${clock(booking.start)}`),
      title(booking),
    ),
    h(
      'div',
      { class: 'booking-body' },
      h(
        'div',
        { class: 'statuses', role: 'group', 'aria-label': 'Status' },
        ...Object.entries(STATUSES).map(([status, name]) => statusButton(booking, status, name)),
      ),
      h(
        'dl',
        { class: 'facts' },
        fact('Services', booking.services.join(', ')),
        fact('Products', booking.goods.join(', ')),
        fact('Client', booking.client),
        fact('Comes in person', booking.visitor),
        fact('Phone', booking.phone),
        fact('E-mail', booking.email),
        fact('Places', booking.event ? String(booking.seats) : ''),
        fact('Category', booking.labels.join(', ')),
        fact('Booked', booking.online ? 'online' : ''),
        fact('Comment', booking.client ? booking.comment : ''),
        fact('Price', money(booking.price, currency)),
        fact('Paid', booking.paid ? money(booking.paid, currency) : ''),
      ),
      gone
        ? h('div', { class: 'acts' }, button('restore', 'Restore', () => send(booking, 'restore'), 'primary'))
        : h(
            'div',
            { class: 'acts' },
            !booking.paidFull &&
              booking.price > 0 &&
              button('pay', `Pay ${money(booking.price - booking.paid, currency)}`, () => send(booking, 'pay'), 'primary'),
            button('cancel', 'Cancel the booking', () => send(booking, 'status', { status: 'cancelled' }), 'danger'),
          ),
      !gone && !booking.event && moveForm(booking),
    ),
  );
  if (focus) {
    /** @type {HTMLElement | null} */ (dialog().querySelector(`[data-act="${focus}"]`))?.focus();
  }
}

/**
 * @param {Booking} booking
 * @param {string} status
 * @param {string} name
 */
function statusButton(booking, status, name) {
  if (status === 'cancelled' && booking.status !== 'cancelled') {
    return null;
  }
  const click = () => send(booking, 'status', { status });
  return h(
    'button',
    {
      type: 'button',
      class: 'status',
      data: { status, act: status },
      'aria-pressed': String(booking.status === status),
      on: { click },
    },
    icon(status),
    name,
  );
}

/** @param {Booking} booking */
function moveForm(booking) {
  const day = input({ type: 'date', required: true, value: booking.day });
  const time = input({ type: 'time', required: true, step: 900, value: clock(booking.start) });
  const staff = select(
    value('day', 'info').employees.map((/** @type {{id: number, name: string}} */ one) => [one.id, one.name]),
    booking.employee,
  );
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    const moved = await send(booking, 'move', { day: day.value, time: time.value, employee: Number(staff.value) });
    if (moved && day.value !== booking.day) {
      dialog().close();
    }
  };
  return h(
    'form',
    { class: 'move', on: { submit } },
    field('Day', day),
    field('Time', time),
    field('Employee', staff),
    h('button', { type: 'submit', data: { act: 'move' } }, 'Move'),
  );
}

/**
 * @param {string} name
 * @param {string} text
 */
function fact(name, text) {
  return text ? h('div', {}, h('dt', {}, name), h('dd', {}, text)) : null;
}

/**
 * @param {string} name
 * @param {string} text
 * @param {() => void} click
 * @param {string} kind
 */
function button(name, text, click, kind) {
  return h('button', { type: 'button', class: kind, data: { act: name }, on: { click } }, text);
}

/**
 * @param {Booking} booking
 * @param {string} what
 * @param {object} [body]
 */
function send(booking, what, body) {
  return act(`/locations/${booking.location}/bookings/${booking.id}/${what}`, body);
}
