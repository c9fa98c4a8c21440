import { useQuery } from '@tanstack/react-query';
import { answered, useApi } from '../api/api';
import { useLocations } from '../api/locations';
import { useFormat } from '../format/format';
import { usePipelines } from '../host/pipelines';
import { useSay } from '../texts/texts';
import type { Condition, ConditionEntity, Why } from './why';

/** The rules that were tried, in their order, with what each asked for and what it met. */
export function Trials({ why, location }: { why: Why; location: number }) {
  const [say, format, nameOf] = [useSay(), useFormat(), useNames(location)];
  const listed = ({ entity }: Condition, ids: number[]) =>
    ids.length ? format.list(ids.map(id => nameOf(entity, id))) : say('decisions.nothing');
  return (
    <ol className="trials">
      {why.trials.map(trial => (
        <li key={trial.number}>
          <b>{say(trial.matches ? 'decisions.ruleFits' : 'decisions.ruleDoesNotFit', { number: trial.number })}</b>
          {trial.conditions.length === 0 && <p className="quiet">{say('decisions.asksNothing')}</p>}
          <ul>
            {trial.conditions.map(condition => (
              <li key={condition.entity}>
                <span aria-hidden="true">{condition.fits ? '✓' : '✗'}</span>{' '}
                {say(condition.fits ? `decisions.fits_${condition.entity}` : `decisions.differs_${condition.entity}`, {
                  wanted: listed(condition, condition.wanted),
                  met: condition.met ? listed(condition, condition.met) : say('decisions.notKnown'),
                })}
              </li>
            ))}
          </ul>
        </li>
      ))}
    </ol>
  );
}

/** The names of what conditions ask about; employees and categories are those of the booking's location. */
function useNames(location: number): (entity: ConditionEntity, id: number) => string {
  const [api, say, pipelines, locations] = [useApi(), useSay(), usePipelines(), useLocations()];
  const catalogue = useQuery({
    queryKey: ['catalogue', location],
    queryFn: () => answered(api.GET('/locations/{location}/catalogue', { params: { path: { location } } })),
    enabled: location > 0,
    staleTime: 5 * 60_000,
  });
  return (entity, id) => {
    const known = {
      location: () => locations.data?.locations.find(one => one.id === id)?.title,
      pipeline: () => pipelines.data?.get(id)?.name,
      employee: () => catalogue.data?.employees.find(one => one.id === id)?.name,
      service_category: () => catalogue.data?.categories.find(one => one.id === id)?.title,
    };
    return known[entity]() ?? say('decisions.unnamed', { id: String(id) });
  };
}
