import type { ReactNode } from 'react';
import './Empty.css';

/** What stands where there is nothing: it says what to do. */
export function Empty({ children }: { children: ReactNode }) {
  return <div className="empty">{children}</div>;
}
