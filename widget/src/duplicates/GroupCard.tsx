/** What may be one and the same: why it seems so, what each is, and what can be done about it. */

import { useQueries } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useApi } from '../api/api';
import { bookingQuery } from '../api/bookings';
import { titleOf, useLocations } from '../api/locations';
import type { BookingAt, GroupScreen } from '../api/schema';
import { useFormat } from '../format/format';
import { useContactsById } from '../host/contacts';
import { useHost } from '../host/context';
import { useDealsById } from '../host/deals';
import { useStageName } from '../host/pipelines';
import { useSay } from '../texts/texts';
import { Group, type Shown } from './Group';

interface Props {
  group: GroupScreen;
  /** It is taken care of, or was put back: what is shown around it should be read again. */
  onDone(): void;
}

export function GroupCard({ group, onDone }: Props) {
  return <MembersOf group={group}>{shown => <Group group={group} onDone={onDone} {...shown} />}</MembersOf>;
}

/** Which ones they are. */
export type Ids = Pick<GroupScreen, 'kind' | 'ids' | 'bookings'>;

interface MembersProps {
  group: Ids;
  children(shown: Shown): ReactNode;
}

/** What the members of a group are, and what could be done about them. */
export function MembersOf(props: MembersProps) {
  switch (props.group.kind) {
    case 'contacts':
      return <Contacts {...props} />;
    case 'deals':
      return <Deals {...props} />;
    case 'bookings':
      return <Bookings {...props} />;
  }
}

/** What tells a group from the others of a list. */
export function keyOfGroup(group: Ids): string {
  return `${group.kind}:${[...group.ids, ...group.bookings.map(keyOf)].join(',')}`;
}

function keyOf({ location, booking }: BookingAt): string {
  return `${location}/${booking}`;
}

function Contacts({ group, children }: MembersProps) {
  const [say, format] = [useSay(), useFormat()];
  const read = useContactsById(group.ids);
  const members = group.ids.map(id => {
    const contact = read.data?.find(one => one.id === id);
    return {
      key: String(id),
      title: contact ? contact.name || say('duplicates.noName') : say('duplicates.contactUnseen', { id: String(id) }),
      address: `/contacts/detail/${id}`,
      lines: contact ? [...contact.phones.map(phone => format.phone(phone)), ...contact.emails] : [],
      deals: contact?.deals ?? [],
    };
  });
  return children({
    members,
    read,
    actions: [
      {
        name: 'link',
        isEmpty: kept => !members.some(one => one.key !== kept && one.deals.length),
        count: kept => members.filter(one => one.key !== kept).flatMap(one => one.deals).length,
        body: kept => ({
          link: [{ contact: Number(kept), deals: members.filter(one => one.key !== kept).flatMap(one => one.deals) }],
        }),
      },
    ],
  });
}

function Deals({ group, children }: MembersProps) {
  const [say, format, host, stageName] = [useSay(), useFormat(), useHost(), useStageName()];
  const read = useDealsById(group.ids);
  const members = group.ids.map(id => {
    const deal = read.data?.find(one => one.id === id);
    const isHere = id === host.deal;
    return {
      key: String(id),
      title: deal
        ? deal.name || say('duplicates.deal', { id: String(id) })
        : say('duplicates.dealUnseen', { id: String(id) }),
      address: isHere ? null : host.dealAddress(id),
      lines: deal
        ? [
            isHere ? say('duplicates.thisDeal') : '',
            stageName(deal.pipeline, deal.stage),
            say('duplicates.madeOn', { day: format.moment(deal.madeAt), price: format.money(deal.price) }),
          ]
        : [],
    };
  });
  const others = (kept: string) => group.ids.filter(id => String(id) !== kept);
  return children({
    members,
    read,
    actions: [
      {
        name: 'close',
        count: kept => others(kept).length,
        body: (kept, reason) => ({ close: [{ keep: Number(kept), deals: others(kept), reason }] }),
      },
      {
        name: 'tag',
        count: kept => others(kept).length,
        body: kept => ({ tag: [{ deals: others(kept) }] }),
      },
    ],
  });
}

function Bookings({ group, children }: MembersProps) {
  const [api, say, format, host] = [useApi(), useSay(), useFormat(), useHost()];
  const locations = useLocations().data?.locations ?? [];
  const reads = useQueries({
    queries: group.bookings.map(({ location, booking }) => bookingQuery(api, location, booking)),
  });
  const members = group.bookings.map((at, number) => {
    const booking = reads[number]?.data;
    const location = locations.find(one => one.id === at.location);
    return {
      key: keyOf(at),
      title: booking
        ? say('duplicates.bookingAt', { day: format.day(booking.starts_at), time: format.time(booking.starts_at) })
        : say('duplicates.booking', { id: String(at.booking) }),
      address: booking?.deal && booking.deal !== host.deal ? host.dealAddress(booking.deal) : null,
      lines: booking
        ? [
            format.list(booking.services.map(line => line.title)),
            [booking.employee?.name, location && titleOf(location, locations)].filter(Boolean).join(' · '),
            // Twins are alike in all that makes them twins: what else is known of each tells which one to keep.
            [
              say.coded(`general.status_${booking.status}`),
              format.money(booking.total, location?.currency),
              booking.is_paid && say('card.paid'),
              booking.is_online && say('card.online'),
            ]
              .filter(Boolean)
              .join(' · '),
            booking.comment,
          ]
        : [],
    };
  });
  const others = (kept: string) => group.bookings.filter(at => keyOf(at) !== kept);
  const read = {
    isPending: reads.some(one => one.isPending),
    error: reads.find(one => one.isError)?.error ?? null,
    refetch: () => Promise.all(reads.filter(one => one.isError).map(one => one.refetch())),
  };
  return children({
    members,
    read,
    actions: [
      {
        name: 'cancel',
        isFinal: true,
        count: kept => others(kept).length,
        body: kept => ({ cancel: others(kept) }),
      },
    ],
  });
}
