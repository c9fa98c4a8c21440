import { codeText } from '../../components/Failure';
import { useFormat } from '../../format/format';
import { useContactsById } from '../../host/contacts';
import { useDealsById } from '../../host/deals';
import { useSay } from '../../texts/texts';
import { useAccount } from '../account';
import { DealLink } from './DealLink';
import './list.css';

/** Something that was left as it is, and the code of why. `properties` are what could not be put back, or was changed. */
export interface Left {
  entity: 'deal' | 'contact' | 'booking';
  id: number;
  code: string;
  location?: number;
  properties?: string[];
}

/** What was left as it is, and why. `count` is how many there are; not all may be named. */
export function LeftThings({ left, count }: { left: readonly Left[]; count: number }) {
  const [say, format] = [useSay(), useFormat()];
  const idsOf = (entity: Left['entity']) => [...new Set(left.filter(one => one.entity === entity).map(one => one.id))];
  const deals = useDealsById(idsOf('deal')).data;
  const contacts = useContactsById(idsOf('contact')).data;
  if (!left.length) {
    return null;
  }
  return (
    <ul className="list-named">
      {left.map(one => (
        <li key={`${one.entity}/${one.location ?? 0}/${one.id}/${one.code}`}>
          {one.entity === 'deal' && <DealLink id={one.id} deals={deals} />}
          {one.entity === 'contact' && (
            <ContactLink id={one.id} name={contacts?.find(({ id }) => id === one.id)?.name} />
          )}
          {one.entity === 'booking' && <Booking location={one.location} />}
          {': '}
          {say.coded(`decisions.skipped_${one.code}`) ?? codeText(say, one.code, {}, format.length)}
        </li>
      ))}
      {count > left.length && <li>{say('upkeep.leftMore', { count: count - left.length })}</li>}
    </ul>
  );
}

function ContactLink({ id, name }: { id: number; name: string | undefined }) {
  const say = useSay();
  return (
    <a href={`/contacts/detail/${id}`} target="_blank" rel="noreferrer">
      {name || say('upkeep.contact')}
    </a>
  );
}

function Booking({ location }: { location: number | undefined }) {
  const [say, account] = [useSay(), useAccount().data];
  const where = account?.locations.find(({ id }) => id === location)?.title;
  return where ? say('upkeep.bookingAt', { where }) : say('upkeep.booking');
}
