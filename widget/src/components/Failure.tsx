import { ApiError, type Params } from '../api/api';
import { useFormat } from '../format/format';
import { PageError } from '../host/host';
import { type Say, useSay } from '../texts/texts';
import { Button } from './Button';
import { Note } from './Note';

/** What went wrong, why, and what to do about it; with a button that tries again. */
export function Failure({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const say = useSay();
  const text = useFailureText(error);
  if (isNotLoaded(error)) {
    return (
      <Note tone="error">
        {text}
        <Button onClick={() => window.location.reload()}>{say('general.reload')}</Button>
      </Note>
    );
  }
  return (
    <Note tone="error">
      {text}
      {onRetry && mayPass(error) && <Button onClick={onRetry}>{say('general.retry')}</Button>}
    </Note>
  );
}

/** A part of the application is missing: the AMD loader marks its errors so, and does not ask again before a reload. */
function isNotLoaded(error: unknown): boolean {
  return error instanceof Error && 'requireType' in error;
}

/** What a user may not do he may not do the next time either. */
function mayPass(error: unknown): boolean {
  return !(error instanceof ApiError && error.code === 'administrators_only');
}

/** The text of an error, a whole message. */
export function useFailureText(error: unknown): string {
  const [say, format] = [useSay(), useFormat()];
  return failureText(say, error, seconds => format.length(Math.max(60, seconds)));
}

/** As `useFailureText`, where there are no hooks. `length` writes seconds. */
export function failureText(say: Say, error: unknown, length: (seconds: number) => string): string {
  if (error instanceof PageError) {
    return say(`errors.page_${error.reason}`);
  }
  if (error instanceof ApiError) {
    return codeText(say, error.code, error.params, length);
  }
  return say(isNotLoaded(error) ? 'errors.page_not_loaded' : 'errors.unexpected');
}

/** The text of a code that the API sent, whatever it was sent with. */
export function codeText(say: Say, code: string, params: Params, length: (seconds: number) => string): string {
  const values = { ...params, wait: length(Number(params.retry_after ?? params.wait ?? 0)) };
  return (
    say.coded(`errors.${code}_${params.reason ?? ''}`, values) ??
    say.coded(`errors.${code}`, values) ??
    say('errors.unknown_code', { code })
  );
}
