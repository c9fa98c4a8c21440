import { useSay } from '../../texts/texts';
import { tabOfField } from '../tabs';

/** Says in words where a field of the settings is: "Stages, rule 2". */
export function usePlace(): (field: string) => string {
  const say = useSay();
  return field => {
    const tab = tabOfField(field);
    const rule = /^status_sync\.rules\.(\d+)/.exec(field);
    const name = tab ? say(`settings.tab_${tab}`) : '';
    return rule ? say('rules.placeOfRule', { tab: name, number: Number(rule[1]) + 1 }) : name;
  };
}
