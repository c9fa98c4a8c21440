import { useFormat } from '../../format/format';
import { useSay } from '../../texts/texts';
import { useNames } from '../names';
import { FixAction } from './FixAction';
import { type Gap, gapText, placeText } from './gaps';

/** One gap: a light, a sentence, and what closes it. */
export function GapRow({ gap }: { gap: Gap }) {
  const [say, format, names] = [useSay(), useFormat(), useNames()];
  const place = placeText(gap, say);
  return (
    <li className="check-gap" data-severity={gap.severity} data-code={gap.code}>
      <span className="check-mark" aria-hidden="true">
        {gap.severity === 'blocking' ? '×' : '!'}
      </span>
      <div className="check-sentence">
        <span className="visually-hidden">{say(`setup.severity_${gap.severity}`)}</span>
        {gapText(gap, say, names, format)}
        {place && <span className="check-place">{place}</span>}
      </div>
      <div className="check-fix">
        <FixAction gap={gap} />
      </div>
    </li>
  );
}
