import type { CheckScreen, GapScreen } from '../../api/schema';
import { Button } from '../../components/Button';
import { Failure } from '../../components/Failure';
import { Skeleton } from '../../components/Skeleton';
import { useFormat } from '../../format/format';
import { useSay } from '../../texts/texts';
import { useCheck, useCheckAnew } from './check';
import { GapRow } from './GapRow';
import { gathered } from './gaps';
import './Check.css';

/** Traffic lights: what keeps Bookdeal from working, what could be better, and how each is closed. */
export default function CheckTab() {
  const check = useCheck();
  if (check.isPending) {
    return <Skeleton lines={6} />;
  }
  if (check.isError) {
    return <Failure error={check.error} onRetry={check.refetch} />;
  }
  const blocking = check.data.gaps.filter(gap => gap.severity === 'blocking');
  const warnings = check.data.gaps.filter(gap => gap.severity === 'warning');
  return (
    <>
      <Verdict check={check.data} warnings={gathered(warnings).length} />
      <Gaps gaps={blocking} />
      <Gaps gaps={warnings} />
    </>
  );
}

/** The state as a whole, the good news first. */
function Verdict({ check, warnings }: { check: CheckScreen; warnings: number }) {
  const [say, format] = [useSay(), useFormat()];
  const anew = useCheckAnew();
  const light = check.works ? (warnings ? 'warning' : 'good') : 'blocking';
  return (
    <div className="check-verdict" data-light={light}>
      <span className="check-light" aria-hidden="true" />
      <div>
        <h3>{say(`setup.verdict_${light}`, { count: warnings })}</h3>
        <p className="quiet" aria-live="polite">
          {say('setup.checkedAt', { at: format.moment(check.at) })}
        </p>
      </div>
      <Button isBusy={anew.isPending} onClick={() => anew.mutate()}>
        {say('setup.checkAgain')}
      </Button>
      {anew.isError && <Failure error={anew.error} />}
    </div>
  );
}

function Gaps({ gaps }: { gaps: readonly GapScreen[] }) {
  const say = useSay();
  const severity = gaps[0]?.severity;
  return (
    severity && (
      <section className="check-gaps">
        <h3>{say(`setup.gaps_${severity}`)}</h3>
        <ul>
          {gathered(gaps).map(gap => (
            <GapRow key={JSON.stringify([gap.code, gap.field, gap.params])} gap={gap} />
          ))}
        </ul>
      </section>
    )
  );
}
