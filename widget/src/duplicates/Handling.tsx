import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { answered, useApi } from '../api/api';
import { useAsking } from '../api/asking';
import type { HandleBody } from '../api/schema';
import { Button } from '../components/Button';
import { codeText, Failure } from '../components/Failure';
import { Choice } from '../components/Field';
import { Note } from '../components/Note';
import { UndoBatch } from '../decisions/UndoBatch';
import { useFormat } from '../format/format';
import { useSay } from '../texts/texts';
import type { GroupAction, Member } from './Group';

const NOTHING: HandleBody = { link: [], tag: [], close: [], cancel: [] };

interface Props {
  action: GroupAction;
  kept: string;
  members: Member[];
  onBack(): void;
  onDone(): void;
}

/** One action on a group: what it will do, then what came of it, with a way back where there is one. */
export function Handling({ action, kept, members, onBack, onDone }: Props) {
  const [api, queries, say] = [useApi(), useQueryClient(), useSay()];
  const [lossReason, setLossReason] = useState<number | null>(null);
  const asking = useAsking(
    async () =>
      (await answered(api.POST('/duplicates/actions', { body: { ...NOTHING, ...action.body(kept, lossReason) } })))
        .command,
    () => {
      for (const changed of ['deal', 'kommo', 'booking', 'calendar']) {
        void queries.invalidateQueries({ queryKey: [changed] });
      }
    },
  );
  const count = action.count(kept);
  if (asking.result && asking.command) {
    return (
      <Outcome
        action={action}
        command={asking.command}
        result={asking.result as unknown as Handled}
        members={members}
        onDone={onDone}
      />
    );
  }
  const title = members.find(member => member.key === kept)?.title ?? '';
  return (
    <div className="duplicate-group-step">
      <Note tone={action.isFinal ? 'warning' : 'info'}>
        {say(`duplicates.confirm_${action.name}`, { count, kept: title })}
      </Note>
      {action.name === 'close' && <LossReason value={lossReason} onChange={setLossReason} />}
      {asking.error !== null && <Failure error={asking.error} />}
      <div className="duplicate-group-actions">
        <Button kind={action.isFinal ? 'danger' : 'primary'} isBusy={asking.isBusy} onClick={() => asking.ask()}>
          {say(`duplicates.action_${action.name}`, { count })}
        </Button>
        <Button isDisabled={asking.isBusy} onClick={onBack}>
          {say('duplicates.back')}
        </Button>
      </div>
    </div>
  );
}

function LossReason({ value, onChange }: { value: number | null; onChange(value: number | null): void }) {
  const [api, say] = [useApi(), useSay()];
  const choices = useQuery({
    queryKey: ['duplicates', 'choices'],
    queryFn: () => answered(api.GET('/duplicates/choices')),
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (!choices.data?.reasons.length) {
    return null;
  }
  return (
    <Choice
      label={say('duplicates.lossReason')}
      none={say('duplicates.noLossReason')}
      options={choices.data.reasons.map(reason => ({ value: reason.id, label: reason.name }))}
      value={value}
      onChange={onChange}
    />
  );
}

interface Handled {
  done: number;
  refused: number;
  named: { entity: 'deal' | 'booking'; location?: number; id: number; code: string }[];
}

interface OutcomeProps {
  action: GroupAction;
  command: string;
  result: Handled;
  members: Member[];
  onDone(): void;
}

function Outcome({ action, command, result, members, onDone }: OutcomeProps) {
  const [say, format] = [useSay(), useFormat()];
  const titleOf = ({ entity, location, id }: Handled['named'][number]) =>
    members.find(member => member.key === (location ? `${location}/${id}` : String(id)))?.title ??
    say(entity === 'deal' ? 'duplicates.deal' : 'duplicates.booking', { id: String(id) });
  return (
    <div className="duplicate-group-step">
      {result.done > 0 && <Note tone="success">{say(`duplicates.done_${action.name}`, { count: result.done })}</Note>}
      {result.refused > 0 && (
        <Note tone="warning">
          <span>{say('duplicates.notDone', { count: result.refused })}</span>
          <ul>
            {result.named.map(one => (
              <li key={`${one.location}/${one.id}`}>
                <b>{titleOf(one)}</b> {codeText(say, one.code, {}, format.length)}
              </li>
            ))}
          </ul>
        </Note>
      )}
      {result.done > 0 && !action.isFinal && <UndoBatch batch={command} />}
      <div className="duplicate-group-actions">
        <Button kind="primary" onClick={onDone}>
          {say('duplicates.finish')}
        </Button>
      </div>
    </div>
  );
}
