import { type ReactNode, useId } from 'react';
import './Section.css';

interface Props {
  title: string;
  /** One sentence of what it does. */
  hint?: ReactNode;
  /** The part of the settings that is changed here, if it is one: the address leads to it. */
  path?: string;
  children: ReactNode;
}

/** A part of a tab. */
export function Section({ title, hint, path, children }: Props) {
  const id = useId();
  return (
    <section className="settings-section" aria-labelledby={id} data-field={path}>
      <h3 id={id}>{title}</h3>
      {hint && <p className="quiet settings-section-hint">{hint}</p>}
      {children}
    </section>
  );
}
