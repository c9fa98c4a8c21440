/** The locations that the user may book at. */

import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import { answered, useApi } from './api';
import type { Location, LocationsScreen } from './schema';

const KEPT_MS = 5 * 60_000;

export function useLocations(): UseQueryResult<LocationsScreen> {
  const api = useApi();
  return useQuery({
    queryKey: ['locations'],
    queryFn: () => answered(api.GET('/locations')),
    staleTime: KEPT_MS,
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
