import { answered, useApi } from '../api/api';
import { useSay } from '../texts/texts';
import { Undo } from './Undo';

/** Puts back all that one command wrote. */
export function UndoBatch({ batch, onUndone }: { batch: string; onUndone?: () => void }) {
  const [api, say] = [useApi(), useSay()];
  return (
    <Undo
      label={say('decisions.undo')}
      question={say('decisions.undoBatchQuestion')}
      send={async () => (await answered(api.POST('/batches/{batch}/undo', { params: { path: { batch } } }))).command}
      onUndone={onUndone}
    />
  );
}
