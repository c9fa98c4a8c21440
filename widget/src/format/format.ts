/** Dates, times, lengths, money and phones, in the user's language and the account's ways of writing. */

import parsePhoneNumber from 'libphonenumber-js/min';
import { createContext } from 'react';
import { useAround } from '../around';
import type { Language } from '../host/host';

/** What the account says about its ways of writing: `hours12` undefined leaves it to the locale. */
export interface Ways {
  country: string;
  currency: string;
  hours12?: boolean;
}

/** Where no locale of the browser's fits language and country together. */
const GENERAL: Record<Language, (country: string) => string> = {
  en: country => (country === 'US' || !country ? 'en-US' : 'en-001'),
  es: country => (country && country !== 'ES' ? 'es-419' : 'es'),
  pt: country => (country && country !== 'BR' ? 'pt-PT' : 'pt-BR'),
  ru: () => 'ru',
};

/** The browser's locale for a language as it is written in a country: ("en", "ES") gives en-001, ("pt", "PT") pt-PT. */
export function localeOf(language: Language, country: string): string {
  const wanted = `${language}-${country.toUpperCase()}`;
  const known = country.length === 2 && new Intl.DateTimeFormat(wanted).resolvedOptions().locale === wanted;
  return known ? wanted : GENERAL[language](country.toUpperCase());
}

/**
 * Writes what the API sends. A wall clock is a local time without an offset, `2026-05-06T18:30:00`, as the location's
 * clock shows it; a moment is unix seconds or an ISO time with its offset.
 */
export class Format {
  private readonly formatters = new Map<string, unknown>();

  constructor(
    readonly locale: string,
    private readonly ways: Ways,
  ) {}

  /** `18:30`. */
  time(wallClock: string): string {
    return this.written(wallClock, { hour: 'numeric', minute: '2-digit' });
  }

  /** `Wed 6 May`, with the year when it is not the present one. */
  day(wallClock: string, today = new Date().toISOString()): string {
    const year = wallClock.slice(0, 4) === today.slice(0, 4) ? {} : ({ year: 'numeric' } as const);
    return this.written(wallClock, { weekday: 'short', day: 'numeric', month: 'short', ...year });
  }

  /** `Wed`. */
  weekday(wallClock: string): string {
    return this.written(wallClock, { weekday: 'short' });
  }

  /** `6 May`. */
  dayOfYear(wallClock: string): string {
    return this.written(wallClock, { day: 'numeric', month: 'short' });
  }

  /** `6 May 2026`. */
  date(wallClock: string): string {
    return this.written(wallClock, { day: 'numeric', month: 'short', year: 'numeric' });
  }

  /** `4 – 10 May`, with the year when it is not the present one. */
  days(first: string, last: string, today = new Date().toISOString()): string {
    const year = last.slice(0, 4) === today.slice(0, 4) ? {} : ({ year: 'numeric' } as const);
    const formatter = this.formatter({ day: 'numeric', month: 'short', ...year, timeZone: 'UTC' });
    return formatter.formatRange(asUtc(first), asUtc(last));
  }

  /** "today", "tomorrow", "yesterday" in the user's language, else as `day`. `now` is the location's wall clock. */
  near(wallClock: string, now: string): string {
    const days = Math.round((asUtc(wallClock.slice(0, 10)) - asUtc(now.slice(0, 10))) / 86_400_000);
    return Math.abs(days) <= 1
      ? this.kept(Intl.RelativeTimeFormat, { numeric: 'auto' }).format(days, 'day')
      : this.day(wallClock, now);
  }

  /** A moment, in the clock of a time zone; the browser's without one. */
  moment(moment: string | number, timeZone?: string): string {
    const date = new Date(typeof moment === 'number' ? moment * 1000 : moment);
    return this.formatter({ dateStyle: 'medium', timeStyle: 'short', ...(timeZone ? { timeZone } : {}) }).format(date);
  }

  /** Seconds as `1 hr 30 min`. It may be handed on by itself. */
  readonly length = (seconds: number): string => {
    const [hours, minutes] = [Math.floor(seconds / 3600), Math.round((seconds % 3600) / 60)];
    const unit = (value: number, name: 'hour' | 'minute') =>
      this.kept(Intl.NumberFormat, { style: 'unit', unit: name, unitDisplay: 'short' }).format(value);
    return [hours ? unit(hours, 'hour') : '', minutes || !hours ? unit(minutes, 'minute') : '']
      .filter(Boolean)
      .join(' ');
  };

  /** An amount, by default in the account's currency; whole amounts without decimals. */
  money(amount: string | number, currency = this.ways.currency): string {
    const value = Number(amount);
    const digits = Number.isInteger(value) ? { minimumFractionDigits: 0, maximumFractionDigits: 0 } : {};
    try {
      return this.kept(Intl.NumberFormat, {
        ...(currency ? { style: 'currency', currency, currencyDisplay: 'narrowSymbol' } : {}),
        ...digits,
      }).format(value);
    } catch {
      // A currency that the browser does not know.
      return `${this.kept(Intl.NumberFormat, digits).format(value)} ${currency}`;
    }
  }

  number(value: number): string {
    return this.kept(Intl.NumberFormat, {}).format(value);
  }

  list(parts: readonly string[]): string {
    // The browser's own lists have no comma in Russian, and an "and" in Spanish.
    return parts.join(', ');
  }

  /** `Gràcia or Sants`. */
  either(parts: readonly string[]): string {
    return this.kept(Intl.ListFormat, { type: 'disjunction' }).format(parts);
  }

  /** `the location is Gràcia and the employee is Berta`. */
  all(parts: readonly string[]): string {
    return this.kept(Intl.ListFormat, { type: 'conjunction' }).format(parts);
  }

  /** A phone in its country's spacing; unreadable ones stay as they are. */
  phone(phone: string): string {
    return parsePhoneNumber(phone, this.ways.country.toUpperCase() as 'ES')?.formatInternational() ?? phone;
  }

  private written(wallClock: string, options: Intl.DateTimeFormatOptions): string {
    return this.formatter({ ...options, timeZone: 'UTC' }).format(asUtc(wallClock));
  }

  private formatter(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
    const hours = this.ways.hours12 === undefined ? {} : { hour12: this.ways.hours12 };
    return this.kept(Intl.DateTimeFormat, { ...options, ...hours });
  }

  /** A formatter of the browser's. To make one costs more than to use it a thousand times, as a calendar does. */
  private kept<O, F>(Formatter: new (locale: string, options: O) => F, options: O): F {
    const key = `${Formatter.name} ${JSON.stringify(options)}`;
    const formatter = this.formatters.get(key) ?? new Formatter(this.locale, options);
    this.formatters.set(key, formatter);
    return formatter as F;
  }
}

/** A wall clock as milliseconds, to be reckoned with and formatted as if its zone were UTC. */
export function asUtc(wallClock: string): number {
  return Date.parse(`${wallClock.length > 10 ? wallClock.slice(0, 19) : `${wallClock.slice(0, 10)}T00:00:00`}Z`);
}

/** The wall clock of a time zone now, as `2026-05-06T18:30:00`. */
export function wallClockIn(timeZone: string, now = new Date()): string {
  return new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeStyle: 'medium', timeZone })
    .format(now)
    .replace(' ', 'T');
}

export const FormatContext = createContext<Format | null>(null);

export const useFormat = (): Format => useAround(FormatContext, 'format');
