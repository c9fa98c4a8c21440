import { ApiError } from '../api/api';
import { Failure } from '../components/Failure';
import { Note } from '../components/Note';
import { useSay } from '../texts/texts';

/** Why what was to be made in Kommo is not there: where Kommo refused it, what to do about that. */
export function NotMade({ error }: { error: Error }) {
  const say = useSay();
  const refusal = error instanceof ApiError ? say.coded(`setup.notMade_${error.code}`) : undefined;
  return refusal ? <Note tone="error">{refusal}</Note> : <Failure error={error} />;
}
