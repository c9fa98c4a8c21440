import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { FormEvent } from 'react';
import { answered, useApi } from '../api/api';
import { useLocation } from '../api/locations';
import type { BookingScreen } from '../api/schema';
import { Modal } from '../components/Modal';
import { useFormat } from '../format/format';
import { useSay } from '../texts/texts';
import { BookingSummary } from './BookingSummary';
import { ChangeFoot } from './ChangeFoot';
import { isUnanswered, pathOf, useLooks } from './changing';
import { rereadBookings } from './places';
import { faultsIn, refusalOf } from './reasons';
import { LoginFirst } from './Trouble';
import './BookingWindow.css';

interface Props {
  deal: number;
  booking: BookingScreen;
  onClose(changed: boolean): void;
}

/** Cancels a booking; of a group event, this participant's place alone. */
export default function CancelBooking({ booking, onClose }: Props) {
  const [api, say, format, queries] = [useApi(), useSay(), useFormat(), useQueryClient()];
  const location = useLocation(booking.location);
  const cancelling = useMutation({
    mutationFn: () => answered(api.DELETE('/bookings/{location}/{booking}', { params: { path: pathOf(booking) } })),
    onSuccess: ({ outcome }) => {
      if (outcome === 'done') {
        rereadBookings(queries);
        onClose(true);
      }
    },
  });
  const isUnsure = cancelling.data?.outcome === 'unknown' || isUnanswered(cancelling.error);
  const isGone = (now: BookingScreen | null) => now === null || now.status === 'cancelled';
  const { isLost } = useLooks(booking, isUnsure, isGone, () => onClose(true));
  const reasons = [...faultsIn(cancelling.error, say, format), ...refusalOf(cancelling.data, say, format)];
  return (
    <Modal
      title={say(booking.event === null ? 'booking.cancelTitle' : 'booking.cancelPlaceTitle')}
      onClose={() => onClose(false)}
    >
      <LoginFirst error={cancelling.error} onDone={cancelling.mutate} />
      <form
        className="booking-window"
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          cancelling.mutate();
        }}
      >
        <BookingSummary booking={booking} location={location} />
        {booking.event !== null && <p>{say('booking.eventStays')}</p>}
        <ChangeFoot
          changing={{
            isSending: cancelling.isPending,
            isUnknown: isUnsure && !isLost,
            isLost,
            error: isUnsure ? null : cancelling.error,
          }}
          reasons={reasons}
          kind="danger"
          label={say(booking.event === null ? 'booking.cancelIt' : 'booking.cancelPlace')}
          isReady
          keep={say('booking.keepIt')}
          onRetry={cancelling.mutate}
          onCancel={() => onClose(false)}
        />
      </form>
    </Modal>
  );
}
