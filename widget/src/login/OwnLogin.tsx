import { ApiError, answered, useApi } from '../api/api';
import { Note } from '../components/Note';
import { useHost } from '../host/context';
import { useSay } from '../texts/texts';
import { LoginForm } from './LoginForm';

type Wanted = 'no_login' | 'login_refused';

interface Props {
  /** He never gave a login, or it is refused now. */
  reason: Wanted;
  onDone(): void;
}

/** Asks a user for his own login to Altegio, in the place of what he wanted to see or do. */
export function OwnLogin({ reason, onDone }: Props) {
  const [host, api, say] = [useHost(), useApi(), useSay()];
  const params = { path: { user: host.user } };
  return (
    <>
      <Note tone={reason === 'no_login' ? 'info' : 'warning'}>{say(`login.${reason}`)}</Note>
      <LoginForm
        connect={(login, password) =>
          answered(api.POST('/users/{user}/login', { params, body: { login, password } })).then(onDone)
        }
      />
    </>
  );
}

/** Why the user has to give his Altegio login first, null if he has not. */
export function loginWanted(error: unknown): Wanted | null {
  return error instanceof ApiError && (error.code === 'no_login' || error.code === 'login_refused') ? error.code : null;
}
