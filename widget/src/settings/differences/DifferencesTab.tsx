import { useQueryClient } from '@tanstack/react-query';
import { answered, useApi } from '../../api/api';
import { useAsking } from '../../api/asking';
import { Failure } from '../../components/Failure';
import { Skeleton } from '../../components/Skeleton';
import { useSay } from '../../texts/texts';
import { DifferenceKinds } from './DifferenceKinds';
import { LastComparison } from './LastComparison';
import { useProof, useReadProofAnew } from './proof';

/** Whether every booking and its deal agree (N1): when that was last looked at, what differs, and how it is repaired. */
export default function DifferencesTab() {
  const [api, say, queries] = [useApi(), useSay(), useQueryClient()];
  const [proof, readAnew] = [useProof(), useReadProofAnew()];
  const comparing = useAsking(async () => {
    const { command } = await answered(api.POST('/completeness/comparisons', { body: {} }));
    void queries.invalidateQueries({ queryKey: ['completeness'] });
    return command;
  }, readAnew);
  if (proof.isPending) {
    return <Skeleton lines={8} />;
  }
  if (proof.isError) {
    return <Failure error={proof.error} onRetry={proof.refetch} />;
  }
  return (
    <>
      <p className="quiet">{say('upkeep.differencesAbout')}</p>
      <LastComparison proof={proof.data} comparing={comparing} />
      {proof.data.ended !== null && <DifferenceKinds proof={proof.data} />}
    </>
  );
}
