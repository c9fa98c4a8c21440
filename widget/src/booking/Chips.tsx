import { type ReactNode, useId } from 'react';
import './Chips.css';

export interface Chip<V extends string | number> {
  value: V;
  label: ReactNode;
  /** What is read out, where that is more than what is seen. */
  name?: string;
  isQuiet?: boolean;
  isDisabled?: boolean;
}

interface Props<V extends string | number> {
  legend: string;
  isLegendHidden?: boolean;
  chips: readonly Chip<V>[];
  value: V | null;
  className?: string;
  onChange(value: V): void;
}

/** One of a few that are all seen. The browser's own radio buttons: one stop of the Tab key, arrow keys inside. */
export function Chips<V extends string | number>(props: Props<V>) {
  const { legend, isLegendHidden, chips, value, className = '', onChange } = props;
  const group = useId();
  return (
    <fieldset className={`booking-chips ${className}`}>
      <legend className={isLegendHidden ? 'visually-hidden' : 'field-label'}>{legend}</legend>
      {chips.map(chip => (
        <label key={chip.value} className={chip.isQuiet ? 'booking-chip booking-chip-quiet' : 'booking-chip'}>
          <input
            type="radio"
            name={group}
            aria-label={chip.name}
            checked={chip.value === value}
            disabled={chip.isDisabled}
            onChange={() => onChange(chip.value)}
          />
          <span>{chip.label}</span>
        </label>
      ))}
    </fieldset>
  );
}
