import { useQuery, useQueryClient } from '@tanstack/react-query';
import { ApiError, answered, useApi } from '../api/api';
import { useAsking } from '../api/asking';
import { useLocation } from '../api/locations';
import type { ClientCard, MembershipLeft } from '../api/schema';
import { Disclosure } from '../components/Disclosure';
import { Failure } from '../components/Failure';
import { Skeleton } from '../components/Skeleton';
import { TextButton } from '../components/TextButton';
import { useFormat } from '../format/format';
import { useSay } from '../texts/texts';

/** A contact's visits, purchases and memberships, over all of its locations that the user sees. */
export function Statistics({ contact }: { contact: number }) {
  const [api, say] = [useApi(), useSay()];
  const read = useQuery({
    queryKey: ['client', contact],
    queryFn: () => answered(api.GET('/clients/{contact}/statistics', { params: { path: { contact } } })),
  });
  if (read.isPending) {
    return <Skeleton lines={2} />;
  }
  if (read.error instanceof ApiError && read.error.code === 'contact') {
    return <p className="quiet">{say('card.noClient')}</p>;
  }
  if (read.isError) {
    return <Failure error={read.error} onRetry={read.refetch} />;
  }
  return <Totals card={read.data} />;
}

function Totals({ card }: { card: ClientCard }) {
  const [say, format] = [useSay(), useFormat()];
  // Sums of nothing have no currency of their own, and sums over several none at all.
  const currencies = new Set(card.locations.map(one => one.currency));
  const currency = card.currency || (currencies.size === 1 ? card.locations[0]?.currency : '');
  return (
    <>
      <dl className="client-totals">
        <div>
          <dt>{say('card.visits')}</dt>
          <dd>{format.number(card.visits)}</dd>
        </div>
        <div>
          <dt>{say('card.purchases')}</dt>
          <dd>{currency ? format.money(card.purchases, currency) : format.number(Number(card.purchases))}</dd>
        </div>
        {card.last_visit && (
          <div>
            <dt>{say('card.lastVisit')}</dt>
            <dd>{format.day(lastVisit(card))}</dd>
          </div>
        )}
      </dl>
      {card.memberships.length > 0 && (
        <ul className="client-memberships" aria-label={say('card.memberships')}>
          {card.memberships.map(membership => (
            <Membership key={membership.id} membership={membership} />
          ))}
        </ul>
      )}
      {card.locations.length > 1 && (
        <Disclosure summary={say('card.byLocation')}>
          <table className="client-locations">
            <tbody>
              {card.locations.map(one => (
                <tr key={`${one.location}/${one.client}`}>
                  <th scope="row">{one.title}</th>
                  <td>{say('card.visitsCount', { count: one.visits })}</td>
                  <td>{format.money(one.purchases, one.currency)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Disclosure>
      )}
      <Refresh card={card} />
    </>
  );
}

/** The newest visit by its location's own clock; the sum's is UTC. */
function lastVisit(card: ClientCard): string {
  const visits = card.locations.map(one => one.last_visit ?? '').sort();
  return visits.at(-1) || (card.last_visit ?? '');
}

function Membership({ membership }: { membership: MembershipLeft }) {
  const [say, format] = [useSay(), useFormat()];
  const { title, remaining, starts, ends } = membership;
  const isToCome = starts !== null && Date.parse(starts) > Date.now();
  const parts = [
    remaining === null ? say('card.withoutCount') : say('card.left', { count: remaining }),
    isToCome ? say('card.startsOn', { day: format.date(starts) }) : '',
    ends ? say('card.till', { day: format.date(ends) }) : '',
    membership.is_frozen ? say('card.frozen') : '',
  ];
  const categories = Object.entries(membership.by_category);
  return (
    <li>
      <b>{title}</b>
      <div>{parts.filter(Boolean).join(' · ')}</div>
      {categories.length > 1 && (
        <div className="quiet">{format.list(categories.map(([name, left]) => `${name}: ${format.number(left)}`))}</div>
      )}
    </li>
  );
}

/** When this was read, and a button that has it read anew in Altegio. */
function Refresh({ card }: { card: ClientCard }) {
  const [api, queries, say, format] = [useApi(), useQueryClient(), useSay(), useFormat()];
  const zone = useLocation(card.locations[0]?.location ?? 0)?.timezone;
  const asking = useAsking(
    async () => {
      const path = { contact: card.contact };
      return (await answered(api.POST('/clients/{contact}/refresh', { params: { path } }))).command;
    },
    () => void queries.invalidateQueries({ queryKey: ['client', card.contact] }),
  );
  return (
    <>
      <div className="client-read">
        <span className="quiet">
          {card.read_at ? say('card.readAt', { moment: format.moment(card.read_at, zone) }) : say('card.neverRead')}
        </span>
        <TextButton isBusy={asking.isBusy} onClick={() => asking.ask()}>
          {say('card.readAnew')}
        </TextButton>
      </div>
      {asking.error !== null && <Failure error={asking.error} onRetry={() => asking.ask()} />}
    </>
  );
}
