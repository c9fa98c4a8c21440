/** The search for duplicates in the whole account: when it was last done, and how far the one under way is. */

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { answered, useApi } from '../../api/api';

const SCAN = ['duplicates', 'scan'];
export const GROUPS = ['duplicates', 'groups'];
/** Read anew with the groups: what is ignored, or is not any more, changes both. */
export const IGNORED = [...GROUPS, 'ignored'];
const LOOK_MS = 5000;

/** Looked at while one goes on; what it has found is read when it has ended. */
export function useScan() {
  const [api, queries] = [useApi(), useQueryClient()];
  const scan = useQuery({
    queryKey: SCAN,
    queryFn: () => answered(api.GET('/duplicates')),
    refetchInterval: ({ state }) => (state.data?.command ? LOOK_MS : false),
  });
  const scannedAt = scan.data?.scanned_at;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a newer search makes the groups old
  useEffect(() => void queries.invalidateQueries({ queryKey: GROUPS }), [scannedAt, queries]);
  return scan;
}

export function useReadGroupsAnew(): () => void {
  const queries = useQueryClient();
  return () => void queries.invalidateQueries({ queryKey: GROUPS });
}

export function useReadScanAnew(): () => void {
  const queries = useQueryClient();
  return () => void queries.invalidateQueries({ queryKey: SCAN });
}
