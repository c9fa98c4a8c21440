import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { ApiError, answered, useApi } from '../../../api/api';
import { useCommand } from '../../../api/commands';
import { Button } from '../../../components/Button';
import { Failure } from '../../../components/Failure';
import { Choice } from '../../../components/Field';
import { Note } from '../../../components/Note';
import { Progress } from '../../../components/Progress';
import { useSay } from '../../../texts/texts';
import { type Settings, useDraft } from '../../draft';
import { useLists } from '../../lists';
import { Section } from '../../Section';
import { PreviewResult } from './PreviewResult';
import type { Found } from './result';
import './Preview.css';

const DAYS = [7, 14, 30, 60, 90];

/** What the settings as they stand here would do with the bookings of some days, before they are saved. */
export function PreviewSection() {
  const [api, say] = [useApi(), useSay()];
  const { settings, refuse } = useDraft();
  const [days, setDays] = useState(7);
  const preview = useMutation({
    mutationFn: async (tried: Settings) => {
      const { command } = await answered(api.POST('/preview', { body: { settings: tried, days, ahead: 90 } }));
      return { command, tried };
    },
    onError: (error, tried) => refuse(faultsOf(error), tried),
  });
  const isFaulty = faultsOf(preview.error).length > 0;
  const { data } = preview;
  const isOld = data && JSON.stringify(data.tried) !== JSON.stringify(settings);
  return (
    <Section title={say('rules.previewTitle')} hint={say('rules.previewHint')}>
      <div className="rules-preview-ask">
        <Choice
          label={say('rules.previewDays')}
          options={DAYS.map(value => ({ value, label: say('rules.lastDays', { count: value }) }))}
          value={days}
          onChange={value => value && setDays(value)}
        />
        <Button isBusy={preview.isPending} onClick={() => preview.mutate(settings)}>
          {say('rules.preview')}
        </Button>
      </div>
      {preview.isError &&
        (isFaulty ? <Note tone="error">{say('rules.previewFaulty')}</Note> : <Failure error={preview.error} />)}
      {isOld && <Note tone="warning">{say('rules.previewOld')}</Note>}
      {data && (
        <Outcome
          key={data.command}
          command={data.command}
          tried={data.tried}
          onAgain={() => preview.mutate(settings)}
        />
      )}
    </Section>
  );
}

/** How far the preview is, and what it found. */
function Outcome({ command, tried, onAgain }: { command: string; tried: Settings; onAgain(): void }) {
  const [say, lists] = [useSay(), useLists()];
  const asked = useCommand(command);
  if (asked?.state === 'refused') {
    const { code, params } = asked.result as { code?: string; params?: ApiError['params'] };
    return <Failure error={new ApiError(409, code ?? 'unexpected', params ?? {}, [])} onRetry={onAgain} />;
  }
  if (asked?.state === 'done') {
    return <PreviewResult command={command} found={asked.result as unknown as Found} rules={tried.status_sync.rules} />;
  }
  const progress = asked?.progress as { place: number; bookings: number } | null | undefined;
  const place = progress?.place ?? 0;
  const location = lists.locations[place]?.title ?? '';
  return progress ? (
    <Progress
      label={say('rules.previewProgress', { bookings: progress.bookings, location })}
      done={place / Math.max(1, lists.locations.length)}
    />
  ) : (
    <Progress label={say('rules.previewWaits')} />
  );
}

/** The faults of the settings that a preview was refused for, at the settings' own fields. */
function faultsOf(error: unknown) {
  const faults = error instanceof ApiError ? error.faults : [];
  return faults
    .filter(({ field }) => field.startsWith('settings.'))
    .map(fault => ({ ...fault, field: fault.field.slice('settings.'.length) }));
}
