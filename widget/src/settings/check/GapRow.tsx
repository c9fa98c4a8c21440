import { useSay } from '../../texts/texts';
import { FixAction } from './FixAction';
import { type Gap, useGapPlace, useGapText } from './gaps';

/** One gap: a light, a sentence, and what closes it. */
export function GapRow({ gap }: { gap: Gap }) {
  const [say, text, placeOf] = [useSay(), useGapText(), useGapPlace()];
  const place = placeOf(gap);
  return (
    <li className="check-gap" data-severity={gap.severity} data-code={gap.code}>
      <span className="check-mark" aria-hidden="true">
        {gap.severity === 'blocking' ? '×' : '!'}
      </span>
      <div className="check-sentence">
        <span className="visually-hidden">{say(`setup.severity_${gap.severity}`)}</span>
        {text(gap)}
        {place && <span className="check-place">{place}</span>}
      </div>
      <div className="check-fix">
        <FixAction gap={gap} />
      </div>
    </li>
  );
}
