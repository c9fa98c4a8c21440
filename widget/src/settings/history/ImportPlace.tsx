import type { BookingStatus, MappingFormInput, Pipeline } from '../../api/schema';
import { Choice } from '../../components/Field';
import { useSay } from '../../texts/texts';

/** A cancelled booking of the past gets no deal. */
const STATUSES = ['waiting', 'confirmed', 'arrived', 'no_show'] as const satisfies readonly BookingStatus[];

interface Props {
  pipelines: readonly Pipeline[];
  /** Null: a pipeline of its own. */
  mapping: MappingFormInput | null;
  /** Where the deals of new bookings stand: offered first for the same pipeline. */
  usual: MappingFormInput | null;
  error: string | undefined;
  onChange(mapping: MappingFormInput | null): void;
}

/** Where the imported deals go: by default to a pipeline of their own, which no rule and no automation touches. */
export function ImportPlace({ pipelines, mapping, usual, error, onChange }: Props) {
  const say = useSay();
  const stages = pipelines.find(({ id }) => id === mapping?.pipeline)?.stages ?? [];
  const options = stages.filter(({ kind }) => kind !== 'incoming').map(({ id, name }) => ({ value: id, label: name }));
  const begun = (pipeline: number) => (usual?.pipeline === pipeline ? usual : { pipeline, landing: null, stages: {} });
  return (
    <>
      <Choice
        label={say('upkeep.importWhere')}
        hint={mapping ? say('upkeep.importIntoShared') : say('upkeep.importIntoOwn')}
        none={say('upkeep.ownPipeline')}
        options={pipelines.map(({ id, name }) => ({ value: id, label: name }))}
        value={mapping?.pipeline ?? null}
        error={error}
        onChange={pipeline => onChange(pipeline === null ? null : begun(pipeline))}
      />
      {mapping && (
        <fieldset className="history-stages">
          <legend>{say('upkeep.importStages')}</legend>
          {STATUSES.map(status => (
            <Choice
              key={status}
              label={say(`general.status_${status}`)}
              none={say('upkeep.firstStage')}
              options={options}
              value={mapping.stages?.[status] ?? null}
              onChange={stage => onChange({ ...mapping, stages: { ...mapping.stages, [status]: stage } })}
            />
          ))}
        </fieldset>
      )}
    </>
  );
}
