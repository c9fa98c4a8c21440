import { type KeyboardEvent, useState } from 'react';
import type { CatalogueScreen, OfferedService } from '../api/schema';
import { TextField } from '../components/Field';
import { useFormat } from '../format/format';
import { useSay } from '../texts/texts';
import { offerOf } from './visits';
import './ServicePicker.css';

interface Props {
  catalogue: CatalogueScreen;
  currency: string;
  chosen: readonly number[];
  /** Whose price and length are shown; null: from the lowest on. */
  employee: number | null;
  error?: string | undefined;
  onChange(services: number[]): void;
}

/** All services by category, any of which can be chosen together; group events are not booked by their service. */
export function ServicePicker({ catalogue, currency, chosen, employee, error, onChange }: Props) {
  const say = useSay();
  const [search, setSearch] = useState('');
  const words = plain(search).split(/\s+/).filter(Boolean);
  const isFound = (service: OfferedService, category: string) =>
    words.every(word => plain(`${service.title} ${category}`).includes(word));
  const titles = new Map(catalogue.categories.map(category => [category.id, category.title]));
  const offered = catalogue.services.filter(service => !service.is_group);
  const found = offered.filter(service => isFound(service, titles.get(service.category) ?? ''));
  const known = catalogue.categories.filter(category => found.some(service => service.category === category.id));
  const groups = [
    ...known.map(({ id, title }) => ({ id, title, services: found.filter(service => service.category === id) })),
    { id: 0, title: say('booking.otherServices'), services: found.filter(service => !titles.has(service.category)) },
  ].filter(group => group.services.length);
  const toggle = (id: number) => onChange(chosen.includes(id) ? chosen.filter(one => one !== id) : [...chosen, id]);
  return (
    <div className="booking-services">
      <TextField
        label={say('booking.services')}
        type="search"
        placeholder={say('booking.searchServices')}
        value={search}
        error={error}
        onChange={setSearch}
      />
      <Chosen catalogue={catalogue} chosen={chosen} onRemove={toggle} />
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the check boxes inside are what the keys are for */}
      <div className="booking-service-list" onKeyDown={moveInList}>
        {groups.map(group => (
          <fieldset key={group.id}>
            <legend>{group.title}</legend>
            {group.services.map((service, place) => (
              <Service
                key={service.id}
                service={service}
                currency={currency}
                employee={employee}
                isChosen={chosen.includes(service.id)}
                isStop={place === 0}
                onToggle={() => toggle(service.id)}
              />
            ))}
          </fieldset>
        ))}
        {!groups.length && (
          <p className="quiet">{say(offered.length ? 'booking.noServiceFound' : 'booking.noServices')}</p>
        )}
      </div>
    </div>
  );
}

function Chosen(props: { catalogue: CatalogueScreen; chosen: readonly number[]; onRemove(id: number): void }) {
  const { catalogue, chosen, onRemove } = props;
  const say = useSay();
  const titleOf = (id: number) => catalogue.services.find(service => service.id === id)?.title ?? String(id);
  if (!chosen.length) {
    return null;
  }
  return (
    <ul className="booking-chosen" aria-label={say('booking.chosenServices')}>
      {chosen.map(id => (
        <li key={id}>
          <button
            type="button"
            onClick={() => onRemove(id)}
            aria-label={say('booking.removeService', { title: titleOf(id) })}
          >
            <span>{titleOf(id)}</span>
            <span aria-hidden="true">×</span>
          </button>
        </li>
      ))}
    </ul>
  );
}

interface ServiceProps {
  service: OfferedService;
  currency: string;
  employee: number | null;
  isChosen: boolean;
  isStop: boolean;
  onToggle(): void;
}

function Service({ service, currency, employee, isChosen, isStop, onToggle }: ServiceProps) {
  const [say, format] = [useSay(), useFormat()];
  const own = employee === null ? undefined : offerOf(service, employee);
  const prices = (own ? [own] : service.offers).map(offer => Number(offer.price));
  const lengths = (own ? [own] : service.offers).map(offer => offer.length);
  const [price, length] = [Math.min(...prices), Math.min(...lengths)];
  const values = { price: format.money(price, currency), length: format.length(length) };
  return (
    <label className="booking-service">
      <input type="checkbox" checked={isChosen} tabIndex={isStop || isChosen ? 0 : -1} onChange={onToggle} />
      <span className="booking-service-title">{service.title}</span>
      <span className="booking-service-offer quiet">
        {say(price === Math.max(...prices) ? 'booking.offer' : 'booking.offerFrom', values)}
      </span>
    </label>
  );
}

/** One stop of the Tab key for each category; the arrow keys go through all services. */
function moveInList(event: KeyboardEvent<HTMLElement>): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) {
    const boxes = [...event.currentTarget.querySelectorAll('input')];
    event.preventDefault();
    boxes[boxes.indexOf(event.target as HTMLInputElement) + step]?.focus();
  }
}

/** As it is compared: without case and accents. */
function plain(text: string): string {
  return text
    .normalize('NFD')
    .replace(/\p{Mark}/gu, '')
    .toLocaleLowerCase();
}
