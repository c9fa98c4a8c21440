import { useInfiniteQuery, useMutation } from '@tanstack/react-query';
import { answered, useApi } from '../../api/api';
import type { Kind } from '../../api/schema';
import { Button } from '../../components/Button';
import { Empty } from '../../components/Empty';
import { Failure } from '../../components/Failure';
import { More } from '../../components/More';
import { Note } from '../../components/Note';
import { Skeleton } from '../../components/Skeleton';
import { MemberRow } from '../../duplicates/Group';
import { type Ids, keyOfGroup, MembersOf } from '../../duplicates/GroupCard';
import { useSay } from '../../texts/texts';
import { IGNORED, useReadGroupsAnew } from './scan';

/** What somebody has said to be no duplicates, here or in a deal's card; each group can be shown again. */
export function IgnoredList({ kind }: { kind: Kind }) {
  const [api, say] = [useApi(), useSay()];
  const list = useInfiniteQuery({
    queryKey: [...IGNORED, kind],
    queryFn: ({ pageParam: page }) => answered(api.GET('/duplicates/ignored', { params: { query: { kind, page } } })),
    initialPageParam: 1,
    getNextPageParam: (page, _pages, number) => (page.more ? number + 1 : undefined),
  });
  const showing = useMutation({
    mutationFn: (group: Ids) => answered(api.PUT('/duplicates/ignored', { body: { ...group, ignored: false } })),
    onSuccess: useReadGroupsAnew(),
  });
  if (list.isPending) {
    return <Skeleton lines={4} />;
  }
  if (list.isError && !list.data) {
    return <Failure error={list.error} onRetry={list.refetch} />;
  }
  const groups = list.data.pages.flatMap(page => page.groups);
  return (
    <div className="duplicates-level">
      {showing.isSuccess && <Note tone="success">{say('upkeep.foundAgain', { count: 1 })}</Note>}
      {showing.isError && <Failure error={showing.error} />}
      {groups.length ? (
        <p className="quiet">{say('upkeep.ignoredAbout')}</p>
      ) : (
        <Empty>{say('upkeep.nothingIgnored')}</Empty>
      )}
      <ul className="duplicates-groups">
        {groups.map(group => (
          <li key={keyOfGroup(group)} className="duplicates-ignored">
            <MembersOf group={group}>
              {({ members, read }) =>
                read.isPending ? (
                  <Skeleton lines={members.length * 2} />
                ) : (
                  members.map(member => <MemberRow key={member.key} member={member} isKept={false} onKeep={null} />)
                )
              }
            </MembersOf>
            <Button
              isBusy={showing.isPending && showing.variables === group}
              isDisabled={showing.isPending}
              onClick={() => showing.mutate(group)}
            >
              {say('upkeep.showAgain')}
            </Button>
          </li>
        ))}
      </ul>
      <More list={list} />
    </div>
  );
}
