/** What the booking window opens with: in as few requests as there can be, and what the client had last at hand. */

import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo } from 'react';
import { useApi } from '../api/api';
import { useLocations } from '../api/locations';
import type { BookingsScreen } from '../api/schema';
import { wallClockIn } from '../format/format';
import { useContacts } from '../host/contacts';
import { useHost } from '../host/context';
import { type Choices, firstDay } from './choices';
import { remembered } from './memory';
import { latestOf, prefetchSchedules, useCatalogue } from './places';

/** What a client booked last. */
export interface LastBooking {
  location: number;
  services: readonly number[];
  employee: number | null;
}

const NONE: readonly number[] = [];

export function useOpening(deal: number, choices: Choices) {
  const chosen = choices.location;
  const [host, api, queries] = [useHost(), useApi(), useQueryClient()];
  const contacts = useContacts(deal);
  // The card's panel has read the deal's bookings; only for a deal without one the API is asked for the client's.
  const onDeal = useMemo(() => {
    const known = queries.getQueryData<BookingsScreen>(['deal', deal, 'bookings']);
    const latest = latestOf(known?.bookings ?? []);
    return latest && asLast(latest.location, latest);
  }, [queries, deal]);
  const isAskedFor = deal > 0 && !onDeal;
  const contact = (isAskedFor && contacts.data?.[0]?.id) || null;
  const isWaiting = isAskedFor && contacts.isPending;
  const locations = useLocations(contact, !isWaiting);

  // What is known of the locations is not enough while it is not known what the client had last: it decides.
  const known = isWaiting ? undefined : locations.data;
  const seen = known?.locations;
  const last: LastBooking | null = onDeal ?? known?.last ?? null;
  const wanted = [chosen, last?.location, remembered(host).location, seen?.[0]?.id].filter(id => id != null);
  // Before it is known which locations there are, the one of the last booking is good enough to begin with.
  const location = seen ? wanted.find(id => seen.some(one => one.id === id)) : (chosen ?? onDeal?.location);
  const catalogue = useCatalogue(location ?? null);

  // The client's own services are looked up while the catalogue is still read.
  const timezone = seen?.find(one => one.id === location)?.timezone;
  const first = timezone && firstDay(choices, wallClockIn(timezone).slice(0, 10));
  const services = last?.location === location ? last?.services : NONE;
  useEffect(() => {
    if (location && first && services) {
      prefetchSchedules(queries, api, [{ services, employee: null }], { location, first, services });
    }
  }, [queries, api, location, first, services]);
  return { contacts, locations: { ...locations, data: known }, location: location ?? null, last, catalogue };
}

function asLast(location: number, { services, employee }: BookingsScreen['bookings'][number]): LastBooking {
  return { location, services: services.map(line => line.service), employee: employee?.id ?? null };
}
