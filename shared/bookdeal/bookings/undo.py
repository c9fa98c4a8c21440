"""What a write changed, property by property, kept so that it can be put back; and whether it still may be. Pure.

A property has a name and a plain value that names no person:

| property | of | value |
| --- | --- | --- |
| `place` | deal | pipeline and stage, as a list |
| `loss_reason` | deal | id, None: none |
| `price` | deal | whole units of the account's currency |
| `field:<id>` | deal, contact | the field's value, None: empty |
| `tag:<id>` | deal | True, None: it has not got it |
| `contact:<id>` | deal | "main", "linked", None: not linked |
| `deal` | booking | the deal it is on |

A text may hold anything, also a name: it is kept only where it is surely none (`Keeper`). Of any other text what was
written is kept as a keyed mark, enough to see whether it still stands; what stood there before is `lost`.
"""

import hashlib
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from bookdeal.bookings.fields import PAYMENT_STATUS
from bookdeal.model.deal import Deal, DealChange, FieldType, FieldValue, Place

type Kept = str | int | bool | list[int] | None

PLACE, LOSS_REASON, PRICE = "place", "loss_reason", "price"
ON_DEAL = "deal"
"""The property of a booking that says which deal it is on."""

MAIN, LINKED = "main", "linked"

_FIELD, _TAG, _CONTACT = "field:", "tag:", "contact:"
_MARK = "~"
_NUMBERS = frozenset({"BOOKING_ID", "COMPANY_ID", "PAID", "PURCHASES", "VISITS"})
_STATUSES = frozenset(word for words in PAYMENT_STATUS.values() for word in words.values())


class Entity(StrEnum):
    """What was written to."""

    DEAL = "deal"
    CONTACT = "contact"
    BOOKING = "booking"


@dataclass(frozen=True, slots=True)
class Undo:
    """What a write changed: properties before and after it. `lost` are those of which nothing is kept to put back.

    `before` and `after` have the same properties, but that `before` lacks what is lost. `id` is that of the deal, the
    contact or, within the decision's location, the booking.
    """

    entity: Entity
    id: int
    before: Mapping[str, Kept]
    after: Mapping[str, Kept]
    lost: tuple[str, ...] = ()

    def reversed(self) -> "Undo":
        """Return what putting it back changes: by undoing that it is done again."""
        after = {name: self.before[name] for name in self.after if name in self.before}
        back = {name: self.after[name] for name in after if not is_mark(self.after[name])}
        return Undo(self.entity, self.id, back, after, tuple(name for name in after if name not in back))


@dataclass(frozen=True, slots=True)
class Judged:
    """How a write stands now: `back` is what is to be written, `changed` what somebody has changed since.

    Nothing of it is put back as long as anything is changed.
    """

    back: Mapping[str, Kept]
    changed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Keeper:
    """Tells what may be kept of an account's values, and recognises what was kept as a mark.

    `codes` are our codes of the account's fields by their id, `types` the fields' types; `titles` are those of the
    installation's locations; `salt` keys the marks.
    """

    codes: Mapping[int, str]
    types: Mapping[int, FieldType]
    titles: Collection[str]
    salt: str

    def undo(self, entity: Entity, id: int, before: Mapping[str, Kept], after: Mapping[str, Kept]) -> Undo:
        """Return what is kept of a write: `before` and `after` as they are, with all that they hold."""
        differing = {name: value for name, value in after.items() if not is_same(before.get(name), value)}
        whole = {name: before.get(name) for name in differing if self._may_keep(name, before.get(name))}
        told = {name: value if self._may_keep(name, value) else self.mark(value) for name, value in differing.items()}
        return Undo(entity, id, whole, told, tuple(name for name in differing if name not in whole))

    def judge(self, undo: Undo, now: Mapping[str, Kept]) -> Judged:
        """Say what of a write is to be put back, as its entity stands `now`: what still is as it was written."""
        back: dict[str, Kept] = {}
        changed = []
        for name, written in undo.after.items():
            present = now.get(name)
            if name in undo.before and is_same(present, undo.before[name]):
                continue
            if not (self.mark(present) == written if is_mark(written) else is_same(present, written)):
                changed.append(name)
            elif name in undo.before:
                back[name] = undo.before[name]
        return Judged({} if changed else back, tuple(changed))

    def mark(self, value: Kept) -> str:
        """Return the keyed mark of a value."""
        digest = hashlib.blake2b(repr(value).encode(), key=self.salt.encode()[:64], digest_size=8)
        return f"{_MARK}{digest.hexdigest()}"

    def _may_keep(self, name: str, value: Kept) -> bool:
        if not isinstance(value, str) or not name.startswith(_FIELD):
            return True
        code = self.codes.get(int(name.removeprefix(_FIELD)), "")
        match code:
            case "BOOKING_TIME":
                return re.fullmatch(r"\d\d:\d\d", value) is not None
            case "LOCATION":
                return value in self.titles and not is_mark(value)
            case "PAYMENT_STATUS":
                return value in _STATUSES
        return code in _NUMBERS and re.fullmatch(r"-?\d{1,12}(\.\d{1,6})?", value) is not None


