import { useState } from 'react';
import { answered, useApi } from '../../api/api';
import { useAsking } from '../../api/asking';
import type { DifferenceKind, ProofScreen } from '../../api/schema';
import { Button } from '../../components/Button';
import { Confirm } from '../../components/Confirm';
import { Disclosure } from '../../components/Disclosure';
import { Choice } from '../../components/Field';
import { Note } from '../../components/Note';
import { useSay } from '../../texts/texts';
import { useAccount } from '../account';
import { ListSection } from '../list/ListSection';
import { Outcome } from '../list/Outcome';
import { DifferenceList } from './DifferenceList';
import { useReadProofAnew } from './proof';
import './differences.css';

/** What matters first; at the end what is no fault and only told. */
const KINDS: readonly DifferenceKind[] = [
  'booking_without_deal',
  'deal_deleted',
  'booking_absent',
  'deal_differs',
  'contact_missing',
  'twin_deals',
  'booking_unreadable',
  'not_read',
  'stage_moved',
  'stage_outdated',
];
/** What only a person can put right. */
const FOR_A_PERSON: ReadonlySet<DifferenceKind> = new Set(['twin_deals', 'not_read']);
const FEW = 5;

/** What is to be repaired: one difference by its id, or all of a kind. */
export type Repair = { difference: string } | { kind: DifferenceKind; count: number };

/** What differs, by kind, and the ways to repair it. */
export function DifferenceKinds({ proof }: { proof: ProofScreen }) {
  const [api, say] = [useApi(), useSay()];
  const [location, setLocation] = useState<number | null>(null);
  const [asked, setAsked] = useState<{ kind: DifferenceKind; count: number } | null>(null);
  const readAnew = useReadProofAnew();
  const repairing = useAsking(async (what: Repair) => {
    const asked =
      'difference' in what
        ? api.POST('/completeness/differences/{difference}/repair', { params: { path: what } })
        : api.POST('/completeness/repairs', { body: { kind: what.kind, location } });
    return (await answered(asked)).command;
  }, readAnew);
  const found = KINDS.map(kind => ({ kind, count: proof.differences[kind] ?? 0 })).filter(({ count }) => count > 0);
  const locations = useAccount().data?.locations ?? [];
  return (
    <div className="list-sections">
      {found.length > 0 && proof.locations.length > 1 && (
        <div className="differences-where">
          <Choice
            label={say('upkeep.location')}
            options={locations.map(({ id, title }) => ({ value: id, label: title }))}
            value={location}
            none={say('upkeep.allLocations')}
            onChange={chosen => setLocation(chosen)}
          />
        </div>
      )}
      <Outcome
        asking={repairing}
        busy={progress => say('upkeep.repairing', { count: Number(progress.repaired ?? 0) })}
        isPartial={result => Number(result.left) > 0}
      >
        {({ repaired, left }) => say('upkeep.repaired', { repaired: Number(repaired), left: Number(left) })}
      </Outcome>
      {!found.length && (
        <Note tone="success">
          {say(proof.locations.some(tally => tally.differ) ? 'upkeep.nothingDiffersNow' : 'upkeep.nothingDiffers')}
        </Note>
      )}
      {found.map(({ kind, count }) => (
        <ListSection
          key={kind}
          title={say(`upkeep.difference_${kind}`)}
          count={count}
          about={say(`upkeep.differenceAbout_${kind}`)}
          actions={
            !FOR_A_PERSON.has(kind) && (
              <Button isDisabled={repairing.isBusy} onClick={() => setAsked({ kind, count })}>
                {say('upkeep.repairAll')}
              </Button>
            )
          }
        >
          <Disclosure summary={say('upkeep.showAll', { count })} isOpenAtFirst={count <= FEW}>
            <DifferenceList kind={kind} location={location} repairing={repairing} />
          </Disclosure>
        </ListSection>
      ))}
      {asked && (
        <Confirm
          title={say(`upkeep.difference_${asked.kind}`)}
          action={say('upkeep.repairAll')}
          onConfirm={() => {
            repairing.ask(asked);
            setAsked(null);
          }}
          onClose={() => setAsked(null)}
        >
          <p>{say(`upkeep.repairWill_${asked.kind as Repairable}`)}</p>
          <p>
            {location === null
              ? say('upkeep.repairCount', { count: asked.count })
              : say('upkeep.repairAt', { location: locations.find(one => one.id === location)?.title ?? '' })}
          </p>
        </Confirm>
      )}
    </div>
  );
}

type Repairable = Exclude<DifferenceKind, 'twin_deals' | 'not_read'>;
