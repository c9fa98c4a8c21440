import { useSay } from '../texts/texts';

/** The right panel beside a list of deals. */
export default function ListPanel() {
  return <p>{useSay()('calendar.title')}</p>;
}
