import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { Button } from '../components/Button';
import { Disclosure } from '../components/Disclosure';
import { Empty } from '../components/Empty';
import { TextButton } from '../components/TextButton';
import { DealDecisions } from '../decisions/DealDecisions';
import { useHost } from '../host/context';
import { loginWanted, OwnLogin } from '../login/OwnLogin';
import { useSay } from '../texts/texts';
import { tellOfBooking, useDealBookings } from './bookings';
import { ClientSection } from './ClientSection';
import { DealBookings } from './DealBookings';
import { DealDuplicates } from './DealDuplicates';
import { BookWindow, preloadBookWindow } from './windows';
import './CardPanel.css';

/** The right column of a deal's card. */
export default function CardPanel() {
  const [host, say] = [useHost(), useSay()];
  const deal = host.deal ?? 0;
  if (!deal) {
    return <Empty>{say('card.notSaved')}</Empty>;
  }
  return <Panel deal={deal} />;
}

function Panel({ deal }: { deal: number }) {
  const [say, queries] = [useSay(), useQueryClient()];
  const [isBooking, setBooking] = useState(false);
  const bookings = useDealBookings(deal);
  const [isReading, setReading] = useState(false);
  const login = loginWanted(bookings.error);
  useEffect(() => {
    if (bookings.isSuccess) {
      preloadBookWindow();
    }
  }, [bookings.isSuccess]);
  const readAnew = async () => {
    setReading(true);
    await queries.invalidateQueries();
    setReading(false);
  };
  return (
    <div className="deal-panel">
      {/* On top, where it stays while what is below it is being read: nobody clicks beside it. */}
      <div className="deal-panel-head">
        {!login && (
          <Button kind="primary" className="deal-panel-book" onClick={() => setBooking(true)}>
            {say('card.book')}
          </Button>
        )}
        <TextButton isBusy={isReading} onClick={readAnew}>
          {say('card.refresh')}
        </TextButton>
      </div>
      <section aria-label={say('card.bookings')}>
        {login ? <OwnLogin reason={login} onDone={readAnew} /> : <DealBookings deal={deal} read={bookings} />}
      </section>
      <section aria-label={say('card.client')}>
        <ClientSection deal={deal} />
      </section>
      <section aria-label={say('card.more')}>
        {!bookings.isPending && <DealDuplicates deal={deal} />}
        <Disclosure summary={say('card.why')}>
          <DealDecisions deal={deal} />
        </Disclosure>
      </section>
      {isBooking && (
        <BookWindow
          deal={deal}
          onClose={changed => {
            setBooking(false);
            if (changed) {
              tellOfBooking(queries, deal, null);
            }
          }}
        />
      )}
    </div>
  );
}
