import type { Asking } from '../../api/asking';
import type { ParkedScreen } from '../../api/schema';
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
import type { Wanted } from './ParkedTab';
import { useParkedBookings } from './parked';

interface Props {
  which: { reason: string } | { dropped: true };
  asking: Asking<Wanted>;
}

/** Bookings that are parked, or were dropped, a page at a time. */
export function ParkedBookings({ which, asking }: Props) {
  const say = useSay();
  const list = useParkedBookings(which);
  if (list.isPending) {
    return <Skeleton lines={3} />;
  }
  if (list.isError && !list.data) {
    return <Failure error={list.error} onRetry={list.refetch} />;
  }
  if (!list.data.pages[0]?.parked.length) {
    return <p className="quiet">{say('upkeep.noneHere')}</p>;
  }
  return (
    <>
      <ul className="list-rows">
        {list.data.pages.map(({ parked }) => (
          <Page key={`${parked[0]?.location}/${parked[0]?.booking}`} parked={parked} asking={asking} />
        ))}
      </ul>
      <More list={list} />
    </>
  );
}

/** A page: its deals are read together. */
function Page({ parked, asking }: { parked: readonly ParkedScreen[]; asking: Asking<Wanted> }) {
  const [say, format, account] = [useSay(), useFormat(), useAccount().data];
  const deals = useDealsById(parked.map(one => one.deal ?? 0).filter(Boolean)).data;
  const isAsked = (one: ParkedScreen, what: Wanted['do']) =>
    asking.isBusy &&
    asking.what?.do === what &&
    'booking' in asking.what &&
    asking.what.location === one.location &&
    asking.what.booking === one.booking;
  return parked.map(one => {
    const { location, booking } = one;
    const where = account?.locations.find(({ id }) => id === location)?.title;
    const button = (what: Wanted['do']) => (
      <Button
        isBusy={isAsked(one, what)}
        isDisabled={asking.isBusy}
        onClick={() => asking.ask({ do: what, location, booking })}
      >
        {say(what === 'send' ? 'upkeep.sendAgain' : 'upkeep.drop')}
      </Button>
    );
    return (
      <Row
        key={`${location}/${booking}`}
        title={
          one.deal ? (
            <DealLink id={one.deal} deals={deals} />
          ) : where ? (
            say('upkeep.bookingAt', { where })
          ) : (
            say('upkeep.booking')
          )
        }
        note={
          <>
            {one.dropped &&
              (say.coded(`upkeep.parked_${one.reason}`) ?? say('upkeep.parkedOther', { reason: one.reason }))}
            <div>
              {say('upkeep.waitsSince', { when: format.moment(one.since) })}
              {one.deal && where ? ` · ${where}` : ''}
            </div>
          </>
        }
        details={
          <>
            <BookingFacts location={location} booking={booking} />
            <Answer params={one.params} />
          </>
        }
        actions={
          <>
            {button('send')}
            {!one.dropped && button('drop')}
          </>
        }
      />
    );
  });
}

/** What the other side said, in its own codes: for whoever asks its support. */
function Answer({ params }: { params: ParkedScreen['params'] }) {
  const say = useSay();
  const told = [params.code, params.path, params.part].filter(Boolean).join(' · ');
  return told ? <div className="quiet">{say('upkeep.answerCode', { code: told })}</div> : null;
}
