import { Skeleton } from '../../components/Skeleton';

export default function BatchesTab() {
  return <Skeleton lines={6} />;
}
