import { Toggle } from '../../components/Switches';
import { useSay } from '../../texts/texts';
import { useDraft } from '../draft';
import { KnownChoices } from '../KnownChoice';
import { useLists } from '../lists';
import { Section } from '../Section';

/** Whether a booking goes on with an open deal of its client. */
export function AdoptionSection() {
  const [say, lists] = [useSay(), useLists()];
  const { settings, change } = useDraft();
  const { adoption } = settings;
  return (
    <Section path="adoption" title={say('rules.adoptionTitle')} hint={say('rules.adoptionHint')}>
      <Toggle
        label={say('rules.adoptionOn')}
        isOn={adoption.on}
        onChange={on => change({ adoption: { ...adoption, on } })}
      />
      {adoption.on && (
        <div className="deals-narrow">
          <KnownChoices
            label={say('rules.adoptionPipelines')}
            path="adoption.pipelines"
            options={lists.pipelineOptions}
            values={adoption.pipelines}
            placeholder={say('rules.choosePipelines')}
            onChange={pipelines => change({ adoption: { ...adoption, pipelines } })}
          />
        </div>
      )}
    </Section>
  );
}
