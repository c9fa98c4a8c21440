import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import type { UserScreen } from '../../api/schema';
import { Button } from '../../components/Button';
import { Failure } from '../../components/Failure';
import { useSay } from '../../texts/texts';
import { ConnectionBadge } from './ConnectionBadge';
import { seenOf, usePeopleDraft } from './peopleDraft';
import { SeenLocations } from './SeenLocations';
import { useAccess } from './users';

/** A Kommo user: whether he can book, and where. */
export function PersonRow({ user, onConnect }: { user: UserScreen; onConnect(): void }) {
  const say = useSay();
  const { changes, change } = usePeopleDraft();
  return (
    <tr data-field={String(user.id)}>
      <th scope="row">
        {user.name}
        {user.is_admin && <span className="people-role">{say('setup.administrator')}</span>}
      </th>
      <td>
        <Access user={user} onConnect={onConnect} />
      </td>
      <td>
        <SeenLocations
          name={user.name}
          seen={seenOf(user, changes)}
          isChanged={changes.has(user.id)}
          onChange={seen => change(user, seen)}
        />
      </td>
    </tr>
  );
}

function Access({ user, onConnect }: { user: UserScreen; onConnect(): void }) {
  const say = useSay();
  const [isAsked, setAsked] = useState(false);
  const { disconnect } = useAccess(user.id);
  const { mutate, isPending, error } = useMutation({ mutationFn: disconnect, onSettled: () => setAsked(false) });
  const whose = <span className="visually-hidden"> {user.name}</span>;
  return (
    <div className="people-access">
      <ConnectionBadge connection={user.connection} />
      {user.connection !== 'connected' && (
        <Button onClick={onConnect}>
          {say(user.connection === 'refused' ? 'setup.connectAgain' : 'setup.connect')}
          {whose}
        </Button>
      )}
      {user.connection !== 'none' && !isAsked && (
        <Button onClick={() => setAsked(true)}>
          {say('setup.disconnect')}
          {whose}
        </Button>
      )}
      {isAsked && (
        <span className="people-asked">
          {say('setup.disconnectSure')}
          <Button kind="danger" isBusy={isPending} onClick={() => mutate()}>
            {say('setup.disconnect')}
          </Button>
          <Button onClick={() => setAsked(false)}>{say('setup.keep')}</Button>
        </span>
      )}
      {error && <Failure error={error} />}
    </div>
  );
}
