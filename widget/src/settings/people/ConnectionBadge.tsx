import type { Connection } from '../../api/schema';
import { Badge } from '../../components/Badge';
import { useSay } from '../../texts/texts';

const TONES = { connected: 'good', refused: 'bad', none: 'quiet' } as const;

/** Whether a user can book: connected, "Authorization error", not connected. */
export function ConnectionBadge({ connection }: { connection: Connection }) {
  const say = useSay();
  return <Badge tone={TONES[connection]}>{say(`setup.connection_${connection}`)}</Badge>;
}
