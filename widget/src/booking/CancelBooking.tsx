import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { answered, useApi } from '../api/api';
import { useLocation } from '../api/locations';
import type { BookingScreen } from '../api/schema';
import { TextBox } from '../components/Field';
import { Modal } from '../components/Modal';
import { useFormat } from '../format/format';
import { useSay } from '../texts/texts';
import { ChangeFoot } from './ChangeFoot';
import { ChangeForm } from './ChangeForm';
import { isUnanswered, pathOf, useLooks } from './changing';
import { rereadBookings } from './places';
import { faultsIn, refusalOf } from './reasons';

interface Props {
  deal: number;
  booking: BookingScreen;
  onClose(changed: boolean): void;
}

/** Cancels a booking; of a group event, this participant's place alone. */
export default function CancelBooking({ booking, onClose }: Props) {
  const [api, say, format, queries] = [useApi(), useSay(), useFormat(), useQueryClient()];
  const location = useLocation(booking.location);
  const [reason, setReason] = useState('');
  const cancelling = useMutation({
    mutationFn: () =>
      answered(
        api.POST('/bookings/{location}/{booking}/cancellation', {
          params: { path: pathOf(booking) },
          body: { reason: reason.trim() },
        }),
      ),
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
  const isUnknown = isUnsure && !isLost;
  const refusals = [...faultsIn(cancelling.error, say, format), ...refusalOf(cancelling.data, say, format)];
  const title = say(booking.event === null ? 'booking.cancelTitle' : 'booking.cancelPlaceTitle');
  return (
    <Modal title={title} onClose={() => onClose(false)}>
      <ChangeForm
        booking={booking}
        location={location}
        login={{ error: cancelling.error, onDone: cancelling.mutate }}
        onSubmit={cancelling.mutate}
      >
        {booking.event !== null && <p>{say('booking.eventStays')}</p>}
        <fieldset className="booking-main" disabled={cancelling.isPending || isUnknown}>
          <legend className="visually-hidden">{title}</legend>
          <TextBox
            label={say('booking.cancelReason')}
            hint={say('booking.cancelReasonHint')}
            maxLength={1000}
            value={reason}
            error={refusals.find(refusal => refusal.field === 'reason')?.text}
            onChange={text => {
              cancelling.reset();
              setReason(text);
            }}
          />
        </fieldset>
        <p className="quiet">{say('booking.cancelTold')}</p>
        <ChangeFoot
          changing={{
            isSending: cancelling.isPending,
            isUnknown,
            isLost,
            error: isUnsure ? null : cancelling.error,
          }}
          reasons={refusals.filter(refusal => refusal.field !== 'reason')}
          kind="danger"
          label={say(booking.event === null ? 'booking.cancelIt' : 'booking.cancelPlace')}
          isReady
          keep={say('booking.keepIt')}
          onRetry={cancelling.mutate}
          onCancel={() => onClose(false)}
        />
      </ChangeForm>
    </Modal>
  );
}
