import { Input, InputLightTheme } from '@kommo-crm/crm-react-ui-kit/Input';
import { TextArea, TextareaLightTheme } from '@kommo-crm/crm-react-ui-kit/TextArea';
import { type InputHTMLAttributes, type ReactNode, useId } from 'react';
import './Field.css';

export interface FieldProps {
  label: string;
  /** The label is read out, but not seen: where the place says it already. */
  isLabelHidden?: boolean;
  hint?: ReactNode;
  /** What is wrong with it, as a whole message. */
  error?: string | undefined;
}

interface Ids {
  id: string;
  'aria-describedby': string | undefined;
  'aria-invalid': true | undefined;
}

/** A control with its label, its hint and what is wrong with it. `children` gets what ties them together. */
export function Field({ label, isLabelHidden, hint, error, children }: FieldProps & { children(ids: Ids): ReactNode }) {
  const id = useId();
  const described = [hint ? `${id}-hint` : '', error ? `${id}-error` : ''].filter(Boolean).join(' ');
  return (
    <div className="field">
      <label className={isLabelHidden ? 'visually-hidden' : 'field-label'} htmlFor={id}>
        {label}
      </label>
      {children({ id, 'aria-describedby': described || undefined, 'aria-invalid': error ? true : undefined })}
      {hint && (
        <div id={`${id}-hint`} className="field-hint">
          {hint}
        </div>
      )}
      {error && (
        <div id={`${id}-error`} className="field-error" role="alert">
          {error}
        </div>
      )}
    </div>
  );
}

type TextFieldProps = FieldProps &
  Pick<
    InputHTMLAttributes<HTMLInputElement>,
    'type' | 'autoComplete' | 'inputMode' | 'placeholder' | 'min' | 'max' | 'maxLength' | 'name' | 'required'
  > & { value: string; isDisabled?: boolean; onChange(value: string): void };

/** A line of text: with `type`, a date, a number, a password. */
export function TextField({ label, isLabelHidden, hint, error, value, onChange, ...rest }: TextFieldProps) {
  return (
    <Field label={label} isLabelHidden={isLabelHidden} hint={hint} error={error}>
      {ids => (
        <Input
          theme={InputLightTheme}
          value={value}
          isInvalid={Boolean(error)}
          onChange={event => onChange(event.currentTarget.value)}
          {...ids}
          {...rest}
        />
      )}
    </Field>
  );
}

type TextBoxProps = FieldProps & { value: string; maxLength?: number; onChange(value: string): void };

/** Several lines of text. */
export function TextBox({ label, isLabelHidden, hint, error, value, onChange, maxLength }: TextBoxProps) {
  return (
    <Field label={label} isLabelHidden={isLabelHidden} hint={hint} error={error}>
      {ids => (
        <TextArea
          theme={TextareaLightTheme}
          value={value}
          maxLength={maxLength}
          isInvalid={Boolean(error)}
          onChange={event => onChange(event.currentTarget.value)}
          {...ids}
        />
      )}
    </Field>
  );
}

export interface Option<V extends string | number> {
  value: V;
  label: string;
  /** Options of one group stand together under its name. */
  group?: string;
}

type ChoiceProps<V extends string | number> = FieldProps & {
  options: readonly Option<V>[];
  value: V | null;
  /** What stands for no choice; without it one must be chosen. */
  none?: string;
  isDisabled?: boolean;
  onChange(value: V | null): void;
};

/**
 * One of several. It is the browser's own list, since the UI kit's can be used neither by keyboard nor by screen readers.
 */
export function Choice<V extends string | number>(props: ChoiceProps<V>) {
  const { label, isLabelHidden, hint, error, options, value, none, isDisabled, onChange } = props;
  const groups = [...new Set(options.map(option => option.group ?? ''))];
  const chosen = (text: string) => options.find(option => String(option.value) === text)?.value ?? null;
  const drawn = (group: string) =>
    options
      .filter(option => (option.group ?? '') === group)
      .map(option => (
        <option key={option.value} value={option.value}>
          {option.label}
        </option>
      ));
  return (
    <Field label={label} isLabelHidden={isLabelHidden} hint={hint} error={error}>
      {ids => (
        <select
          className="choice"
          value={value ?? ''}
          disabled={isDisabled}
          onChange={event => onChange(chosen(event.currentTarget.value))}
          {...ids}
        >
          {(none !== undefined || value === null) && <option value="">{none ?? '—'}</option>}
          {groups.map(group =>
            group ? (
              <optgroup key={group} label={group}>
                {drawn(group)}
              </optgroup>
            ) : (
              drawn(group)
            ),
          )}
        </select>
      )}
    </Field>
  );
}
