import { useState } from 'react';
import { answered, useApi } from '../api/api';
import type { BookingScreen, EventScreen, PlaceBody } from '../api/schema';
import { Button } from '../components/Button';
import { Disclosure } from '../components/Disclosure';
import { Empty } from '../components/Empty';
import { Note } from '../components/Note';
import { Skeleton } from '../components/Skeleton';
import { useFormat, wallClockIn } from '../format/format';
import { useSay } from '../texts/texts';
import { useAttemptOf } from './attempt';
import { ChangeFoot } from './ChangeFoot';
import { ChangeForm } from './ChangeForm';
import { Chips } from './Chips';
import { pathOf } from './changing';
import { lookedFor, type Place, usePlace } from './place';
import { DAYS, dayAfter, useSchedules } from './places';
import { faultsIn, inWords, refusalsIn } from './reasons';
import { Trouble } from './Trouble';
import { WindowSkeleton } from './WindowSkeleton';
import './MovePlace.css';

interface Props {
  booking: BookingScreen;
  onClose(changed: boolean): void;
}

/** Moves a participant to another group event; the event and all others stay. */
export function MovePlace({ booking, onClose }: Props) {
  const say = useSay();
  const { place, error, retry } = usePlace(booking);
  if (booking.status === 'arrived') {
    return <Empty>{say('errors.booking_arrived')}</Empty>;
  }
  if (error) {
    return <Trouble error={error} onRetry={retry} />;
  }
  return place ? <Form booking={booking} place={place} onClose={onClose} /> : <WindowSkeleton />;
}

function Form({ booking, place, onClose }: Props & { place: Place }) {
  const [api, say, format] = [useApi(), useSay(), useFormat()];
  const { location, catalogue } = place;
  const now = wallClockIn(location.timezone);
  const today = now.slice(0, 10);
  const [first, setFirst] = useState([booking.starts_at.slice(0, 10), today].sort()[1] ?? today);
  const [chosen, setChosen] = useState<EventScreen | null>(null);
  const schedules = useSchedules([{ services: lookedFor(booking, catalogue).services, employee: null }], {
    location: location.id,
    first,
  });
  const attempt = useAttemptOf<Omit<PlaceBody, 'request'>>(
    body => answered(api.POST('/bookings/{location}/{booking}/place', { params: { path: pathOf(booking) }, body })),
    ({ outcome }) => {
      if (outcome === 'done') {
        onClose(true);
      } else if (outcome === 'busy') {
        setChosen(null);
      }
    },
  );
  const send = () => chosen && attempt.send({ event: chosen.id, starts_at: chosen.starts_at });
  const { result } = attempt;
  if (result?.outcome === 'partial' && chosen) {
    return <OldPlaceLeft chosen={chosen} reason={result.replaced?.reason ?? ''} onClose={() => onClose(true)} />;
  }

  const services = new Set(booking.services.map(line => line.service));
  const events = schedules.data?.[0]?.events.filter(event => event.starts_at > now);
  const listOf = (isSame: boolean) => events?.filter(event => services.has(event.service) === isSame) ?? [];
  const [same, others] = [listOf(true), listOf(false)];
  const choose = (event: EventScreen) => {
    attempt.forget();
    setChosen(event);
  };
  const nameOf = (employee: number) => catalogue.employees.find(one => one.id === employee)?.name ?? '';
  const list = { booking, chosen, today, nameOf, onChoose: choose };
  const isFull = result?.outcome === 'busy';
  const reasons = [...faultsIn(attempt.error, say, format), ...refusalsIn(result, say, format)];
  return (
    <ChangeForm
      booking={booking}
      location={location}
      login={{ error: schedules.error ?? attempt.error, onDone: attempt.error ? send : schedules.retry }}
      onSubmit={send}
    >
      {booking.is_paid && <Note tone="warning">{say('booking.paidPlace')}</Note>}
      <fieldset className="booking-main" disabled={attempt.isSending || attempt.isUnknown}>
        <legend className="visually-hidden">{say('booking.move')}</legend>
        <div className="booking-weeks">
          <Button
            aria-label={say('booking.earlierDays')}
            isDisabled={first <= today}
            onClick={() => setFirst([dayAfter(first, -DAYS), today].sort()[1] ?? today)}
          >
            ‹
          </Button>
          <strong aria-live="polite">{format.days(first, dayAfter(first, DAYS - 1), today)}</strong>
          <Button aria-label={say('booking.laterDays')} onClick={() => setFirst(dayAfter(first, DAYS))}>
            ›
          </Button>
        </div>
        {!events &&
          (schedules.error ? <Trouble error={schedules.error} onRetry={schedules.retry} /> : <Skeleton lines={4} />)}
        {events && same.every(event => event.id === booking.event) && (
          <p className="quiet">{say('booking.noEvents')}</p>
        )}
        {same.length > 0 && <Events {...list} legend={say('booking.sameEvents')} events={same} />}
        {others.length > 0 && (
          <Disclosure summary={say('booking.otherEvents')}>
            <Events {...list} legend={say('booking.otherEvents')} isLegendHidden events={others} />
          </Disclosure>
        )}
      </fieldset>
      {isFull && <Note tone="error">{say('booking.refused_event_full')}</Note>}
      <ChangeFoot
        changing={{ ...attempt, isLost: false }}
        reasons={reasons}
        label={
          chosen
            ? say('booking.moveTo', {
                day: format.near(chosen.starts_at, today),
                time: format.time(chosen.starts_at),
              })
            : say('booking.chooseEvent')
        }
        isReady={chosen !== null}
        onRetry={send}
        onCancel={() => onClose(false)}
      >
        <p className="quiet">{say('booking.onlyThisPlace')}</p>
      </ChangeFoot>
    </ChangeForm>
  );
}

