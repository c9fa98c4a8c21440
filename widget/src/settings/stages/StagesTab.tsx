import { Skeleton } from '../../components/Skeleton';

export default function StagesTab() {
  return <Skeleton lines={6} />;
}
