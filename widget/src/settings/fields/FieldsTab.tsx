import { Skeleton } from '../../components/Skeleton';

export default function FieldsTab() {
  return <Skeleton lines={6} />;
}
