import type { ConnectionScreen, GapScreen } from '../../api/schema';
import { Badge } from '../../components/Badge';
import { Button } from '../../components/Button';
import { Failure } from '../../components/Failure';
import { Skeleton } from '../../components/Skeleton';
import { useFormat } from '../../format/format';
import { useSay } from '../../texts/texts';
import { useCheck, useRepairHooks } from '../check/check';
import { useNames } from '../names';

const OF_KOMMO = ['kommo_webhook', 'kommo_webhooks_plan', 'kommo_rights'];

/** Whether both sides ring when something changes, and when Altegio last did. */
export function Hooks({ connection }: { connection: ConnectionScreen }) {
  const [say, format, names] = [useSay(), useFormat(), useNames()];
  const check = useCheck();
  const repair = useRepairHooks();
  const gaps = check.data?.gaps ?? [];
  const kommo = gaps.find(gap => OF_KOMMO.includes(gap.code));
  const ofLocation = (id: number) => gaps.find(gap => isHookOf(gap, id));
  const isAnyOff = kommo?.fix === 'webhooks' || connection.locations.some(id => ofLocation(id)?.fix === 'webhooks');
  return (
    <>
      <p className="quiet">{say('setup.hooksHint')}</p>
      <p>
        {connection.heard_at === null
          ? say('setup.neverHeard')
          : say('setup.lastHeard', { at: format.moment(connection.heard_at) })}
      </p>
      {check.isPending && <Skeleton lines={2} />}
      {check.isError && <Failure error={check.error} onRetry={check.refetch} />}
      {check.isSuccess && (
        <ul className="hooks">
          {connection.locations.map(id => (
            <li key={id}>
              <span>{names.location(id)}</span>
              <State gap={ofLocation(id)} />
            </li>
          ))}
          <li>
            <span>Kommo</span>
            <State gap={kommo} />
          </li>
        </ul>
      )}
      {isAnyOff && (
        <Button isBusy={repair.isPending} onClick={() => repair.mutate()}>
          {say('setup.fix_webhooks')}
        </Button>
      )}
      {repair.isError && <Failure error={repair.error} />}
    </>
  );
}

function State({ gap }: { gap: GapScreen | undefined }) {
  const say = useSay();
  if (!gap) {
    return <Badge tone="good">{say('setup.hook_on')}</Badge>;
  }
  const state = gap.code === 'kommo_webhooks_plan' ? 'plan' : (gap.params.state ?? 'rights');
  return <Badge tone="warn">{say.coded(`setup.hook_${state}`) ?? String(state)}</Badge>;
}

function isHookOf(gap: GapScreen, location: number): boolean {
  const isRight = gap.code === 'altegio_right' && gap.params.right === 'change_webhooks';
  return gap.params.location === location && (gap.code === 'altegio_webhook' || isRight);
}
