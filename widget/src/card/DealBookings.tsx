import type { UseQueryResult } from '@tanstack/react-query';
import { useLocations } from '../api/locations';
import type { BookingScreen, BookingsScreen } from '../api/schema';
import { Disclosure } from '../components/Disclosure';
import { Empty } from '../components/Empty';
import { Failure } from '../components/Failure';
import { Skeleton } from '../components/Skeleton';
import { useSay } from '../texts/texts';
import { BookingCard } from './BookingCard';
import { sorted } from './bookings';

interface Props {
  deal: number;
  read: UseQueryResult<BookingsScreen>;
}

/** The bookings of a deal: the one that is next, and folded those after it and those that are over. */
export function DealBookings({ deal, read }: Props) {
  const say = useSay();
  const locations = useLocations().data?.locations ?? [];
  if (read.isPending) {
    return <Skeleton lines={5} />;
  }
  if (read.isError && !read.data) {
    return <Failure error={read.error} onRetry={read.refetch} />;
  }
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const { current, later, past } = sorted(
    read.data?.bookings ?? [],
    id => locations.find(location => location.id === id)?.timezone ?? here,
  );
  const isShared = (booking: BookingScreen) => read.data?.bookings.filter(one => isOfOneVisit(one, booking)).length > 1;
  return (
    <>
      {current ? (
        <BookingCard booking={current} deal={deal} isVisitShared={isShared(current)} />
      ) : (
        <Empty>{say('card.noBookings')}</Empty>
      )}
      {later.length > 0 && (
        <Disclosure summary={say('card.later', { count: later.length })}>
          <Cards bookings={later} deal={deal} isShared={isShared} />
        </Disclosure>
      )}
      {past.length > 0 && (
        <Disclosure summary={say('card.past', { count: past.length })}>
          <Cards bookings={past} deal={deal} isShared={isShared} />
        </Disclosure>
      )}
      {read.isError && <Failure error={read.error} onRetry={read.refetch} />}
      {read.data.closed.length > 0 && <p className="quiet">{say('card.closed', { count: read.data.closed.length })}</p>}
      {read.data.is_cut && <p className="quiet">{say('card.cut')}</p>}
    </>
  );
}

function isOfOneVisit(one: BookingScreen, other: BookingScreen): boolean {
  return one.visit !== null && one.location === other.location && one.visit === other.visit;
}

interface CardsProps {
  bookings: BookingScreen[];
  deal: number;
  isShared(booking: BookingScreen): boolean;
}

function Cards({ bookings, deal, isShared }: CardsProps) {
  return (
    <ul className="deal-panel-bookings">
      {bookings.map(booking => (
        <li key={`${booking.location}/${booking.id}`}>
          <BookingCard booking={booking} deal={deal} isVisitShared={isShared(booking)} />
        </li>
      ))}
    </ul>
  );
}
