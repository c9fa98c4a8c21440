import { ApiError } from '../api/api';
import { Button } from '../components/Button';
import { Failure } from '../components/Failure';
import { Note } from '../components/Note';
import { useSay } from '../texts/texts';
import { useDraft } from './draft';
import { type Tab, tabOfField } from './tabs';

/** Save and discard, of all tabs together. */
export function SaveBar() {
  const say = useSay();
  const { isChanged, isSaving, isOutdated, save, discard } = useDraft();
  return (
    <div className="settings-save">
      <Refusal />
      <span className="quiet" aria-live="polite">
        {isChanged ? say('settings.changed') : say('settings.allSaved')}
      </span>
      <Button isDisabled={!isChanged || isSaving} onClick={discard}>
        {say('settings.discard')}
      </Button>
      <Button kind="primary" isDisabled={!isChanged || isOutdated} isBusy={isSaving} onClick={save}>
        {say('settings.save')}
      </Button>
    </div>
  );
}

/** Why nothing was saved, as long as that holds. */
export function Refusal() {
  const say = useSay();
  const { error, isOutdated, faultsAt, discard, rebase } = useDraft();
  const tabs = [...new Set(faultsAt('').map(({ field }) => tabOfField(field)))].filter(tab => tab !== undefined);
  if (tabs.length) {
    return (
      <Note tone="error">
        {say('settings.notSaved')}
        <span className="settings-save-tabs">
          {tabs.map((tab: Tab) => (
            <a key={tab} href={`#${tab}`}>
              {say(`settings.tab_${tab}`)}
            </a>
          ))}
        </span>
      </Note>
    );
  }
  if (isOutdated) {
    return (
      <Note tone="warning">
        {say('rules.changedMeanwhile')}
        <span className="settings-save-tabs">
          <Button onClick={rebase}>{say('rules.keepMine')}</Button>
          <Button onClick={discard}>{say('rules.takeTheirs')}</Button>
        </span>
      </Note>
    );
  }
  // What was refused at its fields is told there, until it is mended.
  return error && !(error instanceof ApiError && error.faults.length) ? <Failure error={error} /> : null;
}
