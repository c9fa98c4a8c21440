import { queryOptions } from '@tanstack/react-query';
import { type Api, answered } from './api';

/** One booking with all that can be edited, read once for all that ask for it. */
export function bookingQuery(api: Api, location: number, booking: number) {
  return queryOptions({
    queryKey: ['booking', location, booking],
    queryFn: () => answered(api.GET('/bookings/{location}/{booking}', { params: { path: { location, booking } } })),
  });
}
