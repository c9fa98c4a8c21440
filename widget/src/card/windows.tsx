/** The booking windows, each loaded when it is opened. */

import { type ComponentType, lazy, Suspense } from 'react';
import type { BookingScreen } from '../api/schema';

export interface WindowProps {
  deal: number;
  booking?: BookingScreen;
  onClose(changed: boolean): void;
}

const FILES = import.meta.glob<{ default: ComponentType<WindowProps> }>('../booking/*.tsx');

const WINDOWS = {
  book: windowIn('NewBooking'),
  edit: windowIn('EditBooking'),
  move: windowIn('MoveBooking'),
  cancel: windowIn('CancelBooking'),
  toDeal: windowIn('MoveToDeal'),
};

export type WindowName = keyof typeof WINDOWS;

/** The window of that name. It closes itself. */
export function BookingWindow({ name, ...props }: WindowProps & { name: WindowName }) {
  const Window = WINDOWS[name];
  return (
    <Suspense>
      <Window {...props} />
    </Suspense>
  );
}

function windowIn(file: string): ComponentType<WindowProps> {
  const load = FILES[`../booking/${file}.tsx`];
  return load ? lazy(load) : () => null;
}
