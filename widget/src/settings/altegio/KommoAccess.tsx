import { isWarning, useConnection } from '../../api/connection';
import { ReconnectKommo } from '../../banner/ReconnectKommo';
import { Badge } from '../../components/Badge';
import { Skeleton } from '../../components/Skeleton';
import { useSay } from '../../texts/texts';

/** Bookdeal's access to the Kommo account. */
export function KommoAccess() {
  const say = useSay();
  const { data } = useConnection();
  if (!data) {
    return <Skeleton lines={1} />;
  }
  const isLost = data.problems.some(problem => problem.code.startsWith('kommo_') && !isWarning(problem));
  return (
    <>
      {isLost ? (
        <Badge tone="bad">{say('setup.kommoLost')}</Badge>
      ) : (
        <Badge tone="good">{say('setup.kommoConnected', { host: data.kommo_host })}</Badge>
      )}
      <ReconnectKommo kind="neutral" />
    </>
  );
}
