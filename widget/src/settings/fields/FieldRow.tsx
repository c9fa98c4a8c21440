import { Badge } from '../../components/Badge';
import { Button } from '../../components/Button';
import { Choice, type Option } from '../../components/Field';
import { type Say, useSay } from '../../texts/texts';
import { useDraft } from '../draft';
import { useFaultAt } from '../faultText';
import { NotMade } from '../NotMade';
import { addressOf } from '../placeOfAddress';
import type { OptionalFields } from './optional';
import { canBeOff, canBeOwn, chosenInstead, isMissing, isThere, OFF, OWN, type Slot } from './slots';

interface Props {
  slot: Slot;
  isRequired: boolean;
  /** Which switch of the settings turns it off with others of its kind. */
  offBy: 'statistics' | 'memberships' | null;
  optional: OptionalFields;
}

/** What is written, and the field that shows it. */
export function FieldRow({ slot, isRequired, offBy, optional }: Props) {
  const [say, faultAt] = [useSay(), useFaultAt()];
  const { settings, change } = useDraft();
  const name = say.coded(`setup.field_${slot.code}`) ?? slot.code;
  return (
    <tr data-field={slot.path}>
      <th scope="row">
        {name}
        <span className="fields-hint">{say.coded(`setup.fieldHint_${slot.code}`)}</span>
      </th>
      <td>
        <Choice
          label={say('setup.fieldFor', { name })}
          isLabelHidden
          options={optionsOf(slot, name, say)}
          value={slot.chosen}
          isDisabled={slot.isSwitchedOff}
          error={faultAt(slot.path)}
          onChange={chosen => change({ fields: chosenInstead(settings, slot, chosen ?? OWN) })}
        />
      </td>
      <td>
        <div className="fields-state">
          <State slot={slot} />
          {isRequired && <span className="fields-hint">{say('setup.fieldRequired')}</span>}
          {slot.isSwitchedOff && offBy && <a href={addressOf(offBy)}>{say('setup.fieldSwitch')}</a>}
          <CreateField code={slot.code} name={name} optional={optional} />
        </div>
      </td>
    </tr>
  );
}

function State({ slot }: { slot: Slot }) {
  const say = useSay();
  if (slot.isSwitchedOff || slot.chosen === OFF) {
    return <Badge tone="quiet">{say('setup.fieldOff')}</Badge>;
  }
  if (isMissing(slot)) {
    return <Badge tone="warn">{say('setup.fieldMissing')}</Badge>;
  }
  return isThere(slot) ? (
    <Badge tone="good">{say('setup.fieldThere')}</Badge>
  ) : (
    <Badge tone="bad">{say('setup.fieldGone')}</Badge>
  );
}

/** Makes an optional field that is not there, and tells what came of it. */
function CreateField({ code, name, optional }: { code: string; name: string; optional: OptionalFields }) {
  const say = useSay();
  const { isChanged } = useDraft();
  const { toBeMade, make, asked, isBusy, isDone, error } = optional;
  const isAsked = asked.some(one => one === code);
  const open = toBeMade.find(one => one === code);
  if (open === undefined) {
    return isAsked && isDone && isChanged && <span className="fields-hint">{say('setup.fieldMade')}</span>;
  }
  return (
    <>
      <Button isBusy={isBusy && isAsked} isDisabled={isBusy} onClick={() => make([open])}>
        {say('setup.create')} <span className="visually-hidden">{name}</span>
      </Button>
      {isAsked && asked.length === 1 && error && <NotMade error={error} />}
    </>
  );
}

function optionsOf(slot: Slot, name: string, say: Say): Option<string>[] {
  const options: Option<string>[] = slot.fitting.map(field => ({
    value: String(field.id),
    label: field.name,
    group: say('setup.otherFields'),
  }));
  if (slot.chosen !== OWN && slot.chosen !== OFF && !options.some(option => option.value === slot.chosen)) {
    options.unshift({ value: slot.chosen, label: say('rules.gone', { id: slot.chosen }) });
  }
  if (canBeOff(slot)) {
    options.unshift({ value: OFF, label: say('setup.doNotWrite') });
  }
  if (canBeOwn(slot)) {
    const label = slot.own ? say('setup.ownField', { name: slot.own.name }) : say('setup.ownFieldToMake', { name });
    options.unshift({ value: OWN, label });
  }
  return options;
}
