import { ReconnectKommo } from '../../banner/ReconnectKommo';
import { Button } from '../../components/Button';
import { Disclosure } from '../../components/Disclosure';
import { Failure } from '../../components/Failure';
import { useHost } from '../../host/context';
import { useSay } from '../../texts/texts';
import { NotMade } from '../NotMade';
import { addressOf } from '../placeOfAddress';
import { useSetUp } from '../setUp';
import { tabOf } from '../tabs';
import { useGoLive, useRepairHooks } from './check';
import type { Gap } from './gaps';

/** What closes a gap: a button that does it, the way to where it is done, or how it is done elsewhere. */
export function FixAction({ gap }: { gap: Gap }) {
  const [host, say] = [useHost(), useSay()];
  switch (gap.fix) {
    case 'settings': {
      const address = gap.field ? addressOf(gap.field) : pausedAddress(gap);
      return <a href={address}>{say('setup.fix_settings', { tab: say(`settings.tab_${tabOf(address)}`) })}</a>;
    }
    case 'connect_altegio':
      return <a href="#altegio/access">{say('setup.fix_connect_altegio')}</a>;
    case 'log_in':
      return <a href={`#people/${gap.params.user ?? ''}`}>{say('setup.fix_log_in')}</a>;
    case 'operator':
      return (
        <a href={host.brand.support} target="_blank" rel="noreferrer">
          {say('setup.fix_operator')}
        </a>
      );
    case 'connect_kommo':
      return <ReconnectKommo kind="neutral" />;
    case 'set_up':
      return <MakeFields />;
    case 'webhooks':
      return <RepairHooks />;
    case 'go_live':
      return <GoLive />;
    case 'altegio_rights':
      return <HowToGiveRight gap={gap} />;
    case 'altegio_licence':
    case 'altegio_location':
    case 'kommo_plan':
    case 'kommo_account':
      return (
        <Disclosure summary={say('setup.howTo')}>
          <p>{say(`setup.how_${gap.fix}`)}</p>
        </Disclosure>
      );
    case 'none':
      return null;
  }
}

function MakeFields() {
  const say = useSay();
  const { start, isBusy, error } = useSetUp();
  return (
    <>
      <Button isBusy={isBusy} onClick={() => start({ fields: true })}>
        {say('setup.fix_set_up')}
      </Button>
      {error && <NotMade error={error} />}
    </>
  );
}

function RepairHooks() {
  const say = useSay();
  const { mutate, isPending, isSuccess, error } = useRepairHooks();
  return (
    <>
      <Button isBusy={isPending} onClick={() => mutate()}>
        {say('setup.fix_webhooks')}
      </Button>
      {isSuccess && <span className="quiet">{say('setup.repairing')}</span>}
      {error && <Failure error={error} />}
    </>
  );
}

function GoLive() {
  const say = useSay();
  const { mutate, isPending, error } = useGoLive();
  return (
    <>
      <Button kind="primary" isBusy={isPending} onClick={() => mutate()}>
        {say('setup.goLive')}
      </Button>
      {error && <Failure error={error} />}
    </>
  );
}

/** Where in Altegio a right is switched on; without a name it is all of them. */
function HowToGiveRight({ gap }: { gap: Gap }) {
  const say = useSay();
  const { right, section } = gap.params;
  return (
    <Disclosure summary={say('setup.howToGiveRight')}>
      <p>
        {right === undefined
          ? say('setup.how_rights')
          : say('setup.how_right', {
              right: say.coded(`setup.right_${right}`) ?? String(right),
              section: say.coded(`setup.section_${section}`) ?? String(section),
            })}
      </p>
    </Disclosure>
  );
}

/** Where the settings name something that is gone, so that all stands still. */
function pausedAddress({ params }: Gap): string {
  return params.reason === 'field_gone' ? '#fields' : '#stages';
}
