import { answered, useApi } from '../api/api';
import type { DecisionScreen } from '../api/schema';
import { useSay } from '../texts/texts';
import { Undo } from './Undo';

/** Puts back what one decision wrote. */
export function UndoDecision({ decision, onUndone }: { decision: DecisionScreen; onUndone(): void }) {
  const [api, say] = [useApi(), useSay()];
  const path = { deal: decision.deal, decision: decision.id };
  return (
    <Undo
      label={say('decisions.undo')}
      question={say('decisions.undoQuestion', { count: decision.changes.length })}
      send={async () =>
        (await answered(api.POST('/deals/{deal}/decisions/{decision}/undo', { params: { path } }))).command
      }
      onUndone={onUndone}
    />
  );
}
