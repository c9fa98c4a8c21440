import type { AccountScreen } from '../../api/schema';
import { Failure } from '../../components/Failure';
import { Note } from '../../components/Note';
import { Skeleton } from '../../components/Skeleton';
import { useSay } from '../../texts/texts';
import { useAccount } from '../account';
import { useDraft } from '../draft';
import { CreateMissing } from './CreateMissing';
import { CreateOptional } from './CreateOptional';
import { type Entity, REQUIRED, switchOf, TYPES } from './codes';
import { FieldRow } from './FieldRow';
import { useOptionalFields } from './optional';
import { isMissing, slotOf } from './slots';
import '../table.css';
import './Fields.css';

const ENTITIES: readonly Entity[] = ['deal', 'contact'];

/** Which field in Kommo shows what. */
export default function FieldsTab() {
  const account = useAccount();
  if (account.isPending) {
    return <Skeleton lines={8} />;
  }
  if (account.isError) {
    return <Failure error={account.error} onRetry={account.refetch} />;
  }
  return <Fields account={account.data} />;
}

function Fields({ account }: { account: AccountScreen }) {
  const say = useSay();
  const { settings } = useDraft();
  const slots = ENTITIES.map(entity => ({
    entity,
    slots: Object.keys(TYPES[entity]).map(code => slotOf(entity, code, settings, account)),
  }));
  const all = slots.flatMap(one => one.slots);
  const missing = all.filter(isMissing);
  const optional = useOptionalFields(all);
  const { fields_left: left } = account;
  return (
    <>
      <p>{say('setup.fieldsHint')}</p>
      <CreateMissing missing={missing.map(slot => slot.code)} />
      {left !== null && left < missing.length + optional.toBeMade.length && (
        <Note>{say('setup.fieldsRoom', { left })}</Note>
      )}
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
                  optional={optional}
                />
              ))}
            </tbody>
          </table>
          {entity === 'deal' && <CreateOptional optional={optional} />}
        </section>
      ))}
    </>
  );
}
