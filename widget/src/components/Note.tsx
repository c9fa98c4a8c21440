import {
  Callout,
  CalloutErrorTheme,
  CalloutInfoTheme,
  CalloutSuccessTheme,
  CalloutWarningTheme,
} from '@kommo-crm/crm-react-ui-kit/Callout';
import type { ReactNode } from 'react';
import './Note.css';

const THEMES = {
  info: CalloutInfoTheme,
  success: CalloutSuccessTheme,
  warning: CalloutWarningTheme,
  error: CalloutErrorTheme,
};

type Props = { tone?: keyof typeof THEMES; children: ReactNode };

/** A block that says something that one should not miss. Errors are read out at once, the rest when there is time. */
export function Note({ tone = 'info', children }: Props) {
  return (
    <Callout theme={THEMES[tone]} role={tone === 'error' ? 'alert' : 'status'}>
      <div className="note-content">{children}</div>
    </Callout>
  );
}
