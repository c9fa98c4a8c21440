"""Which deals are there twice, in any stage of any pipeline. Pure.

Two deals that show one booking are certain. All else needs one person (certain pairs of contacts count as one) and that
at most one of the two has a booking of its own: a client's second booking is a second deal, and so is a child's on the
parent's contact.

| stages        | and                                                              | level    |
|---------------|------------------------------------------------------------------|----------|
| both open     | neither has a booking; same name, made within `TOGETHER`         | certain  |
| both open     | neither has a booking; same pipeline, made within `AT_ONCE`      | certain  |
| both open     | same pipeline, or made within `TOGETHER`                         | likely   |
| both open     | else                                                             | possible |
| one is closed | same name, made within `TOGETHER`                                | likely   |
| one is closed | made within `TOGETHER`                                           | possible |
| both closed   | same name, made within `AT_ONCE`                                 | possible |

Who has more than `MOST_DEALS` open deals without a booking is no person but a reception, an agency or a test.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations, product

from bookdeal.duplicates.likeness import Words
from bookdeal.duplicates.pairs import BookingKey, Level, Pair, Reason, combined

TOGETHER = 86_400
"""Seconds between two deals within which one may have been made because the other was not seen."""

AT_ONCE = 600
"""Seconds within which a form is sent twice, or two people take note of one call."""

MOST_DEALS = 10


@dataclass(frozen=True, slots=True)
class DealTraits:
    """What tells a deal from others. `person` is a contact's id that stands for all contacts of the person, 0 for none.

    `words` are those of the deal's name, in clear or keyed; `booking` is the one that it shows; `created_at` in unix
    seconds.
    """

    id: int
    person: int
    words: Words
    is_open: bool
    pipeline: int
    created_at: int
    booking: BookingKey | None = None


def alike_deals(deals: Iterable[DealTraits]) -> list[Pair[int]]:
    """Return the pairs of deals that may be one."""
    by_booking: dict[BookingKey, list[int]] = defaultdict(list)
    by_person: dict[int, list[DealTraits]] = defaultdict(list)
    for deal in deals:
        if deal.booking is not None:
            by_booking[deal.booking].append(deal.id)
        if deal.person:
            by_person[deal.person].append(deal)
    pairs = [
        Pair.of(one, other, Level.CERTAIN, {Reason.SAME_BOOKING})
        for ids in by_booking.values()
        for one, other in combined(ids)
    ]
    for theirs in by_person.values():
        pairs += _of_person(sorted(theirs, key=lambda deal: (deal.created_at, deal.id)))
    return pairs


def best_deal(deals: Sequence[DealTraits]) -> int:
    """Return which of these deals to keep: one with a booking before others, an open one, the oldest."""
    return min(deals, key=lambda deal: (deal.booking is None, not deal.is_open, deal.created_at, deal.id)).id


def _of_person(deals: Sequence[DealTraits]) -> list[Pair[int]]:
    """Return the pairs among one person's deals, which come in the order in which they were made."""
    free = [deal for deal in deals if deal.is_open and deal.booking is None]
    if len(free) > MOST_DEALS:
        return []
    # Deals that are going on are compared with each other, all else with what was made at about the same time. Of a
    # regular client's many bookings, the latest that is still open counts too.
    booked = [deal for deal in deals if deal.is_open and deal.booking is not None][-1:]
    compared = [*combinations(free, 2), *product(free, booked)]
    for at, deal in enumerate(deals):
        near = deals[at + 1 : at + 1 + MOST_DEALS]
        compared += [(deal, later) for later in near if later.created_at - deal.created_at <= TOGETHER]
    found = {
        frozenset((one.id, other.id)): (one, other) for one, other in compared if not (one.booking and other.booking)
    }
    return [pair for one, other in found.values() if (pair := _weighed(one, other)) is not None]


def _weighed(one: DealTraits, other: DealTraits) -> Pair[int] | None:
    apart = abs(one.created_at - other.created_at)
    reasons = {Reason.SAME_PERSON}
    if one.is_open and other.is_open:
        reasons.add(Reason.BOTH_OPEN)
    if one.pipeline == other.pipeline:
        reasons.add(Reason.SAME_PIPELINE)
    if apart <= TOGETHER:
        reasons.add(Reason.MADE_TOGETHER)
    if one.words and one.words == other.words:
        reasons.add(Reason.SAME_NAME)
    level = _level(reasons, apart <= AT_ONCE, (one.is_open, other.is_open), one.booking or other.booking)
    return Pair.of(one.id, other.id, level, reasons) if level else None


def _level(
    reasons: set[Reason], at_once: bool, are_open: tuple[bool, bool], booking: BookingKey | None
) -> Level | None:
    is_twin = {Reason.SAME_NAME, Reason.MADE_TOGETHER} <= reasons
    match sum(are_open):
        case 2:
            if booking is None and (is_twin or (at_once and Reason.SAME_PIPELINE in reasons)):
                return Level.CERTAIN
            return Level.POSSIBLE if reasons.isdisjoint({Reason.SAME_PIPELINE, Reason.MADE_TOGETHER}) else Level.LIKELY
        case 1 if Reason.MADE_TOGETHER in reasons:
            return Level.LIKELY if is_twin else Level.POSSIBLE
        case 0 if at_once and Reason.SAME_NAME in reasons:
            return Level.POSSIBLE
    return None
