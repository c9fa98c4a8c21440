/** The five steps of the first run, and how far an account has come: seen from what is there, so that it can be left. */

import { isNotConnected, useOffered } from '../altegio/offered';
import { useDraft } from '../draft';
import { type Tab, tabOf } from '../tabs';

export const STEPS = ['connect', 'locations', 'stages', 'preview', 'live'] as const;
export type Step = (typeof STEPS)[number];

interface Progress {
  isPending: boolean;
  /** Why it cannot be told. */
  error: Error | null;
  retry(): void;
  done: ReadonlySet<Step>;
}

/** Which steps are done. Looking at a preview is never owed, so nothing tells that one. */
export function useProgress(): Progress {
  const offered = useOffered();
  const { settings } = useDraft();
  const done = new Set<Step>();
  if (offered.isSuccess) {
    done.add('connect');
    if (offered.data.locations.some(one => one.chosen)) {
      done.add('locations');
    }
  }
  // Settings that were saved once are somebody's choice, whatever it is.
  if (settings.version) {
    done.add('stages');
  }
  return {
    isPending: offered.isPending,
    error: isNotConnected(offered.error) ? null : offered.error,
    retry: offered.refetch,
    done,
  };
}

/** Where to go on: the first step that is not done. */
export function firstOpen(done: ReadonlySet<Step>): Step {
  return STEPS.find(step => !done.has(step)) ?? 'live';
}

/** Whether a step can be gone to: all before it are done, except looking at a preview. */
export function isReachable(step: Step, done: ReadonlySet<Step>): boolean {
  return STEPS.slice(0, STEPS.indexOf(step)).every(before => before === 'preview' || done.has(before));
}

/** Where the step is at which that is chosen which later has a tab of its own. */
const STEP_OF: Partial<Record<Tab, Step>> = {
  altegio: 'connect',
  stages: 'stages',
  fields: 'stages',
  deals: 'stages',
};

/** The step that the address leads to: the set-up check leads to tabs, which are not there yet. */
export function stepOfAddress(): Step | null {
  return STEP_OF[tabOf(window.location.hash)] ?? null;
}
