/** All that the widget says: whole ICU messages, in a file for each part of it and language. */

import { createIntl, createIntlCache } from '@formatjs/intl';
import type { PrimitiveType } from 'intl-messageformat';
import { createContext } from 'react';
import { useAround } from '../around';
import type { Language } from '../host/host';
import type english from './en';

type Texts = typeof english;
type Part = keyof Texts;
/** `part.name` of a text. */
export type TextKey = { [P in Part]: `${P}.${keyof Texts[P] & string}` }[Part];
export type Values = Record<string, PrimitiveType>;

export interface Say {
  (key: TextKey, values?: Values): string;
  /** The text of a key that is put together from a code; undefined if there is none. */
  coded(key: string, values?: Values): string | undefined;
}

const LOADERS: Record<Language, () => Promise<{ default: Texts }>> = {
  en: () => import('./en'),
  es: () => import('./es'),
  pt: () => import('./pt'),
  ru: () => import('./ru'),
};

/** Load a language's texts. */
export async function loadTexts(language: Language): Promise<Record<string, string>> {
  const texts = (await LOADERS[language]()).default;
  return Object.fromEntries(
    Object.entries(texts).flatMap(([part, named]) =>
      Object.entries(named).map(([name, text]) => [`${part}.${name}`, text]),
    ),
  );
}

/**
 * `locale` as in BCP 47: the language, and the region whose ways of writing numbers and dates are the account's. `brand`
 * is the name of whoever offers the widget: every text may say `{brand}`, in words that fit any name.
 */
export function sayIn(locale: string, texts: Record<string, string>, brand: string): Say {
  const intl = createIntl({ locale, messages: texts, onError: raise }, createIntlCache());
  const say = (key: string, values?: Values) => intl.formatMessage({ id: key }, { brand, ...values });
  return Object.assign(say, { coded: (key: string, values?: Values) => (key in texts ? say(key, values) : undefined) });
}

function raise(error: unknown): never {
  throw error;
}

export const SayContext = createContext<Say | null>(null);

/** The texts in the user's language: `say('card.past', { count: 2 })`. */
export const useSay = (): Say => useAround(SayContext, 'language');
