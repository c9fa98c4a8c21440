import { useRef } from 'react';
import { TextBox, TextField } from '../../components/Field';
import { useSay } from '../../texts/texts';
import { useFaultAt } from '../faultText';
import { filled, PLACEHOLDERS, type Placeholder, useSample } from './template';
import './TemplateField.css';

const LONGEST = 1000;

interface Props {
  label: string;
  path: string;
  value: string;
  isLong?: boolean;
  onChange(value: string): void;
}

/** A text with placeholders: chips put them where the cursor is, and below stands what comes of it. */
export function TemplateField({ label, path, value, isLong, onChange }: Props) {
  const [say, faultAt, sample] = [useSay(), useFaultAt(), useSample()];
  const around = useRef<HTMLDivElement>(null);
  const insert = (name: Placeholder) => {
    const input = around.current?.querySelector<HTMLInputElement | HTMLTextAreaElement>('input, textarea');
    const [start, end] = [input?.selectionStart ?? value.length, input?.selectionEnd ?? value.length];
    const text = `{${name}}`;
    onChange(value.slice(0, start) + text + value.slice(end));
    // Once it is drawn, the cursor goes on behind what was put in.
    requestAnimationFrame(() => {
      input?.focus();
      input?.setSelectionRange(start + text.length, start + text.length);
    });
  };
  const Text = isLong ? TextBox : TextField;
  return (
    <div ref={around} className="template" data-field={path}>
      <Text label={label} error={faultAt(path)} value={value} maxLength={LONGEST} onChange={onChange} />
      <fieldset className="template-chips">
        <legend className="visually-hidden">{say('rules.insert')}</legend>
        {PLACEHOLDERS.map(name => (
          <button key={name} type="button" className="template-chip" onClick={() => insert(name)}>
            + {say(`rules.placeholder_${name}`)}
          </button>
        ))}
      </fieldset>
      <p className="template-example" aria-live="polite">
        <span className="quiet">{say('rules.example')}</span> {filled(value, sample)}
      </p>
    </div>
  );
}
