import type { ReactNode } from 'react';
import type { BookingScreen, Location } from '../api/schema';
import { BookingSummary } from './BookingSummary';
import { LoginFirst } from './Trouble';
import './BookingWindow.css';

interface Props {
  booking: BookingScreen;
  location?: Location | undefined;
  /** What may have failed for want of a login of one's own, and what is done once it is there. */
  login?: { error: unknown; onDone(): void };
  onSubmit(): void;
  children: ReactNode;
}

/** The form of a window that changes a booking: which one it is, then what is to be different about it. */
export function ChangeForm({ booking, location, login, onSubmit, children }: Props) {
  return (
    <>
      {login && <LoginFirst {...login} />}
      <form
        className="booking-window"
        noValidate
        onSubmit={event => {
          event.preventDefault();
          onSubmit();
        }}
      >
        <BookingSummary booking={booking} location={location} />
        {children}
      </form>
    </>
  );
}
