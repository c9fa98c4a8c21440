import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { answered, useApi } from '../../api/api';
import { useAsking } from '../../api/asking';
import type { GroupScreen, HandleBody, Kind } from '../../api/schema';
import { Button } from '../../components/Button';
import { UndoBatch } from '../../decisions/UndoBatch';
import { useSay } from '../../texts/texts';
import { type Left, LeftThings } from '../list/LeftThings';
import { Outcome } from '../list/Outcome';
import { BulkStep } from './BulkStep';
import type { BulkAction } from './bulk';
import { Ignored, useIgnoring } from './ignoring';

/** Bookings are cancelled one by one: that cannot be undone. */
const ACTIONS: Record<Kind, readonly BulkAction[]> = { contacts: ['link'], deals: ['close', 'tag'], bookings: [] };

interface Props {
  kind: Kind;
  /** Those that were chosen. */
  groups: readonly GroupScreen[];
  /** Something was done: the list is to be read anew. */
  onDone(): void;
}

/** What can be done about all chosen groups at once, and what came of it. */
export function BulkBar({ kind, groups, onDone }: Props) {
  const [api, say, queries] = [useApi(), useSay(), useQueryClient()];
  const [action, setAction] = useState<BulkAction | null>(null);
  const handling = useAsking(
    async (body: HandleBody) => (await answered(api.POST('/duplicates/actions', { body }))).command,
    () => {
      void queries.invalidateQueries({ queryKey: ['kommo'] });
      void queries.invalidateQueries({ queryKey: ['batches'] });
      onDone();
    },
  );
  const ignoring = useIgnoring(onDone);
  const isBusy = handling.isBusy || ignoring.isBusy;
  const begin = (next: BulkAction | 'ignore') => {
    handling.reset();
    ignoring.reset();
    next === 'ignore' ? ignoring.ignore(groups) : setAction(next);
  };
  return (
    <>
      <Outcome
        asking={handling}
        busy={({ at = 0, of = 0 }) => say('upkeep.handling', { done: Number(at), all: Number(of) })}
        done={({ at, of }) => (of ? Number(at) / Number(of) : undefined)}
        isPartial={({ refused }) => Number(refused) > 0}
      >
        {({ done, refused, named }) => (
          <>
            <p>{say('upkeep.handled', { done: Number(done), refused: Number(refused) })}</p>
            <LeftThings left={named as Left[]} count={Number(refused)} />
          </>
        )}
      </Outcome>
      {handling.result && handling.command && Number(handling.result.done) > 0 && (
        <UndoBatch
          batch={handling.command}
          onUndone={() => {
            handling.reset();
            onDone();
          }}
        />
      )}
      <Ignored ignoring={ignoring} />
      {groups.length > 0 && (
        <div className="duplicates-bulk" role="toolbar" aria-label={say('upkeep.bulk')}>
          <strong>{say('upkeep.chosen', { count: groups.length })}</strong>
          {ACTIONS[kind].map(one => (
            <Button key={one} isDisabled={isBusy} onClick={() => begin(one)}>
              {say(`upkeep.bulk_${one}`)}
            </Button>
          ))}
          <Button isBusy={ignoring.isBusy} isDisabled={isBusy} onClick={() => begin('ignore')}>
            {say('upkeep.bulkIgnore')}
          </Button>
          {kind === 'bookings' && <span className="quiet">{say('upkeep.bookingsOneByOne')}</span>}
        </div>
      )}
      {action && (
        <BulkStep
          action={action}
          groups={groups}
          onConfirm={body => {
            handling.ask(body);
            setAction(null);
          }}
          onClose={() => setAction(null)}
        />
      )}
    </>
  );
}
