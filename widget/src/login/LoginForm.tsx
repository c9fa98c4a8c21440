import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { ApiError } from '../api/api';
import { Button } from '../components/Button';
import { Failure, useFailureText } from '../components/Failure';
import { TextField } from '../components/Field';
import { useSay } from '../texts/texts';
import './LoginForm.css';

interface Props {
  /** Exchanges the pair for access at once. */
  connect(login: string, password: string): Promise<unknown>;
}

/** A person's login to Altegio: the password is kept nowhere, here neither. */
export function LoginForm({ connect }: Props) {
  const say = useSay();
  const [login, setLogin] = useState('');
  const [password, setPassword] = useState('');
  const connecting = useMutation({
    mutationFn: () => connect(login.trim(), password),
    onSettled: () => setPassword(''),
  });
  const { error } = connecting;
  const isRefused = error instanceof ApiError && error.faultOf('password') !== undefined;
  const text = useFailureText(error);
  return (
    <form
      className="login-form"
      onSubmit={event => {
        event.preventDefault();
        connecting.mutate();
      }}
    >
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
        error={isRefused ? text : undefined}
        type="password"
        autoComplete="current-password"
        required
        maxLength={200}
        value={password}
        onChange={setPassword}
      />
      {error && !isRefused && <Failure error={error} />}
      <Button kind="primary" type="submit" isDisabled={!login.trim() || !password} isBusy={connecting.isPending}>
        {say('login.connect')}
      </Button>
    </form>
  );
}
