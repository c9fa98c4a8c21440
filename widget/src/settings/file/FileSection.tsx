import { useMutation } from '@tanstack/react-query';
import { type ChangeEvent, useId, useState } from 'react';
import { answered, useApi } from '../../api/api';
import type { SettingsFileInput } from '../../api/schema';
import { Button } from '../../components/Button';
import { Failure } from '../../components/Failure';
import { Note } from '../../components/Note';
import { Skeleton } from '../../components/Skeleton';
import { useSay } from '../../texts/texts';
import { useDraft } from '../draft';
import { useLists } from '../lists';
import { Section } from '../Section';
import { ImportResult } from './ImportResult';
import './FileSection.css';

const KIND = 'bookdeal-settings';

/** All settings as a file: kept, or carried into another account. */
export function FileSection() {
  const say = useSay();
  return (
    <Section title={say('rules.fileTitle')} hint={say('rules.fileHint')}>
      <Export />
      <Import />
    </Section>
  );
}

function Export() {
  const [api, say, lists] = [useApi(), useSay(), useLists()];
  const { isChanged } = useDraft();
  const exported = useMutation({
    mutationFn: () => answered(api.GET('/settings/export')),
    onSuccess: file => download(file, `bookdeal-${lists.account.account?.subdomain ?? 'settings'}.json`),
  });
  return (
    <div className="file-export">
      <Button isBusy={exported.isPending} onClick={() => exported.mutate()}>
        {say('rules.export')}
      </Button>
      {isChanged && <span className="quiet">{say('rules.exportSaved')}</span>}
      {exported.isError && <Failure error={exported.error} />}
    </div>
  );
}

function Import() {
  const [api, say] = [useApi(), useSay()];
  const id = useId();
  const [isNone, setNone] = useState(false);
  const looked = useMutation({
    mutationFn: async (file: SettingsFileInput) => {
      const found = await answered(api.POST('/settings/import', { body: { file, save: false, version: 0 } }));
      return { file, found };
    },
  });
  const choose = async (event: ChangeEvent<HTMLInputElement>) => {
    const input = event.currentTarget;
    const text = await input.files?.[0]?.text();
    // The same file can be chosen again.
    input.value = '';
    const file = text === undefined ? null : parsed(text);
    looked.reset();
    setNone(!file);
    if (file) {
      looked.mutate(file);
    }
  };
  return (
    <div className="file-import">
      <input id={id} className="visually-hidden" type="file" accept=".json,application/json" onChange={choose} />
      <label htmlFor={id} className="file-choose">
        {say('rules.import')}
      </label>
      {isNone && <Note tone="error">{say('rules.importNoFile')}</Note>}
      {looked.isPending && <Skeleton lines={3} />}
      {looked.isError && <Failure error={looked.error} />}
      {looked.data && <ImportResult {...looked.data} onDone={looked.reset} />}
    </div>
  );
}

function download(content: unknown, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([JSON.stringify(content, null, 2)], { type: 'application/json' }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

/** The file, if it is one of ours; the server looks at it closely. */
function parsed(text: string): SettingsFileInput | null {
  try {
    const file = JSON.parse(text);
    return file?.kind === KIND ? file : null;
  } catch {
    return null;
  }
}
