import { useInfiniteQuery } from '@tanstack/react-query';
import { answered, useApi } from '../../api/api';
import type { DecisionScreen } from '../../api/schema';
import { Failure } from '../../components/Failure';
import { More } from '../../components/More';
import { Skeleton } from '../../components/Skeleton';
import { DecisionList } from '../../decisions/DecisionList';
import { useDealsById } from '../../host/deals';
import { DealLink } from '../list/DealLink';

/** What one command wrote, deal by deal, and of an undo also what it left as it was. */
export function BatchDecisions({ batch }: { batch: string }) {
  const api = useApi();
  const list = useInfiniteQuery({
    queryKey: ['batches', batch, 'decisions'],
    queryFn: ({ pageParam: after }) =>
      answered(api.GET('/batches/{batch}/decisions', { params: { path: { batch }, query: { after } } })),
    initialPageParam: '',
    getNextPageParam: page => page.more || undefined,
  });
  if (list.isPending) {
    return <Skeleton lines={4} />;
  }
  if (list.isError && !list.data) {
    return <Failure error={list.error} onRetry={list.refetch} />;
  }
  return (
    <>
      {list.data.pages.map(({ decisions }) => (
        <Page key={decisions[0]?.id ?? ''} decisions={decisions} onChanged={list.refetch} />
      ))}
      <More list={list} />
    </>
  );
}

/** A page: its deals are read together. */
function Page({ decisions, onChanged }: { decisions: readonly DecisionScreen[]; onChanged(): void }) {
  const ids = [...new Set(decisions.map(({ deal }) => deal))];
  const deals = useDealsById(ids.filter(Boolean)).data;
  return (
    <ul className="batches-deals">
      {ids.map(deal => (
        <li key={deal}>
          {deal > 0 && <DealLink id={deal} deals={deals} />}
          <DecisionList decisions={decisions.filter(one => one.deal === deal)} onChanged={onChanged} />
        </li>
      ))}
    </ul>
  );
}
