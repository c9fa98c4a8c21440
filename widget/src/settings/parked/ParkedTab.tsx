import { Skeleton } from '../../components/Skeleton';

export default function ParkedTab() {
  return <Skeleton lines={6} />;
}
