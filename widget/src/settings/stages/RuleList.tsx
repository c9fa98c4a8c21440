import {
  closestCenter,
  DndContext,
  type DragEndEvent,
  KeyboardSensor,
  PointerSensor,
  type UniqueIdentifier,
  useSensor,
  useSensors,
} from '@dnd-kit/core';
import {
  arrayMove,
  SortableContext,
  sortableKeyboardCoordinates,
  verticalListSortingStrategy,
} from '@dnd-kit/sortable';
import { useState } from 'react';
import { Button } from '../../components/Button';
import { Empty } from '../../components/Empty';
import { Note } from '../../components/Note';
import { useSay } from '../../texts/texts';
import { useFaultAt } from '../faultText';
import { useLists } from '../lists';
import { RuleCard } from './RuleCard';
import { emptyMapping, newId, newRule, type Rule, useSync } from './sync';
import './RuleList.css';

const MOST_RULES = 200;

/** The rules in the order in which they are tried: dragged by their handles, by mouse or by keyboard. */
export function RuleList() {
  const [say, lists, faultAt] = [useSay(), useLists(), useFaultAt()];
  const { sync, changeSync } = useSync();
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set());
  const [removed, setRemoved] = useState<{ rule: Rule; place: number } | null>(null);
  const { rules } = sync;
  const sensors = useSensors(
    // A press of the handle is no drag yet.
    useSensor(PointerSensor, { activationConstraint: { distance: 4 } }),
    useSensor(KeyboardSensor, { coordinateGetter: sortableKeyboardCoordinates }),
  );
  const placeOf = (id: UniqueIdentifier | undefined) => rules.findIndex(rule => rule.id === id);

  const open = (id: string, isOpen: boolean) =>
    setOpened(before => new Set(isOpen ? [...before, id] : [...before].filter(one => one !== id)));
  const put = (place: number, rule: Rule) => {
    changeSync({ rules: [...rules.slice(0, place), rule, ...rules.slice(place)] });
    open(rule.id, true);
  };
  const add = () => {
    const pipeline = rules.at(-1)?.mapping.pipeline ?? sync.only_pipeline ?? lists.mainPipeline?.id;
    put(rules.length, newRule(sync.mapping ?? emptyMapping(pipeline ?? 0)));
  };
  const move = (from: number, to: number) => changeSync({ rules: arrayMove(rules, from, to) });
  const remove = (place: number) => {
    const rule = rules[place];
    if (rule) {
      changeSync({ rules: rules.filter(one => one !== rule) });
      setRemoved({ rule, place });
    }
  };
  const bringBack = () => {
    if (removed) {
      put(Math.min(removed.place, rules.length), removed.rule);
      setRemoved(null);
    }
  };

  const told = (key: 'rules.dragOver' | 'rules.dragEnd', active: UniqueIdentifier, over?: UniqueIdentifier) =>
    say(key, { number: placeOf(active) + 1, place: placeOf(over ?? active) + 1, count: rules.length });
  const fault = faultAt('status_sync.rules');

  return (
    <div className="rule-list">
      {!rules.length && <Empty>{say('rules.noRules')}</Empty>}
      <DndContext
        sensors={sensors}
        collisionDetection={closestCenter}
        onDragEnd={({ active, over }: DragEndEvent) => over && move(placeOf(active.id), placeOf(over.id))}
        accessibility={{
          screenReaderInstructions: { draggable: say('rules.dragHelp') },
          announcements: {
            onDragStart: ({ active }) =>
              say('rules.dragStart', { number: placeOf(active.id) + 1, count: rules.length }),
            onDragOver: ({ active, over }) => told('rules.dragOver', active.id, over?.id),
            onDragEnd: ({ active, over }) => told('rules.dragEnd', active.id, over?.id),
            onDragCancel: ({ active }) => told('rules.dragEnd', active.id),
          },
        }}
      >
        <SortableContext items={rules.map(rule => rule.id)} strategy={verticalListSortingStrategy}>
          <ol className="rule-list">
            {rules.map((rule, place) => (
              <RuleCard
                key={rule.id}
                rule={rule}
                place={place}
                count={rules.length}
                isOpen={opened.has(rule.id)}
                onOpen={isOpen => open(rule.id, isOpen)}
                onChange={changed => changeSync({ rules: rules.map(one => (one.id === rule.id ? changed : one)) })}
                onMove={to => move(place, to)}
                onCopy={() => put(place + 1, { ...rule, id: newId() })}
                onRemove={() => remove(place)}
              />
            ))}
          </ol>
        </SortableContext>
      </DndContext>
      {fault && <Note tone="error">{fault}</Note>}
      {removed && (
        <Note>
          {say('rules.removed', { number: removed.place + 1 })}
          <Button onClick={bringBack}>{say('rules.bringBack')}</Button>
        </Note>
      )}
      <div>
        <Button isDisabled={rules.length >= MOST_RULES} onClick={add}>
          {say('rules.add')}
        </Button>
      </div>
    </div>
  );
}
