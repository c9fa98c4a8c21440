import type { ButtonHTMLAttributes } from 'react';
import './TextButton.css';

type Props = Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'type' | 'disabled'> & {
  tone?: 'accent' | 'danger';
  /** Something is under way: it cannot be pressed again. */
  isBusy?: boolean;
};

/** A button that looks like a link: for what is done seldom, or stands beside others of its kind. */
export function TextButton({ tone = 'accent', isBusy = false, onClick, ...rest }: Props) {
  return (
    <button
      type="button"
      className={`text-button text-button-${tone}`}
      // Not `disabled`: that would take the focus away from who has just pressed it.
      aria-disabled={isBusy || undefined}
      aria-busy={isBusy || undefined}
      onClick={isBusy ? undefined : onClick}
      {...rest}
    />
  );
}
