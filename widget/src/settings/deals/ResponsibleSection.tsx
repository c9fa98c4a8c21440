import { useRef } from 'react';
import type { ResponsibleFormOutput } from '../../api/schema';
import { Choice } from '../../components/Field';
import { Note } from '../../components/Note';
import { useSay } from '../../texts/texts';
import { useDraft } from '../draft';
import { useFaultAt } from '../faultText';
import { KnownChoice, KnownChoices } from '../KnownChoice';
import { useLists } from '../lists';
import { Section } from '../Section';
import { useCreators } from './creators';
import { UserTable } from './UserTable';

const WAYS = ['nobody', 'creator', 'employee', 'location', 'round_robin'] as const;

/** Who is responsible for a new deal. */
export function ResponsibleSection() {
  const [say, lists, faultAt] = [useSay(), useLists(), useFaultAt()];
  const { settings, change } = useDraft();
  const { responsible } = settings;
  const { by } = responsible;
  const before = useRef<Partial<Record<typeof by, ResponsibleFormOutput>>>({});
  const put = (part: Partial<ResponsibleFormOutput>) => change({ responsible: { ...responsible, ...part } });
  const choose = (way: typeof by | null) => {
    if (way && way !== by) {
      // What was chosen for one way means nothing for another: it waits until that way is chosen again.
      before.current[by] = responsible;
      change({ responsible: before.current[way] ?? { by: way, users: {}, turns: [], fallback: responsible.fallback } });
    }
  };
  const noUsers = faultAt('responsible.users');
  return (
    <Section path="responsible" title={say('rules.responsibleTitle')} hint={say('rules.responsibleHint')}>
      <div className="deals-row">
        <Choice
          label={say('rules.responsibleBy')}
          hint={say(`rules.responsibleHint_${by}`)}
          options={WAYS.map(value => ({ value, label: say(`rules.responsible_${value}`) }))}
          value={by}
          onChange={choose}
        />
        {by !== 'nobody' && (
          <KnownChoice
            label={say('rules.fallback')}
            path="responsible.fallback"
            options={lists.userOptions}
            value={responsible.fallback ?? null}
            none={say('rules.leaveToKommo')}
            onChange={fallback => put({ fallback })}
          />
        )}
      </div>
      {by === 'round_robin' && (
        <div className="deals-narrow">
          <KnownChoices
            label={say('rules.turns')}
            path="responsible.turns"
            error={lists.userOptions.length ? undefined : say('rules.noUserList')}
            options={lists.userOptions}
            values={responsible.turns}
            placeholder={say('rules.chooseUsers')}
            onChange={turns => put({ turns })}
          />
        </div>
      )}
      {noUsers && <Note tone="error">{noUsers}</Note>}
      {by === 'employee' && (
        <UserTable rows={lists.employeeOptions()} users={responsible.users} onChange={users => put({ users })} />
      )}
      {by === 'location' && (
        <UserTable rows={lists.locationOptions} users={responsible.users} onChange={users => put({ users })} />
      )}
      {by === 'creator' && <Creators users={responsible.users} onChange={users => put({ users })} />}
    </Section>
  );
}

type Users = ResponsibleFormOutput['users'];

/** Those who book in Altegio, as far as the people tab has tied them to users of Kommo. */
function Creators({ users, onChange }: { users: Users; onChange(users: Users): void }) {
  const say = useSay();
  const rows = useCreators();
  return rows.length || Object.keys(users).length ? (
    <UserTable rows={rows} users={users} onChange={onChange} />
  ) : (
    <Note>
      {say('rules.noCreators')} <a href="#people">{say('settings.tab_people')}</a>
    </Note>
  );
}
