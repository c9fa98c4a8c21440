import './Progress.css';

interface Props {
  /** A whole message that says how far it is. */
  label: string;
  /** From 0 to 1; without it nobody knows how far it is. */
  done?: number;
}

/** How far something is. */
export function Progress({ label, done }: Props) {
  return (
    <div className="progress">
      <div aria-live="polite">{label}</div>
      <progress max={1} value={done} aria-label={label} />
    </div>
  );
}
