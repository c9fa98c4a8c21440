import {
  ButtonDangerPrimaryTheme,
  ButtonDangerTertiaryTheme,
  ButtonNeutralTheme,
  ButtonPrimaryTheme,
  ButtonSecondaryTheme,
  type ButtonThemeType,
  Button as KitButton,
} from '@kommo-crm/crm-react-ui-kit/Button';
import type { ButtonHTMLAttributes, ReactNode } from 'react';
import './Button.css';

/** A text that is too long for a line takes two; what is around the button says how far it stands from others. */
const FITTING: Partial<ButtonThemeType> = {
  '--crm-ui-kit-button-height': 'auto',
  '--crm-ui-kit-button-padding': '8px 10px',
  '--crm-ui-kit-button-line-height': '18px',
  '--crm-ui-kit-button-sibling-element-spacing': '0px',
};

const THEMES = {
  primary: { ...ButtonPrimaryTheme, ...FITTING, ...filled('var(--bookdeal-accent)') },
  secondary: { ...ButtonSecondaryTheme, ...FITTING },
  neutral: { ...ButtonNeutralTheme, ...FITTING },
  danger: { ...ButtonDangerPrimaryTheme, ...FITTING, ...filled('var(--bookdeal-bad)') },
  'danger-quiet': { ...ButtonDangerTertiaryTheme, ...FITTING, '--crm-ui-kit-button-color': 'var(--bookdeal-bad)' },
} satisfies Record<string, ButtonThemeType>;

type Props = Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'disabled'> & {
  kind?: keyof typeof THEMES;
  isDisabled?: boolean;
  /** Something is under way: the button turns and cannot be pressed again. */
  isBusy?: boolean;
  before?: ReactNode;
};

/** Kommo's button. */
export function Button({ kind = 'neutral', isBusy = false, type = 'button', className = '', ...rest }: Props) {
  return (
    <KitButton
      theme={THEMES[kind]}
      type={type}
      isLoading={isBusy}
      aria-busy={isBusy || undefined}
      className={`button ${className}`}
      {...rest}
    />
  );
}

/** The kit's own white on its blue and its red is too faint to be read by everybody. */
function filled(colour: string): Partial<ButtonThemeType> {
  return {
    '--crm-ui-kit-button-color': 'var(--bookdeal-on-accent)',
    '--crm-ui-kit-button-background-color': colour,
    '--crm-ui-kit-button-border-color': colour,
    '--crm-ui-kit-button-hover-color': 'var(--bookdeal-on-accent)',
    '--crm-ui-kit-button-hover-background-color': colour,
    '--crm-ui-kit-button-hover-border-color': colour,
  };
}
