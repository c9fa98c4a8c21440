import type { ReactNode } from 'react';
import { Disclosure } from '../../components/Disclosure';
import { useSay } from '../../texts/texts';
import './list.css';

interface Props {
  title: ReactNode;
  note?: ReactNode;
  /** What is read only when somebody asks for it, such as a provider's numbers. */
  details?: ReactNode;
  actions?: ReactNode;
}

/** One thing of a list, with what can be done about it. */
export function Row({ title, note, details, actions }: Props) {
  const say = useSay();
  return (
    <li className="list-row">
      <div className="list-row-text">
        <div>{title}</div>
        {note && <div className="quiet">{note}</div>}
        {details && <Disclosure summary={say('upkeep.details')}>{details}</Disclosure>}
      </div>
      {actions && <div className="list-row-actions">{actions}</div>}
    </li>
  );
}
