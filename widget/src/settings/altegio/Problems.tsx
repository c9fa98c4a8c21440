import { useConnection } from '../../api/connection';
import { Note } from '../../components/Note';
import { useFormat } from '../../format/format';
import { useSay } from '../../texts/texts';
import { useNames } from '../names';

/** What is amiss with the access to one side: what it means, what helps, since when. */
export function Problems({ side }: { side: 'kommo' | 'altegio' }) {
  const [say, format, names] = [useSay(), useFormat(), useNames()];
  const found = (useConnection().data?.problems ?? []).filter(problem => sideOf(problem.code) === side);
  return found.map(problem => (
    <Note key={`${problem.code}-${problem.location}`} tone="error">
      {problem.location !== null && <strong>{names.location(problem.location)}</strong>}
      <span>{say.coded(`setup.problem_${problem.code}`) ?? say('setup.problemUnknown', { code: problem.code })}</span>
      <span className="quiet">{say('setup.problemSince', { at: format.moment(problem.since) })}</span>
    </Note>
  ));
}

function sideOf(code: string): 'kommo' | 'altegio' {
  return code.startsWith('altegio') ? 'altegio' : 'kommo';
}
