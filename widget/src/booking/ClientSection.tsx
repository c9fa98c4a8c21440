import { useQuery } from '@tanstack/react-query';
import { useDeferredValue } from 'react';
import { Choice, TextField } from '../components/Field';
import { Skeleton } from '../components/Skeleton';
import { useFormat } from '../format/format';
import { type Contact, searchContacts } from '../host/contacts';
import { useHost } from '../host/context';
import { useSay } from '../texts/texts';
import { type ClientChoice, NO_CLIENT } from './choices';
import type { Client } from './client';

interface Props {
  client: Client;
  /** The deal's contacts; undefined while they are read. */
  contacts: readonly Contact[] | undefined;
  isFromDeal: boolean;
  errorOf(field: string): string | undefined;
  onChange(chosen: ClientChoice): void;
}

/** Who is booked in: as the deal's contact says, or as it is asked here. */
export function ClientSection({ client, contacts, isFromDeal, errorOf, onChange }: Props) {
  const [say, format] = [useSay(), useFormat()];
  if (!contacts) {
    return <Skeleton lines={2} />;
  }
  const { contact, chosen } = client;
  const isKnown = contact !== null && contact.name !== '';
  return (
    <div className="booking-client">
      {isFromDeal && contacts.length > 1 && (
        <Choice
          label={say('booking.client')}
          options={contacts.map(one => ({ value: one.id, label: one.name || say('booking.nameless') }))}
          value={contact?.id ?? null}
          onChange={id => onChange({ ...NO_CLIENT, contact: id })}
        />
      )}
      {isFromDeal && contacts.length === 1 && isKnown && <strong>{contact.name}</strong>}
      {isFromDeal && !contacts.length && <p>{say('booking.noContact')}</p>}
      {(!isFromDeal || !isKnown) && (
        <TextField
          label={say('booking.clientName')}
          autoComplete="off"
          maxLength={200}
          value={client.name}
          error={errorOf('person.name')}
          onChange={name => onChange({ ...chosen, name })}
        />
      )}
      {!isFromDeal && <Suggestions typed={chosen.contact === null ? client.name : ''} onChoose={onChange} />}
      {contact && contact.phones.length > 1 && (
        <Choice
          label={say('booking.phone')}
          options={contact.phones.map(phone => ({ value: phone, label: format.phone(phone) }))}
          value={client.phone}
          error={errorOf('person.phone') ?? errorOf('person')}
          onChange={phone => onChange({ ...chosen, phone })}
        />
      )}
      {contact && contact.phones.length === 1 && !errorOf('person.phone') && chosen.phone === null && (
        <span className="quiet">{format.phone(client.phone)}</span>
      )}
      {(!contact?.phones.length ||
        (contact.phones.length === 1 && (errorOf('person.phone') || chosen.phone !== null))) && (
        <TextField
          label={say('booking.phone')}
          type="tel"
          autoComplete="off"
          maxLength={40}
          hint={isFromDeal && contact ? say('booking.noPhone') : undefined}
          value={client.phone}
          error={errorOf('person.phone') ?? errorOf('person')}
          onChange={phone => onChange({ ...chosen, phone })}
        />
      )}
    </div>
  );
}

/** Contacts of the account that fit what is typed. */
function Suggestions({ typed, onChoose }: { typed: string; onChoose(chosen: ClientChoice): void }) {
  const [host, format, say] = [useHost(), useFormat(), useSay()];
  const query = useDeferredValue(typed.trim());
  const { data } = useQuery({
    queryKey: ['kommo', 'contacts', 'search', query],
    queryFn: () => searchContacts(host, query),
    enabled: query.length > 2,
    placeholderData: known => known,
  });
  if (query.length < 3 || !data?.length) {
    return null;
  }
  return (
    <ul className="booking-suggestions" aria-label={say('booking.contactsFound')}>
      {data.map(({ id, name, phones, emails }) => (
        <li key={id}>
          <button
            type="button"
            onClick={() => onChoose({ contact: id, name, phone: phones[0] ?? '', email: emails[0] ?? '' })}
          >
            <span>{name}</span> <span className="quiet">{phones[0] ? format.phone(phones[0]) : ''}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}
