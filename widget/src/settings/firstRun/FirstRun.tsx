import { type ComponentType, type ReactNode, useEffect, useRef, useState } from 'react';
import { Failure } from '../../components/Failure';
import { Fallback } from '../../components/Fallback';
import { Skeleton } from '../../components/Skeleton';
import { useSay } from '../../texts/texts';
import { useInnerLinks } from '../innerLinks';
import { ConnectStep } from './ConnectStep';
import { LiveStep } from './LiveStep';
import { LocationsStep } from './LocationsStep';
import { PreviewStep } from './PreviewStep';
import { StagesStep } from './StagesStep';
import { firstOpen, isReachable, STEPS, type Step, stepOfAddress, useProgress } from './steps';
import './FirstRun.css';

export interface StepProps {
  /** Leads to the next step; from the last one to the settings. */
  onDone(): void;
}

const SCREENS: Record<Step, ComponentType<StepProps>> = {
  connect: ConnectStep,
  locations: LocationsStep,
  stages: StagesStep,
  preview: PreviewStep,
  live: LiveStep,
};

/** Sets an account up in five steps, of which only the Altegio login is typed. */
export function FirstRun({ onDone }: { onDone(): void }) {
  const say = useSay();
  const around = useInnerLinks();
  return (
    <div className="first-run" ref={around}>
      <header>
        <h2>{say('setup.firstRun')}</h2>
        <p className="quiet">{say('setup.firstRunHint')}</p>
      </header>
      <Steps onDone={onDone} />
    </div>
  );
}

function Steps({ onDone }: { onDone(): void }) {
  const progress = useProgress();
  const [chosen, setChosen] = useState<Step | null>(stepOfAddress);
  useEffect(() => {
    const follow = () => setChosen(before => stepOfAddress() ?? before);
    window.addEventListener('hashchange', follow);
    return () => window.removeEventListener('hashchange', follow);
  }, []);
  if (progress.isPending) {
    return <Skeleton lines={8} />;
  }
  if (progress.error) {
    return <Failure error={progress.error} onRetry={progress.retry} />;
  }
  const { done } = progress;
  const step = chosen && isReachable(chosen, done) ? chosen : firstOpen(done);
  const Screen = SCREENS[step];
  const next = STEPS[STEPS.indexOf(step) + 1];
  return (
    <div className="first-run-body">
      <Stepper step={step} done={done} onChoose={setChosen} />
      <StepPanel key={step} step={step}>
        <Fallback>
          <Screen onDone={() => (next ? setChosen(next) : onDone())} />
        </Fallback>
      </StepPanel>
    </div>
  );
}

interface StepperProps {
  step: Step;
  done: ReadonlySet<Step>;
  onChoose(step: Step): void;
}

function Stepper({ step, done, onChoose }: StepperProps) {
  const say = useSay();
  return (
    <nav aria-label={say('setup.firstRun')}>
      <ol className="first-steps">
        {STEPS.map((name, place) => (
          <li key={name} data-done={done.has(name) || undefined}>
            <button
              type="button"
              aria-current={name === step ? 'step' : undefined}
              disabled={!isReachable(name, done)}
              onClick={() => onChoose(name)}
            >
              <span className="first-steps-mark" aria-hidden="true">
                {done.has(name) ? '✓' : place + 1}
              </span>
              <span>
                {say(`setup.step_${name}`)}
                {done.has(name) && <span className="visually-hidden">, {say('setup.stepDone')}</span>}
              </span>
            </button>
          </li>
        ))}
      </ol>
    </nav>
  );
}

/** A step's content under its title, which gets the focus when the step is gone to. */
function StepPanel({ step, children }: { step: Step; children: ReactNode }) {
  const say = useSay();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <section className="first-step" aria-labelledby={`bookdeal-step-${step}`}>
      <h3 id={`bookdeal-step-${step}`} ref={heading} tabIndex={-1}>
        {say(`setup.step_${step}`)}
      </h3>
      <p>{say(`setup.stepHint_${step}`)}</p>
      {children}
    </section>
  );
}
