import { type ReactNode, useId } from 'react';
import './Radios.css';

interface Way<V extends string> {
  value: V;
  label: string;
  /** One sentence of what it means. */
  hint?: ReactNode;
}

interface Props<V extends string> {
  label: string;
  isLabelHidden?: boolean;
  ways: readonly Way<V>[];
  value: V;
  onChange(value: V): void;
}

/** One of a few ways, all of them seen with what they mean. */
export function Radios<V extends string>({ label, isLabelHidden, ways, value, onChange }: Props<V>) {
  const name = useId();
  return (
    <fieldset className="radios">
      <legend className={isLabelHidden ? 'visually-hidden' : 'radios-label'}>{label}</legend>
      {ways.map(way => (
        <label key={way.value} className="radios-way">
          <input
            type="radio"
            name={name}
            value={way.value}
            checked={way.value === value}
            onChange={() => onChange(way.value)}
            aria-describedby={way.hint ? `${name}-${way.value}` : undefined}
          />
          <span className="radios-text">
            <span className="radios-name">{way.label}</span>
            {way.hint && (
              <span id={`${name}-${way.value}`} className="radios-hint">
                {way.hint}
              </span>
            )}
          </span>
        </label>
      ))}
    </fieldset>
  );
}
