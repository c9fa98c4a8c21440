import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { answered, useApi } from '../api/api';
import { useAsking } from '../api/asking';
import { useLocation } from '../api/locations';
import type { AnswerBody, PersonScreen, QuestionScreen } from '../api/schema';
import { Button } from '../components/Button';
import { Failure } from '../components/Failure';
import { Note } from '../components/Note';
import { Skeleton } from '../components/Skeleton';
import { useFormat } from '../format/format';
import { useSay } from '../texts/texts';

type Answer = AnswerBody['contact'];

/** A deal without a contact: there may be a question who its client is, which is answered here. */
export function Question({ deal }: { deal: number }) {
  const [api, say] = [useApi(), useSay()];
  const open = useQuery({
    queryKey: ['questions'],
    queryFn: () => answered(api.GET('/questions')),
    select: read => read.questions.find(question => question.deals.includes(deal)) ?? null,
  });
  if (open.isPending) {
    return <Skeleton lines={2} />;
  }
  if (open.isError) {
    return <Failure error={open.error} onRetry={open.refetch} />;
  }
  return open.data ? <QuestionForm question={open.data} /> : <p className="quiet">{say('card.noContact')}</p>;
}

/** Who is this client? Both sides to compare, and the answer. */
export function QuestionForm({ question }: { question: QuestionScreen }) {
  const [api, queries, say] = [useApi(), useQueryClient(), useSay()];
  const path = { location: question.location, client: question.client };
  const title = useLocation(question.location)?.title ?? '';
  const [answer, setAnswer] = useState<Answer | null>(null);
  const detail = useQuery({
    queryKey: ['questions', question.location, question.client],
    queryFn: () => answered(api.GET('/questions/{location}/{client}', { params: { path } })),
  });
  const asking = useAsking(
    async (contact: Answer) =>
      (await answered(api.POST('/questions/{location}/{client}', { params: { path }, body: { contact } }))).id,
    () => void queries.invalidateQueries(),
  );
  if (detail.isPending) {
    return <Skeleton lines={4} />;
  }
  if (detail.isError) {
    return <Failure error={detail.error} onRetry={detail.refetch} />;
  }
  const { client, candidates } = detail.data;
  return (
    <div className="question">
      <Note tone="warning">{say.coded(`card.doubt_${question.doubt}`) ?? say('card.doubt')}</Note>
      {client ? (
        <div>
          <p className="quiet">{say('card.inAltegio', { location: title })}</p>
          <Person person={client} />
        </div>
      ) : (
        <p className="quiet">{say('card.clientUnreadable')}</p>
      )}
      <fieldset disabled={asking.isBusy}>
        <legend>{say('card.whoIsIt')}</legend>
        {candidates.map(candidate => (
          <Candidate key={candidate.id} isChosen={answer === candidate.id} onChoose={() => setAnswer(candidate.id)}>
            <Person person={candidate} />
          </Candidate>
        ))}
        <Candidate isChosen={answer === 'new'} onChoose={() => setAnswer('new')}>
          {say('card.newContact')}
        </Candidate>
      </fieldset>
      <Button
        kind="primary"
        isDisabled={answer === null}
        isBusy={asking.isBusy}
        onClick={() => answer !== null && asking.ask(answer)}
      >
        {say('card.answer')}
      </Button>
      {asking.error !== null && <Failure error={asking.error} />}
    </div>
  );
}

interface CandidateProps {
  isChosen: boolean;
  onChoose(): void;
  children: React.ReactNode;
}

function Candidate({ isChosen, onChoose, children }: CandidateProps) {
  const id = useId();
  return (
    <label className="question-candidate" htmlFor={id}>
      <input id={id} type="radio" name="candidate" checked={isChosen} onChange={onChoose} />
      <span>{children}</span>
    </label>
  );
}

function Person({ person }: { person: PersonScreen }) {
  const [say, format] = [useSay(), useFormat()];
  return (
    <>
      <b>{person.name || say('card.noName')}</b>
      {person.phones.map(phone => (
        <div key={phone}>{format.phone(phone)}</div>
      ))}
      {person.emails.map(email => (
        <div key={email}>{email}</div>
      ))}
    </>
  );
}
