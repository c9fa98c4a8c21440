import { useId } from 'react';
import { titleOf, useLocations } from '../api/locations';
import type { BookingScreen } from '../api/schema';
import { StatusMark } from '../components/StatusMark';
import { useFormat, wallClockIn } from '../format/format';
import { useSay } from '../texts/texts';
import { BookingActions } from './BookingActions';
import { Participants } from './Participants';
import { StatusButtons } from './StatusButtons';
import './BookingCard.css';

interface Props {
  booking: BookingScreen;
  /** The deal that it is on, or that is looked at. */
  deal: number;
  /** Its visit has other bookings, which may follow its status. */
  isVisitShared?: boolean;
}

/** A booking with all that a manager wants to know of it, its status as one click, and what can be done to it. */
export function BookingCard({ booking, deal, isVisitShared = false }: Props) {
  const [say, format] = [useSay(), useFormat()];
  const headline = useId();
  const locations = useLocations().data?.locations ?? [];
  const location = locations.find(one => one.id === booking.location);
  const now = wallClockIn(location?.timezone ?? Intl.DateTimeFormat().resolvedOptions().timeZone);
  const titles = [...booking.services, ...booking.products].map(line => line.title);
  return (
    <article className="booking-card" aria-labelledby={headline}>
      <header className="booking-card-head">
        <h3 id={headline}>
          {say('card.when', { day: format.near(booking.starts_at, now), time: format.time(booking.starts_at) })}
        </h3>
        <span className="quiet">{format.length(booking.length)}</span>
        {booking.colour && (
          <span
            className="booking-card-colour"
            role="img"
            aria-label={say('card.colour')}
            style={{ backgroundColor: `#${booking.colour}` }}
          />
        )}
      </header>
      {booking.status === 'cancelled' ? (
        <p className="booking-card-cancelled">
          <StatusMark status="cancelled" />
          {say('card.cancelled')}
        </p>
      ) : (
        <StatusButtons booking={booking} deal={deal} isVisitShared={isVisitShared} />
      )}
      <div className="booking-card-what">
        {titles.length > 0 && <p className="booking-card-services">{format.list(titles)}</p>}
        <p>
          <b>{format.money(booking.total, location?.currency)}</b>
          {booking.is_paid && <span className="booking-card-tag">{say('card.paid')}</span>}
          {booking.is_online && <span className="booking-card-tag">{say('card.online')}</span>}
        </p>
        <p className="quiet">
          {[booking.employee?.name, location && titleOf(location, locations)].filter(Boolean).join(' · ')}
        </p>
        {booking.visitor && <p>{say('card.visitor', { name: booking.visitor })}</p>}
      </div>
      {booking.categories.length > 0 && (
        <ul className="booking-card-categories" aria-label={say('card.categories')}>
          {booking.categories.map(category => (
            <li key={category.id}>
              <span
                className="booking-card-colour"
                style={category.colour ? { backgroundColor: `#${category.colour}` } : undefined}
              />
              {category.title}
            </li>
          ))}
        </ul>
      )}
      {booking.comment && <p className="booking-card-comment">{booking.comment}</p>}
      {booking.event !== null && <Participants booking={booking} event={booking.event} />}
      {booking.is_locked && <p className="quiet">{say('card.locked')}</p>}
      {booking.status !== 'cancelled' && <BookingActions booking={booking} deal={deal} />}
    </article>
  );
}
