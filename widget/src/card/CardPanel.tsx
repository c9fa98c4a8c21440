import { useQuery } from '@tanstack/react-query';
import { answered, useApi } from '../api/api';
import { Failure } from '../components/Failure';
import { Skeleton } from '../components/Skeleton';
import { useFormat } from '../format/format';
import { useHost } from '../host/context';
import { useSay } from '../texts/texts';

/** The right column of a deal's card. */
export default function CardPanel() {
  const [host, api, say, format] = [useHost(), useApi(), useSay(), useFormat()];
  const deal = host.deal ?? 0;
  const bookings = useQuery({
    queryKey: ['deal', deal, 'bookings'],
    queryFn: () => answered(api.GET('/deals/{deal}/bookings', { params: { path: { deal } } })),
    enabled: deal > 0,
  });
  if (bookings.isPending) {
    return <Skeleton lines={4} />;
  }
  if (bookings.isError) {
    return <Failure error={bookings.error} onRetry={bookings.refetch} />;
  }
  if (!bookings.data.bookings.length) {
    return <p className="quiet">{say('card.noBookings')}</p>;
  }
  return (
    <ul>
      {bookings.data.bookings.map(booking => (
        <li key={`${booking.location}/${booking.id}`}>
          {format.day(booking.starts_at)} {format.time(booking.starts_at)}
        </li>
      ))}
    </ul>
  );
}
