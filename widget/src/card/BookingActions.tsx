import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { BookingScreen } from '../api/schema';
import { TextButton } from '../components/TextButton';
import { useSay } from '../texts/texts';
import { tellOfBooking } from './bookings';
import { BookingWindow, type WindowName } from './windows';

const ACTIONS: readonly WindowName[] = ['edit', 'move', 'cancel', 'toDeal'];

interface Props {
  booking: BookingScreen;
  deal: number;
}

/** What can be done to a booking beside its status, each in a window of its own. */
export function BookingActions({ booking, deal }: Props) {
  const [say, queries] = [useSay(), useQueryClient()];
  const [open, setOpen] = useState<WindowName | null>(null);
  return (
    <div className="booking-actions">
      {ACTIONS.map(action => (
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
