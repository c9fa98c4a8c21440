import { useMutation, useQueryClient } from '@tanstack/react-query';
import { answered, useApi } from '../../api/api';
import type { ImportScreen, SettingsFileInput } from '../../api/schema';
import { Button } from '../../components/Button';
import { Failure } from '../../components/Failure';
import { Note } from '../../components/Note';
import { useSay } from '../../texts/texts';
import { useDraft } from '../draft';
import { useFaultText } from '../faultText';
import { openPlace } from '../innerLinks';
import { usePlace } from './place';

interface Props {
  file: SettingsFileInput;
  found: ImportScreen;
  onDone(): void;
}

/** What a file means in this account: what could not be matched, what is wrong, and the ways to go on. */
export function ImportResult({ file, found, onDone }: Props) {
  const [api, queries, say, faultText, place] = [useApi(), useQueryClient(), useSay(), useFaultText(), usePlace()];
  const { settings, change, discard, refuse } = useDraft();
  const saved = useMutation({
    mutationFn: () => answered(api.POST('/settings/import', { body: { file, save: true, version: settings.version } })),
    onSuccess: stored => {
      discard();
      queries.setQueryData(['settings'], stored.settings);
      void queries.invalidateQueries({ queryKey: ['check'] });
    },
  });
  const { unmatched, faults } = found;
  // What could not be matched is told by its name; the same again as a fault says nothing more.
  const others = faults.filter(fault => !unmatched.some(({ field }) => field === fault.field));
  const mend = () => {
    change(found.settings);
    refuse(faults, { ...found.settings, version: settings.version });
    onDone();
    openPlace('#stages');
  };
  if (saved.data) {
    return <Note tone="success">{say('rules.imported')}</Note>;
  }
  return (
    <div className="import-result">
      <Note tone={faults.length ? 'warning' : 'success'}>
        {say(faults.length ? 'rules.importFaulty' : 'rules.importGood', { count: faults.length })}
      </Note>
      {unmatched.length > 0 && (
        <>
          <h4>{say('rules.unmatched')}</h4>
          <ul>
            {unmatched.map(({ what, name, field }) => (
              <li key={field + name}>
                {say.coded(`rules.unmatched_${what}`, { name: name || '?' })}{' '}
                <span className="quiet">{place(field)}</span>
              </li>
            ))}
          </ul>
        </>
      )}
      {others.length > 0 && (
        <ul>
          {others.map(fault => (
            <li key={fault.field + fault.code}>
              {faultText(fault)} <span className="quiet">{place(fault.field)}</span>
            </li>
          ))}
        </ul>
      )}
      {saved.isError && <Failure error={saved.error} />}
      <div className="import-actions">
        {!faults.length && (
          <Button kind="primary" isBusy={saved.isPending} onClick={() => saved.mutate()}>
            {say('rules.importSave')}
          </Button>
        )}
        <Button onClick={mend}>{say('rules.importOpen')}</Button>
        <Button onClick={onDone}>{say('rules.importCancel')}</Button>
      </div>
    </div>
  );
}
