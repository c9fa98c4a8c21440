import { useSay } from '../texts/texts';

/** The appointment calendar as a page of its own, from the left menu. */
export default function CalendarPage() {
  return <h2>{useSay()('calendar.title')}</h2>;
}
