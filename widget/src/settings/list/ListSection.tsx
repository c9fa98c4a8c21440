import type { ReactNode } from 'react';
import { useFormat } from '../../format/format';
import './list.css';

interface Props {
  title: string;
  count?: number;
  about?: ReactNode;
  actions?: ReactNode;
  children?: ReactNode;
}

/** A part of a tab: what it is about, how many there are, and what can be done with all of them. */
export function ListSection({ title, count, about, actions, children }: Props) {
  const format = useFormat();
  return (
    <section className="list-section" aria-label={title}>
      <div className="list-section-head">
        <div className="list-section-text">
          <h3>
            {title} {count !== undefined && <span className="list-count">{format.number(count)}</span>}
          </h3>
          {about && <p className="quiet">{about}</p>}
        </div>
        {actions && <div className="list-section-actions">{actions}</div>}
      </div>
      {children}
    </section>
  );
}
