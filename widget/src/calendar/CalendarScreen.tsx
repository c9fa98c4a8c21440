import { useLocations } from '../api/locations';
import { Empty } from '../components/Empty';
import { Failure } from '../components/Failure';
import { Skeleton } from '../components/Skeleton';
import { useSay } from '../texts/texts';
import { Days } from './Days';

/** The appointment calendar, wherever it stands. */
export default function CalendarScreen() {
  const [locations, say] = [useLocations(), useSay()];
  if (locations.isPending) {
    return <Skeleton lines={12} />;
  }
  if (locations.isError) {
    return <Failure error={locations.error} onRetry={locations.refetch} />;
  }
  if (!locations.data.locations.length) {
    return <Empty>{say('calendar.noLocations')}</Empty>;
  }
  return <Days locations={locations.data.locations} />;
}
