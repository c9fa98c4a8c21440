import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { answered, useApi } from '../../api/api';
import type { GroupScreen, Kind, Level } from '../../api/schema';
import { Button } from '../../components/Button';
import { Empty } from '../../components/Empty';
import { Failure } from '../../components/Failure';
import { More } from '../../components/More';
import { Skeleton } from '../../components/Skeleton';
import { Check } from '../../components/Switches';
import { GroupCard, keyOfGroup } from '../../duplicates/GroupCard';
import { useSay } from '../../texts/texts';
import { BulkBar } from './BulkBar';
import { GROUPS, useReadGroupsAnew } from './scan';

const LEVELS: readonly Level[] = ['certain', 'likely', 'possible'];

/** So many groups are drawn at first, and more when they are asked for: what each member is has to be read. */
const DRAWN = 20;

/** What the newest search has found of a kind, the surest first. */
export function GroupList({ kind }: { kind: Kind }) {
  const [api, say, readAnew] = [useApi(), useSay(), useReadGroupsAnew()];
  const [drawn, setDrawn] = useState(DRAWN);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const list = useInfiniteQuery({
    queryKey: [...GROUPS, kind],
    queryFn: ({ pageParam: page }) => answered(api.GET('/duplicates/groups', { params: { query: { kind, page } } })),
    initialPageParam: 1,
    getNextPageParam: (page, _pages, number) => (page.more ? number + 1 : undefined),
  });
  if (list.isPending) {
    return <Skeleton lines={6} />;
  }
  if (list.isError && !list.data) {
    return <Failure error={list.error} onRetry={list.refetch} />;
  }
  const groups = list.data.pages.flatMap(page => page.groups);
  const shown = groups.slice(0, drawn);
  const choose = (which: readonly GroupScreen[], isOn: boolean) => {
    const keys = new Set(chosen);
    for (const group of which) {
      isOn ? keys.add(keyOfGroup(group)) : keys.delete(keyOfGroup(group));
    }
    setChosen(keys);
  };
  const showMore = () => {
    setDrawn(drawn + DRAWN);
    if (drawn + DRAWN > groups.length && list.hasNextPage) {
      void list.fetchNextPage();
    }
  };
  return (
    <>
      {!groups.length && !list.hasNextPage && <Empty>{say(`upkeep.noGroups_${kind}`)}</Empty>}
      {LEVELS.map(level => {
        const ofLevel = shown.filter(group => group.level === level);
        const areChosen = ofLevel.every(group => chosen.has(keyOfGroup(group)));
        return (
          ofLevel.length > 0 && (
            <section key={level} className="duplicates-level" aria-label={say(`upkeep.level_${level}`)}>
              <div className="duplicates-level-head">
                <div>
                  <h3>{say(`upkeep.level_${level}`)}</h3>
                  <p className="quiet">{say(`upkeep.levelAbout_${level}`)}</p>
                </div>
                <Button onClick={() => choose(ofLevel, !areChosen)}>
                  {say(areChosen ? 'upkeep.chooseNone' : 'upkeep.chooseAll', { count: ofLevel.length })}
                </Button>
              </div>
              <ul className="duplicates-groups">
                {ofLevel.map((group, place) => (
                  <li
                    key={keyOfGroup(group)}
                    className="duplicates-group"
                    data-chosen={chosen.has(keyOfGroup(group)) || undefined}
                  >
                    <Check
                      label={
                        <span className="visually-hidden">{say('upkeep.chooseGroup', { number: place + 1 })}</span>
                      }
                      isOn={chosen.has(keyOfGroup(group))}
                      onChange={isOn => choose([group], isOn)}
                    />
                    <GroupCard group={group} onDone={readAnew} />
                  </li>
                ))}
              </ul>
            </section>
          )
        );
      })}
      {shown.length < groups.length ? <Button onClick={showMore}>{say('general.more')}</Button> : <More list={list} />}
      <BulkBar
        kind={kind}
        groups={groups.filter(group => chosen.has(keyOfGroup(group)))}
        onDone={() => {
          setChosen(new Set());
          readAnew();
        }}
      />
    </>
  );
}
