/** The short code of a decision's rule, taken apart, as `shared/bookdeal/bookings/rules.py` puts it together. */

import type { BookingStatus } from '../api/schema';

export interface Rule {
  /** What spoke: a mode, a rule of the settings, or something that happened. */
  code: string;
  status: BookingStatus | null;
  /** The status has no stage. */
  isUnmapped: boolean;
  /** A new deal, which no status puts elsewhere. */
  isLanding: boolean;
  /** It is the stage, set by a person, that set the status. */
  isReverse: boolean;
}

const BY_STATUS =
  /^(simple|otherwise|import|rule\.[\w-]+)\.(waiting|confirmed|arrived|no_show|cancelled)(\.unmapped)?$/;

export function ruleOf(text: string): Rule {
  const isReverse = text.startsWith('reverse.');
  const isLanding = text.endsWith('.landing');
  const inner = text.replace(/^reverse\./, '').replace(/\.landing$/, '');
  const found = BY_STATUS.exec(inner);
  return {
    code: (found?.[1] ?? inner).replace(/^rule\..*/, 'rule'),
    status: (found?.[2] as BookingStatus | undefined) ?? null,
    isUnmapped: found?.[3] !== undefined,
    isLanding,
    isReverse,
  };
}