def is_mark(value: Kept) -> bool:
    """Tell whether a kept value is the mark of one that is not kept."""
    return isinstance(value, str) and value.startswith(_MARK)


def is_same(one: Kept, other: Kept) -> bool:
    """Tell whether two values are the same to a person: an unset checkbox is one that is not ticked."""
    return (None if one is False else one) == (None if other is False else other)


def field_property(id: int) -> str:
    """Return the name of a field's property."""
    return f"{_FIELD}{id}"


def tag_property(id: int) -> str:
    """Return the name of a tag's property."""
    return f"{_TAG}{id}"


def contact_property(id: int) -> str:
    """Return the name of the property of being linked to a contact."""
    return f"{_CONTACT}{id}"


def place_value(place: Place) -> Kept:
    """Return a place as a value."""
    return [place.pipeline, place.stage]


def place_of(properties: Mapping[str, Kept]) -> Place | None:
    """Return the place among properties, None when they name none."""
    value = properties.get(PLACE)
    return Place(value[0], value[1]) if isinstance(value, list) else None


def properties_of(deal: Deal, names: Iterable[str]) -> dict[str, Kept]:
    """Return these properties of a deal as it stands."""
    return {name: _property_of(deal, name) for name in names}


def fields_now(fields: Mapping[int, FieldValue], names: Iterable[str]) -> dict[str, Kept]:
    """Return these properties of an entity that has fields only, such as a contact."""
    return {name: fields.get(_id(name)) for name in names if name.startswith(_FIELD)}


def properties_after(change: DealChange) -> dict[str, Kept]:
    """Return the properties that a change of a deal sets."""
    after: dict[str, Kept] = {field_property(id): value for id, value in change.fields.items()}
    if change.place is not None:
        after[PLACE] = place_value(change.place)
    if change.price is not None:
        after[PRICE] = change.price
    if change.loss_reason is not None:
        after[LOSS_REASON] = change.loss_reason or None
    after |= {tag_property(id): True for id in change.tags_added}
    return after | {tag_property(id): None for id in change.tags_removed}


def change_to(deal: int, properties: Mapping[str, Kept]) -> DealChange:
    """Return the change that gives a deal these properties; being linked to contacts is not part of it."""
    change = DealChange(deal, place=place_of(properties), fields=field_values(properties))
    if isinstance(price := properties.get(PRICE), int):
        change = replace(change, price=price)
    if LOSS_REASON in properties:
        reason = properties[LOSS_REASON]
        change = replace(change, loss_reason=reason if isinstance(reason, int) else 0)
    tags = {_id(name): value for name, value in properties.items() if name.startswith(_TAG)}
    return replace(
        change,
        tags_added=tuple(id for id, value in tags.items() if value),
        tags_removed=tuple(id for id, value in tags.items() if not value),
    )


def field_values(properties: Mapping[str, Kept]) -> dict[int, FieldValue]:
    """Return the field values among properties, by field id."""
    return {
        _id(name): value
        for name, value in properties.items()
        if name.startswith(_FIELD) and not isinstance(value, list)
    }


def contact_links(properties: Mapping[str, Kept]) -> dict[int, str | None]:
    """Return how contacts are to be linked, by contact: "main", "linked", None for not at all."""
    return {
        _id(name): value if isinstance(value, str) else None
        for name, value in properties.items()
        if name.startswith(_CONTACT)
    }


def _property_of(deal: Deal, name: str) -> Kept:
    match name:
        case "place":
            return place_value(deal.place)
        case "price":
            return deal.price
        case "loss_reason":
            return deal.loss_reason
    id = _id(name)
    if name.startswith(_TAG):
        return True if id in deal.tags else None
    if name.startswith(_CONTACT):
        if id not in deal.contacts:
            return None
        return MAIN if deal.contacts[0] == id else LINKED
    return deal.fields.get(id)


def _id(name: str) -> int:
    return int(name.partition(":")[2])
