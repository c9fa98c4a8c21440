import { useState } from 'react';
import type { Asking } from '../../api/asking';
import { Button } from '../../components/Button';
import { Confirm } from '../../components/Confirm';
import { Disclosure } from '../../components/Disclosure';
import { useSay } from '../../texts/texts';
import { ListSection } from '../list/ListSection';
import { ParkedBookings } from './ParkedBookings';
import type { Wanted } from './ParkedTab';

const FEW = 5;

interface Props {
  reason: string;
  count: number;
  asking: Asking<Wanted>;
}

/** All bookings that wait for one reason: what it means, and what can be done about them together. */
export function ParkedReason({ reason, count, asking }: Props) {
  const say = useSay();
  const [asked, setAsked] = useState<Wanted['do'] | null>(null);
  const title = say.coded(`upkeep.parked_${reason}`) ?? say('upkeep.parkedOther', { reason });
  return (
    <ListSection
      title={title}
      count={count}
      about={say.coded(`upkeep.parkedAbout_${reason}`) ?? say('upkeep.parkedAboutOther')}
      actions={
        <>
          <Button isDisabled={asking.isBusy} onClick={() => setAsked('send')}>
            {say('upkeep.sendAll')}
          </Button>
          <Button isDisabled={asking.isBusy} onClick={() => setAsked('drop')}>
            {say('upkeep.dropAll')}
          </Button>
        </>
      }
    >
      <Disclosure summary={say('upkeep.showAll', { count })} isOpenAtFirst={count <= FEW}>
        <ParkedBookings which={{ reason }} asking={asking} />
      </Disclosure>
      {asked && (
        <Confirm
          title={title}
          action={say(asked === 'send' ? 'upkeep.sendAll' : 'upkeep.dropAll')}
          kind={asked === 'send' ? 'primary' : 'danger'}
          onConfirm={() => {
            asking.ask({ do: asked, reason });
            setAsked(null);
          }}
          onClose={() => setAsked(null)}
        >
          <p>{say(asked === 'send' ? 'upkeep.sendWill' : 'upkeep.dropWill', { count })}</p>
        </Confirm>
      )}
    </ListSection>
  );
}
