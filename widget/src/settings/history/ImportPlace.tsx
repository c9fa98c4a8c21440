import type { BookingStatus, MappingFormInput, Pipeline } from '../../api/schema';
import { Choice } from '../../components/Field';
import { useSay } from '../../texts/texts';

/** A cancelled booking of the past gets no deal. */
const STATUSES = ['waiting', 'confirmed', 'arrived', 'no_show'] as const satisfies readonly BookingStatus[];

interface Props {
  pipelines: readonly Pipeline[];
  /** Null: a pipeline of its own. */
  mapping: MappingFormInput | null;
  error: string | undefined;
  onChange(mapping: MappingFormInput | null): void;
}

/** Where the imported deals go: by default to a pipeline of their own, which no rule and no automation touches. */
export function ImportPlace({ pipelines, mapping, error, onChange }: Props) {
  const say = useSay();
  const stages = pipelines.find(({ id }) => id === mapping?.pipeline)?.stages ?? [];
  const options = stages.filter(({ kind }) => kind !== 'incoming').map(({ id, name }) => ({ value: id, label: name }));
  return (
    <>
      <Choice
        label={say('upkeep.importWhere')}
        hint={mapping ? say('upkeep.importIntoShared') : say('upkeep.importIntoOwn')}
        none={say('upkeep.ownPipeline')}
        options={pipelines.map(({ id, name }) => ({ value: id, label: name }))}
        value={mapping?.pipeline ?? null}
        error={error}
        onChange={pipeline => onChange(pipeline === null ? null : { pipeline, landing: null, stages: {} })}
      />
      {mapping && (
        <fieldset className="history-stages">
          <legend>{say('upkeep.importStages')}</legend>
          {STATUSES.map(status => (
            <Choice
              key={status}
              label={say(`card.status_${status}`)}
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