interface EventsProps {
  legend: string;
  isLegendHidden?: boolean;
  events: readonly EventScreen[];
  booking: BookingScreen;
  chosen: EventScreen | null;
  today: string;
  nameOf(employee: number): string;
  onChoose(event: EventScreen): void;
}

/** Events to choose one of. The present one, and those without room for all of the booking, are seen but not chosen. */
function Events({ legend, isLegendHidden, events, booking, chosen, today, nameOf, onChoose }: EventsProps) {
  const [say, format] = [useSay(), useFormat()];
  return (
    <Chips
      legend={legend}
      {...(isLegendHidden ? { isLegendHidden } : {})}
      className="booking-places"
      value={chosen?.id ?? null}
      chips={events.map(event => {
        const isPresent = event.id === booking.event;
        const when = say('booking.dayAndTime', {
          day: format.near(event.starts_at, today),
          time: format.time(event.starts_at),
        });
        const what = [event.title, nameOf(event.employee)].filter(Boolean).join(' · ');
        const { free, capacity } = event;
        const room = free ? say('booking.places', { free, capacity }) : say('booking.eventFull');
        const places = isPresent ? say('booking.presentEvent') : room;
        return {
          value: event.id,
          name: [when, what, places].join(', '),
          label: (
            <>
              <b>{when}</b> <span>{what}</span> <span>{places}</span>
            </>
          ),
          isDisabled: isPresent || free < booking.seats,
        };
      })}
      onChange={id => {
        const event = events.find(one => one.id === id);
        if (event) {
          onChoose(event);
        }
      }}
    />
  );
}

/** The client has the new place, and still the old one: a person has to cancel that. */
function OldPlaceLeft({ chosen, reason, onClose }: { chosen: EventScreen; reason: string; onClose(): void }) {
  const [say, format] = [useSay(), useFormat()];
  return (
    <div className="booking-window">
      <Note tone="warning">
        <p>
          {say('booking.oldPlaceLeft', {
            day: format.day(chosen.starts_at),
            time: format.time(chosen.starts_at),
            reason: say.coded(`booking.oldPlace_${reason}`) ?? inWords(reason, {}, say, format),
          })}
        </p>
        <p>{say('booking.cancelOldPlace')}</p>
      </Note>
      <div className="booking-buttons">
        <Button kind="primary" onClick={onClose}>
          {say('booking.close')}
        </Button>
      </div>
    </div>
  );
}
