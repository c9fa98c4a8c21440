import type { CatalogueScreen, EventScreen } from '../api/schema';
import { Button } from '../components/Button';
import { Note } from '../components/Note';
import { useFormat } from '../format/format';
import { useSay } from '../texts/texts';
import type { Attempting } from './attempt';
import { type Client, isReachable } from './client';
import type { Reason } from './reasons';
import { Trouble } from './Trouble';
import type { Visit } from './visits';

/** What is told at its own field; everything else is told down here. */
const PLACED = [
  'person',
  'person.name',
  'person.phone',
  'services',
  'employee',
  'starts_at',
  'length',
  'seats',
  'categories',
  'comment',
  'colour',
  'visitor',
];

interface Props {
  catalogue: CatalogueScreen;
  currency: string;
  attempt: Attempting;
  reasons: readonly Reason[];
  client: Client;
  hasServices: boolean;
  /** Some of the visit is made; this is the rest. */
  isRest: boolean;
  visit: Visit | null;
  event: EventScreen | null;
  today: string;
  onRetry(): void;
  onCancel(): void;
}

/** What will be booked, what became of it, and the button that says what it does. */
export function Footer(props: Props) {
  const { attempt, reasons, client, hasServices, isRest, visit, event, today, onRetry, onCancel } = props;
  const [say, format] = [useSay(), useFormat()];
  const when = event?.starts_at ?? visit?.parts[0].startsAt;
  const values = when ? { day: format.near(when, today), time: format.time(when) } : {};
  const label = () => {
    if (!event && !hasServices) {
      return say('booking.chooseServiceFirst');
    }
    if (!when) {
      return say('booking.chooseTime');
    }
    if (!isReachable(client)) {
      return say('booking.sayWho');
    }
    if (event) {
      return say('booking.bookEvent', { ...values, title: event.title });
    }
    return say(isRest ? 'booking.bookRest' : 'booking.book', values);
  };
  const unplaced = reasons.filter(reason => !PLACED.includes(reason.field));
  return (
    <div className="booking-foot">
      {attempt.isUnknown && <Note tone="warning">{say('booking.unknown')}</Note>}
      {unplaced.map(reason => (
        <Note key={reason.text} tone="error">
          {reason.text}
        </Note>
      ))}
      {attempt.error != null && !reasons.length && <Trouble error={attempt.error} onRetry={onRetry} />}
      <div className="booking-buttons">
        <Summary {...props} />
        <Button onClick={onCancel}>{say(isRest || attempt.isUnknown ? 'booking.close' : 'general.cancel')}</Button>
        <Button
          kind="primary"
          type="submit"
          isBusy={attempt.isSending || attempt.isUnknown}
          isDisabled={!when || !isReachable(client)}
        >
          {label()}
        </Button>
      </div>
    </div>
  );
}

function Summary({ catalogue, currency, visit, event, today }: Props) {
  const [say, format] = [useSay(), useFormat()];
  const nameOf = (employee: number) => catalogue.employees.find(one => one.id === employee)?.name ?? '';
  const titlesOf = (services: readonly number[]) =>
    format.list(services.map(id => catalogue.services.find(one => one.id === id)?.title ?? ''));
  if (event) {
    return <p className="booking-summary">{[event.title, nameOf(event.employee)].filter(Boolean).join(' · ')}</p>;
  }
  if (!visit) {
    return <p className="booking-summary" />;
  }
  const price = visit.parts.reduce((sum, part) => sum + part.price, 0);
  const length = visit.parts.reduce((sum, part) => sum + part.length, 0);
  return (
    <div className="booking-summary" aria-live="polite">
      {visit.parts.map(part => (
        <p key={part.startsAt}>
          {say(visit.parts.length > 1 ? 'booking.partAt' : 'booking.part', {
            time: format.time(part.startsAt),
            services: titlesOf(part.services),
            name: nameOf(part.employee),
          })}
        </p>
      ))}
      <p className="quiet">
        {say('booking.offer', { length: format.length(length), price: format.money(price, currency) })}
        {today !== visit.parts[0].startsAt.slice(0, 10) && ` · ${format.day(visit.parts[0].startsAt)}`}
      </p>
    </div>
  );
}
