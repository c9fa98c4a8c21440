import { useState } from 'react';
import type { Kind } from '../../api/schema';
import { Disclosure } from '../../components/Disclosure';
import { Failure } from '../../components/Failure';
import { Skeleton } from '../../components/Skeleton';
import { useSay } from '../../texts/texts';
import { GroupList } from './GroupList';
import { IgnoredList } from './IgnoredList';
import { ScanState } from './ScanState';
import { useScan } from './scan';
import './duplicates.css';

const KINDS: readonly Kind[] = ['contacts', 'deals', 'bookings'];

/** What is in the account twice: searched for when somebody wants it, and taken care of one by one or many at once. */
export default function DuplicatesTab() {
  const [say, scan] = [useSay(), useScan()];
  const [kind, setKind] = useState<Kind>('contacts');
  if (scan.isPending) {
    return <Skeleton lines={8} />;
  }
  if (scan.isError) {
    return <Failure error={scan.error} onRetry={scan.refetch} />;
  }
  return (
    <>
      <p className="quiet">{say('upkeep.duplicatesAbout')}</p>
      <ScanState scan={scan.data} />
      {scan.data.scanned_at !== null && (
        <>
          <fieldset className="duplicates-kinds">
            <legend className="visually-hidden">{say('upkeep.kinds')}</legend>
            {KINDS.map(one => (
              <button key={one} type="button" aria-pressed={one === kind} onClick={() => setKind(one)}>
                {say(`upkeep.kind_${one}`)}
              </button>
            ))}
          </fieldset>
          <GroupList key={kind} kind={kind} />
          <Disclosure key={`ignored ${kind}`} summary={say('upkeep.showIgnored')}>
            <IgnoredList kind={kind} />
          </Disclosure>
        </>
      )}
    </>
  );
}
