import { useInfiniteQuery } from '@tanstack/react-query';
import { answered, useApi } from '../../api/api';
import type { Asking } from '../../api/asking';
import type { DifferenceKind, DifferenceScreen } from '../../api/schema';
import { Button } from '../../components/Button';
import { Failure } from '../../components/Failure';
import { More } from '../../components/More';
import { Skeleton } from '../../components/Skeleton';
import { useFormat } from '../../format/format';
import { useDealsById } from '../../host/deals';
import { useSay } from '../../texts/texts';
import { useAccount } from '../account';
import { BookingFacts } from '../list/BookingFacts';
import { DealLink } from '../list/DealLink';
import { Row } from '../list/Row';
import type { Repair } from './DifferenceKinds';
import { DIFFERENCES } from './proof';

interface Props {
  kind: DifferenceKind;
  location: number | null;
  repairing: Asking<Repair>;
}

/** The differences of a kind, a page at a time. */
export function DifferenceList({ kind, location, repairing }: Props) {
  const [api, say] = [useApi(), useSay()];
  const list = useInfiniteQuery({
    queryKey: [...DIFFERENCES, kind, location],
    queryFn: ({ pageParam: after }) =>
      answered(
        api.GET('/completeness/differences', {
          params: { query: { kind, after, ...(location === null ? {} : { location }) } },
        }),
      ),
    initialPageParam: '',
    getNextPageParam: page => page.next || undefined,
  });
  if (list.isPending) {
    return <Skeleton lines={3} />;
  }
  if (list.isError && !list.data) {
    return <Failure error={list.error} onRetry={list.refetch} />;
  }
  if (!list.data.pages[0]?.differences.length) {
    return <p className="quiet">{say('upkeep.noneHere')}</p>;
  }
  return (
    <>
      <ul className="list-rows">
        {list.data.pages.map(page => (
          <Page key={page.differences[0]?.id ?? ''} differences={page.differences} repairing={repairing} />
        ))}
      </ul>
      <More list={list} />
    </>
  );
}

/** A page: its deals are read together. */
function Page({ differences, repairing }: { differences: DifferenceScreen[]; repairing: Asking<Repair> }) {
  const linked = differences.map(one => Number(one.params.linked ?? 0));
  const ids = [...new Set([...differences.map(one => one.deal ?? 0), ...linked])].filter(Boolean);
  const deals = useDealsById(ids).data;
  const [say, format, account] = [useSay(), useFormat(), useAccount().data];
  return differences.map(one => {
    const where = account?.locations.find(location => location.id === one.location)?.title;
    const bookingAt = where ? say('upkeep.bookingAt', { where }) : say('upkeep.booking');
    const deal = one.kind === 'deal_deleted' ? null : one.deal;
    const isRepairing =
      repairing.isBusy && repairing.what && 'difference' in repairing.what && repairing.what.difference === one.id;
    return (
      <Row
        key={one.id}
        title={
          <>
            {deal ? <DealLink id={deal} deals={deals} /> : bookingAt}
            {one.kind === 'twin_deals' && (
              <>
                {' · '}
                <DealLink id={Number(one.params.linked)} deals={deals} />
              </>
            )}
          </>
        }
        note={
          <>
            <Difference one={one} />
            <div>
              {say('upkeep.foundAt', { when: format.moment(one.since) })}
              {deal && where ? ` · ${where}` : ''}
            </div>
          </>
        }
        details={one.booking ? <BookingFacts location={one.location} booking={one.booking} /> : undefined}
        actions={
          one.is_repairable && (
            <Button
              isBusy={Boolean(isRepairing)}
              isDisabled={repairing.isBusy}
              onClick={() => repairing.ask({ difference: one.id })}
            >
              {say.coded(`upkeep.repair_${one.kind}`) ?? say('upkeep.repair')}
            </Button>
          )
        }
      />
    );
  });
}

/** What differs, as far as the kind does not say it all. */
function Difference({ one }: { one: DifferenceScreen }) {
  const [say, format, account] = [useSay(), useFormat(), useAccount().data];
  const { params } = one;
  switch (one.kind) {
    case 'deal_differs': {
      const codes = Array.isArray(params.fields) ? params.fields : [];
      const names = codes.map(code => say.coded(`decisions.field_${code}`) ?? code);
      return names.length ? <div>{say('upkeep.otherValues', { fields: format.list(names) })}</div> : null;
    }
    case 'stage_moved':
    case 'stage_outdated': {
      const pipeline = account?.pipelines.find(({ id }) => id === params.pipeline);
      const stage = pipeline?.stages.find(({ id }) => id === params.stage);
      return pipeline && stage ? (
        <div>{say('upkeep.wantedStage', { pipeline: pipeline.name, stage: stage.name })}</div>
      ) : null;
    }
    case 'not_read':
      return (
        <div>
          {say('upkeep.notRead', {
            first: format.date(String(params.first)),
            last: format.date(String(params.last)),
            reason: say.coded(`upkeep.notReadFor_${params.reason}`) ?? say('upkeep.notReadFor_other'),
          })}
        </div>
      );
    case 'booking_unreadable':
      return <div>{say('upkeep.unreadablePart', { part: String(params.part ?? '') })}</div>;
    default:
      return null;
  }
}
