import type { HeldScreen } from '../../api/schema';
import { Note } from '../../components/Note';
import { useFormat } from '../../format/format';
import { useSay } from '../../texts/texts';

/** Nothing is done at all: why, since when, how much waits, and where it is mended. */
export function HeldWork({ held }: { held: HeldScreen }) {
  const [say, format] = [useSay(), useFormat()];
  return (
    <Note tone="warning">
      <strong>{say('upkeep.held')}</strong>
      <p>
        {say.coded(`banner.paused_${held.reason}`) ??
          say.coded(`banner.problem_${held.reason}`, { location: say('banner.location') }) ??
          say('banner.paused')}
      </p>
      <p>
        {held.since === null
          ? say('upkeep.heldCount', { count: held.bookings })
          : say('upkeep.heldSince', { count: held.bookings, when: format.moment(held.since) })}
      </p>
      <a href="#check">{say('upkeep.toCheck')}</a>
    </Note>
  );
}
