/** What is looked for, and what it comes to. */

import type { CatalogueScreen, ScheduleScreen } from '../api/schema';
import type { Order } from './attempt';
import { type Choices, wishesOf } from './choices';
import type { Client } from './client';
import type { LastBooking } from './opening';
import { ableEmployees, offeredVisit, type Visit, visitAt, type Wish } from './visits';

/** What is looked for: what was chosen, and what the client had last where nothing was. */
export function wished(choices: Choices, catalogue: CatalogueScreen, location: number, last: LastBooking | null) {
  const offered = new Set(catalogue.services.filter(service => !service.is_group).map(service => service.id));
  const wanted = choices.services ?? (last?.location === location ? last.services : []);
  const services = wanted.filter(id => offered.has(id));
  const employees = ableEmployees(catalogue, services);
  const isSplit = services.length > 1 && (choices.isSplit || !employees.length);
  const employee = employees.some(one => one.id === choices.employee) ? choices.employee : null;
  return { services, employees, isSplit, wishes: wishesOf(services, { ...choices, employee }, isSplit) };
}

/** The chosen time as a visit: as the schedule shows it, or as the API named it. */
export function visitOf(
  { slot }: Choices,
  wishes: readonly Wish[],
  schedules: readonly ScheduleScreen[],
  catalogue: CatalogueScreen,
) {
  const [wish] = wishes;
  const found = slot && visitAt(slot, wishes, schedules);
  return found ?? (slot?.isNamed && wish && wishes.length === 1 ? offeredVisit(catalogue, wish, slot) : null);
}

/** What is sent to be booked; null while no time is chosen. */
export function orderOf(
  deal: number,
  location: number,
  choices: Choices,
  visit: Visit | null,
  client: Client,
): Order | null {
  const { event, seats, details } = choices;
  if (!event && !visit) {
    return null;
  }
  const parts = event
    ? [{ event: event.id, starts_at: event.starts_at, seats, services: [] }]
    : (visit?.parts ?? []).map(({ employee, startsAt, services }) => ({
        employee,
        starts_at: startsAt,
        services: [...services],
        seats: 1,
      }));
  return {
    location,
    deal: deal || null,
    person: { name: client.name.trim(), phone: client.phone.trim(), email: client.email },
    parts,
    ...details,
    categories: [...details.categories],
    visitor: details.visitor.trim(),
  };
}
