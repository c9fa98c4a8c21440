import type { ReactNode } from 'react';
import './Badge.css';

const MARKS = { good: '✓', bad: '!', warn: '!', quiet: '–' };

/** A state in a word or two. Its mark says the same as its colour. */
export function Badge({ tone, children }: { tone: keyof typeof MARKS; children: ReactNode }) {
  return (
    <span className="badge" data-tone={tone}>
      <span aria-hidden="true" className="badge-mark">
        {MARKS[tone]}
      </span>
      {children}
    </span>
  );
}
