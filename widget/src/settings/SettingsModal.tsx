import { useConnection } from '../api/connection';
import { Badge } from '../components/Badge';
import { Failure } from '../components/Failure';
import { Skeleton } from '../components/Skeleton';
import { useHost } from '../host/context';
import { useSay } from '../texts/texts';
import { useCheck } from './check/check';
import { gathered } from './check/gaps';
import { OwnAccess } from './people/OwnAccess';
import './SettingsModal.css';

/** What stands in Kommo's own window of the widget's settings: the state in a line, and the way to our page. */
export default function SettingsModal() {
  const [host, say] = [useHost(), useSay()];
  const connection = useConnection();
  if (connection.isPending) {
    return <Skeleton lines={2} />;
  }
  if (connection.isError) {
    return <Failure error={connection.error} onRetry={connection.refetch} />;
  }
  if (!connection.data.is_admin) {
    return <OwnAccess />;
  }
  return (
    <div className="settings-modal">
      {connection.data.is_live ? <State /> : <Badge tone="warn">{say('setup.notSetUp')}</Badge>}
      <a className="button-link" href={host.settingsAddress}>
        {say(connection.data.is_live ? 'settings.open' : 'setup.setUp')}
      </a>
    </div>
  );
}

function State() {
  const say = useSay();
  const check = useCheck();
  if (check.isPending) {
    return <Skeleton lines={1} />;
  }
  if (check.isError) {
    return <Failure error={check.error} onRetry={check.refetch} />;
  }
  const blocking = check.data.gaps.filter(gap => gap.severity === 'blocking');
  const count = gathered(check.data.gaps).length;
  if (blocking.length) {
    return <Badge tone="bad">{say('setup.stateBlocked', { count: gathered(blocking).length })}</Badge>;
  }
  return count ? (
    <Badge tone="warn">{say('setup.verdict_warning', { count })}</Badge>
  ) : (
    <Badge tone="good">{say('setup.verdict_good')}</Badge>
  );
}
