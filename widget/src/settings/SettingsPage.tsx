import { useSay } from '../texts/texts';

/** The page of all settings. */
export default function SettingsPage() {
  return <h2>{useSay()('settings.title')}</h2>;
}
