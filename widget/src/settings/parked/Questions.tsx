import { useQuery } from '@tanstack/react-query';
import { answered, useApi } from '../../api/api';
import type { QuestionScreen } from '../../api/schema';
import { QuestionForm } from '../../card/Question';
import { Disclosure } from '../../components/Disclosure';
import { Failure } from '../../components/Failure';
import { Skeleton } from '../../components/Skeleton';
import { useFormat } from '../../format/format';
import { type Deal, useDealsById } from '../../host/deals';
import { useSay } from '../../texts/texts';
import { useAccount } from '../account';
import { DealLink } from '../list/DealLink';
import { ListSection } from '../list/ListSection';

/** Clients for whom a person has to say who they are; their deals have no contact until then. */
export function Questions() {
  const [api, say] = [useApi(), useSay()];
  const open = useQuery({ queryKey: ['questions'], queryFn: () => answered(api.GET('/questions')) });
  const deals = useDealsById(open.data?.questions.flatMap(question => question.deals) ?? []).data;
  if (open.isPending) {
    return <Skeleton lines={2} />;
  }
  if (open.isError) {
    return <Failure error={open.error} onRetry={open.refetch} />;
  }
  const { questions } = open.data;
  if (!questions.length) {
    return null;
  }
  return (
    <ListSection title={say('upkeep.questions')} count={questions.length} about={say('upkeep.questionsAbout')}>
      <ul className="list-rows">
        {questions.map(question => (
          <li key={`${question.location}/${question.client}`} className="list-row">
            <div className="list-row-text">
              <Asked question={question} deals={deals} />
            </div>
          </li>
        ))}
      </ul>
    </ListSection>
  );
}

function Asked({ question, deals }: { question: QuestionScreen; deals: readonly Deal[] | undefined }) {
  const [say, format, account] = [useSay(), useFormat(), useAccount().data];
  const where = account?.locations.find(({ id }) => id === question.location)?.title ?? '';
  return (
    <>
      <ul className="list-named">
        {question.deals.map(deal => (
          <li key={deal}>
            <DealLink id={deal} deals={deals} />
          </li>
        ))}
      </ul>
      <div className="quiet">
        {[where, say('upkeep.waitsSince', { when: format.moment(question.since) })].filter(Boolean).join(' · ')}
      </div>
      <Disclosure summary={say('upkeep.answerQuestion', { count: question.candidates.length })}>
        <QuestionForm question={question} />
      </Disclosure>
    </>
  );
}
