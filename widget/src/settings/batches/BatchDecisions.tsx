import { useInfiniteQuery } from '@tanstack/react-query';
import { answered, useApi } from '../../api/api';
import { Failure } from '../../components/Failure';
import { More } from '../../components/More';
import { Skeleton } from '../../components/Skeleton';
import { DecisionList } from '../../decisions/DecisionList';

/** What one command wrote, and of an undo also what it left as it was. */
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
      <DecisionList decisions={list.data.pages.flatMap(page => page.decisions)} onChanged={list.refetch} />
      <More list={list} />
    </>
  );
}
