import { useEffect } from 'react';
import type { BookingScreen, EditScreen, FreeTime } from '../api/schema';
import { Button } from '../components/Button';
import { codeText, Failure } from '../components/Failure';
import { Note } from '../components/Note';
import { useFormat } from '../format/format';
import { useSay } from '../texts/texts';
import { clientOf } from './entryContent';
import type { Outcome as Told } from './moves';

const DONE_SEEN_MS = 12_000;

interface Props {
  outcome: Told;
  nameOf(location: number, employee: number): string;
  onClose(): void;
}

/** What became of a booking that was dragged: where it is now, or why it is back, and what can be done about that. */
export function Outcome({ outcome, nameOf, onClose }: Props) {
  const [say, format] = [useSay(), useFormat()];
  const { kind, booking } = outcome;
  useEffect(() => {
    const timer = kind === 'done' ? setTimeout(onClose, DONE_SEEN_MS) : undefined;
    return () => clearTimeout(timer);
  }, [kind, onClose]);
  const close = <Button onClick={onClose}>{say('calendar.close')}</Button>;
  const what = {
    client: clientOf(booking, say),
    day: format.day(booking.starts_at),
    time: format.time(booking.starts_at),
  };
  switch (outcome.kind) {
    case 'done':
      return (
        <Note tone="success">
          {say(outcome.undo ? 'calendar.moved' : 'calendar.movedBack', {
            ...what,
            length: format.length(booking.length),
          })}
          <div className="calendar-outcome-buttons">
            {outcome.undo && (
              <Button kind="primary" onClick={outcome.undo}>
                {say('calendar.undo')}
              </Button>
            )}
            {close}
          </div>
        </Note>
      );
    case 'not_done':
      return (
        <NotDone booking={booking} answer={outcome.answer} take={outcome.take} nameOf={nameOf} client={what.client}>
          {close}
        </NotDone>
      );
    case 'unknown':
      return (
        <Note tone="warning">
          {say('calendar.unknown', what)}
          {close}
        </Note>
      );
    case 'failed':
      return (
        <>
          <Failure error={outcome.error} />
          {close}
        </>
      );
  }
}

interface NotDoneProps {
  booking: BookingScreen;
  answer: EditScreen;
  client: string;
  children: React.ReactNode;
  take(free: FreeTime): void;
  nameOf(location: number, employee: number): string;
}

/** Why a booking stays where it was, and the free times that are nearest to the one that was wanted. */
function NotDone({ booking, answer, client, children, take, nameOf }: NotDoneProps) {
  const [say, format] = [useSay(), useFormat()];
  const reason =
    answer.outcome === 'busy'
      ? say('calendar.busy')
      : (say.coded(`calendar.refused_${answer.reason}`) ??
        codeText(say, answer.reason || 'refused', {}, seconds => format.length(seconds)));
  return (
    <Note tone="error">
      {say('calendar.notMoved', { client, reason })}
      {answer.nearest.length > 0 && <p>{say('calendar.nearest')}</p>}
      <div className="calendar-outcome-buttons">
        {answer.nearest.map(free => (
          <Button key={`${free.employee} ${free.starts_at}`} kind="primary" onClick={() => take(free)}>
            {say('calendar.freeTime', {
              day: format.day(free.starts_at),
              time: format.time(free.starts_at),
              employee: nameOf(booking.location, free.employee),
            })}
          </Button>
        ))}
        {children}
      </div>
    </Note>
  );
}
