import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react';
import './Menu.css';

interface Item {
  label: string;
  isDisabled?: boolean;
  onChoose(): void;
}

/** What can be done with something, behind a button with three dots. `label` names the button. */
export function Menu({ label, items }: { label: string; items: readonly Item[] }) {
  const id = useId();
  const [isOpen, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const choices = () => [...(list.current?.querySelectorAll<HTMLElement>('[role=menuitem]:not([disabled])') ?? [])];

  useEffect(() => {
    if (isOpen) {
      list.current?.querySelector<HTMLElement>('[role=menuitem]:not([disabled])')?.focus();
    }
  }, [isOpen]);

  const close = () => {
    setOpen(false);
    button.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const all = choices();
    const place = all.indexOf(document.activeElement as HTMLElement);
    const to = { ArrowDown: place + 1, ArrowUp: place - 1 + all.length, Home: 0, End: all.length - 1 }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      all[to % all.length]?.focus();
    } else if (event.key === 'Escape') {
      // Closes the menu, not the window around it.
      event.stopPropagation();
      close();
    } else if (event.key === 'Tab') {
      setOpen(false);
    }
  };

  return (
    <div className="menu">
      <button
        ref={button}
        type="button"
        className="menu-button"
        aria-label={label}
        aria-haspopup="menu"
        aria-expanded={isOpen}
        aria-controls={isOpen ? id : undefined}
        onClick={() => setOpen(!isOpen)}
      >
        ⋯
      </button>
      {isOpen && (
        <div
          ref={list}
          id={id}
          role="menu"
          tabIndex={-1}
          className="menu-list"
          aria-label={label}
          onKeyDown={onKeyDown}
          onBlur={({ currentTarget, relatedTarget: next }) => {
            if (next !== button.current && !currentTarget.contains(next)) {
              setOpen(false);
            }
          }}
        >
          {items.map(item => (
            <button
              key={item.label}
              type="button"
              role="menuitem"
              tabIndex={-1}
              className="menu-item"
              disabled={item.isDisabled}
              onClick={() => {
                close();
                item.onChoose();
              }}
            >
              {item.label}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}
