import { Skeleton } from '../../components/Skeleton';

export default function CheckTab() {
  return <Skeleton lines={6} />;
}
