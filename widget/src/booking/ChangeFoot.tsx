import type { ReactNode } from 'react';
import { Button } from '../components/Button';
import { Note } from '../components/Note';
import { useSay } from '../texts/texts';
import type { Changing } from './changing';
import type { Reason } from './reasons';
import { Trouble } from './Trouble';

interface Props {
  changing: Pick<Changing, 'isSending' | 'isUnknown' | 'isLost' | 'error'>;
  /** What was refused and has no place of its own. */
  reasons: readonly Reason[];
  /** What the button does, in words. */
  label: string;
  kind?: 'primary' | 'danger';
  isReady: boolean;
  keep?: string;
  children?: ReactNode;
  onRetry(): void;
  onCancel(): void;
}

/** What became of a change, and the buttons. */
export function ChangeFoot(props: Props) {
  const { changing, reasons, label, kind = 'primary', isReady, keep, children, onRetry, onCancel } = props;
  const say = useSay();
  return (
    <div className="booking-foot">
      {changing.isUnknown && <Note tone="warning">{say('booking.unknownChange')}</Note>}
      {changing.isLost && <Note tone="error">{say('booking.lost')}</Note>}
      {reasons.map(reason => (
        <Note key={reason.text} tone="error">
          {reason.text}
        </Note>
      ))}
      {changing.error != null && !reasons.length && <Trouble error={changing.error} onRetry={onRetry} />}
      <div className="booking-buttons">
        <div className="booking-summary">{children}</div>
        <Button onClick={onCancel}>{keep ?? say('general.cancel')}</Button>
        <Button kind={kind} type="submit" isBusy={changing.isSending || changing.isUnknown} isDisabled={!isReady}>
          {label}
        </Button>
      </div>
    </div>
  );
}
