"""Reading all bookings of some visit days, and making sure that none was missed while pages were turned."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import count, takewhile

from bookdeal.altegio.client import BookingPage, Row
from bookdeal.bookings.deals.protocols import BookingLists
from bookdeal.model.booking import Booking

ATTEMPTS = 3
"""How often days are read whose rows shift meanwhile, before it is left at what was seen of them."""


@dataclass(frozen=True, slots=True)
class Days:
    """All bookings of some visit days of a location, by id, and whether none shifted while they were read.

    `read_at` is when the reading began, in unix seconds of the location's clock. `until` is the visit day down to which
    the days before them are still to be read, None when there are none.
    """

    rows: dict[int, Row]
    is_steady: bool
    read_at: int
    until: date | None = None


@dataclass(slots=True)
class _Pass:
    """One pass over the list, page by page: `latest` is the visit of the last row that could be read."""

    rows: dict[int, Row] = field(default_factory=dict)
    nameless: int = 0
    totals: set[int] = field(default_factory=set)
    latest: datetime | None = None
    is_ordered: bool = True
    is_repeated: bool = False
    has_ended: bool = False
    read_at: int = 0

    @property
    def read(self) -> int:
        """How many rows were read."""
        return len(self.rows) + self.nameless

    def take(self, page: BookingPage) -> None:
        """Take one page."""
        before = self.read
        for row in page.rows:
            if row.id:
                self.rows[row.id] = row
            else:
                self.nameless += 1
            if isinstance(row, Booking):
                self.is_ordered = self.is_ordered and (self.latest is None or row.starts_at <= self.latest)
                self.latest = row.starts_at
        self.totals.add(page.total)
        self.read_at = self.read_at or int(page.server_time)
        self.has_ended = not page.rows or self.read >= page.total
        self.is_repeated = self.is_repeated or self.read < before + len(page.rows)

    @property
    def is_steady(self) -> bool:
        """Whether nothing shifted meanwhile."""
        return len(self.totals) == 1 and not self.is_repeated and (not self.has_ended or {self.read} == self.totals)


def read_days(
    altegio: BookingLists, location: int, first: date, last: date, *, rows: int, check: Callable[[], None]
) -> Days:
    """Read the bookings of the latest of these visit days, enough days for so many `rows`; again while rows shift.

    `check` is called before each page, and may end the reading. A list that does not come latest visit first cannot be
    cut by day, and is read to its end.
    """
    seen: dict[int, Row] = {}
    for _ in range(ATTEMPTS):
        one = _Pass()
        for number in count(1):
            check()
            page = altegio.changed_bookings(location, changed_after=None, from_day=first, until_day=last, page=number)
            one.take(page)
            is_enough = one.read >= rows and one.is_ordered and one.latest is not None and one.latest.date() < last
            if one.has_ended or is_enough:
                break
        seen |= one.rows
        if one.is_steady:
            seen = one.rows
            break
    if one.has_ended or one.latest is None:
        return Days(seen, one.is_steady, one.read_at)
    reached = one.latest.date()
    return Days(_behind(seen, reached), one.is_steady, one.read_at, reached)


def _behind(rows: Mapping[int, Row], day: date) -> dict[int, Row]:
    """Return the rows of later visits than that day: in the order of the list, all before the first of that day.

    In rows that shifted the order says nothing; then those that cannot be read are looked at with the day itself.
    """
    reached = {id for id, row in rows.items() if isinstance(row, Booking) and row.starts_at.date() <= day}
    before = list(takewhile(lambda id: id not in reached, rows))
    return {id: row for id, row in rows.items() if id not in reached and (isinstance(row, Booking) or id in before)}


def packed(ids: Collection[int]) -> str:
    """Return ids as a short text: how far each is from the one before."""
    ordered = sorted(ids)
    return ",".join(f"{id - before:x}" for before, id in zip([0, *ordered], ordered, strict=False))


def unpacked(text: str) -> set[int]:
    """Return the ids of such a text."""
    found, last = set(), 0
    for step in text.split(",") if text else ():
        last += int(step, 16)
        found.add(last)
    return found
