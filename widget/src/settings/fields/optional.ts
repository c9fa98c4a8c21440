/** Lets fields be made that are written only where somebody wants them; each is chosen as soon as it is there. */

import { useState } from 'react';
import type { OptionalCode } from '../../api/schema';
import { useDraft } from '../draft';
import { useSetUp } from '../setUp';
import { type Slot, toBeMade } from './slots';

export interface OptionalFields {
  toBeMade: readonly OptionalCode[];
  make(codes: readonly OptionalCode[]): void;
  /** Those that were asked for last. */
  asked: readonly OptionalCode[];
  isBusy: boolean;
  isDone: boolean;
  error: Error | null;
}

export function useOptionalFields(slots: readonly Slot[]): OptionalFields {
  const { settings, change } = useDraft();
  const [asked, setAsked] = useState<readonly OptionalCode[]>([]);
  const { start, isBusy, isDone, error } = useSetUp(({ optional }) =>
    change({ fields: { ...settings.fields, deal: { ...settings.fields?.deal, ...optional } } }),
  );
  const make = (codes: readonly OptionalCode[]) => {
    setAsked(codes);
    start({ optional: [...codes] });
  };
  return { toBeMade: toBeMade(slots), make, asked, isBusy, isDone, error };
}
