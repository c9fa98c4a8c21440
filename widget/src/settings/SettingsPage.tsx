import { Suspense, useEffect, useState } from 'react';
import { useConnection } from '../api/connection';
import { Failure } from '../components/Failure';
import { Fallback } from '../components/Fallback';
import { Skeleton } from '../components/Skeleton';
import { useSay } from '../texts/texts';
import { DraftProvider, useDraft, useSettings } from './draft';
import { FirstRun } from './firstRun/FirstRun';
import { useInnerLinks } from './innerLinks';
import { OwnAccess } from './people/OwnAccess';
import { PeopleDraftProvider } from './people/peopleDraft';
import { usePlaceOfAddress } from './placeOfAddress';
import { SaveBar } from './SaveBar';
import { partsOf, TABS, type Tab, tabOfAddress } from './tabs';
import './SettingsPage.css';

/** The page of all settings: the first run until the account is live, then tabs, the set-up check first. */
export default function SettingsPage() {
  const connection = useConnection();
  const settings = useSettings();
  if (connection.isPending || settings.isPending) {
    return <Skeleton lines={8} />;
  }
  if (connection.isError) {
    return <Failure error={connection.error} onRetry={connection.refetch} />;
  }
  if (settings.isError) {
    return <Failure error={settings.error} onRetry={settings.refetch} />;
  }
  if (!connection.data.is_admin) {
    return <OwnAccess />;
  }
  return (
    <DraftProvider saved={settings.data}>
      <PeopleDraftProvider>
        <Administration isLive={connection.data.is_live} />
      </PeopleDraftProvider>
    </DraftProvider>
  );
}

function Administration({ isLive }: { isLive: boolean }) {
  // The first run ends when the person says so, not while he reads that he is live.
  const [isFirstRun, setFirstRun] = useState(!isLive);
  return isFirstRun ? <FirstRun onDone={() => setFirstRun(false)} /> : <Tabs />;
}

function Tabs() {
  const say = useSay();
  const tab = useTab();
  const { isChanged } = useDraft();
  const around = useInnerLinks();
  const content = usePlaceOfAddress();
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
      <div className="settings-content" ref={content}>
        <h2>{say(`settings.tab_${tab}`)}</h2>
        <Fallback key={tab}>
          <Suspense fallback={<Skeleton lines={6} />}>
            <Screen />
          </Suspense>
        </Fallback>
        {(partsOf(tab).length > 0 || isChanged) && <SaveBar />}
      </div>
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
