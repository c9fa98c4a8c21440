import { type InfiniteData, useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { answered, useApi } from '../../api/api';
import { useAsking } from '../../api/asking';
import type { BatchesScreen, BatchScreen } from '../../api/schema';
import { Empty } from '../../components/Empty';
import { Failure } from '../../components/Failure';
import { More } from '../../components/More';
import { Skeleton } from '../../components/Skeleton';
import { useSay } from '../../texts/texts';
import { type Left, LeftThings } from '../list/LeftThings';
import { Outcome } from '../list/Outcome';
import { Batch } from './Batch';
import { UndoBatch } from './UndoBatch';
import './batches.css';

const BATCHES = ['batches'];

/** What people asked for and what came of it, the newest first; all of one can be undone together (N3). */
export default function BatchesTab() {
  const [api, say, queries] = [useApi(), useSay(), useQueryClient()];
  const [asked, setAsked] = useState<BatchScreen | null>(null);
  const list = useInfiniteQuery<BatchesScreen, Error, InfiniteData<BatchesScreen>, string[], string>({
    queryKey: BATCHES,
    queryFn: ({ pageParam: after }) => answered(api.GET('/batches', { params: { query: { after } } })),
    initialPageParam: '',
    getNextPageParam: page => page.more || undefined,
  });
  const undoing = useAsking(
    async (batch: BatchScreen) =>
      (await answered(api.POST('/batches/{batch}/undo', { params: { path: { batch: batch.id } } }))).command,
    () => void queries.invalidateQueries(),
  );
  if (list.isPending) {
    return <Skeleton lines={8} />;
  }
  if (list.isError && !list.data) {
    return <Failure error={list.error} onRetry={list.refetch} />;
  }
  const batches = list.data.pages.flatMap(page => page.batches);
  return (
    <>
      <p className="quiet">{say('upkeep.batchesAbout')}</p>
      <Outcome
        asking={undoing}
        busy={progress => say('upkeep.undoing', { count: Number(progress.undone ?? 0) })}
        done={progress => (undoing.what ? Number(progress.undone ?? 0) / Math.max(1, undoing.what.count) : undefined)}
        isPartial={result => Number(result.refused) > 0}
      >
        {({ undone, refused, named }) => (
          <>
            <p>{say('upkeep.undone', { undone: Number(undone), refused: Number(refused) })}</p>
            <LeftThings left={named as Left[]} count={Number(refused)} />
          </>
        )}
      </Outcome>
      {batches.length ? (
        <>
          <ul className="list-rows">
            {batches.map(batch => (
              <Batch key={batch.id} batch={batch} isBusy={undoing.isBusy} onUndo={() => setAsked(batch)} />
            ))}
          </ul>
          <More list={list} />
        </>
      ) : (
        <Empty>{say('upkeep.noBatches')}</Empty>
      )}
      {asked && (
        <UndoBatch
          batch={asked}
          onConfirm={() => {
            undoing.ask(asked);
            setAsked(null);
          }}
          onClose={() => setAsked(null)}
        />
      )}
    </>
  );
}
