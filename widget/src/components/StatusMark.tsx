import type { BookingStatus } from '../api/schema';
import './StatusMark.css';

/** The signs, for who draws them without React. */
export const MARK_SHAPES: Record<BookingStatus, string> = {
  waiting: 'M8 4v4l3 2',
  confirmed: 'M4.5 8.5 7 11l4.5-6',
  arrived: 'M8 5.2a1.6 1.6 0 1 0 0-.01M4.8 12c.2-2.4 1.4-3.6 3.2-3.6s3 1.2 3.2 3.6',
  no_show: 'M5 5l6 6M11 5l-6 6',
  cancelled: 'M4.5 8h7',
};

/** A booking's status as a sign: its shape tells it as well as its colour. What it means stands, or is read out, beside. */
export function StatusMark({ status }: { status: BookingStatus }) {
  return (
    <svg className={`status-mark status-mark-${status}`} viewBox="0 0 16 16" aria-hidden="true">
      <circle cx="8" cy="8" r="7.25" />
      <path d={MARK_SHAPES[status]} />
    </svg>
  );
}
