/** What the comparison of bookings and deals has shown. */

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { answered, useApi } from '../../api/api';

const LOOK_MS = 5000;
const PROOF = ['completeness'];
export const DIFFERENCES = ['differences'];

/** The last comparison, and the one that goes on, looked at until it has ended. */
export function useProof() {
  const [api, queries] = [useApi(), useQueryClient()];
  const proof = useQuery({
    queryKey: PROOF,
    queryFn: () => answered(api.GET('/completeness')),
    refetchInterval: ({ state }) => (state.data?.running ? LOOK_MS : false),
  });
  const ended = proof.data?.ended;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new end makes what was listed old
  useEffect(() => void queries.invalidateQueries({ queryKey: DIFFERENCES }), [ended, queries]);
  return proof;
}

/** Read anew what differs, after something was done about it. */
export function useReadProofAnew(): () => void {
  const queries = useQueryClient();
  return () => {
    void queries.invalidateQueries({ queryKey: PROOF });
    void queries.invalidateQueries({ queryKey: DIFFERENCES });
  };
}
