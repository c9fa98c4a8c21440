import { useMutation } from '@tanstack/react-query';
import { answered, useApi } from '../../api/api';
import { Button } from '../../components/Button';
import { Failure } from '../../components/Failure';
import { useSay } from '../../texts/texts';

/** Opens Kommo's consent page, by which an administrator gives access anew. */
export function ConsentButton() {
  const [api, say] = [useApi(), useSay()];
  const { mutate, isPending, data, error } = useMutation({
    mutationFn: async (page: Window | null) => {
      const { link } = await answered(api.POST('/connection/kommo'));
      page?.location.replace(link);
      return { link, isBlocked: !page };
    },
    onError: (_error, page) => page?.close(),
  });
  // The window has to be opened by the click itself; its address is known a moment later.
  const open = () => mutate(window.open('', '_blank'));
  return (
    <div className="actions">
      <Button kind="secondary" isBusy={isPending} onClick={open}>
        {say('setup.fix_connect_kommo')}
      </Button>
      {data?.isBlocked && (
        <a href={data.link} target="_blank" rel="noreferrer">
          {say('setup.openConsent')}
        </a>
      )}
      {data && !data.isBlocked && <span className="quiet">{say('setup.consentOpened')}</span>}
      {error && <Failure error={error} />}
    </div>
  );
}
