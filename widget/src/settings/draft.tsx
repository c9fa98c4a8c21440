/**
 * The settings while a person changes them: one draft for all tabs, saved as a whole with one button (A27). What the
 * server refuses is told at its field, on whichever tab that is.
 */

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, useCallback, useEffect, useMemo, useState } from 'react';
import { ApiError, answered, type Fault, useApi } from '../api/api';
import type { SettingsFormInput, SettingsFormOutput } from '../api/schema';
import { useAround } from '../around';
import { presentFaults } from './faults';

export type Settings = SettingsFormOutput;

interface Draft {
  settings: Settings;
  isChanged: boolean;
  isSaving: boolean;
  /** Somebody else has saved since these settings were read: first it is to be said whose hold. */
  isOutdated: boolean;
  /** Why the settings were not saved; null when they were, or not tried. */
  error: Error | null;
  change(part: Partial<Settings>): void;
  /** Tell at their fields what is wrong with settings that were tried otherwise than by saving. */
  refuse(faults: readonly Fault[], tried: Settings): void;
  /** What is wrong with a field, or inside it: paths as the server writes them, `status_sync.rules.0`; "" is all. */
  faultsAt(path: string): Fault[];
  save(): Promise<boolean>;
  /** Give the changes up: the settings are again as they are saved. */
  discard(): void;
  /** Keep the changes, and make them of the settings as somebody else has saved them meanwhile. */
  rebase(): Promise<void>;
}

/**
 * The changes that are not saved yet. They outlive the screen: Kommo draws it anew when one comes back to it, and a
 * person who looked at a deal meanwhile finds them as he left them.
 */
const kept: { changes: Partial<Settings>; isChanged: boolean } = { changes: {}, isChanged: false };

/** Stays on the page as long as that does, also while another screen is shown. */
function warnOfKept(event: BeforeUnloadEvent): void {
  if (kept.isChanged) {
    event.preventDefault();
  }
}

const DraftContext = createContext<Draft | null>(null);

export const useDraft = (): Draft => useAround(DraftContext, 'draft of the settings');

/** The settings as they are saved. */
export function useSettings() {
  const api = useApi();
  return useQuery({ queryKey: ['settings'], queryFn: () => answered(api.GET('/settings')) });
}

export function DraftProvider({ saved, children }: { saved: Settings; children: ReactNode }) {
  const [api, queries] = [useApi(), useQueryClient()];
  const [changes, setChanges] = useState(kept.changes);
  const settings = useMemo(() => ({ ...saved, ...changes, version: saved.version }), [saved, changes]);
  const isChanged = JSON.stringify(settings) !== JSON.stringify(saved);
  const [refused, setRefused] = useState<{ faults: readonly Fault[]; tried: Settings } | null>(null);
  const refuse = useCallback((faults: readonly Fault[], tried: Settings) => setRefused({ faults, tried }), []);
  const { mutateAsync, isPending, error, reset } = useMutation({
    mutationFn: (body: Settings) => answered(api.PUT('/settings', { body: body satisfies SettingsFormInput })),
    onSuccess: stored => {
      setChanges({});
      setRefused(null);
      queries.setQueryData(['settings'], stored);
      void queries.invalidateQueries({ queryKey: ['check'] });
    },
    onError: (raised, tried) => refuse(raised instanceof ApiError ? raised.faults : [], tried),
  });

  useEffect(() => {
    Object.assign(kept, { changes, isChanged });
  }, [changes, isChanged]);
  useEffect(() => window.addEventListener('beforeunload', warnOfKept), []);

  const change = useCallback((part: Partial<Settings>) => setChanges(before => ({ ...before, ...part })), []);
  const discard = useCallback(() => {
    setChanges({});
    setRefused(null);
    reset();
    void queries.invalidateQueries({ queryKey: ['settings'] });
  }, [queries, reset]);
  const rebase = useCallback(async () => {
    await queries.invalidateQueries({ queryKey: ['settings'] });
    reset();
  }, [queries, reset]);
  const save = useCallback(
    () =>
      mutateAsync(settings).then(
        () => true,
        () => false,
      ),
    [mutateAsync, settings],
  );
  const faults = useMemo(
    () => (refused ? presentFaults(refused.faults, refused.tried, settings) : []),
    [refused, settings],
  );
  const faultsAt = useCallback(
    (path: string) => faults.filter(({ field }) => !path || field === path || field.startsWith(`${path}.`)),
    [faults],
  );
  const isOutdated = error instanceof ApiError && error.code === 'settings_changed';
  const draft = {
    settings,
    isChanged,
    isSaving: isPending,
    isOutdated,
    error,
    change,
    refuse,
    faultsAt,
    save,
    discard,
    rebase,
  };
  return <DraftContext.Provider value={draft}>{children}</DraftContext.Provider>;
}
