import { Button } from '../components/Button';
import { useFormat } from '../format/format';
import { useSay } from '../texts/texts';
import { Chips } from './Chips';
import { DAYS, dayAfter } from './places';
import './DayStrip.css';

interface Props {
  first: string;
  today: string;
  chosen: string;
  /** The days with free times or an event; undefined while that is not known. */
  free: ReadonlySet<string> | undefined;
  onChoose(day: string): void;
  onTurn(first: string): void;
  /** Somebody is about to turn to these days. */
  onLikely(first: string): void;
}

/** A week to choose a day of; days on which nothing is free are grey. */
export function DayStrip({ first, today, chosen, free, onChoose, onTurn, onLikely }: Props) {
  const [say, format] = [useSay(), useFormat()];
  const days = Array.from({ length: DAYS }, (_, number) => dayAfter(first, number));
  const before = dayAfter(first, -DAYS) < today ? today : dayAfter(first, -DAYS);
  const after = dayAfter(first, DAYS);
  return (
    <div className="booking-days">
      <Button aria-label={say('booking.earlierDays')} isDisabled={first <= today} onClick={() => onTurn(before)}>
        ‹
      </Button>
      <Chips
        legend={say('booking.day')}
        isLegendHidden
        className="booking-day-chips"
        value={chosen}
        chips={days.map(day => {
          const isFull = free !== undefined && !free.has(day);
          // As it is read out, what is seen is part of it.
          const seen = `${format.weekday(day)} ${format.dayOfYear(day)}`;
          const name = day === today ? `${format.near(day, today)} ${format.dayOfYear(day)}` : seen;
          return {
            value: day,
            name: isFull ? say('booking.fullDay', { day: name }) : name,
            label: (
              <>
                <span>{day === today ? format.near(day, today) : format.weekday(day)}</span>{' '}
                <b>{format.dayOfYear(day)}</b>
              </>
            ),
            isQuiet: isFull,
          };
        })}
        onChange={onChoose}
      />
      <Button
        aria-label={say('booking.laterDays')}
        onClick={() => onTurn(after)}
        onPointerEnter={() => onLikely(after)}
        onFocus={() => onLikely(after)}
      >
        ›
      </Button>
    </div>
  );
}
