import { useState } from 'react';
import type { BookingScreen } from '../api/schema';
import { Button } from '../components/Button';
import { Choice, TextField } from '../components/Field';
import { Modal } from '../components/Modal';
import { Note } from '../components/Note';
import { Toggle } from '../components/Switches';
import { useFormat, wallClockIn } from '../format/format';
import { useSay } from '../texts/texts';
import { ChangeFoot } from './ChangeFoot';
import { ChangeForm } from './ChangeForm';
import { Conflict } from './Conflict';
import { changesOf, type Draft, draftOf, rebased, useChanging } from './changing';
import { Details } from './Details';
import { type Place, usePlace } from './place';
import { faultsIn, refusalOf } from './reasons';
import { ServicePicker } from './ServicePicker';
import { Trouble } from './Trouble';
import { ableEmployees, offerOf } from './visits';
import { WindowSkeleton } from './WindowSkeleton';

interface Props {
  deal: number;
  booking: BookingScreen;
  onClose(changed: boolean): void;
}

const PLACED = ['services', 'employee', 'length', 'seats', 'categories', 'comment', 'colour'];

/** Changes what a booking is: services, employee, length, colour, category, comment. */
export default function EditBooking({ booking, onClose }: Props) {
  const say = useSay();
  const { place, error, retry } = usePlace(booking);
  return (
    <Modal title={say('booking.edit')} size="wide" onClose={() => onClose(false)}>
      {error ? (
        <Trouble error={error} onRetry={retry} />
      ) : place ? (
        <Form booking={booking} place={place} onClose={onClose} />
      ) : (
        <WindowSkeleton />
      )}
    </Modal>
  );
}

function Form({ booking: given, place, onClose }: Omit<Props, 'deal'> & { place: Place }) {
  const [say, format] = [useSay(), useFormat()];
  const { location, colours, catalogue } = place;
  const [booking, setBooking] = useState(given);
  const [draft, setDraft] = useState<Draft>(() => draftOf(given));
  // Most edits are none of the client's business: here the switch starts off, whatever was chosen before.
  const [notify, setNotify] = useState(false);
  const changing = useChanging(booking, () => onClose(true));
  const changes = changesOf(booking, draft);
  const names = Object.keys(changes);
  const today = wallClockIn(location.timezone).slice(0, 10);
  const reasons = [...faultsIn(changing.error, say, format), ...refusalOf(changing.result, say, format)];
  const errorOf = (field: string) => reasons.find(reason => reason.field === field)?.text;
  const change = (changed: Partial<Draft>) => {
    changing.forget();
    setDraft(known => ({ ...known, ...changed }));
  };
  const send = () => changing.send(changes, booking, notify);

  const able = ableEmployees(catalogue, draft.services);
  const present = booking.employee;
  const employees = present && !able.some(one => one.id === present.id) ? [present, ...able] : able;
  // With other services or somebody else, the length is what they take, until a person says otherwise.
  const usual = (services: readonly number[], employee: number | null) =>
    services.reduce((sum, id) => {
      const service = catalogue.services.find(one => one.id === id);
      return sum + ((service && offerOf(service, employee ?? 0)?.length) ?? 0);
    }, 0);
  const serve = (services: readonly number[], employee: number | null) => {
    const isAble = ableEmployees(catalogue, services).some(one => one.id === employee);
    const who = isAble ? employee : (ableEmployees(catalogue, services)[0]?.id ?? employee);
    change({ services, employee: who, length: usual(services, who) || draft.length });
  };
  return (
    <ChangeForm booking={booking} location={location} login={{ error: changing.error, onDone: send }} onSubmit={send}>
      {booking.is_locked && <Note tone="warning">{say('booking.locked')}</Note>}
      <fieldset className="booking-body" disabled={changing.isSending || changing.isUnknown}>
        <legend className="visually-hidden">{say('booking.edit')}</legend>
        {booking.event === null && (
          <div className="booking-what">
            <ServicePicker
              catalogue={catalogue}
              currency={location.currency}
              chosen={draft.services}
              employee={draft.employee}
              error={errorOf('services')}
              onChange={services => serve(services, draft.employee)}
            />
          </div>
        )}
        <div className="booking-main">
          {booking.event === null ? (
            <>
              <Choice
                label={say('booking.employee')}
                options={employees.map(one => ({ value: one.id, label: one.name }))}
                value={draft.employee}
                error={errorOf('employee')}
                onChange={employee => serve(draft.services, employee)}
              />
              <TextField
                label={say('booking.minutes')}
                type="number"
                min={5}
                max={1440}
                value={String(Math.round(draft.length / 60))}
                error={errorOf('length')}
                onChange={text => change({ length: Math.max(0, Math.round(Number(text) || 0)) * 60 })}
              />
            </>
          ) : (
            <>
              <p className="quiet">{say('booking.eventDecides')}</p>
              <TextField
                label={say('booking.seats')}
                type="number"
                min={1}
                max={100}
                value={String(draft.seats)}
                error={errorOf('seats')}
                onChange={text => change({ seats: Math.max(1, Math.round(Number(text) || 1)) })}
              />
            </>
          )}
          <Toggle label={say('booking.notify')} isOn={notify} onChange={setNotify} />
          <Details
            chosen={draft}
            colours={colours}
            categories={known(catalogue.booking_categories, booking.categories)}
            errorOf={errorOf}
            onChange={change}
          />
          {changing.result?.outcome === 'busy' && (
            <Note tone="error">
              {say('booking.doesNotFit')}
              <div className="booking-nearest">
                {changing.result.nearest.map(time => (
                  <Button key={time.starts_at} onClick={() => change({ startsAt: time.starts_at })}>
                    {say('booking.dayAndTime', {
                      day: format.near(time.starts_at, today),
                      time: format.time(time.starts_at),
                    })}
                  </Button>
                ))}
              </div>
            </Note>
          )}
        </div>
      </fieldset>
      {changing.meanwhile && (
        <Conflict
          before={booking}
          now={changing.meanwhile}
          changes={changes}
          catalogue={catalogue}
          onKeepMine={now => {
            setDraft(rebased(draft, booking, now));
            setBooking(now);
            changing.forget();
          }}
          onDiscard={() => onClose(true)}
        />
      )}
      <ChangeFoot
        changing={changing}
        reasons={reasons.filter(reason => !PLACED.includes(reason.field))}
        label={names.length ? say('booking.save') : say('booking.nothingChanged')}
        isReady={names.length > 0 && draft.length >= 300}
        onRetry={send}
        onCancel={() => onClose(false)}
      >
        {names.length > 0 && (
          <p>
            {say('booking.willChange', {
              what: format.list(names.map(name => say.coded(`booking.field_${name}`) ?? '')),
            })}
          </p>
        )}
      </ChangeFoot>
    </ChangeForm>
  );
}

/** The categories that can be given, and those that it has. */
function known(offered: BookingScreen['categories'], has: BookingScreen['categories']): BookingScreen['categories'] {
  return [...offered, ...has.filter(one => !offered.some(other => other.id === one.id))];
}
