import { useHost } from '../host/context';
import { useSay } from '../texts/texts';

/** What stands in Kommo's own window of the widget's settings: the way to ours. */
export default function SettingsModal() {
  const [host, say] = [useHost(), useSay()];
  return <a href={host.settingsAddress}>{say('settings.open')}</a>;
}
