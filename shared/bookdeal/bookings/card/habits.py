"""What a client had last: the booking window begins with it."""

from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from bookdeal.model.booking import BookingStatus
from bookdeal.model.client import ClientKey
from bookdeal.model.journal import BookingSheet
from bookdeal.runtime.errors import BookdealError

MOST_LOOKED = 3
"""Locations that are asked: somebody waits."""


class HistoryReader(Protocol):
    """What is asked of the journal here."""

    def newest_sheets(self, location: int, client: int) -> Iterable[BookingSheet]:
        """Return the bookings of a client that have the latest times."""


@dataclass(frozen=True, slots=True)
class LastBooking:
    """What a client had last, and with whom."""

    location: int
    services: tuple[int, ...]
    employee: int | None


def last_of(journal: HistoryReader, clients: Collection[ClientKey], seen: Collection[int]) -> LastBooking | None:
    """Return what one person had last, who is one client or several, at the locations that are seen.

    Group events are booked as they come, so they do not count. It is a help: what cannot be read is left out.
    """
    found: list[BookingSheet] = []
    for location, client in [key for key in sorted(clients) if key[0] in seen][:MOST_LOOKED]:
        with suppress(BookdealError):
            found += journal.newest_sheets(location, client)
    fitting = [
        sheet
        for sheet in found
        if sheet.lines and sheet.booking.event is None and sheet.booking.status is not BookingStatus.CANCELLED
    ]
    if not fitting:
        return None
    last = max(fitting, key=lambda sheet: (sheet.booking.starts_at, sheet.booking.id))
    employee = last.booking.employee
    return LastBooking(
        last.booking.location, tuple(line.service for line in last.lines), employee.id if employee else None
    )
