import { answered, useApi } from '../../api/api';
import { useAsking } from '../../api/asking';
import { Disclosure } from '../../components/Disclosure';
import { Empty } from '../../components/Empty';
import { Failure } from '../../components/Failure';
import { Skeleton } from '../../components/Skeleton';
import { useSay } from '../../texts/texts';
import { Outcome } from '../list/Outcome';
import { HeldWork } from './HeldWork';
import { ParkedBookings } from './ParkedBookings';
import { ParkedReason } from './ParkedReason';
import { QUESTION, useParkedWork, useReadParkedAnew } from './parked';
import { Questions } from './Questions';

const DROPPED = { dropped: true } as const;

/** What is to be done about parked work: about one booking, or about all that wait for a reason. */
export type Wanted = { do: 'send' | 'drop' } & ({ location: number; booking: number } | { reason: string });

/** What could not be done and waits for a person (N12): why, since when, and what can be done about it. */
export default function ParkedTab() {
  const [api, say] = [useApi(), useSay()];
  const [work, readAnew] = [useParkedWork(), useReadParkedAnew()];
  const asking = useAsking(
    async (wanted: Wanted) => {
      if ('reason' in wanted) {
        const body = { reason: wanted.reason };
        const asked = wanted.do === 'send' ? api.POST('/parked/send', { body }) : api.POST('/parked/drop', { body });
        return (await answered(asked)).command;
      }
      const params = { path: { location: wanted.location, booking: wanted.booking } };
      const asked =
        wanted.do === 'send'
          ? api.POST('/parked/{location}/{booking}/send', { params })
          : api.POST('/parked/{location}/{booking}/drop', { params });
      return (await answered(asked)).command;
    },
    () => readAnew(),
  );
  if (work.isPending) {
    return <Skeleton lines={8} />;
  }
  if (work.isError) {
    return <Failure error={work.error} onRetry={work.refetch} />;
  }
  const { held, reasons } = work.data;
  const waiting = Object.entries(reasons).filter(([reason]) => reason !== QUESTION);
  return (
    <div className="list-sections">
      <p className="quiet">{say('upkeep.parkedAbout')}</p>
      {held && <HeldWork held={held} />}
      <Outcome
        asking={asking}
        busy={() => say(asking.what?.do === 'drop' ? 'upkeep.dropping' : 'upkeep.sending')}
        isPartial={result => Number(result.left ?? 0) > 0}
      >
        {({ done = 0, left = 0, dropped }) =>
          dropped === undefined
            ? say('upkeep.sent', { done: Number(done), left: Number(left) })
            : say('upkeep.dropped', { count: Number(dropped) })
        }
      </Outcome>
      {(reasons[QUESTION] ?? 0) > 0 && <Questions />}
      {waiting.map(([reason, count]) => (
        <ParkedReason key={reason} reason={reason} count={count} asking={asking} />
      ))}
      {!waiting.length && !reasons[QUESTION] && <Empty>{say('upkeep.nothingParked')}</Empty>}
      <Disclosure summary={say('upkeep.showDropped')}>
        <ParkedBookings which={DROPPED} asking={asking} />
      </Disclosure>
    </div>
  );
}
