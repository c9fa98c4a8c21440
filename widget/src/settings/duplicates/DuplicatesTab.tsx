import { Skeleton } from '../../components/Skeleton';

export default function DuplicatesTab() {
  return <Skeleton lines={6} />;
}
