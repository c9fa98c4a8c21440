/** The window for a new booking, loaded when it is opened. */

import { lazy, Suspense } from 'react';
import type { At } from '../booking/BookingWindow';

interface Props {
  /** Where and when it is to be: as much of it as a click into the calendar tells. */
  at: At;
  onClose(changed: boolean): void;
}

const NewBooking = lazy(() => import('../booking/NewBooking'));

export function BookHere({ at, onClose }: Props) {
  return (
    <Suspense>
      <NewBooking deal={0} at={at} onClose={onClose} />
    </Suspense>
  );
}
