"""Reading all bookings of some visit days, and making sure that none was missed while pages were turned."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date
from itertools import count

from bookdeal.altegio.client import Row
from bookdeal.bookings.deals.protocols import BookingLists

ATTEMPTS = 3
"""How often days are read whose rows shift meanwhile, before it is left at what was seen of them."""


@dataclass(frozen=True, slots=True)
class Days:
    """Some visit days of a location: the rows by id, how many there are, and whether none shifted meanwhile.

    `read_at` is when the reading began, in unix seconds of the location's clock.
    """

    rows: dict[int, Row]
    total: int
    is_steady: bool
    read_at: int


def read_days(
    altegio: BookingLists, location: int, first: date, last: date, *, only_if: int | None, check: Callable[[], None]
) -> Days | None:
    """Read all bookings of these visit days, again while rows shift; None for more of them than `only_if`.

    `check` is called before each page, and may end the reading.
    """
    part = Days({}, 0, is_steady=False, read_at=0)
    for _ in range(ATTEMPTS):
        rows: dict[int, Row] = {}
        totals: set[int] = set()
        nameless, read_at = 0, 0
        for number in count(1):
            check()
            page = altegio.changed_bookings(location, changed_after=None, from_day=first, until_day=last, page=number)
            if only_if is not None and number == 1 and page.total > only_if:
                return None
            rows |= {row.id: row for row in page.rows if row.id}
            nameless += sum(not row.id for row in page.rows)
            totals.add(page.total)
            read_at = read_at or int(page.server_time)
            if not page.rows or len(rows) + nameless >= page.total:
                break
        part = Days({**part.rows, **rows}, page.total, totals == {len(rows) + nameless}, read_at)
        if part.is_steady:
            break
    return part


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
