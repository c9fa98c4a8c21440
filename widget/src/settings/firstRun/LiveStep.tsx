import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useConnection } from '../../api/connection';
import { Button } from '../../components/Button';
import { Failure } from '../../components/Failure';
import { Note } from '../../components/Note';
import { Progress } from '../../components/Progress';
import { Skeleton } from '../../components/Skeleton';
import { wallClockIn } from '../../format/format';
import { useSay } from '../../texts/texts';
import { useAccount } from '../account';
import { useCheck, useCheckAnew, useGoLive } from '../check/check';
import { GapRow } from '../check/GapRow';
import { gathered } from '../check/gaps';
import { useDraft } from '../draft';
import '../check/Check.css';
import type { StepProps } from './FirstRun';
import { countOf, usePreview } from './preview';

const LOOK_MS = 2000;
const AHEAD_DAYS = 365;

/** Gaps of one location alone keep nobody else from going live. */
const OF_ONE_LOCATION = ['location_unpaid', 'altegio_access', 'location_zone'];

/** What going live means, what it will do, and what has to be closed before. */
export function LiveStep({ onDone }: StepProps) {
  const connection = useConnection();
  const live = useGoLive();
  if (connection.data?.is_live) {
    return <Begun onDone={onDone} />;
  }
  if (live.isSuccess) {
    return <Beginning refetch={connection.refetch} />;
  }
  return (
    <>
      <Outlook />
      <Gaps isBusy={live.isPending} onGoLive={() => live.mutate()} />
      {live.isError && <Failure error={live.error} />}
    </>
  );
}

/** How many deals there will be at once: the visits from today on. */
function Outlook() {
  const say = useSay();
  const { settings } = useDraft();
  const account = useAccount();
  const { start, isBusy, read, result, error } = usePreview();
  const [isAsked, setAsked] = useState(false);
  const zone = account.data?.locations[0]?.timezone;
  useEffect(() => {
    if (zone && !isAsked) {
      setAsked(true);
      const today = settings.start_from ?? wallClockIn(zone).slice(0, 10);
      start({ settings: { ...settings, start_from: today }, days: 0, ahead: AHEAD_DAYS });
    }
  }, [zone, isAsked, settings, start]);
  const count = result && countOf(result, 'made');
  return (
    <>
      {isBusy && <Progress label={say('setup.counting', { count: read })} />}
      {error && <Failure error={error} />}
      {count !== null && <p className="first-live-count">{say('setup.liveCount', { count })}</p>}
      <Note tone="warning">{say('setup.liveAutomations')}</Note>
    </>
  );
}

function Gaps({ isBusy, onGoLive }: { isBusy: boolean; onGoLive(): void }) {
  const say = useSay();
  const check = useCheck();
  const anew = useCheckAnew();
  if (check.isPending) {
    return <Skeleton lines={3} />;
  }
  const gaps = (check.data?.gaps ?? []).filter(gap => gap.code !== 'not_live');
  const blocking = gaps.filter(gap => gap.severity === 'blocking');
  const isKept = blocking.some(gap => !OF_ONE_LOCATION.includes(gap.code));
  // Whoever works with it can be asked for his login later.
  const shown = gaps.filter(
    gap => gap.severity === 'blocking' || gap.code === 'deals_room' || gap.code === 'fields_room',
  );
  return (
    <>
      {check.isError && <Failure error={check.error} onRetry={check.refetch} />}
      {shown.length > 0 && (
        <section className="check-gaps">
          <h4>{say('setup.beforeLive')}</h4>
          <ul>
            {gathered(shown).map(gap => (
              <GapRow key={JSON.stringify([gap.code, gap.field, gap.params])} gap={gap} />
            ))}
          </ul>
          <Button isBusy={anew.isPending} onClick={() => anew.mutate()}>
            {say('setup.checkAgain')}
          </Button>
        </section>
      )}
      {isKept && <p>{say('setup.liveKept')}</p>}
      <Button kind="primary" isBusy={isBusy} isDisabled={isKept} onClick={onGoLive}>
        {say('setup.goLive')}
      </Button>
    </>
  );
}

function Beginning({ refetch }: { refetch(): void }) {
  const say = useSay();
  useEffect(() => {
    const looking = setInterval(refetch, LOOK_MS);
    return () => clearInterval(looking);
  }, [refetch]);
  return <Progress label={say('setup.beginning')} />;
}

function Begun({ onDone }: StepProps) {
  const [say, queries] = [useSay(), useQueryClient()];
  useEffect(() => {
    // What the check said while the work began holds no more.
    void queries.invalidateQueries({ queryKey: ['check'] });
  }, [queries]);
  return (
    <>
      <Note tone="success">{say('setup.begun')}</Note>
      <Button kind="primary" onClick={onDone}>
        {say('setup.toSettings')}
      </Button>
    </>
  );
}
