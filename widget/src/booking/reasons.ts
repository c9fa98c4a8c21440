/** Why something was refused, in words, and at which field. */

import { ApiError, type Params } from '../api/api';
import type { AttemptScreen, EditScreen } from '../api/schema';
import { codeText } from '../components/Failure';
import type { Format } from '../format/format';
import type { Say } from '../texts/texts';

export interface Reason {
  /** What it is about, such as `person.phone`, `starts_at`, `categories`; "" for all of it. */
  field: string;
  text: string;
}

/** What is wrong with what was sent; none where the error is about something else. */
export function faultsIn(error: unknown, say: Say, format: Format): Reason[] {
  return error instanceof ApiError
    ? error.faults.map(({ field, code, params }) => ({
        field: fieldOf(field),
        text: inWords(code, params, say, format),
      }))
    : [];
}

/** Why bookings of an order were refused. */
export function refusalsIn(result: AttemptScreen | undefined, say: Say, format: Format): Reason[] {
  return (result?.parts ?? [])
    .filter(part => part.outcome === 'refused')
    .map(({ field, reason }) => ({ field, text: inWords(reason, {}, say, format) }));
}

/** Why a change of a booking was refused. */
export function refusalOf(result: EditScreen | undefined, say: Say, format: Format): Reason[] {
  return result?.outcome === 'refused' ? [{ field: result.field, text: inWords(result.reason, {}, say, format) }] : [];
}

/** The words for a code that something was refused with. */
export function inWords(code: string, params: Params, say: Say, format: Format): string {
  return (
    say.coded(`booking.refused_${code}`, params) ??
    codeText(say, code, params, seconds => format.length(Math.max(60, seconds)))
  );
}

/** The field, whichever booking of the order it is of. */
function fieldOf(path: string): string {
  return path.replace(/^(body\.)?(parts\.\d+\.)?/, '');
}
