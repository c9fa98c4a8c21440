import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { answered, useApi } from '../../api/api';
import type { GroupScreen, HandleBody } from '../../api/schema';
import { Confirm } from '../../components/Confirm';
import { Failure } from '../../components/Failure';
import { Choice } from '../../components/Field';
import { Note } from '../../components/Note';
import { Skeleton } from '../../components/Skeleton';
import { useContactsById } from '../../host/contacts';
import { useSay } from '../../texts/texts';
import { type BulkAction, bulkOf } from './bulk';

interface Props {
  action: BulkAction;
  groups: readonly GroupScreen[];
  onConfirm(body: HandleBody): void;
  onClose(): void;
}

/** What many groups at once come to, said before it is done: how many, by which reason or tag, what will be left. */
export function BulkStep({ action, groups, onConfirm, onClose }: Props) {
  const [api, say] = [useApi(), useSay()];
  const [reason, setReason] = useState<number | null>(null);
  const [tag, setTag] = useState<number | null>(null);
  const choices = useQuery({
    queryKey: ['duplicates', 'choices'],
    queryFn: () => answered(api.GET('/duplicates/choices')),
    enabled: action !== 'link',
  });
  const contacts = useContactsById(action === 'link' ? groups.flatMap(group => group.ids) : []);
  const read = action === 'link' ? contacts : choices;
  const bulk = bulkOf(action, groups, { reason, tag, contacts: contacts.data ?? [] });
  const named = (list: readonly { id: number; name: string }[] = []) =>
    list.map(({ id, name }) => ({ value: id, label: name }));
  return (
    <Confirm
      title={say(`upkeep.bulk_${action}`)}
      action={say(`upkeep.bulkDo_${action}`, { count: bulk.deals })}
      isDisabled={!read.data || !bulk.deals}
      onConfirm={() => onConfirm(bulk.body)}
      onClose={onClose}
    >
      {read.isPending && <Skeleton lines={3} />}
      {read.isError && <Failure error={read.error} onRetry={read.refetch} />}
      {read.data && <p>{say(`upkeep.bulkWill_${action}`, { groups: bulk.groups, deals: bulk.deals })}</p>}
      {action === 'close' && choices.data && (
        <Choice
          label={say('upkeep.lossReason')}
          none={say('upkeep.noLossReason')}
          options={named(choices.data.reasons)}
          value={reason}
          onChange={chosen => setReason(chosen)}
        />
      )}
      {action === 'tag' && choices.data && (
        <Choice
          label={say('upkeep.tag')}
          none={say('upkeep.usualTag')}
          options={named(choices.data.tags)}
          value={tag}
          onChange={chosen => setTag(chosen)}
        />
      )}
      {bulk.leftOut > 0 && <Note tone="warning">{say('upkeep.bulkLeftOut', { count: bulk.leftOut })}</Note>}
      <p className="quiet">{say('upkeep.canBeUndone')}</p>
    </Confirm>
  );
}
