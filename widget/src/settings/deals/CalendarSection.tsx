import { useSay } from '../../texts/texts';
import { useDraft } from '../draft';
import { KnownChoices } from '../KnownChoice';
import { useLists } from '../lists';
import { Section } from '../Section';

/** In which pipelines the calendar of bookings appears. */
export function CalendarSection() {
  const [say, lists] = [useSay(), useLists()];
  const { settings, change } = useDraft();
  return (
    <Section title={say('rules.calendarTitle')} hint={say('rules.calendarHint')}>
      <div className="deals-narrow">
        <KnownChoices
          label={say('rules.calendarPipelines')}
          path="calendar_pipelines"
          options={lists.pipelineOptions}
          values={settings.calendar_pipelines}
          placeholder={say('rules.everyPipeline')}
          onChange={calendar_pipelines => change({ calendar_pipelines })}
        />
      </div>
    </Section>
  );
}
