import { Skeleton } from '../../components/Skeleton';
import { useSay } from '../../texts/texts';
import { LocationChoice } from '../altegio/LocationChoice';
import { useOffered } from '../altegio/offered';
import type { StepProps } from './FirstRun';

/** Which locations get deals for their bookings. */
export function LocationsStep({ onDone }: StepProps) {
  const say = useSay();
  const { data } = useOffered();
  if (!data) {
    return <Skeleton lines={4} />;
  }
  return (
    <LocationChoice offered={data.locations} submit={say('setup.saveAndContinue')} isUnchangedSaved onSaved={onDone} />
  );
}
