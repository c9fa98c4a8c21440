import { type KeyboardEvent, useId, useMemo, useRef, useState } from 'react';
import { useSay } from '../texts/texts';
import { Field, type FieldProps, type Option } from './Field';
import './MultiChoice.css';

type Props<V extends string | number> = FieldProps & {
  options: readonly Option<V>[];
  values: readonly V[];
  /** What is read in the empty field: what choosing nothing means. */
  placeholder?: string;
  /** The text of a value that is not among the options any more; it is shown in red. */
  gone?(value: V): string;
  onChange(values: V[]): void;
};

/** Several of many: what is chosen stands as chips, the list opens below and is searched by typing. */
export function MultiChoice<V extends string | number>(props: Props<V>) {
  const { label, isLabelHidden, hint, error, options, values, placeholder, gone = String, onChange } = props;
  const say = useSay();
  const list = useId();
  const input = useRef<HTMLInputElement>(null);
  const [isOpen, setOpen] = useState(false);
  const [asked, setAsked] = useState('');
  const [active, setActive] = useState(0);
  const found = useMemo(() => options.filter(option => fits(option, asked)), [options, asked]);
  const groups = useMemo(() => [...new Set(found.map(option => option.group ?? ''))], [found]);
  // As they are drawn: by their groups.
  const shown = groups.flatMap(group => found.filter(option => (option.group ?? '') === group));
  const known = new Map(options.map(option => [option.value, option.label]));

  const open = () => {
    setOpen(true);
    setActive(0);
  };
  const close = () => {
    setOpen(false);
    setAsked('');
  };
  const turn = (value: V) =>
    onChange(values.includes(value) ? values.filter(one => one !== value) : [...values, value]);
  const move = (steps: number) => setActive((active + steps + shown.length) % Math.max(1, shown.length));

  const onKeyDown = (event: KeyboardEvent) => {
    const chosen = shown[active];
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      isOpen ? move(event.key === 'ArrowDown' ? 1 : -1) : open();
    } else if (event.key === 'Enter' && isOpen && chosen) {
      event.preventDefault();
      turn(chosen.value);
    } else if (event.key === 'Escape' && isOpen) {
      // Closes the list, not the window around it.
      event.stopPropagation();
      close();
    } else if (event.key === 'Backspace' && !asked && values.length) {
      onChange(values.slice(0, -1));
    }
  };

  return (
    <Field label={label} isLabelHidden={isLabelHidden} hint={hint} error={error}>
      {ids => (
        <div className="multi-choice">
          <div className="multi-choice-box" data-invalid={error ? true : undefined}>
            {values.map(value => (
              <span key={value} className={known.has(value) ? 'chip' : 'chip chip-gone'}>
                <span className="chip-text">{known.get(value) ?? gone(value)}</span>
                <button
                  type="button"
                  className="chip-remove"
                  aria-label={say('general.remove', { name: known.get(value) ?? gone(value) })}
                  onClick={() => {
                    turn(value);
                    input.current?.focus();
                  }}
                >
                  ×
                </button>
              </span>
            ))}
            <input
              ref={input}
              className="multi-choice-input"
              role="combobox"
              autoComplete="off"
              aria-expanded={isOpen}
              aria-controls={list}
              aria-autocomplete="list"
              aria-activedescendant={isOpen && shown[active] ? `${list}-${active}` : undefined}
              placeholder={values.length ? undefined : placeholder}
              value={asked}
              onClick={() => (isOpen ? close() : open())}
              onChange={event => {
                setAsked(event.currentTarget.value);
                open();
              }}
              onKeyDown={onKeyDown}
              onBlur={close}
              {...ids}
            />
          </div>
          {isOpen && (
            <div
              id={list}
              role="listbox"
              tabIndex={-1}
              className="multi-choice-list"
              aria-label={label}
              aria-multiselectable="true"
              // The focus stays in the field.
              onMouseDown={event => event.preventDefault()}
            >
              {!shown.length && <div className="multi-choice-nothing">{say('general.nothingFound')}</div>}
              {groups.map(group => {
                const members = shown
                  .map((option, place) => ({ option, place }))
                  .filter(({ option }) => (option.group ?? '') === group);
                return (
                  // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot stand in a listbox
                  <div key={group} role="group" aria-label={group || label}>
                    {group && <div className="multi-choice-group">{group}</div>}
                    {members.map(({ option, place }) => (
                      // biome-ignore lint/a11y/useFocusableInteractive: the field keeps the focus and names the active one
                      // biome-ignore lint/a11y/useKeyWithClickEvents: its keys are the field's
                      <div
                        key={option.value}
                        id={`${list}-${place}`}
                        ref={place === active ? intoView : undefined}
                        role="option"
                        aria-selected={values.includes(option.value)}
                        className="multi-choice-option"
                        data-active={place === active || undefined}
                        onClick={() => turn(option.value)}
                      >
                        {option.label}
                      </div>
                    ))}
                  </div>
                );
              })}
            </div>
          )}
        </div>
      )}
    </Field>
  );
}

/** Each word that is asked for is somewhere in the name or its group, whatever the accents. */
function fits<V extends string | number>(option: Option<V>, asked: string): boolean {
  const text = plain(`${option.label} ${option.group ?? ''}`);
  return plain(asked)
    .split(/\s+/)
    .every(word => text.includes(word));
}

function plain(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}

function intoView(element: HTMLElement | null): void {
  element?.scrollIntoView({ block: 'nearest' });
}
