import { Disclosure } from '../../components/Disclosure';
import { Check } from '../../components/Switches';
import { useFormat } from '../../format/format';
import { useSay } from '../../texts/texts';
import { useAccount } from '../account';
import type { Seen } from './users';

interface Props {
  /** Whose it is: read out with the list. */
  name: string;
  seen: Seen;
  isChanged: boolean;
  onChange(seen: Seen): void;
}

/** Where a user may book: everywhere, in chains as a whole (also what joins them later), at single locations. */
export function SeenLocations({ name, seen, isChanged, onChange }: Props) {
  const [say, format] = [useSay(), useFormat()];
  const { data } = useAccount();
  const locations = data?.locations ?? [];
  const chains = (data?.chains ?? []).filter(chain => locations.some(one => chain.locations.includes(one.id)));
  const isAll = seen.locations === null && !seen.chains.length;
  const chosen = seen.locations ?? [];
  const names = [
    ...chains.filter(one => seen.chains.includes(one.id)).map(one => one.title),
    ...locations.filter(one => chosen.includes(one.id)).map(one => one.title),
  ];
  const summary = isAll ? say('setup.allLocations') : names.length ? format.list(names) : say('setup.noLocation');
  return (
    <Disclosure
      summary={
        <>
          <span className="visually-hidden">{say('setup.seenBy', { name })}</span>
          <span className={isChanged ? 'people-changed' : undefined}>{summary}</span>
        </>
      }
    >
      <fieldset className="people-seen">
        <legend className="visually-hidden">{say('setup.seenBy', { name })}</legend>
        <Check
          label={say('setup.allLocations')}
          hint={say('setup.allLocationsHint')}
          isOn={isAll}
          onChange={isOn => onChange({ locations: isOn ? null : locations.map(one => one.id), chains: [] })}
        />
        {chains.map(chain => (
          <Check
            key={`chain-${chain.id}`}
            label={say('setup.chain', { name: chain.title })}
            isOn={!isAll && seen.chains.includes(chain.id)}
            onChange={isOn => onChange({ locations: chosen, chains: turned(seen.chains, chain.id, isOn) })}
          />
        ))}
        {locations.map(location => (
          <Check
            key={location.id}
            label={location.title}
            isOn={isAll || chosen.includes(location.id)}
            onChange={isOn =>
              onChange({
                locations: turned(isAll ? locations.map(one => one.id) : chosen, location.id, isOn),
                chains: seen.chains,
              })
            }
          />
        ))}
      </fieldset>
    </Disclosure>
  );
}

function turned(ids: readonly number[], id: number, isOn: boolean): number[] {
  return isOn ? [...ids, id] : ids.filter(one => one !== id);
}
