import { useState } from 'react';
import { Failure } from '../components/Failure';
import { Choice } from '../components/Field';
import { Skeleton } from '../components/Skeleton';
import { useFormat } from '../format/format';
import { type Contact, useContacts } from '../host/contacts';
import { useSay } from '../texts/texts';
import { Question } from './Question';
import { Statistics } from './Statistics';
import './ClientSection.css';

/** Who the client is, as Kommo knows him, and what he has done at the salon. */
export function ClientSection({ deal }: { deal: number }) {
  const say = useSay();
  const contacts = useContacts(deal);
  const [chosen, choose] = useState<number | null>(null);
  if (contacts.isPending) {
    return <Skeleton lines={2} />;
  }
  if (contacts.isError) {
    return <Failure error={contacts.error} onRetry={contacts.refetch} />;
  }
  const contact = contacts.data.find(one => one.id === chosen) ?? contacts.data[0];
  if (!contact) {
    return <Question deal={deal} />;
  }
  return (
    <>
      {contacts.data.length > 1 ? (
        <Choice
          label={say('card.client')}
          isLabelHidden
          options={contacts.data.map(one => ({ value: one.id, label: one.name || say('card.noName') }))}
          value={contact.id}
          onChange={id => choose(id)}
        />
      ) : (
        <h3>{contact.name || say('card.noName')}</h3>
      )}
      <Reach contact={contact} />
      <Statistics contact={contact.id} />
    </>
  );
}

function Reach({ contact }: { contact: Contact }) {
  const [say, format] = [useSay(), useFormat()];
  if (!contact.phones.length) {
    return <p className="quiet">{say('card.noPhone')}</p>;
  }
  return (
    <ul className="client-phones">
      {contact.phones.map(phone => (
        <li key={phone}>{format.phone(phone)}</li>
      ))}
    </ul>
  );
}
