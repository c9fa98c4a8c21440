/** The gaps of a set-up in words. */

import type { GapScreen } from '../../api/schema';
import type { Format } from '../../format/format';
import type { Say, Values } from '../../texts/texts';
import type { Names } from '../names';

/** A gap as it is shown; `statuses` of several that are one for a person. */
export type Gap = GapScreen & { statuses?: string[] };

/** What tells gaps of one code apart: the text is of the code and of this parameter's value. */
const KINDS = ['reason', 'state', 'right', 'side'];

/** Gaps with those gathered in one that are one thing to a person: the statuses that a mapping leaves out. */
export function gathered(gaps: readonly GapScreen[]): Gap[] {
  const found: Gap[] = [];
  for (const gap of gaps) {
    const at = mappingOf(gap.field);
    const same = found.find(one => one.code === 'status_unmapped' && gap.code === one.code && one.field === at);
    if (same) {
      same.statuses?.push(String(gap.params.status));
    } else {
      found.push(
        gap.code === 'status_unmapped' ? { ...gap, field: at, statuses: [String(gap.params.status)] } : { ...gap },
      );
    }
  }
  return found;
}

/** The sentence of a gap. */
export function gapText(gap: Gap, say: Say, names: Names, format: Format): string {
  const values = valuesOf(gap, say, names, format);
  const kind = KINDS.map(name => gap.params[name]).find(value => value !== undefined);
  return (
    say.coded(`setup.gap_${gap.code}_${kind}`, values) ??
    say.coded(`setup.gap_${gap.code}`, values) ??
    say('setup.gapUnknown', { code: gap.code })
  );
}

/** Where in the settings it is, in words. */
export function placeText(gap: Gap, say: Say): string | undefined {
  const rule = /^status_sync\.rules\.(\d+)/.exec(gap.field)?.[1];
  if (rule !== undefined) {
    return say('setup.placeRule', { number: Number(rule) + 1 });
  }
  return gap.field.startsWith('status_sync.otherwise') ? say('setup.placeOtherwise') : undefined;
}

function valuesOf(gap: Gap, say: Say, names: Names, format: Format): Values {
  const { params } = gap;
  const named = (name: string, call: (id: number) => string) =>
    params[name] === undefined ? {} : { [name]: call(Number(params[name])) };
  const status = (code: string) => say.coded(`setup.status_${code}`) ?? code;
  const field = (code: unknown) => say.coded(`setup.field_${code}`) ?? String(code);
  return {
    ...params,
    ...named('location', names.location),
    ...named('user', names.user),
    ...named('pipeline', names.pipeline),
    ...named('stage', names.stage),
    ...named('employee', names.employee),
    ...named('at', seconds => format.moment(seconds)),
    field: field(params.code),
    other: params.id === undefined ? '' : names.field(Number(params.id)),
    usedBy: field(params.by),
    statuses: format.list((gap.statuses ?? []).map(status)),
    status: status(String(params.status)),
    also: status(String(params.also)),
    ruleBefore: String(params.by ?? params.first ?? ''),
  };
}

function mappingOf(field: string): string {
  return field.split('.stages.')[0] ?? field;
}
