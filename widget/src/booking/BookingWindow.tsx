import { type FormEvent, useRef, useState } from 'react';
import type { AttemptScreen, CatalogueScreen, Location } from '../api/schema';
import { Empty } from '../components/Empty';
import { Choice, TextField } from '../components/Field';
import { Toggle } from '../components/Switches';
import { useFormat, wallClockIn } from '../format/format';
import { useHost } from '../host/context';
import { useSay } from '../texts/texts';
import { type Order, useAttempt } from './attempt';
import { Chips } from './Chips';
import { ClientSection } from './ClientSection';
import { begin, type Choices, type Details, taking, wishesOf } from './choices';
import { clientOf } from './client';
import { MoreDetails } from './Details';
import { EmployeeOfEach, EmployeePicker } from './EmployeePicker';
import { Footer } from './Footer';
import { type Made, MadeSoFar } from './MadeSoFar';
import { remember, remembered } from './memory';
import { type LastBooking, useOpening } from './opening';
import { useSchedules } from './places';
import { faultsIn, refusalsIn } from './reasons';
import { ServicePicker } from './ServicePicker';
import { TimeChooser } from './TimeChooser';
import { Trouble } from './Trouble';
import { ableEmployees, columnsOf, offeredVisit, type Visit, type Wish } from './visits';
import { WindowSkeleton } from './WindowSkeleton';
import './BookingWindow.css';

export interface At {
  location: number;
  employee?: number;
  startsAt?: string;
}

interface Props {
  deal: number;
  at?: At | undefined;
  /** A booking was made; the window may stay open for the rest. */
  onBooked(): void;
  onClose(): void;
}

export function BookingWindow(props: Props) {
  const host = useHost();
  const say = useSay();
  const [choices, setChoices] = useState(() => begin(props.at ?? {}, remembered(host).notify ?? false));
  const opening = useOpening(props.deal, choices.location);
  const { locations, catalogue } = opening;
  const location = locations.data?.locations.find(one => one.id === opening.location);
  if (locations.isError) {
    return <Trouble error={locations.error} onRetry={locations.refetch} />;
  }
  if (locations.data && !location) {
    return <Empty>{say('booking.noLocations')}</Empty>;
  }
  if (catalogue.isError) {
    return <Trouble error={catalogue.error} onRetry={catalogue.refetch} />;
  }
  if (!locations.data || !location || !catalogue.data) {
    return <WindowSkeleton />;
  }
  return (
    <Form
      {...props}
      choices={choices}
      setChoices={setChoices}
      contacts={opening.contacts.isPending ? undefined : (opening.contacts.data ?? [])}
      locations={locations.data.locations}
      colours={locations.data.colours}
      location={location}
      catalogue={catalogue.data}
      last={opening.last}
    />
  );
}

interface FormProps extends Props {
  choices: Choices;
  setChoices(change: (choices: Choices) => Choices): void;
  contacts: Parameters<typeof clientOf>[1] | undefined;
  locations: readonly Location[];
  colours: readonly string[];
  location: Location;
  catalogue: CatalogueScreen;
  last: LastBooking | null;
}

function Form(props: FormProps) {
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
  const first = choices.first ?? (choices.day && choices.day > today ? choices.day : today);
  const asked = { location: location.id, first };
  const schedules = useSchedules(wishes, asked);
  const visit = services.length ? visitOf(choices, wishes, schedules.data, catalogue) : null;
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

  const order: Order | null =
    choices.event || visit
      ? {
          location: location.id,
          deal: deal || null,
          person: { name: client.name.trim(), phone: client.phone.trim(), email: client.email },
          parts: choices.event
            ? [{ event: choices.event.id, starts_at: choices.event.starts_at, seats: choices.seats, services: [] }]
            : (visit?.parts ?? []).map(part => ({
                employee: part.employee,
                starts_at: part.startsAt,
                services: [...part.services],
                seats: 1,
              })),
          ...choices.details,
          categories: [...choices.details.categories],
          visitor: choices.details.visitor.trim(),
        }
      : null;

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
              options={locations.map(one => ({ value: one.id, label: one.title }))}
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
                { value: 'waiting', label: say('booking.waiting') },
                { value: 'confirmed', label: say('booking.confirmed') },
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
  );
}

/** What is looked for: what was chosen, and what the client had last where nothing was. */
function wished(choices: Choices, catalogue: CatalogueScreen, location: number, last: LastBooking | null) {
  const offered = new Set(catalogue.services.filter(service => !service.is_group).map(service => service.id));
  const wanted = choices.services ?? (last?.location === location ? last.services : []);
  const services = wanted.filter(id => offered.has(id));
  const employees = ableEmployees(catalogue, services);
  const isSplit = services.length > 1 && (choices.isSplit || !employees.length);
  const employee = employees.some(one => one.id === choices.employee) ? choices.employee : null;
  return { services, employees, isSplit, wishes: wishesOf(services, { ...choices, employee }, isSplit) };
}

/** The chosen time as a visit: as the schedule shows it, or as the API named it. */
function visitOf(
  { slot }: Choices,
  wishes: readonly Wish[],
  schedules: Parameters<typeof columnsOf>[2] | undefined,
  catalogue: CatalogueScreen,
): Visit | null {
  if (!slot) {
    return null;
  }
  const shown = columnsOf(slot.startsAt.slice(0, 10), wishes, schedules ?? []).flatMap(column => column.visits);
  const found = shown.find(
    ({ parts: [part] }) => part.startsAt === slot.startsAt && (!slot.employee || part.employee === slot.employee),
  );
  const [wish] = wishes;
  const isNamed = slot.isNamed && wish && wishes.length === 1;
  return found ?? (isNamed ? offeredVisit(catalogue, wish, slot) : null);
}

function worksOn(
  schedule: Parameters<typeof columnsOf>[2][number] | undefined,
  employee: number,
  day?: string | null,
): boolean {
  // Until the schedule is there nobody is said to be away.
  const known = schedule?.employees.find(times => times.employee === employee);
  return !schedule || Boolean(known?.days.some(one => (!day || one.day === day) && one.hours.length > 0));
}
