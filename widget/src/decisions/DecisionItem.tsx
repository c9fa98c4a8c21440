import { useState } from 'react';
import { useIsAdmin } from '../api/connection';
import { useLocation } from '../api/locations';
import type { DecisionScreen } from '../api/schema';
import { Disclosure } from '../components/Disclosure';
import { codeText } from '../components/Failure';
import { useFormat } from '../format/format';
import { useHost } from '../host/context';
import { useStageName } from '../host/pipelines';
import { useSay } from '../texts/texts';
import { Changes } from './Changes';
import { headlineOf, reasonOf } from './headline';
import { Trials } from './Trials';
import { UndoDecision } from './UndoDecision';
import { whyOf } from './why';

interface Props {
  decision: DecisionScreen;
  onChanged(): void;
}

/** One decision: what was done, when, what set it off, which rule spoke; what it wrote and which rules were tried, folded. */
export function DecisionItem({ decision, onChanged }: Props) {
  const [say, format, host] = [useSay(), useFormat(), useHost()];
  const [stageName, isAdmin] = [useStageName(), useIsAdmin()];
  // What came of undoing it is told here, also when it counts as undone by then.
  const [isUndoing, setUndoing] = useState(false);
  const zone = useLocation(decision.location)?.timezone;
  const event = say.coded(`decisions.event_${decision.event}`) ?? say('decisions.event');
  const reason = reasonOf(decision, say);
  const why = whyOf(decision);
  const { skipped } = decision;
  return (
    <li className={`decision ${decision.undone ? 'decision-undone' : ''}`}>
      <p className="decision-headline">{headlineOf(decision, say, stageName)}</p>
      <p className="quiet">
        <time dateTime={new Date(decision.at * 1000).toISOString()}>{format.moment(decision.at, zone)}</time>
        {' · '}
        {event}
      </p>
      {skipped && (
        <p>{say.coded(`decisions.skipped_${skipped}`) ?? codeText(say, refusalOf(decision), {}, format.length)}</p>
      )}
      {reason && !skipped && <p>{reason}</p>}
      {decision.other_deal > 0 && (
        <p>
          <a href={host.dealAddress(decision.other_deal)}>{say('decisions.otherDeal')}</a>
        </p>
      )}
      {decision.fields.length > 0 && (
        <p className="quiet">
          {say('decisions.fields', {
            fields: format.list(decision.fields.map(code => say.coded(`decisions.field_${code}`) ?? code)),
          })}
        </p>
      )}
      {why && (
        <Disclosure summary={say('decisions.trials', { count: why.trials.length })}>
          <Trials why={why} location={decision.location} />
        </Disclosure>
      )}
      {decision.changes.length > 0 && (
        <Disclosure summary={say('decisions.changes', { count: decision.changes.length })}>
          <Changes decision={decision} />
        </Disclosure>
      )}
      {decision.undone && <p className="decision-tag">{say('decisions.wasUndone')}</p>}
      {(decision.can_be_undone || isUndoing) && isAdmin && decision.deal > 0 && (
        <UndoDecision
          decision={decision}
          onBegin={() => setUndoing(true)}
          onUndone={() => {
            setUndoing(false);
            onChanged();
          }}
        />
      )}
    </li>
  );
}

/** Of what a provider refused the rule is its code. */
function refusalOf(decision: DecisionScreen): string {
  return decision.skipped === 'refused' ? decision.rule : (decision.skipped ?? '');
}
