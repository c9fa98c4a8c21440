import { type ReactNode, useState } from 'react';
import './Disclosure.css';

interface Props {
  summary: ReactNode;
  children: ReactNode;
  isOpenAtFirst?: boolean;
}

/** Something that is shown when it is asked for. What is inside is drawn, and read, only then. */
export function Disclosure({ summary, children, isOpenAtFirst = false }: Props) {
  const [isOpen, setOpen] = useState(isOpenAtFirst);
  return (
    <details className="disclosure" open={isOpen} onToggle={event => setOpen(event.currentTarget.open)}>
      <summary>{summary}</summary>
      {isOpen && <div className="disclosure-content">{children}</div>}
    </details>
  );
}
