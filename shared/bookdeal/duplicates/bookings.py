"""Which bookings are there twice. Pure.

Two bookings are compared when one person has them on one day, both still stand, and nobody else comes in his place to
one of them: a child's appointment at its mother's time is no duplicate.

| place          | and                                                        | level    |
|----------------|------------------------------------------------------------|----------|
| one location   | the same group event                                       | certain  |
| one location   | times that overlap, and a service that both have           | certain  |
| one location   | the same services at another time of the day               | likely   |
| one location   | times that overlap, other services (two at once is usual)  | possible |
| two locations  | times that overlap: nobody can be at both                  | likely   |

Who has more than `MOST_A_DAY` bookings on one day is no person but a reception.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

from bookdeal.duplicates.likeness import Fit, Words, fit
from bookdeal.duplicates.pairs import BookingKey, Level, Pair, Reason

MOST_A_DAY = 10

DAY_MINUTES = 1440


@dataclass(frozen=True, slots=True)
class BookingTraits:
    """What tells a booking from others.

    `persons` are marks of whose it is: one in common is enough. `starts_at` counts minutes of the location's wall clock
    from any fixed midnight, `minutes` is its length. `visitor` are the words of who comes in the client's place.
    """

    key: BookingKey
    persons: frozenset[str]
    starts_at: int
    minutes: int
    services: frozenset[int]
    event: int | None = None
    visitor: Words = ()


def alike_bookings(bookings: Iterable[BookingTraits]) -> list[Pair[BookingKey]]:
    """Return the pairs of bookings that may be one. Those that are cancelled or over are not to be given."""
    by_day: dict[tuple[str, int], dict[BookingKey, BookingTraits]] = defaultdict(dict)
    for booking in bookings:
        for person in booking.persons:
            by_day[person, booking.starts_at // DAY_MINUTES][booking.key] = booking
    found: dict[tuple[BookingKey, BookingKey], Pair[BookingKey]] = {}
    for theirs in by_day.values():
        if len(theirs) <= MOST_A_DAY:
            for one, other in combinations(theirs.values(), 2):
                if (pair := _weighed(one, other)) is not None:
                    found[pair.first, pair.second] = pair
    return list(found.values())


def _weighed(one: BookingTraits, other: BookingTraits) -> Pair[BookingKey] | None:
    if one.visitor != other.visitor and (
        not one.visitor or not other.visitor or fit(one.visitor, other.visitor) < Fit.FIT
    ):
        return None
    overlap = one.starts_at < other.starts_at + other.minutes and other.starts_at < one.starts_at + one.minutes
    reasons = {Reason.SAME_PERSON, Reason.SAME_DAY}
    if one.starts_at == other.starts_at:
        reasons.add(Reason.SAME_TIME)
    elif overlap:
        reasons.add(Reason.OVERLAP)
    if not one.services.isdisjoint(other.services):
        reasons.add(Reason.SAME_SERVICE)
    level: Level | None = None
    if one.key[0] != other.key[0]:
        reasons.add(Reason.TWO_LOCATIONS)
        level = Level.LIKELY if overlap else None
    elif one.event is not None or other.event is not None:
        # Two parts of one event are two seats only where somebody else comes; another event is another matter.
        if one.event == other.event:
            reasons.add(Reason.SAME_EVENT)
            level = Level.CERTAIN
        elif overlap:
            level = Level.POSSIBLE
    elif overlap:
        level = Level.CERTAIN if Reason.SAME_SERVICE in reasons else Level.POSSIBLE
    elif one.services and one.services == other.services:
        level = Level.LIKELY
    return Pair.of(one.key, other.key, level, reasons) if level else None
