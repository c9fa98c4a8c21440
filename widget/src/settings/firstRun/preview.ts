/** What the settings would do with real bookings, in numbers; nothing is changed by it. */

import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { answered, useApi } from '../../api/api';
import { useCommand } from '../../api/commands';
import type { PreviewBody } from '../../api/schema';
import { refusalOf } from '../setUp';

/** As the server counts: `counts` are bookings that get no deal, by reason, and deals that stay. */
export interface PreviewResult {
  bookings: number;
  groups: { id: string; fate: 'moves' | 'made' | 'held'; after: [number, number] | null; count: number }[];
  counts: Record<string, number>;
}

export function usePreview() {
  const api = useApi();
  const [command, setCommand] = useState<string | null>(null);
  const asked = useMutation({
    mutationFn: (body: PreviewBody) => answered(api.POST('/preview', { body })),
    onSuccess: ({ command: id }) => setCommand(id),
  });
  const found = useCommand(command);
  return {
    start: (body: PreviewBody) => {
      setCommand(null);
      asked.mutate(body);
    },
    isBusy: asked.isPending || found?.state === 'waiting' || (command !== null && !found),
    /** Bookings that were looked at so far. */
    read: Number(found?.progress?.bookings ?? 0),
    result: found?.state === 'done' ? (found.result as unknown as PreviewResult) : null,
    error: asked.error ?? refusalOf(found),
  };
}

/** How many deals would have this fate. */
export function countOf({ groups }: PreviewResult, fate: string): number {
  return groups.filter(group => group.fate === fate).reduce((sum, group) => sum + group.count, 0);
}

/** How many deals would be made, by their stage; the most first. */
export function madeByStage({ groups }: PreviewResult): { stage: number; count: number }[] {
  const counts = new Map<number, number>();
  for (const { fate, after, count } of groups) {
    if (fate === 'made' && after) {
      counts.set(after[1], (counts.get(after[1]) ?? 0) + count);
    }
  }
  return [...counts].map(([stage, count]) => ({ stage, count })).sort((one, other) => other.count - one.count);
}
