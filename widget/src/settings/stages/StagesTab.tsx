import { Radios } from '../../components/Radios';
import { Toggle } from '../../components/Switches';
import { useSay } from '../../texts/texts';
import { KnownChoice } from '../KnownChoice';
import { useLists, WithAccount } from '../lists';
import { ReadAnew } from '../ReadAnew';
import { Section } from '../Section';
import { MappingEditor } from './MappingEditor';
import { PreviewSection } from './preview/PreviewSection';
import { RuleList } from './RuleList';
import { emptyMapping, type Mode, useSync } from './sync';

const MODES = ['off', 'simple', 'conditional'] as const;

/** How a booking's status moves its deal through the pipelines. */
export default function StagesTab() {
  return (
    <WithAccount>
      <div>
        <ModeSection />
        <MovesSection />
        <LimitsSection />
        <PreviewSection />
      </div>
    </WithAccount>
  );
}

function ModeSection() {
  const [say, lists] = [useSay(), useLists()];
  const { sync, changeSync } = useSync();
  const choose = (mode: Mode) => {
    const main = lists.mainPipeline;
    const isFirst = mode === 'simple' && !sync.mapping && main;
    changeSync({ mode, ...(isFirst ? { mapping: emptyMapping(main.id) } : {}) });
  };
  return (
    <Section path="status_sync" title={say('rules.modeTitle')}>
      <Radios
        label={say('rules.modeTitle')}
        isLabelHidden
        ways={MODES.map(mode => ({
          value: mode,
          label: say(`rules.mode_${mode}`),
          hint: say(`rules.modeHint_${mode}`),
        }))}
        value={sync.mode}
        onChange={choose}
      />
    </Section>
  );
}

/** What the mode needs to know. */
function MovesSection() {
  const say = useSay();
  const { sync, changeSync } = useSync();
  if (sync.mode === 'conditional') {
    return (
      <Section path="status_sync.rules" title={say('rules.rulesTitle')} hint={say('rules.rulesHint')}>
        <RuleList />
        <OtherwiseCard />
        <ReadAnew />
      </Section>
    );
  }
  const isOff = sync.mode === 'off';
  return (
    <Section
      title={say(isOff ? 'rules.landingTitle' : 'rules.mappingTitle')}
      hint={say(isOff ? 'rules.landingHint' : 'rules.mappingHint')}
    >
      <MappingEditor
        mapping={sync.mapping ?? null}
        path="status_sync.mapping"
        isLandingOnly={isOff}
        none={isOff ? say('rules.landingMain') : undefined}
        onChange={mapping => changeSync({ mapping })}
      />
      <ReadAnew />
    </Section>
  );
}

/** What holds where no rule applies: a mapping, or nothing. */
function OtherwiseCard() {
  const say = useSay();
  const { sync, changeSync } = useSync();
  return (
    <div className="rule rule-otherwise">
      <h4>{say('rules.otherwise')}</h4>
      <MappingEditor
        mapping={sync.otherwise ?? null}
        path="status_sync.otherwise"
        none={say('rules.nothing')}
        onChange={otherwise => changeSync({ otherwise })}
      />
    </div>
  );
}

function LimitsSection() {
  const [say, lists] = [useSay(), useLists()];
  const { sync, changeSync } = useSync();
  if (sync.mode === 'off') {
    return null;
  }
  return (
    <Section title={say('rules.limitsTitle')}>
      <div className="mapping-where">
        <KnownChoice
          label={say('rules.onlyPipeline')}
          hint={say('rules.onlyPipelineHint')}
          path="status_sync.only_pipeline"
          options={lists.pipelineOptions}
          value={sync.only_pipeline ?? null}
          none={say('rules.everyPipeline')}
          onChange={only_pipeline => changeSync({ only_pipeline })}
        />
      </div>
      <Toggle
        label={say('rules.reverse')}
        hint={say('rules.reverseHint')}
        isOn={sync.reverse}
        onChange={reverse => changeSync({ reverse })}
      />
    </Section>
  );
}
