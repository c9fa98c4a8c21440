import { useState } from 'react';
import type { Params } from '../../api/api';
import type { AccountScreen, HistoryScreen } from '../../api/schema';
import { Button } from '../../components/Button';
import { Confirm } from '../../components/Confirm';
import { codeText, Failure } from '../../components/Failure';
import { Note } from '../../components/Note';
import { Progress } from '../../components/Progress';
import { useFormat } from '../../format/format';
import { useSay } from '../../texts/texts';
import { ListSection } from '../list/ListSection';
import type { Step, useSteering } from './history';
import './history.css';

interface Props {
  known: HistoryScreen;
  account: AccountScreen;
  steering: ReturnType<typeof useSteering>;
}

/** How far an import is, or what came of the last one, and what can be done about it now. */
export function ImportState({ known, account, steering }: Props) {
  const [say, format] = [useSay(), useFormat()];
  const [isStopping, setStopping] = useState(false);
  const isOpen = known.state !== 'done' && known.state !== 'stopped';
  const by = account.users.find(({ id }) => id === known.by)?.name;
  const at = format.moment(known.at);
  const button = (step: Step, kind: 'primary' | 'neutral') => (
    <Button
      kind={kind}
      isBusy={steering.isPending && steering.variables === step}
      isDisabled={steering.isPending}
      onClick={() => (step === 'stop' ? setStopping(true) : steering.mutate(step))}
    >
      {say(`upkeep.import_${step}`)}
    </Button>
  );
  return (
    <ListSection
      title={say(`upkeep.importIs_${known.state}`)}
      about={
        <>
          {say('upkeep.importDays', { first: format.date(known.first), last: format.date(known.last) })}{' '}
          {by ? say('upkeep.importBegunBy', { at, by }) : say('upkeep.importBegun', { at })}
        </>
      }
      actions={
        isOpen && (
          <>
            {known.state === 'running' ? button('pause', 'neutral') : button('continue', 'primary')}
            {button('stop', 'neutral')}
          </>
        )
      }
    >
      {known.failure && <Why failure={known.failure} />}
      {isOpen && <Far known={known} />}
      <Counts known={known} />
      {steering.error && typeof steering.variables === 'string' && <Failure error={steering.error} />}
      {isStopping && (
        <Confirm
          title={say('upkeep.import_stop')}
          action={say('upkeep.import_stop')}
          kind="danger"
          onConfirm={() => {
            steering.mutate('stop');
            setStopping(false);
          }}
          onClose={() => setStopping(false)}
        >
          <p>{say('upkeep.importStopWill', { made: known.made, left: known.left })}</p>
        </Confirm>
      )}
    </ListSection>
  );
}

function Far({ known: { state, seen, total } }: { known: HistoryScreen }) {
  const say = useSay();
  if (!total) {
    return state === 'running' ? <Progress label={say('upkeep.importGetsReady')} /> : null;
  }
  return <Progress label={say('upkeep.importFar', { seen, total })} done={Math.min(1, seen / total)} />;
}

function Why({ failure }: { failure: Record<string, unknown> }) {
  const [say, format] = [useSay(), useFormat()];
  const { code = 'failed', params = {} } = failure as { code?: string; params?: Params };
  return (
    <Note tone="error">
      <p>{codeText(say, code, params, seconds => format.length(Math.max(60, seconds)))}</p>
      <p>{say('upkeep.importGoesOn')}</p>
    </Note>
  );
}

/** What became of the bookings that were looked at. */
function Counts({ known: { made, left, skipped } }: { known: HistoryScreen }) {
  const [say, format] = [useSay(), useFormat()];
  const reasons = Object.entries(skipped).filter(([, count]) => count > 0);
  return (
    <dl className="history-counts">
      <div>
        <dt>{say('upkeep.importMade')}</dt>
        <dd>{format.number(made)}</dd>
      </div>
      {reasons.map(([reason, count]) => (
        <div key={reason}>
          <dt>{say.coded(`upkeep.skipped_${reason}`) ?? say('upkeep.skippedOther', { reason })}</dt>
          <dd>{format.number(count)}</dd>
        </div>
      ))}
      {left > 0 && (
        <div>
          <dt>{say('upkeep.importLeft')}</dt>
          <dd>{format.number(left)}</dd>
        </div>
      )}
    </dl>
  );
}
