import { useQuery } from '@tanstack/react-query';
import { answered, useApi } from '../api/api';
import { Disclosure } from '../components/Disclosure';
import { Failure } from '../components/Failure';
import { GroupCard, keyOfGroup } from '../duplicates/GroupCard';
import { useSay } from '../texts/texts';

/** A warning where this deal, its contact or its bookings may be there twice; nothing where they are not. */
export function DealDuplicates({ deal }: { deal: number }) {
  const [api, say] = [useApi(), useSay()];
  const found = useQuery({
    queryKey: ['duplicates', 'deal', deal],
    queryFn: () => answered(api.GET('/duplicates/deals/{deal}', { params: { path: { deal } } })),
    // It reads much of Kommo: what changes by itself is not looked for.
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (found.isPending) {
    return null;
  }
  if (found.isError) {
    return (
      <Disclosure summary={say('card.duplicatesNotRead')}>
        <Failure error={found.error} onRetry={found.refetch} />
      </Disclosure>
    );
  }
  const { groups, partial } = found.data;
  if (!groups.length) {
    return partial ? <p className="quiet">{say('card.duplicatesPartly')}</p> : null;
  }
  return (
    <Disclosure
      summary={<strong className="deal-panel-warning">{say('card.duplicates', { count: groups.length })}</strong>}
    >
      <ul className="deal-panel-bookings">
        {groups.map(group => (
          <li key={keyOfGroup(group)}>
            <GroupCard group={group} onDone={found.refetch} />
          </li>
        ))}
      </ul>
      {partial && <p className="quiet">{say('card.duplicatesPartly')}</p>}
    </Disclosure>
  );
}
