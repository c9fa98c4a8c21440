import type { BookingScreen, CatalogueScreen } from '../api/schema';
import { Button } from '../components/Button';
import { Note } from '../components/Note';
import { useFormat } from '../format/format';
import { useSay } from '../texts/texts';
import { type Changes, changesOf, draftOf } from './changing';

interface Props {
  before: BookingScreen;
  now: BookingScreen;
  /** What the person wants to be different. */
  changes: Changes;
  catalogue: CatalogueScreen;
  /** Go on with the newer version and his own changes on top. */
  onKeepMine(now: BookingScreen): void;
  onDiscard(): void;
}

/** A booking that somebody else has changed meanwhile: what he made of it, beside what is about to be made of it. */
export function Conflict({ before, now, changes, catalogue, onKeepMine, onDiscard }: Props) {
  const [say, format] = [useSay(), useFormat()];
  const theirs = changesOf(before, draftOf(now));
  const isMoved = now.status !== before.status;
  const written = (name: keyof Changes, value: unknown): string => {
    if (value === undefined || value === null) {
      return say('booking.unchanged');
    }
    switch (name) {
      case 'starts_at':
        return `${format.day(String(value))}, ${format.time(String(value))}`;
      case 'length':
        return format.length(Number(value));
      case 'employee':
        return (
          catalogue.employees.find(one => one.id === value)?.name ??
          (now.employee?.id === value ? (now.employee?.name ?? '') : '')
        );
      case 'services':
        return format.list((value as number[]).map(id => titleOf(id))) || '—';
      case 'categories':
        return (
          format.list(
            (value as number[]).map(id => catalogue.booking_categories.find(one => one.id === id)?.title ?? ''),
          ) || '—'
        );
      case 'colour':
        return value === '' ? say('booking.noColour') : say('booking.otherColour');
      default:
        return String(value) || '—';
    }
  };
  const titleOf = (id: number) =>
    catalogue.services.find(one => one.id === id)?.title ?? now.services.find(line => line.service === id)?.title ?? '';
  const names = [...new Set([...Object.keys(theirs), ...Object.keys(changes)])] as (keyof Changes)[];
  return (
    <Note tone="warning">
      <p>{say('booking.changedMeanwhile')}</p>
      <table className="booking-conflict">
        <thead>
          <tr>
            <td />
            <th scope="col">{say('booking.inAltegioNow')}</th>
            <th scope="col">{say('booking.yours')}</th>
          </tr>
        </thead>
        <tbody>
          {isMoved && (
            <tr>
              <th scope="row">{say('booking.status')}</th>
              <td>{say.coded(`general.status_${now.status}`)}</td>
              <td>{say('booking.unchanged')}</td>
            </tr>
          )}
          {names.map(name => (
            <tr key={name}>
              <th scope="row">{say.coded(`booking.field_${name}`)}</th>
              <td>{written(name, theirs[name])}</td>
              <td>{written(name, changes[name])}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <div className="booking-nearest">
        <Button kind="primary" onClick={() => onKeepMine(now)}>
          {say('booking.keepMine')}
        </Button>
        <Button onClick={onDiscard}>{say('booking.discardMine')}</Button>
      </div>
    </Note>
  );
}
