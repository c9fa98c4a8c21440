import { Button } from '../../components/Button';
import { useSay } from '../../texts/texts';
import { NotMade } from '../NotMade';
import type { OptionalFields } from './optional';

/** Makes all optional fields at once. */
export function CreateOptional({ optional }: { optional: OptionalFields }) {
  const say = useSay();
  const { toBeMade, make, asked, isBusy, error } = optional;
  const areAllAsked = asked.length > 1;
  if (toBeMade.length < 2) {
    return null;
  }
  return (
    <div className="fields-state">
      <Button isBusy={isBusy && areAllAsked} isDisabled={isBusy} onClick={() => make(toBeMade)}>
        {say('setup.createOptional')}
      </Button>
      {areAllAsked && error && <NotMade error={error} />}
    </div>
  );
}
