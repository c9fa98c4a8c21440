import { Skeleton } from '../../components/Skeleton';

export default function DealsTab() {
  return <Skeleton lines={6} />;
}
