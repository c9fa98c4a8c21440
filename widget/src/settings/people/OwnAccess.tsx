import { useMutation } from '@tanstack/react-query';
import { ApiError } from '../../api/api';
import type { UserScreen } from '../../api/schema';
import { Button } from '../../components/Button';
import { Failure } from '../../components/Failure';
import { Note } from '../../components/Note';
import { Skeleton } from '../../components/Skeleton';
import { useHost } from '../../host/context';
import { LoginForm } from '../../login/LoginForm';
import { useSay } from '../../texts/texts';
import { ConnectionBadge } from './ConnectionBadge';
import { useAccess, useUsers } from './users';
import './People.css';

/** What somebody who is no administrator sees of the settings: his own access to Altegio. */
export function OwnAccess() {
  const [host, say] = [useHost(), useSay()];
  const users = useUsers();
  if (users.isPending) {
    return <Skeleton lines={4} />;
  }
  if (users.isError) {
    return isNotConnected(users.error) ? (
      <Note>{say('setup.ownNotYet')}</Note>
    ) : (
      <Failure error={users.error} onRetry={users.refetch} />
    );
  }
  const own = users.data.users.find(user => user.id === host.user);
  return (
    <section className="own-access">
      <h2>{say('setup.ownTitle')}</h2>
      {own ? <Own user={own} /> : <Note tone="warning">{say('setup.ownUnknown')}</Note>}
      <p className="quiet">{say('setup.onlyAdministrators')}</p>
    </section>
  );
}

function Own({ user }: { user: UserScreen }) {
  const say = useSay();
  const { connect, disconnect } = useAccess(user.id);
  const leaving = useMutation({ mutationFn: disconnect });
  return (
    <>
      <ConnectionBadge connection={user.connection} />
      <p>{say(`setup.own_${user.connection}`)}</p>
      {user.connection === 'connected' ? (
        <Button isBusy={leaving.isPending} onClick={() => leaving.mutate()}>
          {say('setup.disconnect')}
        </Button>
      ) : (
        <LoginForm connect={connect} />
      )}
      {leaving.isError && <Failure error={leaving.error} />}
    </>
  );
}

function isNotConnected(error: unknown): boolean {
  return error instanceof ApiError && error.code === 'credentials';
}
