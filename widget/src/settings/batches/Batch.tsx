import type { BatchScreen } from '../../api/schema';
import { Button } from '../../components/Button';
import { Disclosure } from '../../components/Disclosure';
import { useFormat } from '../../format/format';
import { type Say, useSay } from '../../texts/texts';
import { useAccount } from '../account';
import { BatchDecisions } from './BatchDecisions';

interface Props {
  batch: BatchScreen;
  isBusy: boolean;
  onUndo(): void;
}

/** What one person asked for at one time. */
export function Batch({ batch, isBusy, onUndo }: Props) {
  const [say, format, account] = [useSay(), useFormat(), useAccount().data];
  const when = format.moment(Math.floor(batch.at));
  const by = account?.users.find(({ id }) => id === batch.by)?.name;
  return (
    <li className="list-row">
      <div className="list-row-text">
        <div>
          <strong>{batchTitle(say, batch)}</strong>{' '}
          {batch.undone && <span className="batches-undone">{say('upkeep.wasUndone')}</span>}
        </div>
        <div className="quiet">{by ? say('upkeep.batchBy', { by, when }) : when}</div>
        <Disclosure summary={say('upkeep.decisions', { count: batch.count })}>
          <BatchDecisions batch={batch.id} />
        </Disclosure>
      </div>
      {!batch.undone && (
        <div className="list-row-actions">
          <Button
            isDisabled={isBusy}
            aria-label={say('upkeep.undoNamed', { what: batchTitle(say, batch), when })}
            onClick={onUndo}
          >
            {say('upkeep.undo')}
          </Button>
        </div>
      )}
    </li>
  );
}

/** What was asked for, in words. */
export function batchTitle(say: Say, { kind }: BatchScreen): string {
  return say.coded(`upkeep.batch_${kind}`) ?? say('upkeep.batchOther');
}
