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

const THEMES = {
  primary: spaced(ButtonPrimaryTheme),
  secondary: spaced(ButtonSecondaryTheme),
  neutral: spaced(ButtonNeutralTheme),
  danger: spaced(ButtonDangerPrimaryTheme),
  'danger-quiet': spaced(ButtonDangerTertiaryTheme),
} satisfies Record<string, ButtonThemeType>;

/** The room between buttons is a matter of what holds them, which lets them wrap. */
function spaced(theme: ButtonThemeType): ButtonThemeType {
  return { ...theme, '--crm-ui-kit-button-sibling-element-spacing': '0px' };
}

type Props = Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'disabled'> & {
  kind?: keyof typeof THEMES;
  isDisabled?: boolean;
  /** Something is under way: the button turns and cannot be pressed again. */
  isBusy?: boolean;
  before?: ReactNode;
};

/** Kommo's button. */
export function Button({ kind = 'neutral', isBusy = false, type = 'button', ...rest }: Props) {
  return <KitButton theme={THEMES[kind]} type={type} isLoading={isBusy} aria-busy={isBusy || undefined} {...rest} />;
}
