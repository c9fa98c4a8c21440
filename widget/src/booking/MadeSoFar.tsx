import { useMutation, useQueryClient } from '@tanstack/react-query';
import { answered, useApi } from '../api/api';
import type { BookBody, CatalogueScreen } from '../api/schema';
import { Button } from '../components/Button';
import { Failure } from '../components/Failure';
import { Note } from '../components/Note';
import { useFormat } from '../format/format';
import { useSay } from '../texts/texts';
import { rereadBookings } from './places';

/** What a request has made of a visit of which something is left. */
export interface Made {
  request: string;
  parts: readonly BookBody['parts'][number][];
}

interface Props {
  made: readonly Made[];
  catalogue: CatalogueScreen;
  onCancelled(): void;
}

/** The bookings that were made before one could not be: they stand, or are cancelled together. */
export function MadeSoFar({ made, catalogue, onCancelled }: Props) {
  const [api, say, format, queries] = [useApi(), useSay(), useFormat(), useQueryClient()];
  const cancel = useMutation({
    mutationFn: async () => {
      for (const { request } of made) {
        await answered(api.DELETE('/attempts/{request}', { params: { path: { request } } }));
      }
    },
    onSuccess: () => {
      rereadBookings(queries);
      onCancelled();
    },
  });
  const parts = made.flatMap(one => one.parts);
  if (!parts.length) {
    return null;
  }
  return (
    <Note tone="warning">
      <p>{say('booking.partial', { count: parts.length })}</p>
      <ul>
        {parts.map(part => (
          <li key={`${part.employee} ${part.starts_at}`}>
            {say('booking.partAt', {
              time: `${format.day(part.starts_at ?? '')}, ${format.time(part.starts_at ?? '')}`,
              services: format.list(
                part.services.map(id => catalogue.services.find(one => one.id === id)?.title ?? String(id)),
              ),
              name: catalogue.employees.find(one => one.id === part.employee)?.name ?? '',
            })}
          </li>
        ))}
      </ul>
      <Button kind="danger-quiet" isBusy={cancel.isPending} onClick={() => cancel.mutate()}>
        {say('booking.cancelMade', { count: parts.length })}
      </Button>
      {cancel.isError && <Failure error={cancel.error} onRetry={cancel.mutate} />}
    </Note>
  );
}
