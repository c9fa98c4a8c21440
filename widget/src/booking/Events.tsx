import type { EventScreen } from '../api/schema';
import { Button } from '../components/Button';
import { useFormat } from '../format/format';
import { useSay } from '../texts/texts';
import './Events.css';

interface Props {
  events: readonly EventScreen[];
  chosen: EventScreen | null;
  nameOf(employee: number): string;
  onChoose(event: EventScreen): void;
}

/** The group events of a day, with the places that are left. */
export function Events({ events, chosen, nameOf, onChoose }: Props) {
  const [say, format] = [useSay(), useFormat()];
  return (
    <section className="booking-events" aria-label={say('booking.events')}>
      <h3>{say('booking.events')}</h3>
      <ul>
        {events.map(event => {
          const time = format.time(event.starts_at);
          const isChosen = event.id === chosen?.id;
          return (
            <li key={event.id} className={isChosen ? 'booking-event booking-event-chosen' : 'booking-event'}>
              <span className="booking-event-time">{time}</span>
              <span className="booking-event-title">
                {event.title}
                <span className="quiet"> · {nameOf(event.employee)}</span>
              </span>
              <span className={event.free ? 'quiet' : 'booking-event-full'}>
                {say('booking.places', { free: event.free, capacity: event.capacity })}
              </span>
              <Button
                kind={isChosen ? 'primary' : 'neutral'}
                aria-pressed={isChosen}
                isDisabled={!event.free}
                onClick={() => onChoose(event)}
              >
                {say('booking.choose')} <span className="visually-hidden">{`${event.title}, ${time}`}</span>
              </Button>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
