import { useFormat } from '../../format/format';
import { useSay } from '../../texts/texts';
import { useLists } from '../lists';
import { CONDITIONS, type Rule } from './sync';

/** So many names are read in a sentence; of more it says how many. */
const MOST_NAMES = 5;

/** Puts a rule's conditions into a sentence. */
export function useSentence(): (conditions: Rule['conditions']) => string {
  const [say, format, lists] = [useSay(), useFormat(), useLists()];
  const name = {
    locations: (id: number) => lists.locationName(id),
    employees: (id: number) => lists.employeeName(id),
    service_categories: (id: number) => lists.categoryName(id),
    pipelines: (id: number) => lists.pipelineName(id),
  };
  return conditions => {
    const asked = CONDITIONS.filter(one => conditions[one].length).map(one => {
      const names = conditions[one].map(id => name[one](id) ?? say('rules.gone', { id: String(id) }));
      const rest = names.length - MOST_NAMES;
      const read = rest > 1 ? [...names.slice(0, MOST_NAMES), say('rules.othersToo', { count: rest })] : names;
      return say(`rules.when_${one}`, { names: format.either(read) });
    });
    return asked.length ? say('rules.when', { conditions: format.all(asked) }) : say('rules.whenAlways');
  };
}
