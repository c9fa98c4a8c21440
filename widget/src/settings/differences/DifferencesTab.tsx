import { Skeleton } from '../../components/Skeleton';

export default function DifferencesTab() {
  return <Skeleton lines={6} />;
}
