import type { Estimate } from '../../api/schema';
import { Button } from '../../components/Button';
import { Note } from '../../components/Note';
import { useFormat } from '../../format/format';
import { useSay } from '../../texts/texts';
import './history.css';

interface Props {
  estimate: Estimate;
  isOwnPipeline: boolean;
  isBusy: boolean;
  onStart(): void;
}

/** What an import would take, and the button that begins it. */
export function EstimateOf({ estimate, isOwnPipeline, isBusy, onStart }: Props) {
  const [say, format] = [useSay(), useFormat()];
  const { bookings, linked, deals, contacts, deals_limit, contacts_limit, hours, warnings } = estimate;
  const counts = [
    [say('upkeep.estimateBookings'), format.number(bookings)],
    [say('upkeep.estimateLinked'), format.number(linked)],
    [say('upkeep.estimateDeals'), say('upkeep.atMost', { count: deals })],
    [
      say('upkeep.estimateContacts'),
      contacts === null ? say('upkeep.estimateContactsUnknown') : say('upkeep.atMost', { count: contacts }),
    ],
    [say('upkeep.estimateHours'), format.length(Math.max(60, hours * 3600))],
  ] as const;
  if (!deals) {
    return <Note>{say('upkeep.nothingToImport')}</Note>;
  }
  return (
    <div className="history-estimate">
      <dl className="history-counts">
        {counts.map(([name, count]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{count}</dd>
          </div>
        ))}
      </dl>
      {deals_limit !== null && contacts_limit !== null && (
        <p className="quiet">{say('upkeep.estimateRoom', { deals: deals_limit, contacts: contacts_limit })}</p>
      )}
      {isOwnPipeline && <p className="quiet">{say('upkeep.ownPipelineIsQuiet')}</p>}
      {warnings.map(warning => (
        <Note key={warning} tone="warning">
          {say.coded(`upkeep.warning_${warning}`) ?? say('upkeep.warningOther', { warning })}
        </Note>
      ))}
      <div>
        <Button kind="primary" isBusy={isBusy} onClick={onStart}>
          {say('upkeep.startImport', { count: deals })}
        </Button>
      </div>
    </div>
  );
}
