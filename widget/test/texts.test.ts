/** Every language says everything, in the same terms; nothing is said that nobody asks for. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  isPluralElement,
  isSelectElement,
  type MessageFormatElement,
  parse,
  TYPE,
} from '@formatjs/icu-messageformat-parser';
import { describe, expect, it } from 'vitest';
import { LANGUAGES, type Language } from '../src/host/host';
import { loadTexts, sayIn } from '../src/texts/texts';

const TEXTS = Object.fromEntries(await Promise.all(LANGUAGES.map(async one => [one, await loadTexts(one)] as const)));
const ENGLISH = TEXTS.en ?? {};
const SOURCES = sources('src').map(path => readFileSync(path, 'utf8'));

/** Keys that are put together from a code: `say.coded(`errors.${…}`)` uses all that begin so. */
const FAMILIES = SOURCES.flatMap(source =>
  [...source.matchAll(/`([a-z]+\.[A-Za-z_]*)\$\{/g)].map(found => found[1] ?? ''),
);

/** What would have to agree with the brand's name, and does not with every one. */
const BOUND: Record<Language, RegExp> = {
  en: /\{brand\}[’']/,
  es: /\b(el|la|un|una|del|al) \{brand\}|\{brand\} (no )?(está|es|fue) \S+[aio]d[ao]\b/i,
  pt: /(?<!\S)(o|um|uma|do|da|no|na|ao|à|pelo|pela) \{brand\}|^A \{brand\}|(?<!A integração )\{brand\} (não )?(está|é|foi) \S+[aio]d[ao]\b/i,
  ru: /\{brand\}[а-яё]|\{brand\} (не )?[а-яё]+(ен|ён|ан|л|лся)(?![а-яё])/i,
};

describe.each(LANGUAGES)('in %s', language => {
  const texts = TEXTS[language] ?? {};

  it('names whoever offers the widget, in words that fit any name', () => {
    expect(Object.entries(texts).filter(([, text]) => /bookdeal/i.test(text) || BOUND[language].test(text))).toEqual(
      [],
    );
    const say = sayIn(language, texts, "<b>d'Or</b> & {Söhne}");
    expect(say('setup.begun')).toContain("<b>d'Or</b> & {Söhne}");
    expect(say.coded('setup.kommoLost')).toContain("<b>d'Or</b> & {Söhne}");
  });

  it('says what is said in English', () => {
    expect(Object.keys(texts).sort()).toEqual(Object.keys(ENGLISH).sort());
  });

  it.each(Object.entries(ENGLISH))('%s takes the same values', (key, english) => {
    const mine = parse(texts[key] ?? '');
    expect([...argumentsOf(mine)].sort()).toEqual([...argumentsOf(parse(english))].sort());
  });

  it('has the plural forms that the language has', () => {
    const forms = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
    for (const [key, text] of Object.entries(texts)) {
      for (const plural of plurals(parse(text))) {
        const wanted = forms.filter(form => form !== 'many' || language === 'ru');
        expect(Object.keys(plural.options), key).toEqual(expect.arrayContaining(wanted));
      }
    }
  });
});

it('is said somewhere', () => {
  const isUsed = (key: string) =>
    SOURCES.some(source => source.includes(`'${key}'`)) || FAMILIES.some(family => key.startsWith(family));
  expect(Object.keys(ENGLISH).filter(key => !isUsed(key))).toEqual([]);
});

function sources(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(name => /\.tsx?$/.test(name) && !name.startsWith('texts'))
    .map(name => join(folder, name));
}

function argumentsOf(message: MessageFormatElement[]): Set<string> {
  const found = new Set<string>();
  for (const element of message) {
    if (element.type !== TYPE.literal && element.type !== TYPE.pound) {
      found.add(element.value);
    }
    for (const option of optionsOf(element)) {
      for (const name of argumentsOf(option)) {
        found.add(name);
      }
    }
  }
  return found;
}

function* plurals(message: MessageFormatElement[]): Generator<MessageFormatElement & { options: object }> {
  for (const element of message) {
    if (isPluralElement(element)) {
      yield element;
    }
    for (const option of optionsOf(element)) {
      yield* plurals(option);
    }
  }
}

function optionsOf(element: MessageFormatElement): MessageFormatElement[][] {
  return isPluralElement(element) || isSelectElement(element)
    ? Object.values(element.options).map(one => one.value)
    : [];
}
