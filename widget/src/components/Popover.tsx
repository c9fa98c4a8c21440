import { type ReactNode, useEffect, useId, useRef, useState } from 'react';
import './Popover.css';

interface Props {
  /** What stands on the button. */
  label: ReactNode;
  /** Something other than usual is chosen inside. */
  isMarked?: boolean;
  children: ReactNode;
}

/** A button that opens a small block below it. Escape, or a click elsewhere, closes it. */
export function Popover({ label, isMarked = false, children }: Props) {
  const id = useId();
  const [isOpen, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (!isOpen) {
      return undefined;
    }
    const leave = (event: Event) => {
      if (!root.current?.contains(event.target as Node)) {
        setOpen(false);
      }
    };
    const close = (event: KeyboardEvent) => {
      if (event.key === 'Escape') {
        // It closes this, and not the window around it as well.
        event.preventDefault();
        event.stopPropagation();
        setOpen(false);
        button.current?.focus();
      }
    };
    const inside = root.current;
    document.addEventListener('pointerdown', leave);
    document.addEventListener('focusin', leave);
    inside?.addEventListener('keydown', close);
    return () => {
      document.removeEventListener('pointerdown', leave);
      document.removeEventListener('focusin', leave);
      inside?.removeEventListener('keydown', close);
    };
  }, [isOpen]);
  return (
    <div ref={root} className="popover">
      <button
        ref={button}
        type="button"
        className={`popover-button${isMarked ? ' popover-button-marked' : ''}`}
        aria-expanded={isOpen}
        aria-controls={id}
        onClick={() => setOpen(!isOpen)}
      >
        {label}
        <svg viewBox="0 0 10 6" width="10" height="6" aria-hidden="true">
          <path d="M1 1l4 4 4-4" fill="none" stroke="currentColor" strokeWidth="1.5" />
        </svg>
      </button>
      <div id={id} className="popover-block" hidden={!isOpen}>
        {isOpen && children}
      </div>
    </div>
  );
}
