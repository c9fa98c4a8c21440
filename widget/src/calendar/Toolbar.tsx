import { Button } from '../components/Button';
import { useFormat } from '../format/format';
import { useSay } from '../texts/texts';
import { type Range, VIEWS, type View } from './range';

interface Props {
  view: View;
  /** A narrow place shows one day at a time, so there is nothing to choose. */
  isViewChosen: boolean;
  day: string;
  range: Range;
  onView(view: View): void;
  onDay(day: string): void;
  onStep(direction: 1 | -1): void;
  onToday(): void;
  onBook(): void;
}

/** Which days, and how they are shown. */
export function Toolbar({ view, isViewChosen, day, range, onView, onDay, onStep, onToday, onBook }: Props) {
  const [say, format] = [useSay(), useFormat()];
  const isWeek = range.first !== range.last;
  return (
    <div className="calendar-toolbar">
      <div className="calendar-dates">
        <Button onClick={onToday}>{say('calendar.today')}</Button>
        <button
          type="button"
          className="calendar-step"
          aria-label={say(isWeek ? 'calendar.previousWeek' : 'calendar.previousDay')}
          onClick={() => onStep(-1)}
        >
          <Chevron path="M6 1L1 6l5 5" />
        </button>
        <button
          type="button"
          className="calendar-step"
          aria-label={say(isWeek ? 'calendar.nextWeek' : 'calendar.nextDay')}
          onClick={() => onStep(1)}
        >
          <Chevron path="M1 1l5 5-5 5" />
        </button>
        <h3 aria-live="polite">{isWeek ? format.days(range.first, range.last) : format.day(range.first)}</h3>
        <label className="calendar-date">
          <span className="visually-hidden">{say('calendar.goTo')}</span>
          <input
            type="date"
            value={day}
            onChange={event => event.currentTarget.value && onDay(event.currentTarget.value)}
          />
        </label>
      </div>
      <div className="calendar-right">
        {isViewChosen && (
          <fieldset className="calendar-views">
            <legend className="visually-hidden">{say('calendar.view')}</legend>
            {VIEWS.map(one => (
              <button key={one} type="button" aria-pressed={one === view} onClick={() => onView(one)}>
                {say.coded(`calendar.view_${one}`)}
              </button>
            ))}
          </fieldset>
        )}
        <Button kind="primary" onClick={onBook}>
          {say('calendar.book')}
        </Button>
      </div>
    </div>
  );
}

function Chevron({ path }: { path: string }) {
  return (
    <svg viewBox="0 0 7 12" width="7" height="12" aria-hidden="true">
      <path d={path} fill="none" stroke="currentColor" strokeWidth="1.75" />
    </svg>
  );
}
