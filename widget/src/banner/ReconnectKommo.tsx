import { useMutation } from '@tanstack/react-query';
import { answered, useApi } from '../api/api';
import { Button } from '../components/Button';
import { Failure } from '../components/Failure';
import { useSay } from '../texts/texts';

/** Kommo's own consent page, in a window of its own; it is asked for when it is wanted, for it is good for minutes only. */
export function ReconnectKommo({ kind = 'primary' }: { kind?: 'primary' | 'neutral' }) {
  const [api, say] = [useApi(), useSay()];
  const asking = useMutation({
    mutationFn: async () => {
      // Opened with the click itself: later the browser would keep it from opening.
      const opened = window.open('', '_blank');
      try {
        const { link } = await answered(api.POST('/connection/kommo'));
        if (opened) {
          opened.opener = null;
          opened.location.href = link;
        }
        return { link, isOpen: opened !== null };
      } catch (error) {
        opened?.close();
        throw error;
      }
    },
  });
  return (
    <>
      <Button kind={kind} isBusy={asking.isPending} onClick={() => asking.mutate()}>
        {say('banner.reconnectKommo')}
      </Button>
      {asking.isSuccess &&
        (asking.data.isOpen ? (
          <span className="quiet">{say('setup.consentOpened')}</span>
        ) : (
          <a href={asking.data.link} target="_blank" rel="noreferrer">
            {say('setup.openConsent')}
          </a>
        ))}
      {asking.isError && <Failure error={asking.error} />}
    </>
  );
}
