/** What is wrong with a setting, in words. */

import type { Fault } from '../api/api';
import { codeText } from '../components/Failure';
import { useFormat } from '../format/format';
import { useSay } from '../texts/texts';
import { useDraft } from './draft';

/** The text of a fault, a whole message. */
export function useFaultText(): (fault: Fault) => string {
  const [say, format] = [useSay(), useFormat()];
  return ({ code, params }) => {
    // Ids are written as they are, not as amounts.
    const values = Object.fromEntries(Object.entries(params).map(([name, value]) => [name, String(value)]));
    return say.coded(`rules.fault_${code}`, values) ?? codeText(say, code, params, seconds => format.length(seconds));
  };
}

/** What is wrong with one field of the draft, by its path. */
export function useFaultAt(): (path: string) => string | undefined {
  const { faultsAt } = useDraft();
  const text = useFaultText();
  return path => {
    const fault = faultsAt(path).find(({ field }) => field === path);
    return fault && text(fault);
  };
}
