import { useState } from 'react';
import type { ResponsibleFormOutput } from '../../api/schema';
import { type Option, TextField } from '../../components/Field';
import { useSay } from '../../texts/texts';
import { KnownChoice } from '../KnownChoice';
import { useLists } from '../lists';
import './UserTable.css';

type Users = ResponsibleFormOutput['users'];

interface Props {
  rows: readonly Option<number>[];
  users: Users;
  onChange(users: Users): void;
}

/** With more rows than these, one searches. */
const SEARCHED = 10;

/** Who of Kommo's users stands for whom: for employees, locations, or those who book. */
export function UserTable({ rows, users, onChange }: Props) {
  const [say, lists] = [useSay(), useLists()];
  const [asked, setAsked] = useState('');
  const known = new Set(rows.map(({ value }) => String(value)));
  const gone = Object.keys(users)
    .filter(id => !known.has(id))
    .map(id => ({ value: Number(id), label: say('rules.gone', { id }), isGone: true }));
  const all: (Option<number> & { isGone?: boolean })[] = [...gone, ...rows];
  const shown = all.filter(({ label }) => label.toLowerCase().includes(asked.trim().toLowerCase()));
  const put = (id: number, user: number | null) => {
    const { [String(id)]: _, ...others } = users;
    onChange(user === null ? others : { ...others, [String(id)]: user });
  };
  return (
    <div className="user-table">
      {all.length > SEARCHED && (
        <TextField label={say('rules.search')} type="search" value={asked} onChange={setAsked} />
      )}
      <ul>
        {shown.map(row => (
          <li key={row.value} className="user-table-row">
            <span className="user-table-name" data-gone={row.isGone || undefined}>
              {row.label} {row.group && <span className="quiet">{row.group}</span>}
            </span>
            <KnownChoice
              label={say('rules.responsibleFor', { name: row.label })}
              isLabelHidden
              path={`responsible.users.${row.value}`}
              options={lists.userOptions}
              value={users[String(row.value)] ?? null}
              none={row.isGone ? say('rules.removeRow') : say('rules.fallbackShort')}
              onChange={user => put(row.value, user)}
            />
          </li>
        ))}
      </ul>
      {!shown.length && <p className="quiet">{say('general.nothingFound')}</p>}
    </div>
  );
}
