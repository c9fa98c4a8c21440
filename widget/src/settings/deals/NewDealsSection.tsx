import { TextField } from '../../components/Field';
import { Radios } from '../../components/Radios';
import { Toggle } from '../../components/Switches';
import { useSay } from '../../texts/texts';
import { useDraft } from '../draft';
import { useFaultAt } from '../faultText';
import { Section } from '../Section';
import { TemplateField } from './TemplateField';

const GROUPINGS = ['booking', 'visit'] as const;

/** What deals are called, what one stands for, and for which bookings there is one. */
export function NewDealsSection() {
  const [say, faultAt] = [useSay(), useFaultAt()];
  const { settings, change } = useDraft();
  return (
    <Section title={say('rules.newDealsTitle')} hint={say('rules.newDealsHint')}>
      <TemplateField
        label={say('rules.dealName')}
        path="deal_name"
        value={settings.deal_name}
        onChange={deal_name => change({ deal_name })}
      />
      <div className="deals-narrow">
        <Radios
          label={say('rules.grouping')}
          ways={GROUPINGS.map(value => ({
            value,
            label: say(`rules.grouping_${value}`),
            hint: say(`rules.groupingHint_${value}`),
          }))}
          value={settings.grouping}
          onChange={grouping => change({ grouping })}
        />
      </div>
      <Toggle
        label={say('rules.withoutClient')}
        hint={say('rules.withoutClientHint')}
        isOn={settings.deals_without_client}
        onChange={deals_without_client => change({ deals_without_client })}
      />
      <Toggle
        label={say('rules.reopen')}
        hint={say('rules.reopenHint')}
        isOn={settings.reopen_closed}
        onChange={reopen_closed => change({ reopen_closed })}
      />
      <div className="deals-row">
        <TextField
          label={say('rules.startFrom')}
          hint={say(settings.start_from ? 'rules.startFromHint' : 'rules.startFromEmpty')}
          type="date"
          value={settings.start_from ?? ''}
          error={faultAt('start_from')}
          onChange={day => change({ start_from: day || null })}
        />
      </div>
    </Section>
  );
}
