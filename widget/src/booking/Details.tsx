import type { BookingCategory } from '../api/schema';
import { Disclosure } from '../components/Disclosure';
import { TextBox, TextField } from '../components/Field';
import { Check } from '../components/Switches';
import { useSay } from '../texts/texts';
import { Chips } from './Chips';
import type { Details as Chosen } from './choices';
import './Details.css';

type Editable = Pick<Chosen, 'colour' | 'categories' | 'comment'>;

interface Props {
  chosen: Editable;
  colours: readonly string[];
  categories: readonly BookingCategory[];
  errorOf(field: string): string | undefined;
  onChange(changed: Partial<Editable>): void;
}

/** Colour, categories and comment of a booking. */
export function Details({ chosen, colours, categories, errorOf, onChange }: Props) {
  const say = useSay();
  // A booking may have a colour that is not offered.
  const offered = chosen.colour && !colours.includes(chosen.colour) ? [chosen.colour, ...colours] : colours;
  return (
    <div className="booking-details">
      <Chips
        legend={say('booking.colour')}
        className="booking-colours"
        value={chosen.colour}
        chips={[
          { value: '', label: say('booking.noColour') },
          ...offered.map((colour, place) => ({
            value: colour,
            name: say.coded(`booking.colour_${colour}`) ?? say('booking.colourNumber', { number: place + 1 }),
            label: <span className="booking-swatch" style={{ background: `#${colour}` }} />,
          })),
        ]}
        onChange={colour => onChange({ colour })}
      />
      {categories.length > 0 && (
        <fieldset className="booking-categories">
          <legend className="field-label">{say('booking.categories')}</legend>
          {categories.map(({ id, title }) => (
            <Check
              key={id}
              label={title}
              isOn={chosen.categories.includes(id)}
              onChange={isOn =>
                onChange({
                  categories: isOn ? [...chosen.categories, id] : chosen.categories.filter(one => one !== id),
                })
              }
            />
          ))}
          {errorOf('categories') && <p className="field-error">{errorOf('categories')}</p>}
        </fieldset>
      )}
      <TextBox
        label={say('booking.comment')}
        maxLength={1000}
        error={errorOf('comment')}
        value={chosen.comment}
        onChange={comment => onChange({ comment })}
      />
    </div>
  );
}

/** What a new booking has beside: folded, for most need none of it. */
export function MoreDetails(
  props: Omit<Props, 'chosen' | 'onChange'> & { chosen: Chosen; onChange(changed: Partial<Chosen>): void },
) {
  const say = useSay();
  const { chosen, errorOf, onChange } = props;
  const hasError = ['colour', 'categories', 'comment', 'visitor'].some(errorOf);
  return (
    <Disclosure key={String(hasError)} summary={say('booking.details')} isOpenAtFirst={hasError}>
      <Details {...props} />
      <TextField
        label={say('booking.visitor')}
        hint={say('booking.visitorHint')}
        maxLength={200}
        error={errorOf('visitor')}
        value={chosen.visitor}
        onChange={visitor => onChange({ visitor })}
      />
    </Disclosure>
  );
}
