import { Failure } from '../../components/Failure';
import { Skeleton } from '../../components/Skeleton';
import { useSay } from '../../texts/texts';
import { useAccount } from '../account';
import { useDraft } from '../draft';
import { CreateMissing } from './CreateMissing';
import { type Entity, REQUIRED, switchOf, TYPES } from './codes';
import { FieldRow } from './FieldRow';
import { isMissing, slotOf } from './slots';
import '../table.css';
import './Fields.css';

const ENTITIES: readonly Entity[] = ['deal', 'contact'];

/** Which field in Kommo shows what. */
export default function FieldsTab() {
  const say = useSay();
  const account = useAccount();
  const { settings } = useDraft();
  if (account.isPending) {
    return <Skeleton lines={8} />;
  }
  if (account.isError) {
    return <Failure error={account.error} onRetry={account.refetch} />;
  }
  const slots = ENTITIES.map(entity => ({
    entity,
    slots: Object.keys(TYPES[entity]).map(code => slotOf(entity, code, settings, account.data)),
  }));
  const missing = slots.flatMap(one => one.slots).filter(isMissing);
  return (
    <>
      <p>{say('setup.fieldsHint')}</p>
      <CreateMissing missing={missing.map(slot => slot.code)} />
      {slots.map(({ entity, slots: rows }) => (
        <section key={entity} className="fields">
          <h3>{say(entity === 'deal' ? 'setup.fieldsOfDeal' : 'setup.fieldsOfContact')}</h3>
          <table className="settings-table">
            <thead>
              <tr>
                <th scope="col">{say('setup.whatWeWrite')}</th>
                <th scope="col">{say('setup.fieldInKommo')}</th>
                <th scope="col">{say('setup.fieldState')}</th>
              </tr>
            </thead>
            <tbody>
              {rows.map(slot => (
                <FieldRow
                  key={slot.code}
                  slot={slot}
                  isRequired={REQUIRED.has(slot.code)}
                  offBy={switchOf(slot.code)}
                />
              ))}
            </tbody>
          </table>
        </section>
      ))}
    </>
  );
}
