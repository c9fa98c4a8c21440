/** Texts with placeholders in braces, filled as the server fills them. */

import { useSay } from '../../texts/texts';
import { useLists } from '../lists';

export const PLACEHOLDERS = [
  'services',
  'person',
  'client',
  'visitor',
  'employee',
  'location',
  'date',
  'time',
] as const;
export type Placeholder = (typeof PLACEHOLDERS)[number];
export type Sample = Record<Placeholder, string>;

/** The text for a booking, without what empty placeholders leave at its ends; where nothing is left, the location. */
export function filled(template: string, sample: Sample): string {
  const text = template.replace(/\{\{|\}\}|\{(\w+)\}/g, (found, name: string | undefined) =>
    name === undefined ? (found[0] ?? '') : (sample[name as Placeholder] ?? found),
  );
  return text.replace(/^[\s–—,·-]+|[\s–—,·-]+$/g, '') || sample.location;
}

/** A booking such as there could be, with the account's own names where it has some. */
export function useSample(): Sample {
  const [say, lists] = [useSay(), useLists()];
  const location = lists.locations[0];
  const client = say('rules.sampleClient');
  return {
    services: say('rules.sampleServices'),
    person: client,
    client,
    visitor: '',
    employee: location?.employees[0]?.name ?? '',
    location: location?.title ?? '',
    date: '2026-05-06',
    time: '18:30',
  };
}
