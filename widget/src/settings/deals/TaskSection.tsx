import { useState } from 'react';
import type { TaskFormOutput } from '../../api/schema';
import { Toggle } from '../../components/Switches';
import { useSay } from '../../texts/texts';
import { useDraft } from '../draft';
import { KnownChoice } from '../KnownChoice';
import { useLists } from '../lists';
import { Section } from '../Section';
import { LeadTime } from './LeadTime';
import { TemplateField } from './TemplateField';

const DAY = 24 * 60;

/** The task that is made when somebody has booked. */
export function TaskSection() {
  const [say, lists] = [useSay(), useLists()];
  const { settings, change } = useDraft();
  const task = settings.task ?? null;
  // Switched off and on again, it is as it was.
  const [last, setLast] = useState<TaskFormOutput | null>(task);
  const put = (changed: TaskFormOutput | null) => {
    setLast(changed ?? task);
    change({ task: changed });
  };
  const first = (): TaskFormOutput => ({
    text: say('rules.taskFirst', { services: '{services}', person: '{person}', date: '{date}', time: '{time}' }),
    type: lists.taskTypeOptions[0]?.value ?? 1,
    minutes_before: DAY,
    responsible: null,
  });
  return (
    <Section path="task" title={say('rules.taskTitle')} hint={say('rules.taskHint')}>
      <Toggle
        label={say('rules.taskOn')}
        isOn={task !== null}
        onChange={isOn => put(isOn ? (last ?? first()) : null)}
      />
      {task && (
        <>
          <TemplateField
            label={say('rules.taskText')}
            path="task.text"
            isLong
            value={task.text}
            onChange={text => put({ ...task, text })}
          />
          <div className="deals-row">
            <KnownChoice
              label={say('rules.taskType')}
              path="task.type"
              options={lists.taskTypeOptions}
              value={task.type}
              onChange={type => type !== null && put({ ...task, type })}
            />
            <KnownChoice
              label={say('rules.taskResponsible')}
              path="task.responsible"
              options={lists.userOptions}
              value={task.responsible ?? null}
              none={say('rules.ofTheDeal')}
              onChange={responsible => put({ ...task, responsible })}
            />
          </div>
          <LeadTime
            minutes={task.minutes_before}
            path="task.minutes_before"
            onChange={minutes_before => put({ ...task, minutes_before })}
          />
        </>
      )}
    </Section>
  );
}
