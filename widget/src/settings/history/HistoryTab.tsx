import { Failure } from '../../components/Failure';
import { Skeleton } from '../../components/Skeleton';
import { useSay } from '../../texts/texts';
import { useAccount } from '../account';
import { useHistory, useSteering } from './history';
import { ImportForm } from './ImportForm';
import { ImportState } from './ImportState';

/** Deals for bookings of the time before going live (N8): counted first, then made in the background. */
export default function HistoryTab() {
  const [say, account, history, steering] = [useSay(), useAccount(), useHistory(), useSteering()];
  if (history.isPending || account.isPending) {
    return <Skeleton lines={8} />;
  }
  if (history.isError) {
    return <Failure error={history.error} onRetry={history.refetch} />;
  }
  if (account.isError) {
    return <Failure error={account.error} onRetry={account.refetch} />;
  }
  const known = history.data;
  const isUnderWay = known !== null && known.state !== 'done' && known.state !== 'stopped';
  return (
    <>
      <p className="quiet">{say('upkeep.importAbout')}</p>
      {known && <ImportState known={known} account={account.data} steering={steering} />}
      {!isUnderWay && <ImportForm account={account.data} steering={steering} />}
    </>
  );
}
