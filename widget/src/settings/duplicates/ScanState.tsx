import { answered, useApi } from '../../api/api';
import { useAsking } from '../../api/asking';
import { useCommand } from '../../api/commands';
import type { ScanScreen } from '../../api/schema';
import { Button } from '../../components/Button';
import { Failure } from '../../components/Failure';
import { Note } from '../../components/Note';
import { Progress } from '../../components/Progress';
import { useFormat } from '../../format/format';
import { useSay } from '../../texts/texts';
import { ListSection } from '../list/ListSection';
import { useReadScanAnew } from './scan';

/** What a search does, one after the other. */
const PHASES = ['contacts', 'deals', 'bookings', 'compare', 'group'] as const;
type Phase = (typeof PHASES)[number];

/** When the account was last searched and what was found, and the button that searches it. */
export function ScanState({ scan }: { scan: ScanScreen }) {
  const [api, say, format, readAnew] = [useApi(), useSay(), useFormat(), useReadScanAnew()];
  const asking = useAsking(
    async () => {
      const { command } = await answered(api.POST('/duplicates/scan'));
      readAnew();
      return command;
    },
    () => readAnew(),
  );
  const { scanned_at: at, counts, command } = scan;
  const { contacts = 0, deals = 0, bookings = 0, groups = 0, refused_locations: refused = 0 } = counts;
  const isBusy = asking.isBusy || command !== null;
  return (
    <ListSection
      title={say('upkeep.search')}
      about={
        at === null ? (
          say('upkeep.neverSearched')
        ) : (
          <>
            {say('upkeep.lastSearched', { when: format.moment(at) })}{' '}
            {say('upkeep.searchFound', { contacts, deals, bookings, groups })}
          </>
        )
      }
      actions={
        <Button kind={at === null ? 'primary' : 'neutral'} isBusy={isBusy} onClick={() => asking.ask()}>
          {say('upkeep.searchNow')}
        </Button>
      }
    >
      {asking.error !== null && <Failure error={asking.error} />}
      {isBusy && <Far command={command ?? asking.command} />}
      {refused > 0 && <Note tone="warning">{say('upkeep.searchRefused', { count: refused })}</Note>}
    </ListSection>
  );
}

function Far({ command }: { command: string | null }) {
  const say = useSay();
  const progress = (useCommand(command)?.progress ?? {}) as { phase?: string } & Partial<Record<Phase, number>>;
  const step = Math.max(0, PHASES.indexOf(progress.phase as Phase));
  const phase = progress.phase === 'clear' || progress.phase === 'end' ? 'group' : (PHASES[step] ?? 'contacts');
  return (
    <Progress
      label={say(`upkeep.searching_${phase}`, { count: Number(progress[phase] ?? 0) })}
      done={PHASES.indexOf(phase) / PHASES.length}
    />
  );
}
