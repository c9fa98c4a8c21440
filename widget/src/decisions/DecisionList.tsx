import type { DecisionScreen } from '../api/schema';
import { DecisionItem } from './DecisionItem';
import './decisions.css';

interface Props {
  decisions: readonly DecisionScreen[];
  /** Something was undone: the list should be read again. */
  onChanged(): void;
}

/** Decisions in words, in the order in which they are given. */
export function DecisionList({ decisions, onChanged }: Props) {
  return (
    <ol className="decisions">
      {decisions.map(decision => (
        <DecisionItem key={`${decision.deal}/${decision.id}`} decision={decision} onChanged={onChanged} />
      ))}
    </ol>
  );
}
