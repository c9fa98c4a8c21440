import { answered, useApi } from '../api/api';
import type { DecisionScreen } from '../api/schema';
import { useSay } from '../texts/texts';
import { Undo } from './Undo';

interface Props {
  decision: DecisionScreen;
  onBegin(): void;
  onUndone(): void;
}

/** Puts back what one decision wrote. */
export function UndoDecision({ decision, onBegin, onUndone }: Props) {
  const [api, say] = [useApi(), useSay()];
  const path = { deal: decision.deal, decision: decision.id };
  return (
    <Undo
      label={say('decisions.undo')}
      question={say('decisions.undoQuestion', { count: decision.changes.length })}
      send={async () => {
        onBegin();
        return (await answered(api.POST('/deals/{deal}/decisions/{decision}/undo', { params: { path } }))).command;
      }}
      onUndone={onUndone}
    />
  );
}
