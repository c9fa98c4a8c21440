import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useAsking } from '../api/asking';
import { Button } from '../components/Button';
import { codeText, Failure } from '../components/Failure';
import { Note } from '../components/Note';
import { TextButton } from '../components/TextButton';
import { useFormat } from '../format/format';
import { useSay } from '../texts/texts';

interface Props {
  /** Asks for it and returns the command. */
  send(): Promise<string>;
  label: string;
  /** What will happen, said before it does. */
  question: string;
  /** Called when the outcome was read; without it nothing is to be pressed then. */
  onUndone?: (() => void) | undefined;
}

interface Undone {
  undone: number;
  refused: number;
  named: { entity: string; id: number; code: string }[];
}

/** A button that undoes, after it was asked whether it should; then what came of it. */
export function Undo({ send, label, question, onUndone }: Props) {
  const [say, format, queries] = [useSay(), useFormat(), useQueryClient()];
  const [isAsked, setAsked] = useState(false);
  const asking = useAsking(send, () => {
    for (const changed of ['deal', 'kommo', 'client', 'batches']) {
      void queries.invalidateQueries({ queryKey: [changed] });
    }
  });
  if (asking.result) {
    const { undone, refused, named } = asking.result as unknown as Undone;
    return (
      <div className="undo">
        {undone > 0 && <Note tone="success">{say('decisions.undone', { count: undone })}</Note>}
        {refused > 0 && (
          <Note tone="warning">
            <span>{say('decisions.notUndone', { count: refused })}</span>
            <ul>
              {[...new Set(named.map(one => one.code))].map(code => (
                <li key={code}>{say.coded(`decisions.skipped_${code}`) ?? codeText(say, code, {}, format.length)}</li>
              ))}
            </ul>
          </Note>
        )}
        {onUndone && (
          <div>
            <Button onClick={onUndone}>{say('decisions.close')}</Button>
          </div>
        )}
      </div>
    );
  }
  if (!isAsked) {
    return (
      <div>
        <TextButton onClick={() => setAsked(true)}>{label}</TextButton>
      </div>
    );
  }
  return (
    <div className="undo">
      <Note>{question}</Note>
      {asking.error !== null && <Failure error={asking.error} />}
      <div className="undo-buttons">
        <Button kind="primary" isBusy={asking.isBusy} onClick={() => asking.ask()}>
          {label}
        </Button>
        <Button isDisabled={asking.isBusy} onClick={() => setAsked(false)}>
          {say('decisions.back')}
        </Button>
      </div>
    </div>
  );
}
