import type { PreviewRow } from '../../../api/schema';
import { useFormat } from '../../../format/format';
import { useSay } from '../../../texts/texts';
import { useLists } from '../../lists';

interface Condition {
  entity: 'location' | 'pipeline' | 'employee' | 'service_category';
  fits: boolean;
  met: number[] | null;
}

interface Explanation {
  code: string;
  status: string;
  stage: number | null;
  number?: number;
  trials?: { number: number; matches: boolean; conditions: Condition[] }[];
}

/** Tells line by line why the rules say what they say about a booking: those that were tried, and what spoke. */
export function useWhy(): (why: PreviewRow['why']) => string[] {
  const [say, format, lists] = [useSay(), useFormat(), useLists()];
  const name = {
    location: (id: number) => lists.locationName(id),
    pipeline: (id: number) => lists.pipelineName(id),
    employee: (id: number) => lists.employeeName(id),
    service_category: (id: number) => lists.categoryName(id),
  };
  const condition = ({ entity, met }: Condition) => {
    const names = (met ?? []).map(id => name[entity](id) ?? `${id}`);
    return say(`rules.met_${entity}`, { names: names.length ? format.either(names) : say('rules.metNothing') });
  };
  return given => {
    const why = given as Explanation | null;
    if (!why) {
      return [];
    }
    const tried = (why.trials ?? []).map(({ number, matches, conditions }) =>
      matches
        ? say('rules.trialFits', { number, conditions: format.all(conditions.map(condition)) })
        : // What does not fit is what matters.
          say('rules.trialFails', {
            number,
            conditions: format.all(conditions.filter(({ fits }) => !fits).map(condition)),
          }),
    );
    const status = say.coded(`rules.status_${why.status}`) ?? why.status;
    const spoke =
      say.coded(`rules.why_${why.code}${why.stage === null ? '_unmapped' : ''}`, { status }) ??
      say.coded(`rules.why_${why.code}`, { status });
    return spoke ? [...tried, spoke] : tried;
  };
}
