import { useSay } from '../../texts/texts';
import { KnownChoices } from '../KnownChoice';
import { useLists } from '../lists';
import { CONDITIONS, type Rule } from './sync';

type Conditions = Rule['conditions'];

interface Props {
  conditions: Conditions;
  path: string;
  onChange(conditions: Conditions): void;
}

/** What a rule asks about: any of the values within a line, all lines together; an empty line is not asked. */
export function ConditionsEditor({ conditions, path, onChange }: Props) {
  const [say, lists] = [useSay(), useLists()];
  const options = {
    locations: lists.locationOptions,
    employees: lists.employeeOptions(conditions.locations),
    service_categories: lists.categoryOptions(conditions.locations),
    pipelines: lists.pipelineOptions,
  };
  return (
    <fieldset className="rule-conditions">
      <legend className="visually-hidden">{say('rules.conditions')}</legend>
      {CONDITIONS.map(name => (
        <KnownChoices
          key={name}
          label={say(`rules.condition_${name}`)}
          path={`${path}.${name}`}
          placeholder={say(`rules.any_${name}`)}
          options={options[name]}
          values={conditions[name]}
          onChange={values => onChange({ ...conditions, [name]: values })}
        />
      ))}
      <p className="quiet rule-conditions-hint">{say('rules.conditionsHint')}</p>
    </fieldset>
  );
}
