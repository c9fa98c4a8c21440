/** The tabs of the settings page, in their order; each is loaded when it is opened. */

import { type ComponentType, lazy } from 'react';

interface TabOf {
  screen: ComponentType;
  /** It changes the draft: the bar with Save belongs to it. */
  isOfDraft?: boolean;
}

export const TABS = {
  check: { screen: lazy(() => import('./check/CheckTab')) },
  altegio: { screen: lazy(() => import('./altegio/AltegioTab')) },
  people: { screen: lazy(() => import('./people/PeopleTab')) },
  fields: { screen: lazy(() => import('./fields/FieldsTab')), isOfDraft: true },
  stages: { screen: lazy(() => import('./stages/StagesTab')), isOfDraft: true },
  deals: { screen: lazy(() => import('./deals/DealsTab')), isOfDraft: true },
  duplicates: { screen: lazy(() => import('./duplicates/DuplicatesTab')) },
  differences: { screen: lazy(() => import('./differences/DifferencesTab')) },
  parked: { screen: lazy(() => import('./parked/ParkedTab')) },
  history: { screen: lazy(() => import('./history/HistoryTab')) },
  batches: { screen: lazy(() => import('./batches/BatchesTab')) },
} satisfies Record<string, TabOf>;

export type Tab = keyof typeof TABS;

export function isOfDraft(tab: Tab): boolean {
  return 'isOfDraft' in TABS[tab];
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
