import { Button } from '../../components/Button';
import { Note } from '../../components/Note';
import { useFormat } from '../../format/format';
import { useSay } from '../../texts/texts';
import { useDraft } from '../draft';
import { NotMade } from '../NotMade';
import { useSetUp } from '../setUp';

/** Makes all fields of our own that the account lacks, at once. `missing` are their codes. */
export function CreateMissing({ missing }: { missing: readonly string[] }) {
  const [say, format] = [useSay(), useFormat()];
  const { isChanged } = useDraft();
  const { start, isBusy, isDone, error } = useSetUp();
  if (!missing.length && !isBusy) {
    return isDone ? <Note tone="success">{say('setup.fieldsMade')}</Note> : null;
  }
  const names = missing.map(code => say.coded(`setup.field_${code}`) ?? code);
  return (
    <Note tone="warning">
      <span>{say('setup.fieldsMissing', { count: missing.length, names: format.list(names) })}</span>
      {isChanged && <span>{say('setup.saveFirst')}</span>}
      <Button kind="primary" isBusy={isBusy} isDisabled={isChanged} onClick={() => start({ fields: true })}>
        {say('setup.createMissing')}
      </Button>
      {error && <NotMade error={error} />}
    </Note>
  );
}
