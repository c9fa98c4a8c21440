/** The Kommo account, read once from the page. */

import type { Ways } from '../format/format';
import type { Host } from './host';

interface KommoAccount {
  country?: string;
  currency?: string;
  _embedded?: { datetime_settings?: { time_format?: string } };
}

/** How the account writes; what Kommo does not tell is left to the language. */
export async function readWays(host: Host): Promise<Ways> {
  const account = await host
    .readKommo<KommoAccount>('/api/v4/account?with=datetime_settings')
    // Numbers and dates in the language's own way are better than no panel.
    .catch(() => null);
  const format = account?._embedded?.datetime_settings?.time_format;
  return {
    country: account?.country ?? '',
    currency: account?.currency ?? '',
    ...(format ? { hours12: /[aAgh]/.test(format) } : {}),
  };
}
