/** The gaps of a set-up in words. */

import type { GapScreen } from '../../api/schema';
import { useFormat } from '../../format/format';
import { useSay, type Values } from '../../texts/texts';
import { useFaultText } from '../faultText';
import { usePlace } from '../file/place';
import { useNames } from '../names';

/** A gap as it is shown; `statuses` of several that are one for a person. */
export type Gap = GapScreen & { statuses?: string[] };

/** What tells gaps of one code apart: the text is of the code and of this parameter's value. */
const KINDS = ['reason', 'state', 'right', 'side'];

/** Paused for access that was lost, which is back by now: else that would be told instead. */
const ACCESS_IS_BACK = /^(kommo|altegio)_/;

/** Gaps with those gathered in one that are one thing to a person: the statuses that a mapping leaves out. */
export function gathered(gaps: readonly GapScreen[]): Gap[] {
  const found: Gap[] = [];
  for (const gap of gaps) {
    if (gap.code !== 'status_unmapped') {
      found.push(gap);
      continue;
    }
    const field = gap.field.split('.stages.')[0] ?? gap.field;
    const status = String(gap.params.status);
    const same = found.find(one => one.code === gap.code && one.field === field);
    if (same) {
      same.statuses?.push(status);
    } else {
      found.push({ ...gap, field, statuses: [status] });
    }
  }
  return found;
}

/** The sentence of a gap. What is wrong with the settings is told as where they are changed. */
export function useGapText(): (gap: Gap) => string {
  const [say, format, names, faultText] = [useSay(), useFormat(), useNames(), useFaultText()];
  const valuesOf = (gap: Gap): Values => {
    const { params } = gap;
    const named = (name: string, call: (id: number) => string) =>
      params[name] === undefined ? {} : { [name]: call(Number(params[name])) };
    return {
      ...params,
      ...named('location', names.location),
      ...named('user', names.user),
      ...named('at', seconds => format.moment(seconds)),
      field: say.coded(`setup.field_${params.code}`) ?? String(params.code),
      other: params.id === undefined ? '' : names.field(Number(params.id)),
      statuses: format.list((gap.statuses ?? []).map(code => say.coded(`general.status_${code}`) ?? code)),
    };
  };
  return gap => {
    const values = valuesOf(gap);
    const given = KINDS.map(name => gap.params[name]).find(value => value !== undefined);
    const kind = gap.code === 'paused' && ACCESS_IS_BACK.test(String(given)) ? 'access' : given;
    return (
      say.coded(`setup.gap_${gap.code}_${kind}`, values) ??
      say.coded(`setup.gap_${gap.code}`, values) ??
      (gap.fix === 'settings' ? faultText(gap) : say('setup.gapUnknown', { code: gap.code }))
    );
  };
}

/** Where in the settings a gap is, in words; undefined for one that is not in the settings. */
export function useGapPlace(): (gap: Gap) => string | undefined {
  const [say, place] = [useSay(), usePlace()];
  return ({ field }) => {
    if (!field) {
      return undefined;
    }
    const code = /^fields\.\w+\.(\w+)$/.exec(field)?.[1];
    const name = code && say.coded(`setup.field_${code}`);
    const isOtherwise = field.startsWith('status_sync.otherwise');
    const part = isOtherwise ? say('rules.otherwise') : name;
    return part ? `${place(field)} · ${part}` : place(field);
  };
}
