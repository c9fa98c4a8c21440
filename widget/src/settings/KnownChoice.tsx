/** Choices of things that may be gone: what is not there any more stands in red, with its id, until another is chosen. */

import type { ComponentProps } from 'react';
import { Choice } from '../components/Field';
import { MultiChoice } from '../components/MultiChoice';
import { useSay } from '../texts/texts';
import { useFaultAt } from './faultText';
import './KnownChoice.css';

/** `path` is the field's in the settings: what is wrong there is told here. */
export function KnownChoice({ path, ...props }: ComponentProps<typeof Choice<number>> & { path: string }) {
  const [say, faultAt] = [useSay(), useFaultAt()];
  const { options, value } = props;
  const isGone = value !== null && !options.some(option => option.value === value);
  const all = isGone ? [...options, { value, label: say('rules.gone', { id: String(value) }) }] : options;
  const error = props.error ?? faultAt(path) ?? (isGone ? say('rules.goneHint') : undefined);
  return (
    <div className="known-choice" data-field={path}>
      <Choice {...props} options={all} error={error} />
    </div>
  );
}

export function KnownChoices({ path, ...props }: ComponentProps<typeof MultiChoice<number>> & { path: string }) {
  const [say, faultAt] = [useSay(), useFaultAt()];
  const isGone = props.values.some(value => !props.options.some(option => option.value === value));
  return (
    <div className="known-choice" data-field={path}>
      <MultiChoice
        {...props}
        gone={id => say('rules.gone', { id: String(id) })}
        error={props.error ?? faultAt(path) ?? (isGone ? say('rules.goneHint') : undefined)}
      />
    </div>
  );
}
