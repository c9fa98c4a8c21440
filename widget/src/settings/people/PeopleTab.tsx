import { useState } from 'react';
import { ApiError } from '../../api/api';
import type { UsersScreen } from '../../api/schema';
import { Button } from '../../components/Button';
import { Empty } from '../../components/Empty';
import { Failure } from '../../components/Failure';
import { TextField } from '../../components/Field';
import { Note } from '../../components/Note';
import { Skeleton } from '../../components/Skeleton';
import { useSay } from '../../texts/texts';
import { LoginWindow } from './LoginWindow';
import { PersonRow } from './PersonRow';
import { usePeopleDraft } from './peopleDraft';
import { useUsers } from './users';
import '../table.css';
import './People.css';

const MANY = 8;

/** Who may book from Kommo, and at which locations. */
export default function PeopleTab() {
  const say = useSay();
  const users = useUsers();
  if (users.isPending) {
    return <Skeleton lines={6} />;
  }
  if (users.isError) {
    return <Failure error={users.error} onRetry={users.refetch} />;
  }
  if (!users.data.users.length) {
    return <Empty>{say('setup.noUsers')}</Empty>;
  }
  return <People screen={users.data} />;
}

function People({ screen }: { screen: UsersScreen }) {
  const say = useSay();
  const [asked, setAsked] = useState('');
  const [connecting, setConnecting] = useState<number | null>(null);
  const found = screen.users.filter(user => user.name.toLowerCase().includes(asked.trim().toLowerCase()));
  const connected = screen.users.filter(user => user.connection === 'connected').length;
  const chosen = screen.users.find(user => user.id === connecting);
  return (
    <>
      <p>{say('setup.peopleHint')}</p>
      <p className="quiet">{say('setup.peopleConnected', { connected, all: screen.users.length })}</p>
      {screen.users.length > MANY && (
        <div className="people-search">
          <TextField label={say('setup.searchPeople')} type="search" value={asked} onChange={setAsked} />
        </div>
      )}
      {found.length ? (
        <table className="settings-table people">
          <thead>
            <tr>
              <th scope="col">{say('setup.kommoUser')}</th>
              <th scope="col">{say('setup.altegioAccess')}</th>
              <th scope="col">{say('setup.seesLocations')}</th>
            </tr>
          </thead>
          <tbody>
            {found.map(user => (
              <PersonRow key={user.id} user={user} onConnect={() => setConnecting(user.id)} />
            ))}
          </tbody>
        </table>
      ) : (
        <Empty>{say('setup.nobodyFound', { name: asked })}</Empty>
      )}
      <PeopleSaveBar screen={screen} />
      {chosen && <LoginWindow user={chosen} onClose={() => setConnecting(null)} />}
    </>
  );
}

/** Who sees what is saved all at once, apart from the settings; logins count at once. */
function PeopleSaveBar({ screen }: { screen: UsersScreen }) {
  const say = useSay();
  const { changes, isSaving, error, save, discard } = usePeopleDraft();
  const isOvertaken = error instanceof ApiError && error.code === 'users_changed';
  return (
    <div className="settings-save">
      {isOvertaken && <Note tone="warning">{say('setup.peopleOvertaken')}</Note>}
      {error && !isOvertaken && <Failure error={error} />}
      <span className="quiet" aria-live="polite">
        {changes.size ? say('setup.peopleChanged', { count: changes.size }) : say('settings.allSaved')}
      </span>
      <Button isDisabled={!changes.size || isSaving} onClick={discard}>
        {say('settings.discard')}
      </Button>
      <Button kind="primary" isDisabled={!changes.size} isBusy={isSaving} onClick={() => save(screen)}>
        {say('setup.savePeople')}
      </Button>
    </div>
  );
}
