import { useSortable } from '@dnd-kit/sortable';
import { CSS } from '@dnd-kit/utilities';
import { useEffect, useId, useRef } from 'react';
import { Menu } from '../../components/Menu';
import { useSay } from '../../texts/texts';
import { useDraft } from '../draft';
import { useFaultText } from '../faultText';
import { ConditionsEditor } from './ConditionsEditor';
import { MappingEditor } from './MappingEditor';
import { MappingSummary } from './MappingSummary';
import { useSentence } from './sentence';
import type { Rule } from './sync';

interface Props {
  rule: Rule;
  place: number;
  count: number;
  isOpen: boolean;
  onOpen(isOpen: boolean): void;
  onChange(rule: Rule): void;
  onMove(to: number): void;
  onCopy(): void;
  onRemove(): void;
}

/** One rule: it reads as a sentence, and is opened to be changed. */
export function RuleCard({ rule, place, count, isOpen, onOpen, onChange, onMove, onCopy, onRemove }: Props) {
  const [say, sentence, faultText] = [useSay(), useSentence(), useFaultText()];
  const { faultsAt } = useDraft();
  const body = useId();
  const { attributes, listeners, setNodeRef, setActivatorNodeRef, transform, transition, isDragging } = useSortable({
    id: rule.id,
  });
  const number = place + 1;
  const path = `status_sync.rules.${place}`;
  const faults = faultsAt(path);
  const own = faults.filter(({ field }) => field === `${path}.id` || field === `${path}.conditions`);
  const isFaulty = faults.length > 0;
  const openNow = useRef(onOpen);
  openNow.current = onOpen;
  // What is wrong inside is shown, and stays open when it is mended.
  useEffect(() => {
    if (isFaulty) {
      openNow.current(true);
    }
  }, [isFaulty]);
  return (
    <li
      ref={setNodeRef}
      className="rule"
      data-field={path}
      data-dragged={isDragging || undefined}
      data-faulty={isFaulty || undefined}
      style={{ transform: CSS.Translate.toString(transform), transition }}
    >
      <div className="rule-head">
        <button
          ref={setActivatorNodeRef}
          type="button"
          className="rule-handle"
          {...attributes}
          {...listeners}
          aria-label={say('rules.drag', { number })}
        >
          <span className="rule-number">{number}</span>
          <span aria-hidden="true">⠿</span>
        </button>
        <button
          type="button"
          className="rule-sentence"
          aria-expanded={isOpen}
          aria-controls={isOpen ? body : undefined}
          onClick={() => onOpen(!isOpen)}
        >
          {sentence(rule.conditions)}
        </button>
        <Menu
          label={say('rules.menu', { number })}
          items={[
            { label: say('rules.edit'), onChoose: () => onOpen(true) },
            { label: say('rules.copy'), onChoose: onCopy },
            { label: say('rules.moveUp'), isDisabled: place === 0, onChoose: () => onMove(place - 1) },
            { label: say('rules.moveDown'), isDisabled: number === count, onChoose: () => onMove(place + 1) },
            { label: say('rules.remove'), onChoose: onRemove },
          ]}
        />
      </div>
      {own.map(fault => (
        <p key={fault.code} className="rule-fault" role="alert">
          {faultText(fault)}
        </p>
      ))}
      {isOpen ? (
        <div id={body} className="rule-body">
          <ConditionsEditor
            conditions={rule.conditions}
            path={`${path}.conditions`}
            onChange={conditions => onChange({ ...rule, conditions })}
          />
          <MappingEditor
            mapping={rule.mapping}
            path={`${path}.mapping`}
            onChange={mapping => mapping && onChange({ ...rule, mapping })}
          />
        </div>
      ) : (
        <MappingSummary mapping={rule.mapping} />
      )}
    </li>
  );
}
