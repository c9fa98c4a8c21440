import { useSay } from '../../texts/texts';
import { useFaultAt } from '../faultText';
import { KnownChoice } from '../KnownChoice';
import { useLists } from '../lists';
import { ambiguous, emptyMapping, inPipeline, type Mapping, STATUSES, useSync } from './sync';
import './MappingEditor.css';

interface Props {
  mapping: Mapping | null;
  /** Where it stands in the settings, `status_sync.rules.0.mapping`. */
  path: string;
  /** Without statuses: it says only where new deals land. */
  isLandingOnly?: boolean;
  /** What no mapping at all means, where that can be chosen. */
  none?: string;
  onChange(mapping: Mapping | null): void;
}

/** Where deals stand: the pipeline, where new ones land, and a stage for each status or none. */
export function MappingEditor({ mapping, path, isLandingOnly, none, onChange }: Props) {
  const [say, lists, faultAt] = [useSay(), useLists(), useFaultAt()];
  const { sync } = useSync();
  const twice = sync.reverse && mapping ? ambiguous(mapping) : {};
  const stages = mapping ? lists.stageOptions(mapping.pipeline) : [];
  const choosePipeline = (id: number | null) => {
    if (id === null) {
      onChange(null);
    } else {
      onChange(mapping ? inPipeline(mapping, id, lists) : emptyMapping(id));
    }
  };
  return (
    <div className="mapping" data-field={path}>
      <div className="mapping-where">
        <KnownChoice
          label={say('rules.pipeline')}
          path={`${path}.pipeline`}
          error={faultAt(path)}
          options={lists.pipelineOptions}
          value={mapping?.pipeline ?? null}
          none={none}
          onChange={choosePipeline}
        />
        {mapping && (
          <KnownChoice
            label={say('rules.landing')}
            path={`${path}.landing`}
            options={stages}
            value={mapping.landing ?? null}
            none={say('rules.landingFirst')}
            onChange={landing => onChange({ ...mapping, landing })}
          />
        )}
      </div>
      {mapping && !isLandingOnly && (
        <div className="mapping-stages">
          {STATUSES.map(status => (
            <KnownChoice
              key={status}
              label={say(`general.status_${status}`)}
              path={`${path}.stages.${status}`}
              error={twice[status] && say('rules.fault_ambiguous_stage', { also: twice[status] })}
              options={stages}
              value={mapping.stages[status] ?? null}
              none={say('rules.leave')}
              onChange={stage => onChange({ ...mapping, stages: { ...mapping.stages, [status]: stage } })}
            />
          ))}
        </div>
      )}
    </div>
  );
}
