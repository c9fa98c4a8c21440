import { Skeleton } from '../../components/Skeleton';

export default function AltegioTab() {
  return <Skeleton lines={6} />;
}
