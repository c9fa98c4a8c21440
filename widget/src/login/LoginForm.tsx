import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { ApiError } from '../api/api';
import { Button } from '../components/Button';
import { Failure, useFailureText } from '../components/Failure';
import { TextField } from '../components/Field';
import { useSay } from '../texts/texts';
import './LoginForm.css';

interface Props {
  /** What the button says. */
  submit: string;
  /** Exchanges the pair for access; it is kept nowhere. */
  connect(login: string, password: string): Promise<unknown>;
}

/** Asks for an Altegio login. A pair that Altegio does not accept is told at the password. */
export function LoginForm({ submit, connect }: Props) {
  const say = useSay();
  const [login, setLogin] = useState('');
  const [password, setPassword] = useState('');
  const { mutate, isPending, error } = useMutation({
    mutationFn: () => connect(login, password),
    onSettled: () => setPassword(''),
  });
  const isWrong = error instanceof ApiError && error.faultOf('password') !== undefined;
  const wrong = useFailureText(error);
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    mutate();
  };
  return (
    <form className="login" onSubmit={onSubmit}>
      <TextField
        label={say('setup.login')}
        name="altegio-login"
        autoComplete="off"
        required
        maxLength={200}
        value={login}
        onChange={setLogin}
      />
      <TextField
        label={say('setup.password')}
        name="altegio-password"
        type="password"
        autoComplete="off"
        required
        maxLength={200}
        hint={say('setup.passwordKept')}
        error={isWrong ? wrong : undefined}
        value={password}
        onChange={setPassword}
      />
      {error && !isWrong && <Failure error={error} />}
      <Button kind="primary" type="submit" isBusy={isPending}>
        {submit}
      </Button>
    </form>
  );
}
