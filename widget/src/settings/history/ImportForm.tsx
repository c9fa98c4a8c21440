import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { ApiError, answered, useApi } from '../../api/api';
import type { AccountScreen, HistoryBody, MappingFormInput } from '../../api/schema';
import { Button } from '../../components/Button';
import { codeText, Failure } from '../../components/Failure';
import { TextField } from '../../components/Field';
import { MultiChoice } from '../../components/MultiChoice';
import { useFormat } from '../../format/format';
import { useSay } from '../../texts/texts';
import { useDraft } from '../draft';
import { ListSection } from '../list/ListSection';
import { EstimateOf } from './EstimateOf';
import type { useSteering } from './history';
import { ImportPlace } from './ImportPlace';
import './history.css';

const DAY_MS = 86_400_000;
const DAYS_AT_FIRST = 90;

interface Props {
  account: AccountScreen;
  steering: ReturnType<typeof useSteering>;
}

/** What to import: counted before it can be begun, and counted anew when it is changed. */
export function ImportForm({ account, steering }: Props) {
  const [api, say] = [useApi(), useSay()];
  const { settings } = useDraft();
  const goLive = settings.start_from ?? today();
  const [first, setFirst] = useState(() => daysBefore(goLive, DAYS_AT_FIRST));
  const [last, setLast] = useState(() => daysBefore(goLive, 1));
  const [locations, setLocations] = useState<number[]>([]);
  const [mapping, setMapping] = useState<MappingFormInput | null>(null);
  const counting = useMutation({
    mutationFn: (body: HistoryBody) => {
      const { first, last, locations = [], mapping } = body;
      const query = {
        first,
        last,
        locations: locations.join(','),
        ...(mapping ? { pipeline: mapping.pipeline } : {}),
      };
      return answered(api.GET('/history/estimate', { params: { query } }));
    },
  });
  const changed = (change: () => void) => {
    change();
    counting.reset();
    steering.reset();
  };
  const wanted: HistoryBody = { first, last, locations, mapping };
  const error = steering.error ?? counting.error;
  const faultOf = useFaultText(error);
  const isShownAtField = Boolean(faultOf('first') || faultOf('last') || faultOf('mapping'));
  return (
    <ListSection title={say('upkeep.newImport')}>
      <form
        className="history-form"
        onSubmit={event => {
          event.preventDefault();
          counting.mutate(wanted);
        }}
      >
        <div className="history-days">
          <TextField
            type="date"
            label={say('upkeep.importFirst')}
            value={first}
            max={last}
            required
            error={faultOf('first')}
            onChange={value => changed(() => setFirst(value))}
          />
          <TextField
            type="date"
            label={say('upkeep.importLast')}
            value={last}
            min={first}
            required
            error={faultOf('last')}
            onChange={value => changed(() => setLast(value))}
          />
        </div>
        {account.locations.length > 1 && (
          <MultiChoice
            label={say('upkeep.locations')}
            placeholder={say('upkeep.allLocations')}
            options={account.locations.map(({ id, title }) => ({ value: id, label: title }))}
            values={locations}
            onChange={values => changed(() => setLocations(values))}
          />
        )}
        <ImportPlace
          pipelines={account.pipelines}
          mapping={mapping}
          usual={settings.status_sync.mapping ?? null}
          error={faultOf('mapping')}
          onChange={value => changed(() => setMapping(value))}
        />
        {error && !isShownAtField && <Failure error={error} />}
        <div>
          <Button type="submit" isBusy={counting.isPending} isDisabled={!first || !last}>
            {say('upkeep.count')}
          </Button>
        </div>
      </form>
      {counting.data && (
        <EstimateOf
          estimate={counting.data}
          isOwnPipeline={mapping === null}
          isBusy={steering.isPending}
          onStart={() => steering.mutate(wanted)}
        />
      )}
    </ListSection>
  );
}

/** What is wrong with a field, or inside of it, as a whole message. */
function useFaultText(error: unknown): (field: string) => string | undefined {
  const [say, format] = [useSay(), useFormat()];
  return field => {
    const fault =
      error instanceof ApiError && error.faults.find(one => one.field === field || one.field.startsWith(`${field}.`));
    if (!fault) {
      return undefined;
    }
    const { start_from: goLive } = fault.params;
    const params = goLive ? { ...fault.params, start_from: format.date(String(goLive)) } : fault.params;
    return say.coded(`rules.fault_${fault.code}`, params) ?? codeText(say, fault.code, params, format.length);
  };
}

function today(): string {
  return new Date().toISOString().slice(0, 10);
}

function daysBefore(day: string, days: number): string {
  return new Date(Date.parse(`${day.slice(0, 10)}T00:00:00Z`) - days * DAY_MS).toISOString().slice(0, 10);
}
