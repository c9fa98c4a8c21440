"""What is to be written so that a deal equals what the rules say. Pure: a plan is data; `writing` carries it out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bookdeal.bookings import fields, rules
from bookdeal.bookings.rules import Inputs
from bookdeal.model.booking import Booking, Location
from bookdeal.model.deal import Deal, DealChange, FieldValue, NewDeal, Pipeline, Place
from bookdeal.model.settings import Settings


@dataclass(frozen=True, slots=True)
class Surroundings:
    """All that planning needs beside the booking: the settings, the location, and the account's make-up.

    `field_ids` maps the codes of `DEAL_FIELDS` to the account's field ids. `account_zone` is an IANA name.
    """

    settings: Settings
    location: Location
    pipelines: Sequence[Pipeline]
    field_ids: Mapping[str, int]
    account_zone: str


@dataclass(frozen=True, slots=True)
class Applied:
    """What a link remembers of the last time its booking was applied."""

    inputs: Inputs | None
    put: Place | None


@dataclass(frozen=True, slots=True)
class StageChoice:
    """The stage to write (None: none), the rule that spoke, and why a wanted stage is not written.

    `put` is the stage to remember as ours: the one to write, or the wanted one where the deal stands already.
    """

    place: Place | None
    rule: str
    skipped: str | None = None
    put: Place | None = None


@dataclass(frozen=True, slots=True)
class Update:
    """A deal's plan: the change (None when the deal is already right), the choice of stage, the fields that differ."""

    change: DealChange | None
    choice: StageChoice
    fields: tuple[str, ...]


def plan_new(booking: Booking, mark: str, contact: int | None, around: Surroundings) -> tuple[NewDeal, str]:
    """Return the deal to make for a booking, and the rule that placed it.

    Raises rules.UnknownStage when the settings name a stage that the account does not have.
    """
    first = rules.first_place(rules.inputs_of(booking), around.settings.status_sync, around.pipelines)
    values = fields.deal_fields(booking, around.location, around.account_zone)
    deal = NewDeal(
        mark=mark,
        name=fields.fill(around.settings.deal_name, booking, around.location),
        price=fields.price(booking),
        place=first.place,
        fields={around.field_ids[code]: value for code, value in values.items() if value is not None},
        contact=contact,
    )
    return deal, first.rule


def plan_update(booking: Booking, applied: Applied, deal: Deal, around: Surroundings) -> Update:
    """Return what makes a linked deal equal to its booking; only what differs is written.

    Raises rules.UnknownStage when the settings name a stage that the account does not have.
    """
    choice = choose_stage(rules.inputs_of(booking), applied, deal.place, around)
    values = fields.deal_fields(booking, around.location, around.account_zone)
    differing = {code: value for code, value in values.items() if deal.fields.get(around.field_ids[code]) != value}
    price = fields.price(booking)
    written: list[str] = [*differing, *(("PRICE",) if price != deal.price else ())]
    if not written and choice.place is None:
        return Update(None, choice, ())
    change = DealChange(
        id=deal.id,
        price=price if price != deal.price else None,
        place=choice.place,
        fields=_by_id(differing, around.field_ids),
    )
    return Update(change, choice, tuple(written))


def choose_stage(inputs: Inputs, applied: Applied, present: Place, around: Surroundings) -> StageChoice:
    """Choose the stage: decided anew when an input differs, written if the status differs or nobody moved the deal.

    A stage that a person set stays until the booking's inputs change; a closed stage that a person set stays unless
    the settings say otherwise (design, 5.3 and 5.6).
    """
    if inputs == applied.inputs:
        return StageChoice(None, "unchanged_inputs")
    wanted = rules.verdict(inputs, around.settings.status_sync, around.pipelines)
    if wanted.place is None:
        return StageChoice(None, wanted.rule)
    ours = present == applied.put
    if not ours and rules.is_closed(present, around.pipelines) and not around.settings.reopen_closed:
        # It stays the person's also where the booking now belongs there too: it must not be reopened later.
        return StageChoice(None, wanted.rule, "closed_by_person" if wanted.place != present else None)
    if wanted.place == present:
        return StageChoice(None, wanted.rule, put=wanted.place)
    status_differs = applied.inputs is None or applied.inputs.status is not inputs.status
    if not status_differs and not ours:
        return StageChoice(None, wanted.rule, "moved_by_person")
    return StageChoice(wanted.place, wanted.rule, put=wanted.place)


def _by_id(values: Mapping[str, FieldValue], field_ids: Mapping[str, int]) -> dict[int, FieldValue]:
    return {field_ids[code]: value for code, value in values.items()}
