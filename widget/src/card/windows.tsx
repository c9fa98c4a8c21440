/** The booking windows, each loaded when it is opened. */

import { lazy, Suspense } from 'react';
import type { BookingScreen } from '../api/schema';

const loadNewBooking = () => import('../booking/NewBooking');
const NewBooking = lazy(loadNewBooking);

const OF_A_BOOKING = {
  edit: lazy(() => import('../booking/EditBooking')),
  move: lazy(() => import('../booking/MoveBooking')),
  cancel: lazy(() => import('../booking/CancelBooking')),
  toDeal: lazy(() => import('../booking/MoveToDeal')),
};

export type WindowName = keyof typeof OF_A_BOOKING;

interface Props {
  deal: number;
  onClose(changed: boolean): void;
}

/** Load what books anew before it is asked for, so that it opens at once. */
export function preloadBookWindow(): void {
  // Should it fail, whoever opens the window is told.
  loadNewBooking().catch(() => undefined);
}

/** Books anew. It closes itself. */
export function BookWindow(props: Props) {
  return (
    <Suspense>
      <NewBooking {...props} />
    </Suspense>
  );
}

/** The window of that name, for a booking that is there. It closes itself. */
export function BookingWindow({ name, ...props }: Props & { name: WindowName; booking: BookingScreen }) {
  const Window = OF_A_BOOKING[name];
  return (
    <Suspense>
      <Window {...props} />
    </Suspense>
  );
}
