import { Skeleton } from '../../components/Skeleton';

export default function PeopleTab() {
  return <Skeleton lines={6} />;
}
