"""What a write changed, property by property, kept so that it can be put back; and whether it still may be. Pure.

A property has a name and a plain value that names no person:

| property | of | value |
| --- | --- | --- |
| `place` | deal | pipeline and stage, as a list |
| `loss_reason` | deal | id, None: none |
| `price` | deal | whole units of the account's currency |
| `field:<id>` | deal, contact | the field's value, None: empty |
| `tag:<id>` | deal | True, None: it has not got it |
| `contact:<id>` | deal | True, None: it is not linked |
| `main_contact` | deal | id of the contact, None: none |
| `deal` | booking | the deal it is on |
| `status` | booking | "cancelled": nothing can be put back then |

A text may hold anything, also a name: it is kept only where it is surely none (`Keeper`). Any other text is kept as a
keyed mark: enough to see whether it still stands, too little to put it back.
"""

import hashlib
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from bookdeal.bookings.fields import PAYMENT_STATUS
from bookdeal.model.deal import Deal, DealChange, FieldValue, Place

type Kept = str | int | bool | list[int] | None

PLACE, LOSS_REASON, PRICE, MAIN_CONTACT = "place", "loss_reason", "price", "main_contact"
ON_DEAL = "deal"
"""The property of a booking that says which deal it is on."""
STATUS = "status"
"""That of one that was cancelled: Altegio does not give it back, so that its undo is refused."""

_FIELD, _TAG, _CONTACT = "field:", "tag:", "contact:"
_MARK = "~"
_NUMBERS = frozenset({"BOOKING_ID", "COMPANY_ID", "CLIENT_ID", "PAID", "PURCHASES", "VISITS"})
_STATUSES = frozenset(word for words in PAYMENT_STATUS.values() for word in words.values())


class Entity(StrEnum):
    """What was written to."""

    DEAL = "deal"
    CONTACT = "contact"
    BOOKING = "booking"


@dataclass(frozen=True, slots=True)
class Undo:
    """What a write changed: the same properties before and after it.

    `id` is that of the deal, the contact or, within the decision's location, the booking.
    """

    entity: Entity
    id: int
    before: Mapping[str, Kept]
    after: Mapping[str, Kept]

    @property
    def lost(self) -> tuple[str, ...]:
        """The properties that cannot be put back, because what stood there is not kept."""
        return tuple(name for name, value in self.before.items() if is_mark(value))


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

    `codes` are our codes of the account's fields by their id, `titles` those of the installation's locations; `salt`
    keys the marks.
    """

    codes: Mapping[int, str]
    titles: Collection[str]
    salt: str

    def undo(self, entity: Entity, id: int, before: Mapping[str, Kept], after: Mapping[str, Kept]) -> Undo:
        """Return what is kept of a write: `before` and `after` as they are, with all that they hold."""
        differing = [name for name, value in after.items() if not is_same(before.get(name), value)]
        return Undo(
            entity,
            id,
            {name: self._kept(name, before.get(name)) for name in differing},
            {name: self._kept(name, after[name]) for name in differing},
        )

    def judge(self, undo: Undo, now: Mapping[str, Kept]) -> Judged:
        """Say what of a write is to be put back, as its entity stands `now`: what still is as it was written."""
        back: dict[str, Kept] = {}
        changed = []
        for name, written in undo.after.items():
            before, present = undo.before[name], now.get(name)
            if self._is(present, before):
                continue
            if not self._is(present, written):
                changed.append(name)
            elif not is_mark(before):
                back[name] = before
        return Judged({} if changed else back, tuple(changed))

    def names(self, properties: Iterable[str]) -> tuple[str, ...]:
        """Return the codes by which decisions name properties, a stage left out: it stands there itself."""
        return tuple(dict.fromkeys(self._name(name) for name in properties if name != PLACE))

    def mark(self, value: Kept) -> str:
        """Return the keyed mark of a value."""
        digest = hashlib.blake2b(repr(value).encode(), key=self.salt.encode()[:64], digest_size=8)
        return f"{_MARK}{digest.hexdigest()}"

    def _is(self, present: Kept, kept: Kept) -> bool:
        return self.mark(present) == kept if is_mark(kept) else is_same(present, kept)

    def _kept(self, name: str, value: Kept) -> Kept:
        return value if self._may_keep(name, value) else self.mark(value)

    def _name(self, name: str) -> str:
        kind, _, id = name.partition(":")
        return (self.codes.get(int(id)) or name) if name.startswith(_FIELD) else kind.upper()

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


def contacts_named(undo: Undo) -> set[int]:
    """Return the contacts that a change has linked, unlinked or made the main one."""
    linked = {_id(name) for name in undo.after if name.startswith(_CONTACT)}
    mains = {side.get(MAIN_CONTACT) for side in (undo.before, undo.after)}
    return linked | {main for main in mains if isinstance(main, int)}


def merged(undos: Sequence[Undo]) -> Undo:
    """Return what changes of one entity, the oldest first, have changed together. Raises ValueError for none.

    A change that was cut off half-way and then repeated leaves two, of which the second begins in the middle.
    """
    if not undos:
        raise ValueError("no changes")
    before: dict[str, Kept] = {}
    after: dict[str, Kept] = {}
    for undo in undos:
        before = {**undo.before, **before}
        after |= undo.after
    return Undo(undos[0].entity, undos[0].id, before, after)


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


def linked_contacts(properties: Mapping[str, Kept]) -> dict[int, bool]:
    """Return the contacts that properties want linked (whether as the main one), by id."""
    main = properties.get(MAIN_CONTACT)
    wanted = {_id(name) for name, value in properties.items() if name.startswith(_CONTACT) and value}
    return {id: id == main for id in sorted(wanted | ({main} if isinstance(main, int) else set()))}


def unlinked_contacts(properties: Mapping[str, Kept]) -> list[int]:
    """Return the contacts that properties want unlinked."""
    return [_id(name) for name, value in properties.items() if name.startswith(_CONTACT) and not value]


def _property_of(deal: Deal, name: str) -> Kept:
    match name:
        case "place":
            return place_value(deal.place)
        case "price":
            return deal.price
        case "loss_reason":
            return deal.loss_reason
        case "main_contact":
            return deal.contacts[0] if deal.contacts else None
    id = _id(name)
    if name.startswith(_TAG):
        return True if id in deal.tags else None
    if name.startswith(_CONTACT):
        return True if id in deal.contacts else None
    return deal.fields.get(id)


def _id(name: str) -> int:
    return int(name.partition(":")[2])
