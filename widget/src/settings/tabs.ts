/** The tabs of the settings page, in their order; each is loaded when it is opened. */

import { type ComponentType, lazy } from 'react';
import type { Settings } from './draft';

interface TabOf {
  screen: ComponentType;
  /** The settings that are changed here: the bar with Save belongs to it. */
  parts?: readonly (keyof Settings)[];
}

export const TABS = {
  check: { screen: lazy(() => import('./check/CheckTab')) },
  altegio: { screen: lazy(() => import('./altegio/AltegioTab')) },
  people: { screen: lazy(() => import('./people/PeopleTab')) },
  fields: { screen: lazy(() => import('./fields/FieldsTab')), parts: ['fields'] },
  stages: { screen: lazy(() => import('./stages/StagesTab')), parts: ['status_sync'] },
  deals: {
    screen: lazy(() => import('./deals/DealsTab')),
    parts: [
      'task',
      'deal_name',
      'grouping',
      'adoption',
      'responsible',
      'deals_without_client',
      'reopen_closed',
      'statistics',
      'memberships',
      'calendar_pipelines',
      'start_from',
    ],
  },
  duplicates: { screen: lazy(() => import('./duplicates/DuplicatesTab')) },
  differences: { screen: lazy(() => import('./differences/DifferencesTab')) },
  parked: { screen: lazy(() => import('./parked/ParkedTab')) },
  history: { screen: lazy(() => import('./history/HistoryTab')) },
  batches: { screen: lazy(() => import('./batches/BatchesTab')) },
} satisfies Record<string, TabOf>;

export type Tab = keyof typeof TABS;

export function partsOf(tab: Tab): readonly (keyof Settings)[] {
  return (TABS[tab] as TabOf).parts ?? [];
}

/** The tab where a field of the settings is changed, by its path, `status_sync.rules.0`. */
export function tabOfField(path: string): Tab | undefined {
  const part = path.split('.')[0];
  return (Object.keys(TABS) as Tab[]).find(tab => partsOf(tab).some(one => one === part));
}

/** The tab that the page's address names (`#stages`), the set-up check without one. */
export function tabOfAddress(): Tab {
  return tabOf(window.location.hash);
}

/** The tab of an address inside the settings: `#fields/fields.deal.EMPLOYEE` is on the fields' tab. */
export function tabOf(address: string): Tab {
  const name = address.slice(1).split('/')[0] ?? '';
  return name in TABS ? (name as Tab) : 'check';
}
