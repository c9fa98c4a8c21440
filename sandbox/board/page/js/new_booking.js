/** Making a booking, as reception does or as a client does on the website. */

import { field, head, input, open, select } from './dialogs.js';
import { byId, h } from './dom.js';
import { longDay, money } from './format.js';
import { get, post, reason } from './server.js';
import { value } from './store.js';
import { toast } from './toast.js';

/**
 * @typedef {{id: number, title: string, group: boolean,
 *     employees: Record<string, {minutes: number, price: number}>}} Service
 * @typedef {{employee?: number, time?: string}} Wish
 */

/** People who do not exist, so that a booking is one click. */
const GUESTS = ['Abril Nadal', 'Blai Torra', 'Cèlia Font', 'Dídac Roca', 'Estel Grau', 'Ferran Camps', 'Gina Pla'];

function dialog() {
  return /** @type {HTMLDialogElement} */ (byId('new-booking'));
}

/**
 * Open the form.
 * @param {Wish} wish what is known already
 */
export function openNewBooking(wish) {
  const info = value('day', 'info');
  const services = /** @type {Service[]} */ (value('day', 'services') ?? []).filter(
    (one) => !one.group && Object.keys(one.employees).length,
  );
  if (info && services.length) {
    draw(info, services, wish);
    open(dialog());
  }
}

/**
 * @param {import('./altegio.js').Info} info
 * @param {Service[]} services
 * @param {Wish} wish
 */
function draw(info, services, wish) {
  const guest = GUESTS[Math.floor(Math.random() * GUESTS.length)];
  const name = input({ type: 'text', required: true, value: guest, autocomplete: 'off' });
  const phone = input({ type: 'tel', required: true, value: inventedPhone(), autocomplete: 'off' });
  const day = input({ type: 'date', required: true, value: info.day });
  const time = input({ type: 'time', required: true, step: 300, value: wish.time ?? '' });
  const staff = select([]);
  const free = h('div', { class: 'free-times', role: 'group', 'aria-label': 'Free times' });
  const problem = h('p', { class: 'problem', role: 'alert' });
  const submit = /** @type {HTMLButtonElement} */ (h('button', { type: 'submit', class: 'primary' }));
  const [way, online] = wayChooser();
  const boxes = services.map((one) => ({ service: one, box: input({ type: 'checkbox', value: one.id }) }));
  const able = (/** @type {number} */ employee) => services.filter((one) => String(employee) in one.employees);
  const first = (wish.employee && able(wish.employee)[0]) || services[0];
  boxes.forEach((one) => {
    one.box.checked = one.service === first;
  });

  const chosen = () => boxes.filter((one) => one.box.checked).map((one) => one.service);

  /** Offer the employees who do all that is chosen. */
  const offerStaff = () => {
    const before = Number(staff.value) || wish.employee;
    const fitting = info.employees.filter((one) => chosen().every((service) => String(one.id) in service.employees));
    staff.replaceChildren(...fitting.map((one) => h('option', { value: one.id, selected: one.id === before }, one.name)));
  };

  /** Offer the times at which the chosen employee is free. */
  const offerTimes = async () => {
    const query = new URLSearchParams({
      employee: staff.value,
      day: day.value,
      services: chosen().map((one) => one.id).join(),
    });
    const asked = (free.dataset.asked = String(query));
    const ready = staff.value && day.value && chosen().length;
    const { times } = ready
      ? await get(`/locations/${info.location}/free-times?${query}`).catch(() => ({ times: [] }))
      : { times: [] };
    if (free.dataset.asked === asked) {
      free.replaceChildren(...times.map((/** @type {string} */ one) => timeButton(one)));
      if (!time.value && times.length) {
        time.value = times[0];
      }
      say();
    }
  };

  /** @param {string} one */
  const timeButton = (one) => {
    const click = () => {
      time.value = one;
      say();
    };
    return h('button', { type: 'button', data: { time: one }, on: { click } }, one);
  };

  /** Let the button say what will happen. */
  const say = () => {
    const lines = chosen().map((one) => one.employees[staff.value]).filter(Boolean);
    const minutes = lines.reduce((sum, one) => sum + one.minutes, 0);
    const price = lines.reduce((sum, one) => sum + one.price, 0);
    free.querySelectorAll('button').forEach((one) => {
      one.setAttribute('aria-pressed', String(one.dataset.time === time.value));
    });
    submit.disabled = !lines.length;
    submit.textContent =
      lines.length && day.value && time.value
        ? `Book ${longDay(day.value)}, ${time.value} · ${minutes} min · ${money(price, info.currency)}`
        : 'Book';
  };

  const book = async (/** @type {Event} */ event) => {
    event.preventDefault();
    problem.textContent = '';
    submit.disabled = true;
    try {
      await post(`/locations/${info.location}/bookings`, {
        online: online(),
        services: chosen().map((one) => one.id),
        employee: Number(staff.value),
        day: day.value,
        time: time.value,
        name: name.value,
        phone: phone.value,
      });
      dialog().close();
      toast(`${name.value}: booked`);
    } catch (error) {
      problem.textContent = reason(error);
      submit.disabled = false;
    }
  };

  const changed = () => {
    offerStaff();
    offerTimes();
  };
  boxes.forEach((one) => one.box.addEventListener('change', changed));
  staff.addEventListener('change', offerTimes);
  day.addEventListener('change', offerTimes);
  time.addEventListener('input', say);
  changed();

  dialog().replaceChildren(
    head(dialog(), 'new-booking-name', 'New booking', h('span', { class: 'booking-time' }, info.title)),
    h(
      'form',
      { class: 'new-body', on: { submit: book } },
      way,
      h('fieldset', { class: 'services' }, h('legend', {}, 'Services'), ...boxes.map(serviceLine)),
      h('div', { class: 'row' }, field('Employee', staff), field('Day', day), field('Time', time)),
      free,
      h('div', { class: 'row' }, field('Client', name), field('Phone', phone)),
      problem,
      h('div', { class: 'acts' }, submit),
    ),
  );
}

/** @returns {[HTMLElement, () => boolean]} the chooser, and whether "online" is chosen */
function wayChooser() {
  const desk = input({ type: 'radio', name: 'way', value: 'desk', checked: true });
  const online = input({ type: 'radio', name: 'way', value: 'online' });
  const chooser = h(
    'div',
    { class: 'ways', role: 'radiogroup', 'aria-label': 'Who books' },
    h('label', {}, desk, h('span', {}, 'Reception')),
    h('label', {}, online, h('span', {}, 'Online')),
  );
  return [chooser, () => online.checked];
}

/** @param {{service: Service, box: HTMLInputElement}} line */
function serviceLine({ service, box }) {
  return h('label', {}, box, h('span', {}, service.title));
}

/** A phone from the range that is invented throughout the sandbox. */
function inventedPhone() {
  return `+34600000${String(300 + Math.floor(Math.random() * 600))}`;
}
