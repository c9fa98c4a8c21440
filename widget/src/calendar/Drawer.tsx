import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { ApiError, useApi } from '../api/api';
import { bookingQuery } from '../api/bookings';
import type { BookingScreen } from '../api/schema';
import { BookingCard } from '../card/BookingCard';
import { Disclosure } from '../components/Disclosure';
import { StatusMark } from '../components/StatusMark';
import { useFormat } from '../format/format';
import { useHost } from '../host/context';
import { useSay } from '../texts/texts';
import type { Entry } from './entries';
import { clientOf, placesOf } from './entryContent';

interface Props {
  entry: Entry;
  /** The calendar shows it; it does not where it was cancelled, or moved to another day. */
  isShown: boolean;
  onClose(): void;
}

/** All about what was clicked, beside the calendar. */
export function Drawer({ entry, isShown, onClose }: Props) {
  const say = useSay();
  const heading = useRef<HTMLHeadingElement>(null);
  const root = useRef<HTMLElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another entry is another drawer
  useEffect(() => heading.current?.focus(), [entry.id]);
  useEffect(() => {
    const inside = root.current;
    const close = (event: KeyboardEvent) => {
      if (event.key === 'Escape' && !event.defaultPrevented) {
        // It closes this, and not the window around it as well.
        event.preventDefault();
        event.stopPropagation();
        onClose();
      }
    };
    inside?.addEventListener('keydown', close);
    return () => inside?.removeEventListener('keydown', close);
  }, [onClose]);
  const { booking, event } = entry;
  const title = booking ? clientOf(booking, say) : (event?.title ?? '');
  return (
    <aside ref={root} className="calendar-drawer" aria-label={title}>
      <header className="calendar-drawer-head">
        <h3 ref={heading} tabIndex={-1}>
          {title}
        </h3>
        <button type="button" className="calendar-step" aria-label={say('calendar.close')} onClick={onClose}>
          <svg viewBox="0 0 12 12" width="12" height="12" aria-hidden="true">
            <path d="M1 1l10 10M11 1L1 11" fill="none" stroke="currentColor" strokeWidth="1.75" />
          </svg>
        </button>
      </header>
      {booking && <Booking booking={booking} isShown={isShown} />}
      {event && <Event entry={entry} bookings={event.bookings} />}
    </aside>
  );
}

/** A booking as it is; one that the calendar shows no more is read by itself, and anew. */
function Booking({ booking: known, isShown = true }: { booking: BookingScreen; isShown?: boolean }) {
  const [api, host, say, format] = [useApi(), useHost(), useSay(), useFormat()];
  const alone = useQuery({ ...bookingQuery(api, known.location, known.id), enabled: !isShown, staleTime: 0 });
  // Altegio may show a cancelled booking, or say that there is none.
  const isGone = alone.error instanceof ApiError && alone.error.status === 404;
  const booking = isShown ? known : isGone ? { ...known, status: 'cancelled' as const } : (alone.data ?? known);
  return (
    <>
      {booking.client?.phone && <p>{format.phone(booking.client.phone)}</p>}
      <BookingCard booking={booking} deal={booking.deal ?? 0} />
      {booking.deal === null ? (
        <p className="quiet">{say('calendar.noDeal')}</p>
      ) : (
        <a className="calendar-deal" href={host.dealAddress(booking.deal)}>
          {say('calendar.openDeal')}
        </a>
      )}
    </>
  );
}

/** A group event: when, how many places, and who takes part. */
function Event({ entry, bookings }: { entry: Entry; bookings: readonly BookingScreen[] }) {
  const [say, format] = [useSay(), useFormat()];
  const time = say('calendar.span', { from: format.time(entry.start), until: format.time(entry.end) });
  return (
    <>
      <p>
        {format.day(entry.start)}, {time}
      </p>
      <p>{placesOf(entry, say)}</p>
      {bookings.length > 0 && <p className="quiet">{say('calendar.eventStays')}</p>}
      {bookings.length === 0 && <p className="quiet">{say('calendar.nobodyTakesPart')}</p>}
      <ul className="calendar-participants">
        {bookings.map(booking => (
          <li key={booking.id}>
            <Disclosure
              summary={
                <>
                  <StatusMark status={booking.status} />
                  <span className="visually-hidden">{say.coded(`general.status_${booking.status}`)} </span>
                  {clientOf(booking, say)}
                </>
              }
            >
              <Booking booking={booking} />
            </Disclosure>
          </li>
        ))}
      </ul>
    </>
  );
}
