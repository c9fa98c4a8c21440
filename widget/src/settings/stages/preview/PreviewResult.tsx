import { Disclosure } from '../../../components/Disclosure';
import { Empty } from '../../../components/Empty';
import { Note } from '../../../components/Note';
import { useSay } from '../../../texts/texts';
import { useLists } from '../../lists';
import type { Rule } from '../sync';
import { PreviewRows } from './PreviewRows';
import { countOf, type Fate, type Found, type Group, placeName, ruleName } from './result';

const FATES = ['moves', 'made', 'held'] as const;

/** Counts beside the groups, in the order in which they are told. */
const COUNTS = [
  'stay',
  'fields',
  'beside',
  'before_start',
  'no_client',
  'cancelled_when_first_seen',
  'deal_deleted_by_hand',
  'unreadable',
  'location_closed',
  'further',
] as const;

interface Props {
  command: string;
  found: Found;
  /** Those that were tried: the draft may have others by now. */
  rules: readonly Rule[];
}

/** What would move, what would be made, and what would stay although a rule wants it elsewhere. */
export function PreviewResult({ command, found, rules }: Props) {
  const say = useSay();
  const counts = COUNTS.filter(name => found.counts[name]);
  return (
    <div className="rules-preview-result">
      <Note tone="success">
        <strong>
          {say('rules.previewSum', {
            bookings: found.bookings,
            moves: countOf(found, 'moves'),
            made: countOf(found, 'made'),
          })}
        </strong>
        <span>{say('rules.previewNothingDone')}</span>
      </Note>
      {!found.groups.length && <Empty>{say('rules.previewNothing')}</Empty>}
      {FATES.filter(fate => countOf(found, fate)).map(fate => (
        <Groups key={fate} command={command} fate={fate} found={found} rules={rules} />
      ))}
      {counts.length > 0 && (
        <ul className="rules-preview-counts">
          {counts.map(name => (
            <li key={name}>{say(`rules.count_${name}`, { count: found.counts[name] ?? 0 })}</li>
          ))}
        </ul>
      )}
    </div>
  );
}

function Groups({ command, fate, found, rules }: Props & { fate: Fate }) {
  const say = useSay();
  return (
    <section>
      <h4>{say(`rules.fate_${fate}`, { count: countOf(found, fate) })}</h4>
      <ul>
        {found.groups
          .filter(group => group.fate === fate)
          .map(group => (
            <li key={group.id} className="rules-preview-group">
              <Disclosure summary={<Summary group={group} rules={rules} />}>
                <PreviewRows command={command} group={group} />
              </Disclosure>
            </li>
          ))}
      </ul>
    </section>
  );
}

function Summary({ group, rules }: { group: Group; rules: readonly Rule[] }) {
  const [say, lists] = [useSay(), useLists()];
  const [before, after] = [placeName(say, lists, group.before), placeName(say, lists, group.after)];
  const way = {
    moves: () => say('rules.way_moves', { before, after }),
    made: () => say('rules.way_made', { after }),
    held: () => say('rules.way_held', { before }),
  };
  const why = group.skipped ? say.coded(`rules.skipped_${group.skipped}`) : undefined;
  return (
    <span className="rules-preview-summary">
      <span>{way[group.fate]()}</span>
      <strong>{say('rules.deals', { count: group.count })}</strong>
      <span className="quiet">{why ?? ruleName(say, group.rule, rules)}</span>
    </span>
  );
}
