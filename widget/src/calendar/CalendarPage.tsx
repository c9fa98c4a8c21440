import { useSay } from '../texts/texts';
import CalendarScreen from './CalendarScreen';

/** The appointment calendar as a page of its own, from the left menu. */
export default function CalendarPage() {
  return (
    <div className="calendar-page">
      <h2>{useSay()('calendar.title')}</h2>
      <CalendarScreen />
    </div>
  );
}
