import { useMutation } from '@tanstack/react-query';
import { answered, useApi } from '../api/api';
import type { GroupScreen } from '../api/schema';
import { Button } from '../components/Button';
import { Failure } from '../components/Failure';
import { Note } from '../components/Note';
import { useSay } from '../texts/texts';

/** A person says that these are not the same: they are found together no more, until he takes that back. */
export function Ignoring({ group, onBack, onDone }: { group: GroupScreen; onBack(): void; onDone(): void }) {
  const [api, say] = [useApi(), useSay()];
  const ignoring = useMutation({
    mutationFn: (ignored: boolean) => {
      const { kind, ids, bookings } = group;
      return answered(api.PUT('/duplicates/ignored', { body: { kind, ids, bookings, ignored } }));
    },
    onSuccess: (_, ignored) => !ignored && onBack(),
  });
  if (ignoring.isSuccess) {
    return (
      <div className="duplicate-group-step">
        <Note tone="success">{say('duplicates.ignored')}</Note>
        <div className="duplicate-group-actions">
          <Button kind="primary" onClick={onDone}>
            {say('duplicates.finish')}
          </Button>
          <Button onClick={() => ignoring.mutate(false)}>{say('duplicates.findAgain')}</Button>
        </div>
      </div>
    );
  }
  return (
    <div className="duplicate-group-step">
      <Note>{say('duplicates.confirm_ignore')}</Note>
      {ignoring.isError && <Failure error={ignoring.error} />}
      <div className="duplicate-group-actions">
        <Button kind="primary" isBusy={ignoring.isPending} onClick={() => ignoring.mutate(true)}>
          {say('duplicates.action_ignore')}
        </Button>
        <Button isDisabled={ignoring.isPending} onClick={onBack}>
          {say('duplicates.back')}
        </Button>
      </div>
    </div>
  );
}
