import { ApiError } from '../api/api';
import { Failure } from '../components/Failure';
import { OwnLogin } from '../login/OwnLogin';

/** What went wrong; nothing where it is the login that is missing, which `LoginFirst` asks for. */
export function Trouble({ error, onRetry }: { error: unknown; onRetry(): void }) {
  return loginWanted(error) ? null : <Failure error={error} onRetry={onRetry} />;
}

/**
 * Asks for the user's login at Altegio where that is what is missing; then it goes on, and nothing that was chosen is
 * lost. It stands before the form that needed it: a form inside another is none.
 */
export function LoginFirst({ error, onDone }: { error: unknown; onDone(): void }) {
  const reason = loginWanted(error);
  return reason && <OwnLogin reason={reason} onDone={onDone} />;
}

function loginWanted(error: unknown): 'no_login' | 'login_refused' | null {
  return error instanceof ApiError && (error.code === 'no_login' || error.code === 'login_refused') ? error.code : null;
}
