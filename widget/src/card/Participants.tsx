import { useQuery } from '@tanstack/react-query';
import { answered, useApi } from '../api/api';
import type { BookingScreen } from '../api/schema';
import { Disclosure } from '../components/Disclosure';
import { Failure } from '../components/Failure';
import { Skeleton } from '../components/Skeleton';
import { StatusMark } from '../components/StatusMark';
import { useHost } from '../host/context';
import { useSay } from '../texts/texts';

/** Who takes part in a group event, read when it is asked for; each of them is a deal of its own. */
export function Participants({ booking, event }: { booking: BookingScreen; event: number }) {
  const say = useSay();
  return (
    <div>
      <p className="quiet">{say('card.groupEvent', { seats: booking.seats })}</p>
      <Disclosure summary={say('card.participants')}>
        <List booking={booking} event={event} />
      </Disclosure>
    </div>
  );
}

function List({ booking, event }: { booking: BookingScreen; event: number }) {
  const [host, api, say] = [useHost(), useApi(), useSay()];
  const day = booking.starts_at.slice(0, 10);
  const there = useQuery({
    queryKey: ['calendar', 'event', booking.location, event, day],
    queryFn: () =>
      answered(
        api.GET('/calendar', { params: { query: { first: day, last: day, locations: String(booking.location) } } }),
      ),
    select: read => read.bookings.filter(one => one.event === event),
  });
  if (there.isPending) {
    return <Skeleton lines={2} />;
  }
  if (there.isError) {
    return <Failure error={there.error} onRetry={there.refetch} />;
  }
  return (
    <ul className="participants">
      {there.data.map(one => (
        <li key={one.id}>
          <StatusMark status={one.status} />
          <span>
            {one.visitor || one.client?.name || say('card.noName')}
            <span className="visually-hidden"> {say(`general.status_${one.status}`)}</span>
            {one.seats > 1 && <span className="quiet"> {say('card.seats', { seats: one.seats })}</span>}
          </span>
          {one.deal !== null && one.id !== booking.id && (
            <a href={host.dealAddress(one.deal)}>{say('card.openDeal')}</a>
          )}
        </li>
      ))}
    </ul>
  );
}
