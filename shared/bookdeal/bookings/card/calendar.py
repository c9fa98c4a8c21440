"""The calendar: the bookings of some days at some locations, with the deals that they are on."""

from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from bookdeal.bookings.card.scheduling import check_range
from bookdeal.bookings.links import BookingKey, Links
from bookdeal.model.booking import Location
from bookdeal.model.journal import BookingSheet
from bookdeal.runtime.errors import NotFound, Rejected

MOST_SHOWN = 3000
"""Bookings that one request shows at the most."""

MOST_OF_A_DEAL = 30
MOST_DAYS_OF_A_DEAL = 5
"""Days of a deal on which cancelled bookings are looked for: each takes a request."""


class SheetReader(Protocol):
    """What is asked of the journal here."""

    def sheets(self, location: int, first: date, last: date, *, cancelled: bool = False) -> Iterable[BookingSheet]:
        """Return the bookings of these days, 300 a request."""

    def sheet(self, location: int, booking: int) -> BookingSheet:
        """Return one booking; NotFound."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A booking and the deal that it is on, None while it has none."""

    sheet: BookingSheet
    deal: int | None


@dataclass(frozen=True, slots=True)
class CalendarPage:
    """What a calendar shows. `closed` are locations that could not be looked at; `is_cut`: there is more."""

    shown: tuple[Shown, ...]
    closed: tuple[int, ...]
    is_cut: bool


def calendar(
    journal: SheetReader,
    links: Links,
    locations: Sequence[Location],
    first: date,
    last: date,
    *,
    employees: Collection[int] = (),
    cancelled: bool = False,
) -> CalendarPage:
    """Return the bookings of these days, both ends included, in their order; no employees: all.

    One request for each location and 300 bookings. Raises Invalid("range").
    """
    check_range(first, last)
    found: list[BookingSheet] = []
    closed = []
    for location in locations:
        try:
            for sheet in journal.sheets(location.id, first, last, cancelled=cancelled):
                employee = sheet.booking.employee
                if not employees or (employee is not None and employee.id in employees):
                    found.append(sheet)
                if len(found) > MOST_SHOWN:
                    break
        except Rejected:
            closed.append(location.id)
    found.sort(key=lambda sheet: (sheet.booking.starts_at, sheet.booking.location, sheet.booking.id))
    kept = found[:MOST_SHOWN]
    deals = links.of_bookings(_key(sheet) for sheet in kept)
    shown = tuple(Shown(sheet, deals[_key(sheet)].deal if _key(sheet) in deals else None) for sheet in kept)
    return CalendarPage(shown, tuple(closed), len(found) > MOST_SHOWN)


def of_deal(journal: SheetReader, links: Links, locations: Collection[Location], deal: int) -> CalendarPage:
    """Return the bookings of a deal, in their order, with those that were cancelled as far as Altegio still shows them.

    Those that the user may not see are left out, as `closed`.
    """
    seen = {location.id for location in locations}
    held = sorted(links.held([deal]).get(deal, ()), key=lambda key: key[1], reverse=True)
    found: list[BookingSheet] = []
    closed, missing = set(), set()
    for location, booking in held[:MOST_OF_A_DEAL]:
        if location not in seen:
            closed.add(location)
            continue
        try:
            found.append(journal.sheet(location, booking))
        except NotFound:
            missing.add((location, booking))
        except Rejected:
            closed.add(location)
    if missing:
        found += _cancelled(journal, links, missing)
    found.sort(key=lambda sheet: (sheet.booking.starts_at, sheet.booking.id))
    shown = tuple(Shown(sheet, deal) for sheet in found)
    return CalendarPage(shown, tuple(sorted(closed)), len(held) > MOST_OF_A_DEAL)


def _cancelled(journal: SheetReader, links: Links, keys: Collection[BookingKey]) -> list[BookingSheet]:
    """Return those of these bookings that Altegio shows, if not alone, then among the bookings of their day."""
    days = {(link.location, link.day) for link in links.of_bookings(keys).values() if link.day}
    found: list[BookingSheet] = []
    for location, day in sorted(days, key=lambda one: one[1], reverse=True)[:MOST_DAYS_OF_A_DEAL]:
        on = date.fromisoformat(day)
        with suppress(Rejected):
            found += [sheet for sheet in journal.sheets(location, on, on, cancelled=True) if _key(sheet) in keys]
    return found


def _key(sheet: BookingSheet) -> BookingKey:
    return sheet.booking.location, sheet.booking.id
