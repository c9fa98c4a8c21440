import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { answered, useApi } from '../../../api/api';
import { bookingQuery } from '../../../api/bookings';
import type { PreviewRow } from '../../../api/schema';
import { Button } from '../../../components/Button';
import { Disclosure } from '../../../components/Disclosure';
import { Failure } from '../../../components/Failure';
import { Skeleton } from '../../../components/Skeleton';
import { reasonOf } from '../../../decisions/headline';
import { Trials } from '../../../decisions/Trials';
import { whyOf } from '../../../decisions/why';
import { useFormat } from '../../../format/format';
import { useHost } from '../../../host/context';
import { useSay } from '../../../texts/texts';
import { useLists } from '../../lists';
import type { Group } from './result';

/** The bookings of a group, a page at a time. */
export function PreviewRows({ command, group }: { command: string; group: Group }) {
  const [api, say] = [useApi(), useSay()];
  const pages = useInfiniteQuery({
    queryKey: ['preview', command, group.id],
    queryFn: ({ pageParam: after }) =>
      answered(
        api.GET('/preview/{command}/rows', { params: { path: { command }, query: { group: group.id, after } } }),
      ),
    initialPageParam: '',
    getNextPageParam: ({ more }) => more || undefined,
    // What a preview found does not change.
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (pages.isPending) {
    return <Skeleton lines={Math.min(group.count, 5)} />;
  }
  if (pages.isError) {
    return <Failure error={pages.error} onRetry={pages.refetch} />;
  }
  return (
    <>
      {pages.data.pages.map(({ rows }, page) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: pages have nothing but their place
        <Page key={page} group={group} rows={rows} />
      ))}
      {pages.hasNextPage && (
        <Button isBusy={pages.isFetchingNextPage} onClick={() => pages.fetchNextPage()}>
          {say('rules.moreRows')}
        </Button>
      )}
    </>
  );
}

function Page({ group, rows }: { group: Group; rows: readonly PreviewRow[] }) {
  const names = useDealNames(rows.map(({ deal }) => deal).filter(Boolean));
  return (
    <ul className="rules-preview-rows">
      {rows.map(row => (
        <Row key={`${row.location}/${row.booking}`} group={group} row={row} name={names[row.deal]} />
      ))}
    </ul>
  );
}

function Row({ group, row, name }: { group: Group; row: PreviewRow; name: string | undefined }) {
  const [host, say, lists] = [useHost(), useSay(), useLists()];
  const why = whyOf(row);
  const location = lists.locationName(row.location) ?? String(row.location);
  return (
    <li className="rules-preview-row">
      {row.deal ? (
        // The settings are not saved yet: they stay open.
        <a href={host.dealAddress(row.deal)} target="_blank" rel="noreferrer">
          {name || say('rules.dealNumber', { deal: String(row.deal) })}
        </a>
      ) : (
        <NewDeal row={row} />
      )}
      <span className="quiet">{location}</span>
      <p className="rules-preview-why">{reasonOf({ rule: group.rule, why: row.why }, say)}</p>
      {why && (
        <Disclosure summary={say('decisions.trials', { count: why.trials.length })}>
          <Trials why={why} location={row.location} />
        </Disclosure>
      )}
    </li>
  );
}

/** A booking that has no deal yet. The preview keeps nobody's name: it is read when it is asked for. */
function NewDeal({ row }: { row: PreviewRow }) {
  const [api, say, format] = [useApi(), useSay(), useFormat()];
  const [isAsked, setAsked] = useState(false);
  const { location, booking } = row;
  const read = useQuery({ ...bookingQuery(api, location, booking), enabled: isAsked });
  if (read.data) {
    const { starts_at, services, client, visitor } = read.data;
    const who = visitor || client?.name || '';
    return (
      <span>
        {format.list(
          [format.day(starts_at), format.time(starts_at), ...services.map(one => one.title), who].filter(Boolean),
        )}
      </span>
    );
  }
  return (
    <span>
      {say('rules.bookingNumber', { booking: String(booking) })}{' '}
      <Button isBusy={read.isFetching} onClick={() => setAsked(true)}>
        {say('rules.showBooking')}
      </Button>
      {read.isError && <Failure error={read.error} />}
    </span>
  );
}

interface KommoDeals {
  _embedded?: { leads?: { id: number; name: string }[] };
}

/** The names of deals, read from Kommo's page at once; without them their numbers do. */
function useDealNames(deals: readonly number[]): Record<number, string> {
  const host = useHost();
  const { data } = useQuery({
    queryKey: ['kommo', 'dealNames', deals],
    queryFn: async () => {
      const query = new URLSearchParams({ limit: '250' });
      for (const deal of deals) {
        query.append('filter[id][]', String(deal));
      }
      const found = await host.readKommo<KommoDeals>(`/api/v4/leads?${query}`);
      return Object.fromEntries((found?._embedded?.leads ?? []).map(({ id, name }) => [id, name]));
    },
    enabled: deals.length > 0,
  });
  return data ?? {};
}
