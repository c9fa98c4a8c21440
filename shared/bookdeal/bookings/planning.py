"""What is to be written so that a deal equals what the rules say. Pure: a plan is data; `writing` carries it out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from bookdeal.bookings import fields, rules
from bookdeal.bookings.rules import Explanation, Inputs, Verdict
from bookdeal.model.booking import Booking, Location
from bookdeal.model.deal import Deal, DealChange, FieldValue, NewDeal, Pipeline, Place
from bookdeal.model.settings import Settings


@dataclass(frozen=True, slots=True)
class Surroundings:
    """All that planning needs beside the booking: the settings, the location, and the account's make-up.

    `field_ids` maps the codes of the fields that are shown to the account's field ids. `account_zone` is an IANA name,
    `language` the account's. `keeps_dates`: new deals bear the dates of their bookings.
    """

    settings: Settings
    location: Location
    pipelines: Sequence[Pipeline]
    field_ids: Mapping[str, int]
    account_zone: str
    language: str = "en"
    keeps_dates: bool = False


@dataclass(frozen=True, slots=True)
class Applied:
    """What a link remembers of the last time its booking was applied.

    `put` is where we put the deal last, `home` the pipeline where a person or our making last put it, `known` where it
    was last known to stand; None: not known. `anew`: the stage is decided anew even if no input differs, because the
    rules may be others now.
    """

    inputs: Inputs | None
    put: Place | None
    home: int | None = None
    known: Place | None = None
    anew: bool = False


@dataclass(frozen=True, slots=True)
class StageChoice:
    """The stage to write (None: none), the rule that spoke, and why a wanted stage is not written.

    `put` is the stage to remember as ours: the one to write, or the wanted one where the deal stands already. `home` is
    the pipeline to remember, which conditions on pipelines mean. `why` is the whole reason, where rules were asked.
    """

    place: Place | None
    rule: str
    skipped: str | None = None
    put: Place | None = None
    home: int | None = None
    why: Explanation | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Update:
    """A deal's plan: the change (None when the deal is already right), the choice of stage, the fields that differ."""

    change: DealChange | None
    choice: StageChoice
    fields: tuple[str, ...]


def plan_new(
    booking: Booking, mark: str, contact: int | None, around: Surroundings, visit: Sequence[Booking] = ()
) -> tuple[NewDeal, Verdict]:
    """Return the deal to make for a booking, and the verdict that placed it.

    `visit` are the bookings whose services and money the deal sums, the booking among them; empty: it alone. Raises
    rules.UnknownStage when the settings name a stage that the account does not have.
    """
    first = rules.first_place(rules.inputs_of(booking), around.settings.status_sync, around.pipelines)
    values = _values(booking, around, visit)
    deal = NewDeal(
        mark=mark,
        name=fields.fill(around.settings.deal_name, booking, around.location),
        price=fields.price(booking, visit),
        place=first.place,
        fields={around.field_ids[code]: value for code, value in values.items() if value},
        contact=contact,
    )
    if around.keeps_dates:
        made = fields.made_at(booking, around.location.timezone)
        is_closed = first.place is not None and rules.is_closed(first.place, around.pipelines)
        over = max(made, fields.starts_at(booking, around.location.timezone)) if is_closed else None
        deal = replace(deal, made_at=made, closed_at=over)
    return deal, first


def plan_update(
    booking: Booking, applied: Applied, deal: Deal, around: Surroundings, visit: Sequence[Booking] = ()
) -> Update:
    """Return what makes a linked or adopted deal equal to its booking; only what differs is written.

    `visit` as in `plan_new`. Raises rules.UnknownStage when the settings name a stage that the account does not have.
    """
    choice = choose_stage(rules.inputs_of(booking), applied, deal.place, around)
    values = _values(booking, around, visit)
    # An unset checkbox is one that is not ticked.
    differing = {
        code: value
        for code, value in values.items()
        if (deal.fields.get(around.field_ids[code]) or None) != (value or None)
    }
    price = fields.price(booking, visit)
    written: list[str] = [*differing, *(("PRICE",) if price != deal.price else ())]
    if not written and choice.place is None:
        return Update(None, choice, ())
    change = DealChange(
        id=deal.id,
        price=price if price != deal.price else None,
        place=choice.place,
        fields={around.field_ids[code]: value for code, value in differing.items()},
    )
    return Update(change, choice, tuple(written))


def plan_rebuilt(booking: Booking, deal: Deal, around: Surroundings, visit: Sequence[Booking] = ()) -> Update:
    """Return what makes a deal equal whose booking was applied before, though it is no longer known how.

    It stays where it stands: if the rules would put it there, that counts as ours, else as a person's choice. `visit`
    and errors as in `plan_update`.
    """
    inputs, home = rules.inputs_of(booking), deal.place.pipeline
    update = plan_update(booking, Applied(inputs, None), deal, around, visit)
    wanted = rules.verdict(inputs, around.settings.status_sync, around.pipelines, home)
    ours = deal.place if wanted.place == deal.place else None
    return replace(update, choice=StageChoice(None, "rebuilt", put=ours, home=home, why=wanted.why))


def choose_stage(inputs: Inputs, applied: Applied, present: Place, around: Surroundings) -> StageChoice:
    """Choose the stage: decided anew when an input differs, written if the status differs or nobody moved the deal.

    When it is decided anew for the rules' sake (`Applied.anew`), it is written if nobody moved the deal.

    A stage that a person set stays until the booking's inputs change; a closed stage that a person set stays unless
    the settings say otherwise (design, 5.3 and 5.6).
    """
    sync, pipelines = around.settings.status_sync, around.pipelines
    ours = present == applied.put
    if applied.inputs is not None and inputs.equals(applied.inputs) and not applied.anew:
        home = applied.home if ours and applied.home is not None else present.pipeline
        return StageChoice(None, "unchanged_inputs", home=home)
    home = present.pipeline if applied.home is None else applied.home
    wanted = rules.verdict(inputs, sync, pipelines, home)
    may_be_ours = present not in (applied.put, applied.known) and wanted.place == present
    if not ours and not may_be_ours and home != present.pipeline:
        # A person has put it into this pipeline. Or we did, and crashed before that was written down: then it stands
        # where we want it, and nobody has seen it there.
        home = present.pipeline
        wanted = rules.verdict(inputs, sync, pipelines, home)
    choice = StageChoice(None, wanted.rule, home=home, why=wanted.why)
    if wanted.place is None:
        return choice
    if not ours and rules.is_closed(present, pipelines) and not around.settings.reopen_closed:
        # It stays the person's also where the booking now belongs there too: it must not be reopened later.
        return replace(choice, skipped="closed_by_person" if wanted.place != present else None)
    if wanted.place == present:
        return replace(choice, put=wanted.place)
    status_differs = applied.inputs is None or applied.inputs.status is not inputs.status
    if not status_differs and not ours:
        return replace(choice, skipped="moved_by_person")
    return replace(choice, place=wanted.place, put=wanted.place)


def _values(booking: Booking, around: Surroundings, visit: Sequence[Booking]) -> dict[str, FieldValue]:
    """Return the values of the fields that are shown, by code."""
    values = fields.deal_fields(booking, around.location, around.account_zone, visit, around.language)
    return {code: value for code, value in values.items() if code in around.field_ids}
