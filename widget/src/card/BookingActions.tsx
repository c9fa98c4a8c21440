import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { BookingScreen } from '../api/schema';
import { TextButton } from '../components/TextButton';
import { useSay } from '../texts/texts';
import { tellOfBooking } from './bookings';
import { BookingWindow, type WindowName } from './windows';

type Action = Exclude<WindowName, 'book'>;

interface Props {
  booking: BookingScreen;
  deal: number;
}

/** What can be done to a booking beside its status, each in a window of its own. */
export function BookingActions({ booking, deal }: Props) {
  const [say, queries] = [useSay(), useQueryClient()];
  const [open, setOpen] = useState<Action | null>(null);
  // The time of a group event is the event's.
  const actions: Action[] =
    booking.event === null ? ['edit', 'move', 'cancel', 'toDeal'] : ['edit', 'cancel', 'toDeal'];
  return (
    <div className="booking-actions">
      {actions.map(action => (
        <TextButton key={action} tone={action === 'cancel' ? 'danger' : 'accent'} onClick={() => setOpen(action)}>
          {say(`card.action_${action}`)}
        </TextButton>
      ))}
      {open && (
        <BookingWindow
          name={open}
          deal={deal}
          booking={booking}
          onClose={changed => {
            setOpen(null);
            if (changed) {
              tellOfBooking(queries, deal, null);
            }
          }}
        />
      )}
    </div>
  );
}
