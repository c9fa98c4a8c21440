import { Skeleton } from '../../components/Skeleton';

export default function HistoryTab() {
  return <Skeleton lines={6} />;
}
