import type { ReactNode } from 'react';
import { useSay } from '../texts/texts';
import { Button } from './Button';
import { Failure } from './Failure';
import { Modal } from './Modal';
import './Confirm.css';

interface Props {
  title: string;
  /** What the button does, in its words: "Close 12 deals". */
  action: string;
  kind?: 'primary' | 'danger';
  isBusy?: boolean;
  isDisabled?: boolean;
  error?: unknown;
  onConfirm(): void;
  onClose(): void;
  /** What will happen. */
  children: ReactNode;
}

/** Says what will happen before it does. */
export function Confirm(props: Props) {
  const { title, action, kind = 'primary', isBusy, isDisabled, error, onConfirm, onClose, children } = props;
  const say = useSay();
  return (
    <Modal title={title} onClose={onClose}>
      <div className="confirm">{children}</div>
      {Boolean(error) && <Failure error={error} />}
      <div className="confirm-buttons">
        <Button onClick={onClose}>{say('general.cancel')}</Button>
        <Button kind={kind} isBusy={isBusy} isDisabled={isDisabled} onClick={onConfirm}>
          {action}
        </Button>
      </div>
    </Modal>
  );
}
