import { Suspense, useEffect, useState } from 'react';
import { Button } from '../components/Button';
import { Failure } from '../components/Failure';
import { Fallback } from '../components/Fallback';
import { Note } from '../components/Note';
import { Skeleton } from '../components/Skeleton';
import { useSay } from '../texts/texts';
import { DraftProvider, useDraft, useSettings } from './draft';
import { isOfDraft, TABS, type Tab, tabOfAddress } from './tabs';
import './SettingsPage.css';

/** The page of all settings: tabs on the left, the set-up check first. */
export default function SettingsPage() {
  const settings = useSettings();
  if (settings.isPending) {
    return <Skeleton lines={8} />;
  }
  if (settings.isError) {
    return <Failure error={settings.error} onRetry={settings.refetch} />;
  }
  return (
    <DraftProvider saved={settings.data}>
      <Tabs />
    </DraftProvider>
  );
}

function Tabs() {
  const say = useSay();
  const tab = useTab();
  const { isChanged } = useDraft();
  const Screen = TABS[tab].screen;
  return (
    <div className="settings">
      <nav className="settings-tabs" aria-label={say('settings.title')}>
        {(Object.keys(TABS) as Tab[]).map(name => (
          <a key={name} href={`#${name}`} aria-current={name === tab ? 'page' : undefined}>
            {say(`settings.tab_${name}`)}
          </a>
        ))}
      </nav>
      <main className="settings-content">
        <h2>{say(`settings.tab_${tab}`)}</h2>
        <Fallback key={tab}>
          <Suspense fallback={<Skeleton lines={6} />}>
            <Screen />
          </Suspense>
        </Fallback>
        {(isOfDraft(tab) || isChanged) && <SaveBar />}
      </main>
    </div>
  );
}

/** Save and discard, of all tabs together. */
function SaveBar() {
  const say = useSay();
  const { isChanged, isSaving, error, faultsAt, save, discard } = useDraft();
  return (
    <div className="settings-save">
      {error &&
        (faultsAt('').length ? <Note tone="error">{say('settings.notSaved')}</Note> : <Failure error={error} />)}
      <span className="quiet" aria-live="polite">
        {isChanged ? say('settings.changed') : say('settings.allSaved')}
      </span>
      <Button isDisabled={!isChanged || isSaving} onClick={discard}>
        {say('settings.discard')}
      </Button>
      <Button kind="primary" isDisabled={!isChanged} isBusy={isSaving} onClick={save}>
        {say('settings.save')}
      </Button>
    </div>
  );
}

function useTab(): Tab {
  const [tab, setTab] = useState(tabOfAddress);
  useEffect(() => {
    const follow = () => setTab(tabOfAddress());
    window.addEventListener('hashchange', follow);
    return () => window.removeEventListener('hashchange', follow);
  }, []);
  return tab;
}
