"""Bookings that are there twice, on the deals of one person: those that are still to come are read and compared."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from bookdeal.bookings.deals.holding import read_bookings
from bookdeal.bookings.deals.protocols import Altegio
from bookdeal.bookings.links import BookingLink, Links
from bookdeal.duplicates.bookings import BookingTraits, alike_bookings
from bookdeal.duplicates.findings import Found
from bookdeal.duplicates.pairs import BookingKey, Kind, grouped
from bookdeal.duplicates.traits import of_booking
from bookdeal.model.booking import Booking, BookingStatus, Location

MOST_READ = 10
"""Bookings that are read at most, the next ones first: each may take a request."""

_STANDING = (BookingStatus.WAITING, BookingStatus.CONFIRMED)


def duplicate_bookings(
    deals: Iterable[int],
    links: Links,
    altegio: Altegio,
    locations: Iterable[Location],
    now: float,
    ignored: set[tuple[BookingKey, BookingKey]],
) -> list[Found]:
    """Return the groups among the bookings of these deals at these locations; `now` in unix seconds."""
    places = {location.id: location for location in locations}
    held = links.held(deals)
    known = links.of_bookings(key for keys in held.values() for key in keys if key[0] in places)
    coming = [link for link in known.values() if _is_to_come(link, places[link.location], now)]
    nearest = sorted(coming, key=lambda link: (link.day, link.key))[:MOST_READ]
    if len(nearest) < 2:
        return []
    groups = grouped(alike_bookings(_read(nearest, altegio, places)), ignored)
    return [Found.of(Kind.BOOKINGS, group) for group in groups]


def _is_to_come(link: BookingLink, location: Location, now: float) -> bool:
    today = datetime.fromtimestamp(now, ZoneInfo(location.timezone or "UTC")).date().isoformat()
    stands = link.inputs is None or link.inputs.status in _STANDING
    return stands and not link.gone and link.day >= today


def _read(links: Iterable[BookingLink], altegio: Altegio, places: dict[int, Location]) -> list[BookingTraits]:
    by_location: dict[int, dict[int, BookingLink]] = defaultdict(dict)
    for link in links:
        by_location[link.location][link.booking] = link
    found = []
    for location, theirs in by_location.items():
        days = {id: link.day for id, link in theirs.items()}
        for row in read_bookings(altegio, location, days):
            if isinstance(row, Booking) and row.id in theirs and row.status in _STANDING:
                found.append(of_booking(row, places[location].country, theirs[row.id].contact))
    return found
