import { useMutation } from '@tanstack/react-query';
import { Button } from '../components/Button';
import { Failure } from '../components/Failure';
import { useSay } from '../texts/texts';
import { useReadAnew } from './account';
import './ReadAnew.css';

/** For somebody who has just made in Kommo or Altegio what he wants to choose here. */
export function ReadAnew() {
  const say = useSay();
  const { mutate, isPending, error } = useMutation({ mutationFn: useReadAnew() });
  return (
    <div className="read-anew">
      <span className="quiet">{say('rules.somethingMissing')}</span>
      <Button isBusy={isPending} onClick={() => mutate()}>
        {say('rules.readAnew')}
      </Button>
      {error && <Failure error={error} />}
    </div>
  );
}
