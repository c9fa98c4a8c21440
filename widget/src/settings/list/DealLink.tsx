import { useHost } from '../../host/context';
import type { Deal } from '../../host/deals';
import { useSay } from '../../texts/texts';
import './list.css';

/** The way to a deal, by its name. It opens beside the settings, where there may be more to do. */
export function DealLink({ id, deals }: { id: number; deals: readonly Deal[] | undefined }) {
  const [host, say] = [useHost(), useSay()];
  const name = deals?.find(deal => deal.id === id)?.name;
  return (
    <a href={host.dealAddress(id)} target="_blank" rel="noreferrer">
      {name || say('upkeep.openDeal')}
    </a>
  );
}
