/** What the settings choose from, with names by id: for the screens inside `WithAccount`. */

import { createContext, type ReactNode, useMemo } from 'react';
import type { AccountScreen, LocationScreen, Pipeline } from '../api/schema';
import { useAround } from '../around';
import { Failure } from '../components/Failure';
import type { Option } from '../components/Field';
import { Skeleton } from '../components/Skeleton';
import { useAccount } from './account';

/** Kommo alone puts deals there: those not accepted yet. */
const INCOMING = 'incoming';

export class Lists {
  constructor(readonly account: AccountScreen) {}

  get pipelines(): readonly Pipeline[] {
    return this.account.pipelines;
  }

  get locations(): readonly LocationScreen[] {
    return this.account.locations;
  }

  pipeline(id: number): Pipeline | undefined {
    return this.pipelines.find(one => one.id === id);
  }

  /** The pipeline that a choice begins with. */
  get mainPipeline(): Pipeline | undefined {
    return this.pipelines.find(one => one.is_main) ?? this.pipelines[0];
  }

  pipelineName(id: number): string | undefined {
    return this.pipeline(id)?.name;
  }

  stageName(pipeline: number, stage: number): string | undefined {
    return this.pipeline(pipeline)?.stages.find(one => one.id === stage)?.name;
  }

  locationName(id: number): string | undefined {
    return this.locations.find(one => one.id === id)?.title;
  }

  employeeName(id: number): string | undefined {
    return this.locations.flatMap(one => one.employees).find(one => one.id === id)?.name;
  }

  categoryName(id: number): string | undefined {
    return this.locations.flatMap(one => one.service_categories).find(one => one.id === id)?.title;
  }

  get pipelineOptions(): Option<number>[] {
    return this.pipelines.map(({ id, name }) => ({ value: id, label: name }));
  }

  /** The stages into which deals can be put. */
  stageOptions(pipeline: number): Option<number>[] {
    const stages = this.pipeline(pipeline)?.stages ?? [];
    return stages.filter(({ kind }) => kind !== INCOMING).map(({ id, name }) => ({ value: id, label: name }));
  }

  get locationOptions(): Option<number>[] {
    return this.locations.map(({ id, title }) => ({ value: id, label: title }));
  }

  /** Employees by their locations, those of some locations first. */
  employeeOptions(first: readonly number[] = []): Option<number>[] {
    return this.located(first, ({ employees }) => employees.map(({ id, name }) => ({ value: id, label: name })));
  }

  categoryOptions(first: readonly number[] = []): Option<number>[] {
    return this.located(first, one => one.service_categories.map(({ id, title }) => ({ value: id, label: title })));
  }

  get userOptions(): Option<number>[] {
    return this.account.users.map(({ id, name }) => ({ value: id, label: name }));
  }

  get taskTypeOptions(): Option<number>[] {
    return this.account.task_types.map(({ id, name }) => ({ value: id, label: name }));
  }

  private located(first: readonly number[], of: (location: LocationScreen) => Option<number>[]): Option<number>[] {
    const rank = ({ id }: LocationScreen) => (first.includes(id) ? 0 : 1);
    const ordered = [...this.locations].sort((one, other) => rank(one) - rank(other));
    const seen = new Set<number>();
    return ordered.flatMap(location => {
      // What several locations share is listed once.
      const options = of(location).filter(({ value }) => !seen.has(value) && seen.add(value));
      options.sort((one, other) => one.label.localeCompare(other.label));
      return ordered.length > 1 ? options.map(option => ({ ...option, group: location.title })) : options;
    });
  }
}

const ListsContext = createContext<Lists | null>(null);

export const useLists = (): Lists => useAround(ListsContext, 'account');

/** Draws what needs the lists once they are there. */
export function WithAccount({ children }: { children: ReactNode }) {
  const account = useAccount();
  const lists = useMemo(() => account.data && new Lists(account.data), [account.data]);
  if (account.isError) {
    return <Failure error={account.error} onRetry={account.refetch} />;
  }
  return lists ? <ListsContext.Provider value={lists}>{children}</ListsContext.Provider> : <Skeleton lines={8} />;
}
