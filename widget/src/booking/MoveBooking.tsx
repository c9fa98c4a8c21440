import { useState } from 'react';
import type { BookingScreen } from '../api/schema';
import { Modal } from '../components/Modal';
import { Toggle } from '../components/Switches';
import { useFormat, wallClockIn } from '../format/format';
import { useHost } from '../host/context';
import { useSay } from '../texts/texts';
import { ChangeFoot } from './ChangeFoot';
import { ChangeForm } from './ChangeForm';
import { Conflict } from './Conflict';
import { type Changes, useChanging } from './changing';
import type { Slot } from './choices';
import { EmployeePicker } from './EmployeePicker';
import { MovePlace } from './MovePlace';
import { remember, remembered } from './memory';
import { lookedFor, type Place, usePlace } from './place';
import { useSchedules } from './places';
import { faultsIn, refusalOf } from './reasons';
import { TimeChooser } from './TimeChooser';
import { Trouble } from './Trouble';
import { ableEmployees, visitAt, worksOn } from './visits';
import { WindowSkeleton } from './WindowSkeleton';

interface Props {
  deal: number;
  booking: BookingScreen;
  onClose(changed: boolean): void;
}

/** Moves a booking to another time, or to another employee: the new time is chosen first. */
export default function MoveBooking({ booking, onClose }: Props) {
  const say = useSay();
  return (
    <Modal title={say('booking.move')} size="wide" onClose={() => onClose(false)}>
      {booking.event === null ? (
        <Window booking={booking} onClose={onClose} />
      ) : (
        <MovePlace booking={booking} onClose={onClose} />
      )}
    </Modal>
  );
}

function Window({ booking, onClose }: Omit<Props, 'deal'>) {
  const { place, error, retry } = usePlace(booking);
  if (error) {
    return <Trouble error={error} onRetry={retry} />;
  }
  return place ? <Form booking={booking} place={place} onClose={onClose} /> : <WindowSkeleton />;
}

function Form({ booking: given, place, onClose }: Omit<Props, 'deal'> & { place: Place }) {
  const [host, say, format] = [useHost(), useSay(), useFormat()];
  const { location, locations, catalogue } = place;
  const [booking, setBooking] = useState(given);
  const today = wallClockIn(location.timezone).slice(0, 10);
  const present = booking.employee?.id ?? null;
  const presentDay = booking.starts_at.slice(0, 10);
  const [employee, setEmployee] = useState(present);
  const [first, setFirst] = useState([presentDay, today].sort()[1] ?? today);
  const [day, setDay] = useState<string | null>(null);
  const [slot, setSlot] = useState<Slot | null>(null);
  const [notify, setNotify] = useState(remembered(host).notify ?? false);
  const changing = useChanging(booking, () => onClose(true));

  const { services, length } = lookedFor(booking, catalogue);
  const wishes = [{ services, employee }];
  const asked = { location: location.id, first, length, besides: booking.id };
  const schedules = useSchedules(wishes, asked);
  const schedule = schedules.data?.[0];
  const isPresent = slot?.startsAt === booking.starts_at && slot.employee === present;
  const reasons = [...faultsIn(changing.error, say, format), ...refusalOf(changing.result, say, format)];
  const changes: Changes | null =
    slot && !isPresent
      ? {
          starts_at: slot.startsAt,
          ...(slot.employee === present ? {} : { employee: slot.employee }),
          ...(length ? { length } : {}),
        }
      : null;
  const send = () => {
    if (changes) {
      remember(host, { notify });
      changing.send(changes, booking, notify);
    }
  };
  const choose = (chosen: Slot) => {
    changing.forget();
    setSlot(chosen);
    setDay(chosen.startsAt.slice(0, 10));
  };
  const visit = slot && schedule ? visitAt(slot, wishes, [schedule]) : null;
  const isTaken = changing.result?.outcome === 'busy';
  return (
    <ChangeForm
      booking={booking}
      location={location}
      login={{ error: schedules.error ?? changing.error, onDone: changing.error ? send : schedules.retry }}
      onSubmit={send}
    >
      <fieldset className="booking-main" disabled={changing.isSending || changing.isUnknown}>
        <legend className="visually-hidden">{say('booking.move')}</legend>
        <EmployeePicker
          employees={ableEmployees(catalogue, services).filter(({ id }) => worksOn(schedule, id))}
          isWorking={id => worksOn(schedule, id, day)}
          chosen={employee}
          error={reasons.find(reason => reason.field === 'employee')?.text}
          onChange={setEmployee}
        />
        <TimeChooser
          catalogue={catalogue}
          location={location}
          isZoneNamed={locations.some(one => one.timezone !== location.timezone)}
          today={today}
          wishes={wishes}
          schedules={schedules}
          asked={asked}
          day={day}
          favourite={present}
          chosen={visit}
          taken={isTaken ? slot : null}
          nearest={changing.result?.nearest ?? []}
          error={reasons.find(reason => ['starts_at', 'length'].includes(reason.field))?.text}
          onDay={setDay}
          onTurn={start => {
            setFirst(start);
            setDay(null);
          }}
          onVisit={({ parts: [part] }) => choose({ employee: part.employee, startsAt: part.startsAt })}
          onNearest={time => choose({ employee: time.employee, startsAt: time.starts_at })}
        />
        <Toggle label={say('booking.notify')} isOn={notify} onChange={setNotify} />
      </fieldset>
      {changing.meanwhile && (
        <Conflict
          before={booking}
          now={changing.meanwhile}
          changes={changes ?? {}}
          catalogue={catalogue}
          onKeepMine={now => {
            setBooking(now);
            changing.forget();
          }}
          onDiscard={() => onClose(true)}
        />
      )}
      <ChangeFoot
        changing={changing}
        reasons={reasons.filter(reason => !['employee', 'starts_at', 'length'].includes(reason.field))}
        label={
          slot && !isPresent
            ? say('booking.moveTo', { day: format.near(slot.startsAt, today), time: format.time(slot.startsAt) })
            : say('booking.chooseTime')
        }
        isReady={changes !== null && !isTaken}
        onRetry={send}
        onCancel={() => onClose(false)}
      />
    </ChangeForm>
  );
}
