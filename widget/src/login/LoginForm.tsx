import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { ApiError, answered, useApi } from '../api/api';
import { Button } from '../components/Button';
import { useFailureText } from '../components/Failure';
import { TextField } from '../components/Field';
import { Note } from '../components/Note';
import { useHost } from '../host/context';
import { useSay } from '../texts/texts';
import './LoginForm.css';

type Wanted = 'no_login' | 'login_refused';

interface Props {
  /** He never gave a login, or it is refused now. */
  reason: Wanted;
  onDone(): void;
}

/** The user's own login to Altegio, exchanged for a token at once: the password is kept nowhere. */
export function LoginForm({ reason, onDone }: Props) {
  const [host, api, say] = [useHost(), useApi(), useSay()];
  const [login, setLogin] = useState('');
  const [password, setPassword] = useState('');
  const connecting = useMutation({
    mutationFn: () =>
      answered(
        api.POST('/users/{user}/login', {
          params: { path: { user: host.user } },
          body: { login: login.trim(), password },
        }),
      ),
    onSuccess: onDone,
    onSettled: () => setPassword(''),
  });
  const error = useFailureText(connecting.error);
  return (
    <form
      className="login-form"
      onSubmit={event => {
        event.preventDefault();
        connecting.mutate();
      }}
    >
      <Note tone={reason === 'no_login' ? 'info' : 'warning'}>{say(`login.${reason}`)}</Note>
      <TextField
        label={say('login.login')}
        autoComplete="username"
        required
        maxLength={200}
        value={login}
        onChange={setLogin}
      />
      <TextField
        label={say('login.password')}
        hint={say('login.notKept')}
        error={connecting.isError ? error : undefined}
        type="password"
        autoComplete="current-password"
        required
        maxLength={200}
        value={password}
        onChange={setPassword}
      />
      <Button kind="primary" type="submit" isDisabled={!login.trim() || !password} isBusy={connecting.isPending}>
        {say('login.connect')}
      </Button>
    </form>
  );
}

/** Why the user has to give his Altegio login first, null if he has not. */
export function loginWanted(error: unknown): Wanted | null {
  return error instanceof ApiError && (error.code === 'no_login' || error.code === 'login_refused') ? error.code : null;
}
