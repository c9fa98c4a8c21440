import type { Asking } from '../../api/asking';
import type { ProofScreen, TallyScreen } from '../../api/schema';
import { Button } from '../../components/Button';
import { Failure } from '../../components/Failure';
import { Progress } from '../../components/Progress';
import { useFormat } from '../../format/format';
import { useSay } from '../../texts/texts';
import { useAccount } from '../account';
import { ListSection } from '../list/ListSection';
import './differences.css';

const COUNTS = ['compared', 'agree', 'repaired', 'parked', 'differ'] as const;
type Counts = Pick<TallyScreen, (typeof COUNTS)[number]>;

/** What the last comparison has shown, for each location, and the button that begins another. */
export function LastComparison({ proof, comparing }: { proof: ProofScreen; comparing: Asking<void> }) {
  const [say, format] = [useSay(), useFormat()];
  const { ended, back, ahead, running, locations } = proof;
  const isBusy = comparing.isBusy || running !== null;
  const total = sum(locations);
  const about =
    ended === null
      ? say('upkeep.neverCompared')
      : say('upkeep.lastCompared', { when: format.moment(ended), back: back ?? 0, ahead: ahead ?? 0 });
  const compared = running?.compared ?? 0;
  return (
    <ListSection
      title={say('upkeep.comparison')}
      about={about}
      actions={
        <Button kind={ended === null ? 'primary' : 'neutral'} isBusy={isBusy} onClick={() => comparing.ask()}>
          {say('upkeep.compareNow')}
        </Button>
      }
    >
      {comparing.error !== null && <Failure error={comparing.error} />}
      {isBusy && (
        <Progress
          label={say('upkeep.comparing', { count: compared })}
          // As many as last time is the best guess there is.
          {...(total.compared ? { done: Math.min(0.95, compared / total.compared) } : {})}
        />
      )}
      {ended !== null && locations.length > 0 && <Tallies locations={locations} total={total} />}
    </ListSection>
  );
}

function Tallies({ locations, total }: { locations: readonly TallyScreen[]; total: Counts }) {
  const [say, account] = [useSay(), useAccount().data];
  const title = (id: number) => account?.locations.find(location => location.id === id)?.title ?? '…';
  return (
    <div className="differences-tallies" data-scrolls>
      <table>
        <thead>
          <tr>
            <th scope="col">{say('upkeep.location')}</th>
            {COUNTS.map(count => (
              <th key={count} scope="col" className="differences-number">
                {say(`upkeep.tally_${count}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {locations.map(tally => (
            <Line key={tally.location} title={title(tally.location)} counts={tally} />
          ))}
        </tbody>
        {locations.length > 1 && (
          <tfoot>
            <Line title={say('upkeep.allTogether')} counts={total} />
          </tfoot>
        )}
      </table>
    </div>
  );
}

function Line({ title, counts }: { title: string; counts: Counts }) {
  const format = useFormat();
  return (
    <tr>
      <th scope="row">{title}</th>
      {COUNTS.map(count => (
        <td
          key={count}
          className="differences-number"
          data-bad={(count === 'differ' && counts[count] > 0) || undefined}
        >
          {format.number(counts[count])}
        </td>
      ))}
    </tr>
  );
}

function sum(tallies: readonly TallyScreen[]): Counts {
  const of = (count: keyof Counts) => tallies.reduce((before, tally) => before + tally[count], 0);
  return Object.fromEntries(COUNTS.map(count => [count, of(count)])) as Counts;
}
