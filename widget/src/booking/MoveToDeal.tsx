import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useDeferredValue, useState } from 'react';
import { answered, useApi } from '../api/api';
import { useAsking } from '../api/asking';
import { useLocation } from '../api/locations';
import type { BookingScreen } from '../api/schema';
import { TextField } from '../components/Field';
import { Modal } from '../components/Modal';
import { Note } from '../components/Note';
import { Skeleton } from '../components/Skeleton';
import { useFormat } from '../format/format';
import { useContacts } from '../host/contacts';
import { useHost } from '../host/context';
import { useSay } from '../texts/texts';
import { ChangeFoot } from './ChangeFoot';
import { ChangeForm } from './ChangeForm';
import { Chips } from './Chips';
import { pathOf } from './changing';
import { type FoundDeal, searchDeals } from './deals';
import { rereadBookings } from './places';

interface Props {
  deal: number;
  booking: BookingScreen;
  onClose(changed: boolean): void;
}

/** Moves a booking to another deal; both are made right again by it. */
export default function MoveToDeal({ deal, booking, onClose }: Props) {
  const [host, api, say, format, queries] = [useHost(), useApi(), useSay(), useFormat(), useQueryClient()];
  const location = useLocation(booking.location);
  const [typed, setTyped] = useState('');
  const [chosen, setChosen] = useState<FoundDeal | null>(null);
  // The client's other deals are what is meant most often.
  const name = useContacts(deal).data?.[0]?.name ?? '';
  const query = useDeferredValue(typed.trim() || name);
  const found = useQuery({
    queryKey: ['kommo', 'deals', 'search', query],
    queryFn: () => searchDeals(host, query),
    enabled: query.length > 1,
    placeholderData: known => known,
  });
  const deals = (found.data ?? []).filter(one => one.id !== (booking.deal ?? deal));
  const moving = useAsking(
    async (target: FoundDeal) => {
      const path = pathOf(booking);
      const asked = api.POST('/bookings/{location}/{booking}/move', { params: { path }, body: { deal: target.id } });
      return (await answered(asked)).command;
    },
    () => {
      rereadBookings(queries);
      onClose(true);
    },
  );
  const send = () => chosen && moving.ask(chosen);
  return (
    <Modal title={say('booking.toDeal')} onClose={() => onClose(moving.command !== null)}>
      <ChangeForm booking={booking} location={location} onSubmit={send}>
        <TextField
          label={say('booking.searchDeals')}
          type="search"
          autoComplete="off"
          hint={say('booking.searchDealsHint')}
          value={typed}
          onChange={text => {
            setTyped(text);
            setChosen(null);
          }}
        />
        {found.isPending && found.isFetching && <Skeleton lines={3} />}
        {found.isError && <Note tone="error">{say('errors.page_kommo')}</Note>}
        {found.data && !deals.length && <p className="quiet">{say('booking.noDealFound')}</p>}
        {deals.length > 0 && (
          <Chips
            legend={say('booking.dealsFound')}
            className="booking-deals"
            value={chosen?.id ?? null}
            chips={deals.map(one => ({
              value: one.id,
              label: [one.name, `№ ${one.id}`, one.price ? format.money(one.price) : ''].filter(Boolean).join(' · '),
            }))}
            onChange={id => {
              moving.reset();
              setChosen(deals.find(one => one.id === id) ?? null);
            }}
          />
        )}
        <ChangeFoot
          changing={{
            isSending: moving.isBusy,
            isUnknown: false,
            isLost: false,
            error: moving.error,
          }}
          reasons={[]}
          label={chosen ? say('booking.moveToDeal', { deal: chosen.name }) : say('booking.chooseDeal')}
          isReady={chosen !== null}
          onRetry={send}
          onCancel={() => onClose(moving.command !== null)}
        />
      </ChangeForm>
    </Modal>
  );
}
