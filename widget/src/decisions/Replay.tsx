import { useQueryClient } from '@tanstack/react-query';
import { useId } from 'react';
import { answered, useApi } from '../api/api';
import { useAsking } from '../api/asking';
import { codeText, Failure } from '../components/Failure';
import { Note } from '../components/Note';
import { TextButton } from '../components/TextButton';
import { useFormat } from '../format/format';
import { useSay } from '../texts/texts';

interface Replayed {
  replayed: number;
  named: { code: string }[];
}

/** Has a deal's bookings read and applied again, by the rules of today. */
export function Replay({ deal }: { deal: number }) {
  const [api, say, format, queries, hint] = [useApi(), useSay(), useFormat(), useQueryClient(), useId()];
  const asking = useAsking(
    async () => (await answered(api.POST('/deals/{deal}/replay', { params: { path: { deal } } }))).command,
    () => {
      void queries.invalidateQueries({ queryKey: ['deal', deal] });
      void queries.invalidateQueries({ queryKey: ['kommo'] });
    },
  );
  const result = asking.result as unknown as Replayed | undefined;
  return (
    <div className="replay">
      <TextButton isBusy={asking.isBusy} aria-describedby={hint} onClick={() => asking.ask()}>
        {say('decisions.replay')}
      </TextButton>
      <p id={hint} className="replay-hint">
        {say('decisions.replayHint')}
      </p>
      {asking.error !== null && <Failure error={asking.error} />}
      {result && result.replayed > 0 && (
        <Note tone="success">{say('decisions.replayed', { count: result.replayed })}</Note>
      )}
      {result?.named.map(({ code }) => (
        <Note key={code} tone="warning">
          {say.coded(`decisions.skipped_${code}`) ?? codeText(say, code, {}, format.length)}
        </Note>
      ))}
    </div>
  );
}
