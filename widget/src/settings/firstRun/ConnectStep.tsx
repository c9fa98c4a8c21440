import { Button } from '../../components/Button';
import { Disclosure } from '../../components/Disclosure';
import { Note } from '../../components/Note';
import { LoginForm } from '../../login/LoginForm';
import { useSay } from '../../texts/texts';
import { isNotConnected, useAltegio, useOffered } from '../altegio/offered';
import type { StepProps } from './FirstRun';

/** The login of Altegio's main administrator: the only thing that is typed. */
export function ConnectStep({ onDone }: StepProps) {
  const say = useSay();
  const offered = useOffered();
  const { logIn } = useAltegio();
  const form = <LoginForm connect={(login, password) => logIn(login, password).then(onDone)} />;
  if (!offered.isSuccess || isNotConnected(offered.error)) {
    return form;
  }
  return (
    <>
      <Note tone="success">{say('setup.altegioConnected')}</Note>
      <Disclosure summary={say('setup.altegioAnew')}>{form}</Disclosure>
      <Button kind="primary" onClick={onDone}>
        {say('setup.continue')}
      </Button>
    </>
  );
}
