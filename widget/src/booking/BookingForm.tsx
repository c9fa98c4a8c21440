import { type FormEvent, useRef, useState } from 'react';
import { titleOf } from '../api/locations';
import type { AttemptScreen, CatalogueScreen, Location } from '../api/schema';
import { Choice, TextField } from '../components/Field';
import { Toggle } from '../components/Switches';
import { useFormat, wallClockIn } from '../format/format';
import type { Contact } from '../host/contacts';
import { useHost } from '../host/context';
import { useSay } from '../texts/texts';
import { type Order, useAttempt } from './attempt';
import { Chips } from './Chips';
import { ClientSection } from './ClientSection';
import { type Choices, type Details, firstDay, taking } from './choices';
import { clientOf } from './client';
import { MoreDetails } from './Details';
import { EmployeeOfEach, EmployeePicker } from './EmployeePicker';
import { Footer } from './Footer';
import { type Made, MadeSoFar } from './MadeSoFar';
import { remember } from './memory';
import type { LastBooking } from './opening';
import { useSchedules } from './places';
import { faultsIn, refusalsIn } from './reasons';
import { ServicePicker } from './ServicePicker';
import { TimeChooser } from './TimeChooser';
import { LoginFirst } from './Trouble';
import { worksOn } from './visits';
import { orderOf, visitOf, wished } from './wished';

interface Props {
  deal: number;
  onBooked(): void;
  onClose(): void;
  choices: Choices;
  setChoices(change: (choices: Choices) => Choices): void;
  /** Undefined while they are read. */
  contacts: readonly Contact[] | undefined;
  locations: readonly Location[];
  colours: readonly string[];
  location: Location;
  catalogue: CatalogueScreen;
  last: LastBooking | null;
}

