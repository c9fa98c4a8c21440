import { useSay } from '../../texts/texts';
import { useLists } from '../lists';
import { type Mapping, STATUSES } from './sync';

/** What a mapping says, to be read at a glance. */
export function MappingSummary({ mapping }: { mapping: Mapping }) {
  const [say, lists] = [useSay(), useLists()];
  const gone = (id: number) => say('rules.gone', { id: String(id) });
  return (
    <dl className="rule-summary">
      {STATUSES.map(status => {
        const stage = mapping.stages[status] ?? null;
        const name = stage === null ? say('rules.leaveShort') : lists.stageName(mapping.pipeline, stage);
        return (
          <div key={status}>
            <dt>{say(`general.status_${status}`)}</dt>
            <dd data-gone={name === undefined || undefined} data-left={stage === null || undefined}>
              {name ?? gone(stage ?? 0)}
            </dd>
          </div>
        );
      })}
      <div>
        <dt>{say('rules.pipeline')}</dt>
        <dd data-gone={lists.pipelineName(mapping.pipeline) === undefined || undefined}>
          {lists.pipelineName(mapping.pipeline) ?? gone(mapping.pipeline)}
        </dd>
      </div>
    </dl>
  );
}
