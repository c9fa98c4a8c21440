"""What the parts of one run share: the installation, its stores, the batch size, and what came of the work so far."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import batched

from bookdeal.bookings import fields, rules
from bookdeal.bookings.deals.categories import Categories
from bookdeal.bookings.deals.making import MOST_AT_ONCE, BatchSize
from bookdeal.bookings.deals.protocols import Altegio, KommoAccount
from bookdeal.bookings.deals.responsible import Turns
from bookdeal.bookings.decisions import Decisions
from bookdeal.bookings.differences import Differences
from bookdeal.bookings.digest import digest
from bookdeal.bookings.imports import Imports
from bookdeal.bookings.intents import Intents, Making, mark_of
from bookdeal.bookings.links import BookingKey, BookingLink, Links
from bookdeal.bookings.origins import Origins
from bookdeal.bookings.parking import ParkedWork
from bookdeal.bookings.previews import Previews
from bookdeal.bookings.undo import Keeper
from bookdeal.clients.contacts import ContactBook
from bookdeal.clients.statistics_book import StatisticsBook
from bookdeal.duplicates.findings import Findings
from bookdeal.installs.installation import Installation, Layout
from bookdeal.model.booking import Booking, BookingStatus, Employee
from bookdeal.model.client import ClientKey
from bookdeal.model.deal import ContactChange, DealChange
from bookdeal.model.field_codes import field_plan
from bookdeal.model.settings import Settings
from bookdeal.runtime.clock import Clock, Deadline
from bookdeal.runtime.errors import BatchTooHeavy, Conflict, Refusal, Rejected, UnknownOutcome
from bookdeal.runtime.limiter import Lane
from bookdeal.runtime.store import Write

READ_AT_ONCE = 150
"""Deals read in one request: more would not fit into one address."""

REPEATS = 3
"""How often a change whose outcome is unknown is sent again within one run: it is the same change."""

NOT_TIMED = 0
"""The time of a read that does not tell when it was made by the location's clock: it covers no hint."""

_MAKE_UP = ("status_id", "pipeline_id", "custom_fields_values")
"""Parts of a refused deal that point at the account's make-up, not at this deal."""


class LayoutChanged(Exception):
    """Kommo refuses a stage or a field that the account used to have: its make-up has to be read again."""


@dataclass(frozen=True, slots=True)
class Change:
    """One booking to be worked off: as it is now, its link if it has one, what set it off, `read_at` as in the link.

    `is_vanished`: Altegio does not know it any more. It counts as cancelled, and all else of it is not known. `anew`:
    its stage is decided anew even if nothing differs.
    """

    booking: Booking
    link: BookingLink | None
    event: str
    read_at: int
    is_vanished: bool = False
    anew: bool = False

    @property
    def key(self) -> BookingKey:
        """The booking's key."""
        return self.booking.location, self.booking.id

    @property
    def mark(self) -> str:
        """The booking's mark."""
        return mark_of(*self.key)

    @property
    def client_key(self) -> ClientKey | None:
        """The key of the booking's client, None when it has none."""
        return (self.booking.location, self.booking.client.id) if self.booking.client else None


@dataclass(frozen=True, slots=True)
class Records:
    """One installation's stores that a run writes to. `transact` writes groups, each wholly or not at all."""

    links: Links
    decisions: Decisions
    previews: Previews
    differences: Differences
    intents: Intents
    parked: ParkedWork
    origins: Origins
    turns: Turns
    book: ContactBook
    statistics: StatisticsBook
    imports: Imports
    findings: Findings
    transact: Callable[[Sequence[Sequence[Write]]], list[Conflict | None]]


