import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Suspense, useState } from 'react';
import { answered, useApi } from '../../api/api';
import type { MappingFormOutput } from '../../api/schema';
import { Button } from '../../components/Button';
import { Failure } from '../../components/Failure';
import { Note } from '../../components/Note';
import { Progress } from '../../components/Progress';
import { Radios } from '../../components/Radios';
import { Skeleton } from '../../components/Skeleton';
import { useSay } from '../../texts/texts';
import { useDraft } from '../draft';
import { NotMade } from '../NotMade';
import { Refusal } from '../SaveBar';
import { useSetUp } from '../setUp';
import { TABS } from '../tabs';
import type { StepProps } from './FirstRun';
import { stepOfAddress } from './steps';

const { screen: Stages } = TABS.stages;
const { screen: Fields } = TABS.fields;

type Way = 'recommended' | 'own';

/** Where deals stand, and the fields that show their bookings: as recommended, or as the person chooses. */
export function StagesStep({ onDone }: StepProps) {
  const say = useSay();
  const { settings } = useDraft();
  const [way, setWay] = useState<Way>(stepOfAddress() === 'stages' ? 'own' : 'recommended');
  return (
    <>
      {settings.version > 0 && (
        <Note tone="success">
          {say('setup.stagesChosen')}
          <Button onClick={onDone}>{say('setup.continueAsIs')}</Button>
        </Note>
      )}
      <Radios<Way>
        label={say('setup.stagesWay')}
        isLabelHidden
        ways={[
          { value: 'recommended', label: say('setup.recommended'), hint: say('setup.recommendedHint') },
          { value: 'own', label: say('setup.own'), hint: say('setup.ownHint') },
        ]}
        value={way}
        onChange={setWay}
      />
      {way === 'recommended' ? <Recommended onDone={onDone} /> : <Own onDone={onDone} />}
    </>
  );
}

function Recommended({ onDone }: StepProps) {
  const say = useSay();
  const choice = useMappingChoice(onDone);
  const { start, isBusy, error } = useSetUp(({ mapping }) => mapping && choice.mutate(mapping));
  const isWorking = isBusy || choice.isPending;
  return (
    <>
      {isWorking && <Progress label={say('setup.makingRecommended')} />}
      {error && <NotMade error={error} />}
      {choice.isError && <Failure error={choice.error} />}
      <Button kind="primary" isBusy={isWorking} onClick={() => start({ pipeline: true, fields: true })}>
        {say('setup.createRecommended')}
      </Button>
    </>
  );
}

/** Saves that deals move by one mapping, the one that was made. */
function useMappingChoice(onSaved: () => void) {
  const [api, queries] = [useApi(), useQueryClient()];
  const { settings } = useDraft();
  return useMutation({
    mutationFn: (mapping: MappingFormOutput) => {
      const status_sync = { ...settings.status_sync, mode: 'simple' as const, mapping };
      return answered(api.PUT('/settings', { body: { ...settings, status_sync } }));
    },
    onSuccess: saved => {
      queries.setQueryData(['settings'], saved);
      onSaved();
    },
  });
}

/** The same screens as in the settings, one below the other. */
function Own({ onDone }: StepProps) {
  const say = useSay();
  const { save, isSaving } = useDraft();
  const saveAndGoOn = async () => {
    if (await save()) {
      onDone();
    }
  };
  return (
    <>
      <section className="first-step-part">
        <h4>{say('settings.tab_stages')}</h4>
        <Suspense fallback={<Skeleton lines={4} />}>
          <Stages />
        </Suspense>
      </section>
      <section className="first-step-part">
        <h4>{say('settings.tab_fields')}</h4>
        <Suspense fallback={<Skeleton lines={4} />}>
          <Fields />
        </Suspense>
      </section>
      <Refusal />
      <Button kind="primary" isBusy={isSaving} onClick={saveAndGoOn}>
        {say('setup.saveAndContinue')}
      </Button>
    </>
  );
}
