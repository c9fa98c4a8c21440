import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type KeyboardEvent, useRef, useState } from 'react';
import { ApiError, answered, useApi } from '../api/api';
import { Button } from '../components/Button';
import { Failure, useFailureText } from '../components/Failure';
import { TextField } from '../components/Field';
import { Note } from '../components/Note';
import { useHost } from '../host/context';
import { useSay } from '../texts/texts';

/** What went wrong; where it is the user's login at Altegio, he gives it here and goes on. */
export function Trouble({ error, onRetry }: { error: unknown; onRetry(): void }) {
  if (isLoginMissing(error)) {
    return <LoginForm isRefused={error.code === 'login_refused'} onDone={onRetry} />;
  }
  return <Failure error={error} onRetry={onRetry} />;
}

export function isLoginMissing(error: unknown): error is ApiError {
  return error instanceof ApiError && ['no_login', 'login_refused'].includes(error.code);
}

/** Ties the Kommo user to his Altegio login. The password goes to Altegio and is kept nowhere. */
function LoginForm({ isRefused, onDone }: { isRefused: boolean; onDone(): void }) {
  const [host, api, say, queries] = [useHost(), useApi(), useSay(), useQueryClient()];
  const [login, setLogin] = useState('');
  const [password, setPassword] = useState('');
  const box = useRef<HTMLDivElement>(null);
  const connect = useMutation({
    mutationFn: () =>
      answered(
        api.POST('/users/{user}/login', {
          params: { path: { user: host.user } },
          body: { login: login.trim(), password },
        }),
      ),
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: ['users'] });
      onDone();
    },
    onError: () => {
      setPassword('');
      box.current?.querySelector<HTMLInputElement>('input[type=password]')?.focus();
    },
  });
  const isReady = login.trim() !== '' && password !== '' && !connect.isPending;
  // It stands inside the form that books, so it cannot be a form of its own.
  const submitOnEnter = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && event.target instanceof HTMLInputElement) {
      event.preventDefault();
      if (isReady) {
        connect.mutate();
      }
    }
  };
  return (
    <Note tone="warning">
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would be drawn as one */}
      <div ref={box} role="group" aria-label={say('booking.login')} className="booking-login" onKeyDown={submitOnEnter}>
        <p>{say(isRefused ? 'booking.loginRefused' : 'booking.loginNeeded')}</p>
        <TextField label={say('booking.loginName')} autoComplete="username" value={login} onChange={setLogin} />
        <TextField
          label={say('booking.loginPassword')}
          type="password"
          autoComplete="current-password"
          value={password}
          onChange={setPassword}
        />
        {connect.isError && <Refusal error={connect.error} />}
        <Button kind="primary" isBusy={connect.isPending} isDisabled={!isReady} onClick={() => connect.mutate()}>
          {say('booking.connect')}
        </Button>
        <p className="field-hint">{say('booking.passwordNotKept')}</p>
      </div>
    </Note>
  );
}

function Refusal({ error }: { error: unknown }) {
  const say = useSay();
  const text = useFailureText(error);
  const isWrong = error instanceof ApiError && error.code === 'authorization_error';
  return (
    <p className="field-error" role="alert">
      {isWrong ? say('booking.authorizationError') : text}
    </p>
  );
}