@dataclass(slots=True)
class Run:
    """One run's work on one installation.

    `layout_is_fresh`: the account's make-up was read in this run, so a refusal is not for its age. `margin` is the
    time in seconds before the deadline from which on no further batch is begun. `categories` tells a booking the
    categories of its services, where rules depend on them. `lane` is that of its requests. `keeps_dates`: the deals
    that it makes bear the dates of their bookings. `owed` are bookings that have to be read again later; `moved` are
    deals that people were seen to have moved, which has yet to be noticed; `uncertain` are marks of what may still turn
    up, by kind; `counts` is what was done, for the log. `command` is the id of the one under way: what is written for
    it is one batch, "" where nobody asked.
    """

    installation: Installation
    layout: Layout
    kommo: KommoAccount
    altegio: Altegio
    records: Records
    batch: BatchSize
    clock: Clock
    deadline: Deadline
    margin: float
    correlation_id: str
    layout_is_fresh: bool
    categories: Categories
    lane: Lane = Lane.LIVE
    keeps_dates: bool = False
    owed: set[BookingKey] = field(default_factory=set)
    moved: set[int] = field(default_factory=set)
    uncertain: dict[Making, set[str]] = field(default_factory=lambda: {making: set() for making in Making})
    counts: Counter[str] = field(default_factory=Counter)
    command: str = ""

    @property
    def keeper(self) -> Keeper:
        """What tells which values may be kept so that a write can be undone."""
        fields = {**self.layout.deal_fields, **self.layout.contact_fields}
        codes = {id: code for code, id in fields.items()}
        titles = [location.title for location in self.installation.locations]
        return Keeper(codes, titles, self.installation.phone_salt)

    def within(self, *, lane: Lane) -> "Run":
        """Return the same run for work of another lane: what came of the work stays one account."""
        return replace(self, kommo=self.kommo.within(lane=lane), altegio=self.altegio.within(lane=lane), lane=lane)

    def choosing(self, settings: Settings) -> "Run":
        """Return the same run as if these were the settings, without fields that the account does not have yet."""
        installation = replace(self.installation, settings=settings)
        plan, former = field_plan(settings), self.layout.plan
        fields = {
            code: id if id is not None else self.layout.deal_fields[code]
            for code, id in plan.deals.items()
            if id is not None or (former.deals.get(code, 0) is None and code in self.layout.deal_fields)
        }
        return replace(
            self,
            installation=installation,
            layout=replace(self.layout, deal_fields=fields, plan=plan),
            categories=self.categories.of(installation),
        )

    def with_categories(self, booking: Booking) -> Booking:
        """Return a booking with the categories of its services, where rules depend on them."""
        return self.categories.told(booking)

    def instant(self, booking: Booking) -> int:
        """Return when a booking's visit begins, in unix seconds."""
        location = self.installation.location(booking.location)
        return fields.starts_at(booking, location.timezone if location else "UTC")

    def guarded[T](self, change: Change, plan: Callable[[], T]) -> T | None:
        """Return a booking's plan; a booking that cannot be planned is parked and stops no other."""
        try:
            return plan()
        except rules.UnknownStage:
            raise
        except Exception as error:
            self.park(change, "planning_failed", code=type(error).__name__)
            return None

    def change[C: (DealChange, ContactChange)](
        self, changes: Sequence[C], write: Callable[[Sequence[C]], set[int]]
    ) -> tuple[dict[int, Refusal], set[int]]:
        """Write the changes; return the refused ones' ids with the reason, and the ids whose outcome stays unknown."""
        pending = {change.id: change for change in changes}
        refused: dict[int, Refusal] = {}
        unanswered = 0
        while pending:
            self.deadline.check(self.margin)
            chunk = list(pending.values())[: self.batch.size]
            try:
                written = write(chunk)
            except UnknownOutcome as error:
                if isinstance(error, BatchTooHeavy) and len(chunk) > 1:
                    self.batch.shrink(len(chunk))
                    continue
                unanswered += 1
                if unanswered == REPEATS:
                    break
            except Rejected as error:
                named = {chunk[int(at)].id: why for at, why in error.elements.items() if int(at) < len(chunk)}
                if not named and len(chunk) == 1:
                    named = {chunk[0].id: Refusal(error.reason)}
                elif not named:
                    self.batch.shrink(len(chunk))
                refused.update(named)
                for id in named:
                    del pending[id]
            else:
                self.batch.grow(len(chunk))
                if not written:
                    break
                for id in written:
                    pending.pop(id, None)
        return refused, set(pending)

    def halving[T](
        self, items: Sequence[T], send: Callable[[Sequence[T]], None], deal: Callable[[T], int]
    ) -> dict[int, Refusal]:
        """Send all; where the whole is refused, send its halves; return the deals of items that are refused alone."""
        if not items:
            return {}
        self.deadline.check(self.margin)
        try:
            for some in batched(items, MOST_AT_ONCE, strict=False):
                send(some)
        except Rejected as error:
            if len(items) == 1:
                return {deal(items[0]): next(iter(error.elements.values()), Refusal(error.reason))}
            middle = len(items) // 2
            return self.halving(items[:middle], send, deal) | self.halving(items[middle:], send, deal)
        return {}

    def check_make_up(self, refusals: Iterable[Refusal]) -> None:
        """Raise LayoutChanged, once in a run, when a refusal has a cause that all deals of the account share."""
        shared = any(part in refusal.path for refusal in refusals for part in _MAKE_UP)
        if shared and not self.layout_is_fresh:
            raise LayoutChanged

    def park(self, change: Change, reason: str, **params: str | int | Sequence[int]) -> None:
        """Park a booking with its reason: it waits for a person and stops no other."""
        if self.records.parked.park(change.key, reason, digest(change.booking), self.clock.now(), **params):
            self.counts["parked"] += 1

    def release(self, change: Change, contact: int | None) -> None:
        """Take a booking off the parked list, unless it has no contact because its person is still a question."""
        if change.client_key is None or contact is not None:
            self.records.parked.release(change.key)

    def transact(self, groups: Sequence[Sequence[Write]]) -> list[Conflict | None]:
        """Write groups, each wholly or not at all; return what was in the way of each."""
        return self.records.transact(groups) if groups else []


def vanished_change(link: BookingLink) -> Change:
    """Return the change that takes a booking as cancelled which Altegio does not know any more.

    All that is known of it is who should have served when.
    """
    inputs = link.inputs
    booking = Booking(
        location=link.location,
        id=link.booking,
        status=BookingStatus.CANCELLED,
        starts_at=datetime.fromisoformat(link.day or "1970-01-01"),
        length=0,
        employee=Employee(inputs.employee, "") if inputs and inputs.employee else None,
        services=(),
        products=(),
        client=None,
        visitor="",
        seats=1,
        visit=None,
        event=None,
        online=False,
        paid_in_full=False,
        external_id="",
        changed="",
    )
    return Change(booking, link, "booking_vanished", NOT_TIMED, is_vanished=True)
