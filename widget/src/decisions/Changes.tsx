import type { ChangeScreen, DecisionScreen } from '../api/schema';
import { useFormat } from '../format/format';
import { type KommoField, useFields } from '../host/fields';
import { useStageName } from '../host/pipelines';
import { useSay } from '../texts/texts';

/** What was written, property by property, before and after. */
export function Changes({ decision }: { decision: DecisionScreen }) {
  const say = useSay();
  const { labelOf, textOf } = useWording(decision.deal ? 'leads' : 'contacts');
  return (
    <dl className="changes">
      {decision.changes.map(change => (
        <div key={change.name}>
          <dt>{labelOf(change)}</dt>
          <dd>
            {change.is_kept
              ? say('decisions.change', {
                  before: textOf(change, change.before),
                  after: textOf(change, change.after),
                })
              : say('decisions.notKept')}
          </dd>
        </div>
      ))}
    </dl>
  );
}

function useWording(entity: 'leads' | 'contacts') {
  const [say, format, stageName, fields] = [useSay(), useFormat(), useStageName(), useFields(entity)];
  const fieldOf = (change: ChangeScreen): KommoField | undefined =>
    change.name.startsWith('field:') ? fields.data?.get(Number(change.name.slice(6))) : undefined;

  function labelOf(change: ChangeScreen): string {
    const kind = change.name.split(':')[0] ?? '';
    return fieldOf(change)?.name ?? say.coded(`decisions.property_${kind}`) ?? change.name;
  }

  function textOf(change: ChangeScreen, value: unknown): string {
    if (value === null || value === undefined || value === '') {
      return say('decisions.nothing');
    }
    if (change.name === 'place' && Array.isArray(value)) {
      return stageName(Number(value[0]), Number(value[1])) || say('decisions.stageUnknown');
    }
    if (change.name === 'price') {
      return format.money(Number(value));
    }
    const type = fieldOf(change)?.type;
    if (type === 'date' || type === 'date_time') {
      const moment = format.moment(Number(value));
      return type === 'date' ? format.date(new Date(Number(value) * 1000).toISOString()) : moment;
    }
    if (typeof value === 'boolean') {
      return say(value ? 'decisions.yes' : 'decisions.no');
    }
    return change.name === 'status' ? (say.coded(`decisions.status_${value}`) ?? String(value)) : String(value);
  }

  return { labelOf, textOf };
}
