import { isWarning, useConnection } from '../api/connection';
import { useLocations } from '../api/locations';
import type { ConnectionScreen, ProblemScreen } from '../api/schema';
import { Note } from '../components/Note';
import { useFormat } from '../format/format';
import { useHost } from '../host/context';
import { useSay } from '../texts/texts';
import { ReconnectKommo } from './ReconnectKommo';
import './Banner.css';

/** Where in the settings a problem is mended; others are mended with a provider. */
const TABS: Record<string, string> = {
  log_in_to_altegio: 'altegio',
  give_rights_in_altegio: 'check',
  choose_locations: 'altegio',
  give_webhook_right: 'check',
  stage_gone: 'stages',
  field_gone: 'fields',
  setting_up: 'check',
};

/** What stops Bookdeal in this account, why, and what to do about it: on top of every area, until it is mended. */
export function Banner() {
  const host = useHost();
  const connection = useConnection().data;
  if (!connection) {
    return null;
  }
  const { problems, paused, is_admin: isAdmin } = connection;
  const stops = problems.filter(problem => !isWarning(problem));
  const warnings = isAdmin ? problems.filter(isWarning) : [];
  // What is paused for lost access is told by the problem itself; the settings page begins with setting up.
  const isSettingUpHere = paused === 'setting_up' && window.location.pathname === host.settingsAddress;
  const isTold = problems.some(problem => problem.code === paused) || isSettingUpHere;
  if (!stops.length && !warnings.length && (!paused || isTold)) {
    return null;
  }
  return (
    <aside className="banner">
      {[...stops, ...warnings].map(problem => (
        <ProblemNote key={`${problem.code}/${problem.location}`} problem={problem} isAdmin={isAdmin} />
      ))}
      {paused && !isTold && <PausedNote paused={paused} connection={connection} />}
    </aside>
  );
}

function ProblemNote({ problem, isAdmin }: { problem: ProblemScreen; isAdmin: boolean }) {
  const [say, format] = [useSay(), useFormat()];
  const locations = useLocations().data?.locations ?? [];
  const location = locations.find(one => one.id === problem.location)?.title ?? say('banner.location');
  return (
    <Note tone={isWarning(problem) ? 'warning' : 'error'}>
      <div>
        <b>{say.coded(`banner.problem_${problem.code}`, { location }) ?? say('banner.problem')}</b>
        <p>{say('banner.since', { moment: format.moment(problem.since) })}</p>
      </div>
      {isAdmin ? (
        <>
          <p>{say.coded(`banner.remedy_${problem.remedy}`, { location }) ?? say('banner.remedy')}</p>
          <Remedy remedy={problem.remedy} />
        </>
      ) : (
        <p>{say('banner.tellAdministrator')}</p>
      )}
    </Note>
  );
}

function PausedNote({ paused, connection }: { paused: string; connection: ConnectionScreen }) {
  const say = useSay();
  return (
    <Note tone={paused === 'setting_up' ? 'info' : 'warning'}>
      <b>{say.coded(`banner.paused_${paused}`) ?? say('banner.paused')}</b>
      {connection.is_admin ? <Remedy remedy={paused} /> : <p>{say('banner.tellAdministrator')}</p>}
    </Note>
  );
}

/** The way to where it is mended, as far as there is one from here. */
function Remedy({ remedy }: { remedy: string }) {
  const [host, say] = [useHost(), useSay()];
  if (remedy.startsWith('reconnect_kommo')) {
    return <ReconnectKommo />;
  }
  const tab = TABS[remedy];
  return tab ? <a href={`${host.settingsAddress}#${tab}`}>{say('banner.openSettings')}</a> : null;
}
