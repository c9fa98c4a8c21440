import { useRef } from 'react';
import type { BookingScreen } from '../api/schema';
import { Modal } from '../components/Modal';
import { useSay } from '../texts/texts';
import { type At, BookingWindow } from './BookingWindow';

interface Props {
  /** The deal to book from; 0: none, as from the calendar. */
  deal: number;
  booking?: BookingScreen;
  /** Where somebody clicked into the calendar. */
  at?: At;
  onClose(changed: boolean): void;
}

/** The booking window: everything on one screen. */
export default function NewBooking({ deal, at, onClose }: Props) {
  const say = useSay();
  const hasBooked = useRef(false);
  const close = () => onClose(hasBooked.current);
  return (
    <Modal title={say('booking.new')} size="wide" onClose={close}>
      <BookingWindow
        deal={deal}
        at={at}
        onBooked={() => {
          hasBooked.current = true;
        }}
        onClose={close}
      />
    </Modal>
  );
}