/** What to book, with whom, when, for whom: all on one screen, and the button that says what will happen. */
export function BookingForm(props: Props) {
  const { deal, choices, setChoices, contacts, locations, colours, location, catalogue, last, onBooked, onClose } =
    props;
  const [host, say, format] = [useHost(), useSay(), useFormat()];
  const [made, setMade] = useState<readonly Made[]>([]);
  const sent = useRef<Order | null>(null);
  const attempt = useAttempt(result => settled(result));

  const change = (changed: Partial<Choices>) => {
    attempt.forget();
    setChoices(known => ({ ...known, ...changed }));
  };
  const { services, wishes, isSplit, employees } = wished(choices, catalogue, location.id, last);
  const today = wallClockIn(location.timezone).slice(0, 10);
  const first = firstDay(choices, today);
  const asked = { location: location.id, first };
  const schedules = useSchedules(wishes, asked);
  const visit = services.length ? visitOf(choices, wishes, schedules.data ?? [], catalogue) : null;
  const client = clientOf(choices.client, contacts ?? []);
  const isBusy = attempt.isSending || attempt.isUnknown;

  const reasons = [...faultsIn(attempt.error, say, format), ...refusalsIn(attempt.result, say, format)];
  const errorOf = (field: string) => reasons.find(reason => reason.field === field)?.text;
  const lost = attempt.result?.parts.findIndex(part => part.outcome === 'busy') ?? -1;
  const lostPart = sent.current?.parts[lost];
  const taken =
    lostPart?.employee && lostPart.starts_at ? { employee: lostPart.employee, startsAt: lostPart.starts_at } : null;

  function settled(result: AttemptScreen) {
    const order = sent.current;
    if (result.outcome === 'done') {
      onBooked();
      onClose();
    } else if (result.outcome === 'partial' && order) {
      onBooked();
      // The rest is chosen anew, where the first that is left was to begin.
      const isMade = (number: number) => result.parts[number]?.outcome === 'done';
      setMade(known => [
        ...known,
        { request: result.request, parts: order.parts.filter((_, number) => isMade(number)) },
      ]);
      const left = order.parts.filter((_, number) => !isMade(number));
      setChoices(known => ({
        ...known,
        services: left.flatMap(part => part.services),
        isSplit: true,
        employees: Object.fromEntries(left.flatMap(part => part.services.map(id => [id, part.employee ?? null]))),
        employee: left.length === 1 ? (left[0]?.employee ?? null) : null,
        slot: null,
      }));
    }
  }

  const order = orderOf(deal, location.id, choices, visit, client);
  const send = () => {
    if (order) {
      sent.current = order;
      remember(host, { location: location.id, notify: choices.details.notify });
      attempt.send(order);
    }
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!isBusy && order) {
      send();
    }
  };
  const changeDetails = (changed: Partial<Details>) => change({ details: { ...choices.details, ...changed } });

  return (
    <>
      <LoginFirst error={schedules.error ?? attempt.error} onDone={attempt.error ? send : schedules.retry} />
      <form className="booking-window" onSubmit={submit} noValidate>
        <fieldset className="booking-body" disabled={isBusy}>
          <legend className="visually-hidden">{say('booking.new')}</legend>
          <div className="booking-what">
            <ClientSection
              client={client}
              contacts={contacts}
              isFromDeal={deal > 0}
              errorOf={errorOf}
              onChange={chosen => change({ client: chosen })}
            />
            {locations.length > 1 && (
              <Choice
                label={say('booking.location')}
                options={locations.map(one => ({ value: one.id, label: titleOf(one, locations) }))}
                value={location.id}
                isDisabled={made.length > 0}
                onChange={id =>
                  change({
                    location: id,
                    services: id === last?.location ? null : [],
                    employee: null,
                    slot: null,
                    event: null,
                  })
                }
              />
            )}
            <ServicePicker
              key={location.id}
              catalogue={catalogue}
              currency={location.currency}
              chosen={services}
              employee={isSplit ? null : (wishes[0]?.employee ?? null)}
              error={errorOf('services')}
              onChange={chosen => change({ services: chosen, event: null })}
            />
          </div>
          <div className="booking-main">
            <MadeSoFar made={made} catalogue={catalogue} onCancelled={onClose} />
            {services.length > 1 && made.length === 0 && employees.length > 0 && (
              <Toggle
                label={say('booking.ownEmployees')}
                isOn={isSplit}
                onChange={isOn => change({ isSplit: isOn, slot: null })}
              />
            )}
            {isSplit ? (
              <EmployeeOfEach
                catalogue={catalogue}
                services={services}
                chosen={choices.employees}
                onChange={chosen => change({ employees: chosen })}
              />
            ) : (
              <EmployeePicker
                employees={employees.filter(({ id }) => worksOn(schedules.data?.[0], id))}
                isWorking={id => worksOn(schedules.data?.[0], id, choices.day)}
                chosen={wishes[0]?.employee ?? null}
                error={errorOf('employee')}
                onChange={employee => change({ employee })}
              />
            )}
            <TimeChooser
              catalogue={catalogue}
              location={location}
              isZoneNamed={locations.some(one => one.timezone !== location.timezone)}
              today={today}
              wishes={wishes}
              schedules={schedules}
              asked={asked}
              day={choices.day}
              favourite={last?.employee ?? null}
              chosen={choices.event ? null : visit}
              taken={taken}
              nearest={attempt.result?.parts[lost]?.nearest ?? []}
              error={errorOf('starts_at') ?? errorOf('length')}
              event={{
                chosen: choices.event,
                choose: event => change({ event, slot: null, day: event.starts_at.slice(0, 10) }),
              }}
              onDay={day => change({ day })}
              onTurn={start => change({ first: start, day: null })}
              onVisit={({ parts: [part] }) =>
                change({
                  slot: { employee: part.employee, startsAt: part.startsAt },
                  day: part.startsAt.slice(0, 10),
                  event: null,
                })
              }
              onNearest={time => change(taking(time))}
            />
            {choices.event && choices.event.free > 1 && (
              <TextField
                label={say('booking.seats')}
                type="number"
                min={1}
                max={choices.event.free}
                value={String(choices.seats)}
                error={errorOf('seats')}
                onChange={text =>
                  change({ seats: Math.min(Math.max(1, Math.round(Number(text)) || 1), choices.event?.free ?? 1) })
                }
              />
            )}
            <div className="booking-options">
              <Chips
                legend={say('booking.status')}
                value={choices.details.status}
                chips={[
                  { value: 'waiting', label: say('general.status_waiting') },
                  { value: 'confirmed', label: say('general.status_confirmed') },
                ]}
                onChange={status => changeDetails({ status })}
              />
              <Toggle
                label={say('booking.notify')}
                isOn={choices.details.notify}
                onChange={notify => changeDetails({ notify })}
              />
            </div>
            <MoreDetails
              chosen={choices.details}
              colours={colours}
              categories={catalogue.booking_categories}
              errorOf={errorOf}
              onChange={changeDetails}
            />
          </div>
        </fieldset>
        <Footer
          catalogue={catalogue}
          currency={location.currency}
          attempt={attempt}
          reasons={reasons}
          client={client}
          hasServices={services.length > 0}
          isRest={made.length > 0}
          visit={choices.event ? null : visit}
          event={choices.event}
          today={today}
          onRetry={send}
          onCancel={onClose}
        />
      </form>
    </>
  );
}
