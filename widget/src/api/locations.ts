/** The locations that the user may book at. */

import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import { answered, useApi } from './api';
import type { Location, LocationsScreen } from './schema';

const KEPT_MS = 5 * 60_000;

/** With a contact, also what he had last; `isWanted` false waits, such as for the contact. */
export function useLocations(contact: number | null = null, isWanted = true): UseQueryResult<LocationsScreen> {
  const api = useApi();
  return useQuery({
    queryKey: contact ? ['locations', contact] : ['locations'],
    queryFn: () => answered(api.GET('/locations', { params: { query: contact ? { contact } : {} } })),
    staleTime: KEPT_MS,
    enabled: isWanted,
  });
}

/** One of them; undefined while they are not known, and for one that the user does not see. */
export function useLocation(id: number): Location | undefined {
  return useLocations().data?.locations.find(location => location.id === id);
}

/** A location's name, with its city where the account's locations have different clocks. */
export function titleOf(location: Location, all: readonly Location[]): string {
  const isOneClock = all.every(other => other.timezone === location.timezone);
  return isOneClock || !location.city || location.title.includes(location.city)
    ? location.title
    : `${location.title}, ${location.city}`;
}
