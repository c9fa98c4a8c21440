import { Toggle } from '../../components/Switches';
import { useSay } from '../../texts/texts';
import { useDraft } from '../draft';
import { Section } from '../Section';

/** What contacts show of what their clients have bought. */
export function ContactsSection() {
  const say = useSay();
  const { settings, change } = useDraft();
  return (
    <Section title={say('rules.contactsTitle')}>
      <Toggle
        label={say('rules.statistics')}
        hint={say('rules.statisticsHint')}
        isOn={settings.statistics}
        onChange={statistics => change({ statistics })}
      />
      <Toggle
        label={say('rules.memberships')}
        hint={say('rules.membershipsHint')}
        isOn={settings.memberships}
        onChange={memberships => change({ memberships })}
      />
    </Section>
  );
}
