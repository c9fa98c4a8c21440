import { useMutation, useQueryClient } from '@tanstack/react-query';
import { answered, useApi } from '../api/api';
import type { BookingScreen, StatusBody } from '../api/schema';
import { codeText, failureText } from '../components/Failure';
import { Note } from '../components/Note';
import { StatusMark } from '../components/StatusMark';
import { useFormat } from '../format/format';
import { useSay } from '../texts/texts';
import { tellOfBooking } from './bookings';
import './StatusButtons.css';

const STATUSES = ['waiting', 'confirmed', 'arrived', 'no_show'] as const satisfies StatusBody['status'][];

/** How long an answer that did not come is waited for before the booking is looked at again. */
const LOOK_AGAIN_MS = 5_000;

interface Props {
  booking: BookingScreen;
  deal: number;
  /** Its visit has other bookings. */
  isVisitShared: boolean;
}

/** A booking's status, one click for each. What was clicked is shown at once, and taken back if it is refused. */
export function StatusButtons({ booking, deal, isVisitShared }: Props) {
  const [api, queries, say, format] = [useApi(), useQueryClient(), useSay(), useFormat()];
  const setting = useMutation({
    mutationFn: (status: StatusBody['status']) =>
      answered(
        api.PUT('/bookings/{location}/{booking}/status', {
          params: { path: { location: booking.location, booking: booking.id } },
          body: { status },
        }),
      ),
    onSuccess: edited => {
      tellOfBooking(queries, deal, edited.booking);
      if (edited.outcome === 'unknown') {
        setTimeout(() => tellOfBooking(queries, deal, null), LOOK_AGAIN_MS);
      }
    },
  });
  const shown = setting.isPending ? setting.variables : booking.status;
  const length = (seconds: number) => format.length(Math.max(60, seconds));
  const refusal = () => {
    if (setting.isError) {
      return failureText(say, setting.error, length);
    }
    if (setting.data?.outcome === 'refused') {
      return codeText(say, setting.data.reason || 'rejected', {}, length);
    }
    return null;
  };
  const reason = refusal();
  return (
    <div className="status-buttons">
      <fieldset className="status-buttons-row" aria-label={say('card.status')}>
        {STATUSES.map(status => (
          <button
            key={status}
            type="button"
            className={`status-button status-button-${status}`}
            aria-pressed={shown === status}
            aria-disabled={setting.isPending || undefined}
            onClick={() => shown !== status && !setting.isPending && setting.mutate(status)}
          >
            <StatusMark status={status} />
            {say(`general.status_${status}`)}
          </button>
        ))}
      </fieldset>
      {isVisitShared && <p className="status-buttons-hint">{say('card.statusFollows')}</p>}
      {reason && <Note tone="error">{say('card.statusRefused', { reason })}</Note>}
      {setting.data?.outcome === 'unknown' && <Note tone="warning">{say('card.statusUnknown')}</Note>}
    </div>
  );
}
