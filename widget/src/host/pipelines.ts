/** The names of the account's pipelines and stages, from Kommo's page. */

import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import { useHost } from './context';

const KEPT_MS = 10 * 60_000;

interface KommoPipelines {
  _embedded?: { pipelines?: KommoPipeline[] };
}

interface KommoPipeline {
  id: number;
  name: string;
  _embedded?: { statuses?: { id: number; name: string }[] };
}

export interface PipelineNames {
  name: string;
  stages: ReadonlyMap<number, string>;
}

export function usePipelines(): UseQueryResult<ReadonlyMap<number, PipelineNames>> {
  const host = useHost();
  return useQuery({
    queryKey: ['kommo', 'pipelines'],
    queryFn: async () => {
      const read = await host.readKommo<KommoPipelines>('/api/v4/leads/pipelines');
      return new Map((read?._embedded?.pipelines ?? []).map(pipeline => [pipeline.id, namesOf(pipeline)]));
    },
    staleTime: KEPT_MS,
  });
}

/** Writes a stage, with its pipeline unless that is told already; "" for one that is not known, or not yet. */
export type StageName = (pipeline: number, stage: number, isPipelineTold?: boolean) => string;

export function useStageName(): StageName {
  const { data } = usePipelines();
  return (pipeline, stage, isPipelineTold = false) => {
    const known = data?.get(pipeline);
    return known ? [isPipelineTold ? '' : known.name, known.stages.get(stage)].filter(Boolean).join(' · ') : '';
  };
}

function namesOf(pipeline: KommoPipeline): PipelineNames {
  const stages = pipeline._embedded?.statuses ?? [];
  return { name: pipeline.name, stages: new Map(stages.map(stage => [stage.id, stage.name])) };
}
