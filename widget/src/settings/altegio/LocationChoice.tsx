import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import type { Chain, OfferedLocation } from '../../api/schema';
import { Button } from '../../components/Button';
import { Empty } from '../../components/Empty';
import { Failure } from '../../components/Failure';
import { TextField } from '../../components/Field';
import { Note } from '../../components/Note';
import { Check } from '../../components/Switches';
import { useSay } from '../../texts/texts';
import { useAccount } from '../account';
import { useAltegio } from './offered';
import './Altegio.css';

const MANY = 10;

interface Props {
  offered: readonly OfferedLocation[];
  /** What the button says that saves the choice. */
  submit: string;
  /** It may be saved as it is: where the choice leads on. */
  isUnchangedSaved?: boolean;
  onSaved?(): void;
}

/** Which locations are served: by chains, all that can be at first. */
export function LocationChoice({ offered, submit, isUnchangedSaved = false, onSaved }: Props) {
  const say = useSay();
  const { choose } = useAltegio();
  const [chosen, setChosen] = useState(() => chosenAtFirst(offered));
  const [asked, setAsked] = useState('');
  const { mutate, isPending, error, isSuccess } = useMutation({
    mutationFn: () => choose([...chosen]),
    onSuccess: onSaved,
  });
  if (!offered.length) {
    return <Empty>{say('setup.noLocationsOffered')}</Empty>;
  }
  const turn = (ids: readonly number[], isOn: boolean) => {
    setChosen(before => new Set(isOn ? [...before, ...ids] : [...before].filter(id => !ids.includes(id))));
  };
  const before = offered.filter(one => one.chosen).map(one => one.id);
  const isChanged = before.length !== chosen.size || before.some(id => !chosen.has(id));
  const gone = before.filter(id => !chosen.has(id)).length;
  return (
    <>
      {offered.length > MANY && (
        <div className="locations-search">
          <TextField label={say('setup.searchLocations')} type="search" value={asked} onChange={setAsked} />
        </div>
      )}
      <Groups offered={offered.filter(one => fits(one, asked))} chosen={chosen} onTurn={turn} />
      {gone > 0 && <Note tone="warning">{say('setup.locationsGone', { count: gone })}</Note>}
      {error && <Failure error={error} />}
      <div className="setup-actions">
        <Button
          kind="primary"
          isBusy={isPending}
          isDisabled={!chosen.size || (!isChanged && !isUnchangedSaved)}
          onClick={() => mutate()}
        >
          {submit}
        </Button>
        <span className="quiet" aria-live="polite">
          {isSuccess && !isChanged
            ? say('setup.locationsSaved')
            : say('setup.locationsChosen', { count: chosen.size, all: offered.length })}
        </span>
      </div>
    </>
  );
}

interface GroupsProps {
  offered: readonly OfferedLocation[];
  chosen: ReadonlySet<number>;
  onTurn(ids: readonly number[], isOn: boolean): void;
}

/** Chains with their locations; those of no chain come last. What chains there are is nice to know, and no more. */
function Groups({ offered, chosen, onTurn }: GroupsProps) {
  const say = useSay();
  const chains: readonly Chain[] = useAccount().data?.chains ?? [];
  const groups = chains
    .map(chain => ({ ...chain, members: offered.filter(one => chain.locations.includes(one.id)) }))
    .filter(group => group.members.length > 1);
  const inGroup = new Set(groups.flatMap(group => group.members.map(one => one.id)));
  const others = offered.filter(one => !inGroup.has(one.id));
  const drawn = (members: readonly OfferedLocation[]) =>
    members.map(one => (
      <Check
        key={one.id}
        label={one.title}
        hint={hintOf(one, say)}
        isDisabled={!one.timezone}
        isOn={chosen.has(one.id)}
        onChange={isOn => onTurn([one.id], isOn)}
      />
    ));
  return (
    <div className="locations">
      {groups.map(group => {
        const possible = group.members.filter(one => one.timezone).map(one => one.id);
        return (
          <fieldset key={group.id} className="locations-chain">
            <legend className="visually-hidden">{say('setup.chain', { name: group.title })}</legend>
            <Check
              label={<strong>{say('setup.chain', { name: group.title })}</strong>}
              isOn={possible.every(id => chosen.has(id))}
              onChange={isOn => onTurn(possible, isOn)}
            />
            <div className="locations-members">{drawn(group.members)}</div>
          </fieldset>
        );
      })}
      {drawn(others)}
    </div>
  );
}

function hintOf({ city, timezone, active }: OfferedLocation, say: ReturnType<typeof useSay>): string {
  if (!timezone) {
    return say('setup.locationWithoutZone');
  }
  return active ? city : say('setup.locationUnpaid');
}

function chosenAtFirst(offered: readonly OfferedLocation[]): ReadonlySet<number> {
  const chosen = offered.filter(one => one.chosen);
  const all = offered.filter(one => one.timezone && one.active);
  return new Set((chosen.length ? chosen : all).map(one => one.id));
}

function fits({ title, city }: OfferedLocation, asked: string): boolean {
  return `${title} ${city}`.toLowerCase().includes(asked.trim().toLowerCase());
}
