import { Checkbox, CheckboxLightTheme } from '@kommo-crm/crm-react-ui-kit/Checkbox';
import { Switcher, SwitcherPrimaryTheme } from '@kommo-crm/crm-react-ui-kit/Switcher';
import { type ReactNode, useId } from 'react';
import './Switches.css';

interface Props {
  label: ReactNode;
  isOn: boolean;
  isDisabled?: boolean;
  hint?: ReactNode;
  onChange(isOn: boolean): void;
}

/** Something that is on or off. */
export function Toggle({ label, isOn, isDisabled, hint, onChange }: Props) {
  const id = useId();
  return (
    <Labelled id={id} label={label} hint={hint}>
      <Switcher
        id={id}
        theme={SwitcherPrimaryTheme}
        checked={isOn}
        isDisabled={isDisabled}
        aria-describedby={hint ? `${id}-hint` : undefined}
        onChange={event => onChange(event.currentTarget.checked)}
      />
    </Labelled>
  );
}

/** One of several that can be chosen together. */
export function Check({ label, isOn, isDisabled, hint, onChange }: Props) {
  const id = useId();
  return (
    <Labelled id={id} label={label} hint={hint}>
      <Checkbox
        id={id}
        theme={CheckboxLightTheme}
        checked={isOn}
        isDisabled={isDisabled}
        aria-describedby={hint ? `${id}-hint` : undefined}
        onChange={event => onChange(event.currentTarget.checked)}
      />
    </Labelled>
  );
}

interface LabelledProps {
  id: string;
  label: ReactNode;
  hint: ReactNode;
  children: ReactNode;
}

/** The kit's control hides its input: only inside a label does a click on what is seen of it count. */
function Labelled({ id, label, hint, children }: LabelledProps) {
  return (
    <div className="switch">
      <label htmlFor={id}>
        {children}
        <span>{label}</span>
      </label>
      {hint && (
        <div id={`${id}-hint`} className="switch-hint">
          {hint}
        </div>
      )}
    </div>
  );
}
