import { useSay } from '../texts/texts';
import { Button } from './Button';
import { Failure } from './Failure';

interface Props {
  hasNextPage: boolean;
  isFetchingNextPage: boolean;
  isFetchNextPageError: boolean;
  error: unknown;
  fetchNextPage(): unknown;
}

/** The button at the end of a list that goes on; it takes the list's infinite query as it is. */
export function More({ list }: { list: Props }) {
  const say = useSay();
  if (list.isFetchNextPageError) {
    return <Failure error={list.error} onRetry={() => void list.fetchNextPage()} />;
  }
  return list.hasNextPage ? (
    <Button isBusy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
      {say('general.more')}
    </Button>
  ) : null;
}
