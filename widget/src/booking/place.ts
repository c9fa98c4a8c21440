/** The location of a booking that is there already, with what can be booked at it. */

import { useLocations } from '../api/locations';
import type { BookingScreen, CatalogueScreen, Location } from '../api/schema';
import { useCatalogue } from './places';
import { offerOf } from './visits';

export interface Place {
  location: Location;
  locations: readonly Location[];
  colours: readonly string[];
  catalogue: CatalogueScreen;
}

/** `error` with `retry` when it could not be read; neither it nor `place` while it is read. */
export function usePlace(booking: BookingScreen): { place?: Place; error?: unknown; retry(): void } {
  const [locations, catalogue] = [useLocations(), useCatalogue(booking.location)];
  const location = locations.data?.locations.find(one => one.id === booking.location);
  const retry = () => void Promise.all([locations.refetch(), catalogue.refetch()]);
  if (location && locations.data && catalogue.data) {
    const { locations: all, colours } = locations.data;
    return { place: { location, locations: all, colours, catalogue: withBooked(catalogue.data, booking) }, retry };
  }
  return { error: locations.error ?? catalogue.error ?? undefined, retry };
}

/** A catalogue that has what was booked, too, where the location does not offer it any more. */
function withBooked(catalogue: CatalogueScreen, booking: BookingScreen): CatalogueScreen {
  const employee = booking.employee?.id ?? 0;
  const gone = booking.services.filter(line => !catalogue.services.some(service => service.id === line.service));
  const kept = gone.map(line => ({
    id: line.service,
    title: line.title,
    category: 0,
    step: 0,
    is_group: false,
    offers: [{ employee, length: 0, price: line.cost }],
  }));
  return kept.length ? { ...catalogue, services: [...catalogue.services, ...kept] } : catalogue;
}

/**
 * What to look for when a booking is moved. Its length is left to whoever serves, unless a person gave it another; what
 * is no longer offered is looked for by its length.
 */
export function lookedFor(booking: BookingScreen, catalogue: CatalogueScreen) {
  const ids = booking.services.map(line => line.service);
  const offers = ids.map(id => {
    const service = catalogue.services.find(one => one.id === id);
    return service?.step ? offerOf(service, booking.employee?.id ?? 0) : undefined;
  });
  const isOffered = ids.length > 0 && ids.every(id => catalogue.services.some(one => one.id === id && one.step > 0));
  const usual = offers.reduce((sum, offer) => sum + (offer?.length ?? 0), 0);
  const isUsual = isOffered && offers.every(offer => offer) && usual === booking.length;
  return { services: isOffered ? ids : [], length: isUsual ? null : booking.length };
}
