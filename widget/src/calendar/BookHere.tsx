/** The window for a new booking, loaded when it is opened. */

import { type ComponentType, lazy, Suspense } from 'react';

/** Where and when a booking is to be: as much of it as a click into the calendar tells. */
export interface At {
  location: number;
  employee?: number;
  startsAt?: string;
}

interface Props {
  at: At;
  onClose(changed: boolean): void;
}

const FILES = import.meta.glob<{ default: ComponentType<Props & { deal: number }> }>('../booking/NewBooking.tsx');
const load = FILES['../booking/NewBooking.tsx'];
const NewBooking = load ? lazy(load) : () => null;

export function BookHere({ at, onClose }: Props) {
  return (
    <Suspense>
      <NewBooking deal={0} at={at} onClose={onClose} />
    </Suspense>
  );
}
