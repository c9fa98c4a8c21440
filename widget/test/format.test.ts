import { describe, expect, it } from 'vitest';
import { asUtc, Format, localeOf, wallClockIn } from '../src/format/format';

const plain = (text: string) => text.replace(/[\u202f\u00a0]/g, ' ');

describe('the locale of a language in a country', () => {
  it.each([
    ['en', 'US', 'en-US'],
    ['en', 'GB', 'en-GB'],
    ['en', '', 'en-US'],
    ['es', 'MX', 'es-MX'],
    ['pt', 'BR', 'pt-BR'],
    ['pt', 'PT', 'pt-PT'],
    ['ru', 'KZ', 'ru-KZ'],
    ['es', 'XX', 'es-419'],
  ] as const)('%s in %s is %s', (language, country, locale) => {
    expect(localeOf(language, country)).toBe(locale);
  });
});

describe('a wall clock', () => {
  const format = new Format('en-GB', { country: 'ES', currency: 'EUR', hours12: false });

  it('is written as it is, wherever the browser stands', () => {
    expect(format.time('2026-05-06T18:30:00')).toBe('18:30');
    expect(format.day('2026-05-06T00:30:00', '2026-01-01')).toBe('Wed 6 May');
    expect(format.day('2025-12-31T23:30:00', '2026-01-01')).toContain('31 Dec 2025');
  });

  it('is near when it is a day away', () => {
    expect(format.near('2026-05-07T00:10:00', '2026-05-06T23:50:00')).toBe('tomorrow');
    expect(format.near('2026-05-06T00:10:00', '2026-05-06T23:50:00')).toBe('today');
    expect(format.near('2026-05-08T00:10:00', '2026-05-06T23:50:00')).toBe('Fri 8 May');
  });

  it('is that of the zone', () => {
    expect(wallClockIn('America/Sao_Paulo', new Date('2026-05-06T01:30:00Z'))).toBe('2026-05-05T22:30:00');
    expect(asUtc('2026-05-06')).toBe(Date.UTC(2026, 4, 6));
  });

  it('follows the account where it counts to twelve', () => {
    const american = new Format('en-US', { country: 'US', currency: 'USD', hours12: true });
    expect(plain(american.time('2026-05-06T18:30:00'))).toBe('6:30 PM');
  });
});

it('writes money with decimals only where there are some', () => {
  const format = new Format('es-ES', { country: 'ES', currency: 'EUR' });
  expect(plain(format.money('95.00'))).toBe('95 €');
  expect(plain(format.money('95.5'))).toBe('95,50 €');
  expect(plain(format.money('95', 'not a currency'))).toBe('95 not a currency');
});

it('writes lengths in hours and minutes', () => {
  const format = new Format('en-GB', { country: 'ES', currency: 'EUR' });
  expect(format.length(5400)).toBe('1 hr 30 mins');
  expect(format.length(3600)).toBe('1 hr');
  expect([0].map(format.length)).toEqual(['0 mins']);
});

it('writes phones in their spacing, and leaves what is none', () => {
  const format = new Format('es-ES', { country: 'ES', currency: 'EUR' });
  expect(format.phone('+34600000101')).toBe('+34 600 00 01 01');
  expect(format.phone('ask at the desk')).toBe('ask at the desk');
});
