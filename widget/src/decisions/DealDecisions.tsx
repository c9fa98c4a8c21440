import { useInfiniteQuery } from '@tanstack/react-query';
import { answered, useApi } from '../api/api';
import { Button } from '../components/Button';
import { Empty } from '../components/Empty';
import { Failure } from '../components/Failure';
import { Skeleton } from '../components/Skeleton';
import { useSay } from '../texts/texts';
import { DecisionList } from './DecisionList';
import { Replay } from './Replay';
import './decisions.css';

/** Why a deal is where it is: what was decided about it, the newest first. */
export function DealDecisions({ deal }: { deal: number }) {
  const [api, say] = [useApi(), useSay()];
  const read = useInfiniteQuery({
    queryKey: ['deal', deal, 'decisions'],
    queryFn: ({ pageParam }) =>
      answered(
        api.GET('/deals/{deal}/decisions', {
          params: { path: { deal }, query: pageParam ? { after: pageParam } : {} },
        }),
      ),
    initialPageParam: '',
    getNextPageParam: page => page.more || undefined,
  });
  if (read.isPending) {
    return <Skeleton lines={6} />;
  }
  if (!read.data) {
    return <Failure error={read.error} onRetry={read.refetch} />;
  }
  const decisions = read.data.pages.flatMap(page => page.decisions);
  if (!decisions.length) {
    return <Empty>{say('decisions.none')}</Empty>;
  }
  return (
    <div className="deal-decisions">
      <Replay deal={deal} />
      <DecisionList decisions={decisions} onChanged={read.refetch} />
      {read.isError && <Failure error={read.error} onRetry={read.refetch} />}
      {read.hasNextPage && (
        <Button isBusy={read.isFetchingNextPage} onClick={() => read.fetchNextPage()}>
          {say('decisions.more')}
        </Button>
      )}
    </div>
  );
}
