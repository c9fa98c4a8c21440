import { Suspense, useEffect, useState } from 'react';
import { Failure } from '../components/Failure';
import { Fallback } from '../components/Fallback';
import { Skeleton } from '../components/Skeleton';
import { useSay } from '../texts/texts';
import { DraftProvider, useDraft, useSettings } from './draft';
import { useInnerLinks } from './innerLinks';
import { SaveBar } from './SaveBar';
import { partsOf, TABS, type Tab, tabOfAddress } from './tabs';
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
  const around = useInnerLinks();
  const Screen = TABS[tab].screen;
  return (
    <div className="settings" ref={around}>
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
        {(partsOf(tab).length > 0 || isChanged) && <SaveBar />}
      </main>
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
