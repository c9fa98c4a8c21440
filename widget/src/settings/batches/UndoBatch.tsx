import { useQuery } from '@tanstack/react-query';
import { answered, useApi } from '../../api/api';
import type { BatchScreen } from '../../api/schema';
import { Confirm } from '../../components/Confirm';
import { Note } from '../../components/Note';
import { Skeleton } from '../../components/Skeleton';
import { useSay } from '../../texts/texts';
import { batchTitle } from './Batch';

interface Props {
  batch: BatchScreen;
  onConfirm(): void;
  onClose(): void;
}

/** Says what undoing a batch will do, and what of it cannot be put back, before it does. */
export function UndoBatch({ batch, onConfirm, onClose }: Props) {
  const [api, say] = [useApi(), useSay()];
  // A page of its decisions shows what will be left; what somebody has changed since is known only when it is tried.
  const decisions = useQuery({
    queryKey: ['batches', batch.id, 'first'],
    queryFn: () =>
      answered(api.GET('/batches/{batch}/decisions', { params: { path: { batch: batch.id }, query: { after: '' } } })),
  });
  const left = decisions.data?.decisions.filter(one => !one.can_be_undone && one.skipped === null).length ?? 0;
  return (
    <Confirm
      title={say('upkeep.undoTitle', { what: batchTitle(say, batch) })}
      action={say('upkeep.undo')}
      isDisabled={decisions.isPending || left >= batch.count}
      onConfirm={onConfirm}
      onClose={onClose}
    >
      <p>{say('upkeep.undoWill', { count: batch.count })}</p>
      {decisions.isPending && <Skeleton lines={1} />}
      {left > 0 && (
        <Note tone="warning">
          {say(decisions.data?.more ? 'upkeep.undoLeavesAtLeast' : 'upkeep.undoLeaves', { count: left })}
        </Note>
      )}
      <p className="quiet">{say('upkeep.undoChanged')}</p>
    </Confirm>
  );
}
