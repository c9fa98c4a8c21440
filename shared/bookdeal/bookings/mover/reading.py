"""What has changed at a location? The location's own list of changes is the truth; this reads it, and misses nothing.

A small change is one page and needs no care. More than a page can shift while it is read: it becomes a walk over a
closed window of change stamps, read in slices from the latest visit day back. The walk survives a killed run, and
live changes are read past it meanwhile.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime

from bookdeal.altegio.client import BookingPage
from bookdeal.bookings.deals.protocols import BookingLists
from bookdeal.bookings.mover.state import LocationState, Walk
from bookdeal.bookings.stamps import earliest_wall_clock, latest_wall_clock, stamp_instant
from bookdeal.model.booking import Booking, Location

LIVE_OVERLAP = 30
"""Seconds read again at each hint, for changes that were stamped before they could be seen."""

SWEEP_OVERLAP = 600
"""The same at each sweep, which is rarer and looks further back."""

SURE_AFTER = 2
"""A change stamp has a precision of one second: a reading that began so long after it has seen all of that second.

A walk reaches no further than that, so that all it has read is sure; what is newer is left to the next live reading.
"""

ATTEMPTS = 3
"""How often a slice is read in which rows shift meanwhile, before what was read of it is worked off."""

MOST_TRIES = 5
"""How often a walk is walked in which rows shift: after that it is left at that, for an account may never be steady."""


def read_live(
    altegio: BookingLists, location: Location, state: LocationState, *, overlap: int, from_day: date | None
) -> tuple[BookingPage, LocationState]:
    """Read what changed since the cursor; return the page and the location's next state.

    When that is more than one page, no rows come back but a walk that holds all but the very newest, which are still
    owed. A location that was never read is read from its first booking on, visits before `from_day` left out.
    """
    after = _read_from(state, overlap)
    page = altegio.changed_bookings(
        location.id,
        changed_after=None if after is None else earliest_wall_clock(after, location.timezone),
        from_day=from_day if after is None else None,
    )
    if page.total > len(page.rows):
        before = max(int(page.server_time) - SURE_AFTER, after or 0)
        walks = (*state.walks, Walk(after, before))
        cursor = max(before, state.cursor or 0)
        return replace(page, rows=()), replace(state, cursor=cursor, walked_to=before, walks=walks, owed=True)
    stamps = [stamp_instant(row.changed, location.timezone) for row in page.rows if isinstance(row, Booking)]
    known = [stamp for stamp in (state.cursor, *stamps) if stamp]
    return page, replace(state, cursor=max(known, default=int(page.server_time)), owed=False)


def _read_from(state: LocationState, overlap: int) -> int | None:
    """Return where to read from: a live read does not look again at what a walk has just read or will read."""
    if state.cursor is None:
        return None
    after = state.cursor - overlap
    return max(after, state.walked_to) if overlap <= LIVE_OVERLAP else after


@dataclass(slots=True)
class Slice:
    """One pass over a walk's remaining bookings, page by page.

    After the pages were taken, `ended` tells whether the last one was among them and `steady` whether nothing shifted
    meanwhile; `ordered` whether they came latest visit first, without which the pass cannot be cut by visit day;
    `last_day` is the visit day of the last row read.
    """

    altegio: BookingLists
    location: Location
    walk: Walk
    from_day: date | None
    ended: bool = False
    steady: bool = True
    ordered: bool = True
    last_day: date | None = None

    def pages(self) -> Iterator[BookingPage]:
        """Yield page by page; stop taking when there is enough."""
        zone = self.location.timezone
        after = None if self.walk.after is None else earliest_wall_clock(self.walk.after, zone)
        before = latest_wall_clock(self.walk.before, zone)
        seen: set[int] = set()
        nameless = 0
        total: int | None = None
        last: datetime | None = None
        number = 0
        while not self.ended:
            number += 1
            page = self.altegio.changed_bookings(
                self.location.id,
                changed_after=after,
                changed_before=before,
                from_day=self.from_day,
                until_day=self.walk.until_day,
                page=number,
            )
            total = page.total if total is None else total
            before_page = len(seen) + nameless
            for row in page.rows:
                if row.id:
                    seen.add(row.id)
                else:
                    nameless += 1
                if isinstance(row, Booking):
                    self.ordered = self.ordered and (last is None or row.starts_at <= last)
                    last = row.starts_at
                    self.last_day = last.date()
            read = len(seen) + nameless
            self.ended = not page.rows or read >= page.total
            repeated = read < before_page + len(page.rows)
            missing = not page.rows and read < page.total
            self.steady = self.steady and page.total == total and not repeated and not missing
            yield page
