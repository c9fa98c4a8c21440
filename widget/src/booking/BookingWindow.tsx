import { useState } from 'react';
import { Empty } from '../components/Empty';
import { useHost } from '../host/context';
import { useSay } from '../texts/texts';
import { BookingForm } from './BookingForm';
import { begin } from './choices';
import { remembered } from './memory';
import { useOpening } from './opening';
import { Trouble } from './Trouble';
import { WindowSkeleton } from './WindowSkeleton';
import './BookingWindow.css';

export interface At {
  location: number;
  employee?: number;
  startsAt?: string;
}

interface Props {
  deal: number;
  at?: At | undefined;
  /** A booking was made; the window may stay open for the rest. */
  onBooked(): void;
  onClose(): void;
}

export function BookingWindow(props: Props) {
  const host = useHost();
  const say = useSay();
  const [choices, setChoices] = useState(() => begin(props.at ?? {}, remembered(host).notify ?? false));
  const opening = useOpening(props.deal, choices);
  const { locations, catalogue } = opening;
  const location = locations.data?.locations.find(one => one.id === opening.location);
  if (locations.isError) {
    return <Trouble error={locations.error} onRetry={locations.refetch} />;
  }
  if (locations.data && !location) {
    return <Empty>{say('booking.noLocations')}</Empty>;
  }
  if (catalogue.isError) {
    return <Trouble error={catalogue.error} onRetry={catalogue.refetch} />;
  }
  if (!locations.data || !location || !catalogue.data) {
    return <WindowSkeleton />;
  }
  return (
    <BookingForm
      {...props}
      choices={choices}
      setChoices={setChoices}
      contacts={opening.contacts.isPending ? undefined : (opening.contacts.data ?? [])}
      locations={locations.data.locations}
      colours={locations.data.colours}
      location={location}
      catalogue={catalogue.data}
      last={opening.last}
    />
  );
}
