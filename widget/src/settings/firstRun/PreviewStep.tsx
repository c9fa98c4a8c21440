import { useState } from 'react';
import { Button } from '../../components/Button';
import { Failure } from '../../components/Failure';
import { Choice } from '../../components/Field';
import { Progress } from '../../components/Progress';
import { useSay } from '../../texts/texts';
import { useDraft } from '../draft';
import { useNames } from '../names';
import type { StepProps } from './FirstRun';
import { countOf, madeByStage, type PreviewResult, usePreview } from './preview';

const DAYS = [3, 7, 14, 30];

/** What would have become of the bookings of the last days. */
export function PreviewStep({ onDone }: StepProps) {
  const say = useSay();
  const { settings } = useDraft();
  const [days, setDays] = useState(7);
  const { start, isBusy, read, result, error } = usePreview();
  // From when on is decided by going live: these days are an example.
  const body = { settings: { ...settings, start_from: null }, days, ahead: 0 };
  return (
    <>
      <div className="first-preview-days">
        <Choice
          label={say('setup.previewDays')}
          options={DAYS.map(value => ({ value, label: say('setup.lastDays', { days: value }) }))}
          value={days}
          onChange={value => setDays(value ?? 7)}
        />
        <Button kind={result ? 'neutral' : 'primary'} isBusy={isBusy} onClick={() => start(body)}>
          {say('setup.showPreview')}
        </Button>
      </div>
      {isBusy && <Progress label={say('setup.previewing', { count: read })} />}
      {error && <Failure error={error} />}
      {result && <Summary result={result} />}
      <div className="setup-actions">
        <Button kind={result ? 'primary' : 'neutral'} onClick={onDone}>
          {say(result ? 'setup.continue' : 'setup.continueWithoutPreview')}
        </Button>
      </div>
    </>
  );
}

function Summary({ result }: { result: PreviewResult }) {
  const [say, names] = [useSay(), useNames()];
  const stages = madeByStage(result);
  const others = [
    ...(['moves', 'held'] as const).map(fate => [`fate_${fate}`, countOf(result, fate)] as const),
    ...Object.entries(result.counts).map(([code, count]) => [`count_${code}`, count] as const),
  ].flatMap(([code, count]) => (count && say.coded(`rules.${code}`, { count })) || []);
  return (
    <div className="first-preview-summary" aria-live="polite">
      <p>
        <strong>{say('setup.previewed', { count: result.bookings })}</strong> {say('setup.nothingChanged')}
      </p>
      {stages.length > 0 && (
        <dl className="first-preview-stages">
          {stages.map(({ stage, count }) => (
            <div key={stage}>
              <dt>{names.stage(stage)}</dt>
              <dd>{say('setup.deals', { count })}</dd>
            </div>
          ))}
        </dl>
      )}
      {others.map(text => (
        <p key={text} className="quiet">
          {text}
        </p>
      ))}
    </div>
  );
}
