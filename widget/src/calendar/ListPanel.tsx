import { lazy, Suspense, useState } from 'react';
import { useLocations } from '../api/locations';
import { Button } from '../components/Button';
import { Failure } from '../components/Failure';
import { Modal } from '../components/Modal';
import { Skeleton } from '../components/Skeleton';
import { useFormat } from '../format/format';
import { useHost } from '../host/context';
import { usePipelines } from '../host/pipelines';
import { useSay } from '../texts/texts';
import './ListPanel.css';

const CalendarScreen = lazy(() => import('./CalendarScreen'));

/** The right panel beside a list of deals: the way to the calendar, in the pipelines that were chosen for it. */
export default function ListPanel() {
  const [host, say, locations] = [useHost(), useSay(), useLocations()];
  const [isOpen, setOpen] = useState(false);
  if (locations.isPending) {
    return <Skeleton lines={1} />;
  }
  if (locations.isError) {
    return <Failure error={locations.error} onRetry={locations.refetch} />;
  }
  const chosen = locations.data.calendar_pipelines;
  if (chosen.length && !chosen.includes(host.pipeline ?? 0)) {
    return <Elsewhere pipelines={chosen} />;
  }
  return (
    <div className="list-panel">
      <p>{say('calendar.about')}</p>
      <Button kind="primary" onClick={() => setOpen(true)}>
        {say('calendar.open')}
      </Button>
      {isOpen && (
        <Modal title={say('calendar.title')} size="full" onClose={() => setOpen(false)}>
          <Suspense fallback={<Skeleton lines={12} />}>
            <CalendarScreen />
          </Suspense>
        </Modal>
      )}
    </div>
  );
}

/** One quiet line about where the calendar is. */
function Elsewhere({ pipelines }: { pipelines: readonly number[] }) {
  const [say, format, known] = [useSay(), useFormat(), usePipelines()];
  const names = pipelines.flatMap(id => known.data?.get(id)?.name ?? []);
  return (
    <p className="quiet">
      {names.length
        ? say('calendar.elsewhere', { pipelines: format.list(names), count: names.length })
        : say('calendar.elsewhereAtAll')}
    </p>
  );
}
