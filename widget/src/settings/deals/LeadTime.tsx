import { useState } from 'react';
import { Choice, TextField } from '../../components/Field';
import { useSay } from '../../texts/texts';
import { useFaultAt } from '../faultText';

const MINUTES = { days: 24 * 60, hours: 60, minutes: 1 } as const;
type Unit = keyof typeof MINUTES;
const UNITS = Object.keys(MINUTES) as Unit[];

interface Props {
  /** Before the visit; negative is after it. */
  minutes: number;
  path: string;
  onChange(minutes: number): void;
}

/** How long before or after a visit something is due. */
export function LeadTime({ minutes, path, onChange }: Props) {
  const [say, faultAt] = [useSay(), useFaultAt()];
  const [unit, setUnit] = useState<Unit>(() => UNITS.find(one => minutes % MINUTES[one] === 0) ?? 'minutes');
  const [isAfter, setAfter] = useState(minutes < 0);
  const amount = Math.abs(minutes) / MINUTES[unit];
  const put = (value: number, of: Unit, after: boolean) =>
    onChange(Math.round(value * MINUTES[of]) * (after ? -1 : 1) || 0);
  return (
    <div className="deals-lead">
      <TextField
        label={say('rules.due')}
        type="number"
        min={0}
        value={String(Number(amount.toFixed(2)))}
        error={faultAt(path)}
        onChange={text => put(Math.max(0, Number(text) || 0), unit, isAfter)}
      />
      <Choice
        label={say('rules.dueUnit')}
        options={UNITS.map(one => ({ value: one, label: say(`rules.unit_${one}`) }))}
        value={unit}
        onChange={chosen => {
          if (chosen) {
            setUnit(chosen);
            put(amount, chosen, isAfter);
          }
        }}
      />
      <Choice
        label={say('rules.dueSide')}
        options={(['before', 'after'] as const).map(side => ({ value: side, label: say(`rules.side_${side}`) }))}
        value={isAfter ? 'after' : 'before'}
        onChange={side => {
          setAfter(side === 'after');
          put(amount, unit, side === 'after');
        }}
      />
    </div>
  );
}
