import { useQuery } from '@tanstack/react-query';
import { useApi } from '../../api/api';
import { bookingQuery } from '../../api/bookings';
import { Skeleton } from '../../components/Skeleton';
import { useFormat } from '../../format/format';
import { useSay } from '../../texts/texts';

/** Which booking it is: when, whose, what, with whom. Read when it is drawn: put it where it is asked for. */
export function BookingFacts({ location, booking }: { location: number; booking: number }) {
  const [api, say, format] = [useApi(), useSay(), useFormat()];
  const { data, isPending } = useQuery({ ...bookingQuery(api, location, booking), retry: false });
  if (isPending) {
    return <Skeleton lines={1} />;
  }
  const facts = data && [
    `${format.day(data.starts_at)} ${format.time(data.starts_at)}`,
    data.client?.name || data.client?.phone,
    format.list(data.services.map(service => service.title)),
    data.employee?.name,
  ];
  return (
    <>
      {facts ? <div>{facts.filter(Boolean).join(' · ')}</div> : <div>{say('upkeep.bookingNotRead')}</div>}
      <div className="quiet">{say('upkeep.bookingNumber', { number: String(booking) })}</div>
    </>
  );
}
