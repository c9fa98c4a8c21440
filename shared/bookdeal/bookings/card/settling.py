"""Settling attempts: finding out what became of bookings that were asked for, and cancelling those they replace."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from itertools import count
from typing import Protocol
from zoneinfo import ZoneInfo

from bookdeal.bookings.card.attempts import Attempt, Attempts, Part, PartState, looked
from bookdeal.bookings.intents import MARGIN
from bookdeal.model.booking import Booking, Location
from bookdeal.runtime.clock import Clock
from bookdeal.runtime.errors import RateLimited, Rejected, Transient, UnknownOutcome

LEFT_OPEN = 120
"""Seconds after which the sweep looks after an attempt that is not at its end."""


class Row(Protocol):
    """A booking of a list, or the place of one that is not understood."""

    @property
    def id(self) -> int:
        """The booking's id, 0 where that is not understood either."""


class Page(Protocol):
    """A page of bookings; `total` counts those of all pages."""

    @property
    def rows(self) -> Sequence[Row]:
        """The bookings."""

    @property
    def total(self) -> int:
        """How many there are."""


class ChangedBookings(Protocol):
    """What is asked of the client that sees all bookings of the installation."""

    def changed_bookings(self, location: int, *, changed_after: datetime | None, page: int = 1) -> Page:
        """Return a page of the bookings made or changed since."""


class Cancelling(Protocol):
    """What is asked of the journal here."""

    def cancel(self, location: int, booking: int) -> None:
        """Cancel a booking; one that is gone already is left so."""


def settle(
    attempts: Attempts, attempt: Attempt, location: Location, everything: ChangedBookings, clock: Clock
) -> Attempt:
    """Look for the parts of an attempt that were sent and not answered, and note what is known of them then."""
    if all(part.state is not PartState.SENT for part in attempt.parts):
        return attempt
    found, is_complete = _found(attempt, location, everything)
    now = clock.now()

    def known(part: Part) -> Part:
        booking = found.get(part.mark)
        if booking is not None:
            return replace(part, state=PartState.MADE, booking=booking)
        return looked(part, now) if is_complete else part

    return attempts.note(attempt, dict.fromkeys(range(len(attempt.parts)), known))


def cancel_replaced(attempts: Attempts, attempt: Attempt, journal: Cancelling) -> Attempt:
    """Cancel the booking that an attempt replaces once all is made in its place, and note what became of it.

    What passes is raised: then it is still owed, and can be done again, for one that is gone already is done.
    """
    if attempt.replaced is None or not attempt.owes_cancellation:
        return attempt
    try:
        journal.cancel(attempt.location, attempt.replaced.booking)
    except Rejected as error:
        return attempts.note_replaced(attempt, error.reason)
    return attempts.note_replaced(attempt)


def settle_left_open(
    attempts: Attempts,
    attempt: Attempt,
    location: Location,
    everything: ChangedBookings,
    journal: Cancelling,
    clock: Clock,
) -> Attempt:
    """Bring an attempt to its end that nobody has brought there; return it as it is then, to be closed.

    What cannot be done now is done by the next sweep.
    """
    settled = attempt
    with suppress(RateLimited, Transient, UnknownOutcome):
        settled = settle(attempts, attempt, location, everything, clock)
        settled = cancel_replaced(attempts, settled, journal)
    return settled


def _found(attempt: Attempt, location: Location, everything: ChangedBookings) -> tuple[dict[str, int], bool]:
    """Return the bookings that were made for an attempt, by their marks, and whether all bookings were looked at.

    They are not while others are made: then the pages shift under the reader.
    """
    open_parts = [part for part in attempt.parts if part.state is PartState.SENT]
    wanted = {part.mark for part in open_parts}
    zone = ZoneInfo(location.timezone)
    # When clocks go back, an earlier moment may have the later time.
    since = min(part.sent_at for part in open_parts)
    after = min(datetime.fromtimestamp(moment, zone).replace(tzinfo=None) for moment in (since - MARGIN, since))
    found: dict[str, int] = {}
    seen: set[int] = set()
    for page in count(1):
        listed = everything.changed_bookings(location.id, changed_after=after, page=page)
        known = len(seen)
        # One whose id is not understood is no other's repetition.
        seen |= {row.id or -known - number for number, row in enumerate(listed.rows, 1)}
        for row in listed.rows:
            if isinstance(row, Booking) and row.external_id in wanted:
                found[row.external_id] = row.id
        if len(found) == len(wanted) or len(seen) >= listed.total:
            return found, True
        if len(seen) == known:
            break
    return found, False
