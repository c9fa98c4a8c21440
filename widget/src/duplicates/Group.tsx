import { useId, useState } from 'react';
import { useIsAdmin } from '../api/connection';
import type { GroupScreen, HandleBody } from '../api/schema';
import { Button } from '../components/Button';
import { Failure } from '../components/Failure';
import { Skeleton } from '../components/Skeleton';
import { useFormat } from '../format/format';
import { useSay } from '../texts/texts';
import { Handling } from './Handling';
import { Ignoring } from './Ignoring';
import './Group.css';

export interface Member {
  key: string;
  title: string;
  /** Where it can be looked at; null for what is looked at. */
  address: string | null;
  lines: string[];
}

export interface GroupAction {
  name: 'link' | 'close' | 'tag' | 'cancel';
  /** It cannot be undone. */
  isFinal?: boolean;
  /** How many it writes to. */
  count(kept: string): number;
  /** There is nothing to be done by it. */
  isEmpty?(kept: string): boolean;
  body(kept: string, lossReason: number | null): Partial<HandleBody>;
}

/** What there is to show of a group. */
export interface Shown {
  members: Member[];
  read: { isPending: boolean; error: unknown; refetch(): unknown };
  actions: GroupAction[];
}

interface Props extends Shown {
  group: GroupScreen;
  onDone(): void;
}

/** A group of any kind: its reasons, its members of which one is to be kept, and its actions. */
export function Group({ group, members, read, actions, onDone }: Props) {
  const [say, format, isAdmin, headline] = [useSay(), useFormat(), useIsAdmin(), useId()];
  const [kept, keep] = useState(group.keep === null ? (members[0]?.key ?? '') : String(group.keep));
  const [chosen, choose] = useState<GroupAction | 'ignore' | null>(null);
  return (
    <article className="duplicate-group" aria-labelledby={headline}>
      <h4 id={headline}>{say(`duplicates.title_${group.kind}`, { count: members.length })}</h4>
      <p className="quiet">
        <span className={`duplicate-group-level duplicate-group-level-${group.level}`}>
          {say(`duplicates.level_${group.level}`)}
        </span>{' '}
        {format.list(group.reasons.map(reason => say(`duplicates.reason_${reason}`)))}
      </p>
      {read.isPending ? (
        <Skeleton lines={members.length * 2} />
      ) : (
        <fieldset className="duplicate-group-members" disabled={chosen !== null}>
          <legend className="visually-hidden">{say('duplicates.whichToKeep')}</legend>
          {members.map(member => (
            <MemberRow key={member.key} member={member} isKept={member.key === kept} onKeep={isAdmin ? keep : null} />
          ))}
        </fieldset>
      )}
      {read.error !== null && <Failure error={read.error} onRetry={() => read.refetch()} />}
      {!isAdmin && <p className="quiet">{say('duplicates.administratorsOnly')}</p>}
      {isAdmin && chosen === null && !read.isPending && (
        <div className="duplicate-group-actions">
          {actions
            .filter(action => !action.isEmpty?.(kept))
            .map(action => (
              <Button key={action.name} onClick={() => choose(action)}>
                {say(`duplicates.action_${action.name}`, { count: action.count(kept) })}
              </Button>
            ))}
          <Button onClick={() => choose('ignore')}>{say('duplicates.action_ignore')}</Button>
        </div>
      )}
      {chosen === 'ignore' && <Ignoring group={group} onBack={() => choose(null)} onDone={onDone} />}
      {chosen !== null && chosen !== 'ignore' && (
        <Handling action={chosen} kept={kept} members={members} onBack={() => choose(null)} onDone={onDone} />
      )}
    </article>
  );
}

interface MemberRowProps {
  member: Member;
  isKept: boolean;
  /** Null: it is not for this user to choose. */
  onKeep: ((key: string) => void) | null;
}

export function MemberRow({ member, isKept, onKeep }: MemberRowProps) {
  const [say, id] = [useSay(), useId()];
  return (
    <div className={`duplicate-group-member ${isKept && onKeep ? 'duplicate-group-member-kept' : ''}`}>
      {onKeep && <input id={id} type="radio" checked={isKept} onChange={() => onKeep(member.key)} />}
      <div>
        <label htmlFor={onKeep ? id : undefined}>
          <b>{member.title}</b>
          {isKept && onKeep && <span className="duplicate-group-member-tag">{say('duplicates.kept')}</span>}
          {member.lines.filter(Boolean).map(line => (
            <span key={line} className="duplicate-group-member-line">
              {line}
            </span>
          ))}
        </label>
        {member.address && (
          <a href={member.address} target="_blank" rel="noreferrer">
            {say('duplicates.look')}
            <span className="visually-hidden">: {member.title}</span>
          </a>
        )}
      </div>
    </div>
  );
}
