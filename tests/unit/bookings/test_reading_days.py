"""Reading visit days for the comparison: what shifts meanwhile is read again, and told when it never comes to rest."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookdeal.altegio.client import BookingPage
from bookdeal.altegio.models import Unreadable
from bookdeal.bookings.commands.reading_days import ATTEMPTS, Days, packed, read_days, unpacked
from bookdeal.model.booking import Booking

from .examples import BOOKING, GRACIA

FIRST = date(2026, 5, 1)


@dataclass
class Salon:
    """A location's list, latest visit first; `before_page` changes it between pages."""

    page_size: int
    rows: dict[int, Booking] = field(default_factory=dict)
    before_page: Callable[["Salon"], None] | None = None
    newest_first: bool = True
    broken: set[int] = field(default_factory=set)
    requests: int = 0

    def put(self, id: int, day: int) -> None:
        self.rows[id] = replace(BOOKING, id=id, starts_at=datetime(2026, 5, 1, 10) + timedelta(days=day))

    def changed_bookings(self, location: int, **given: Any) -> BookingPage:
        self.requests += 1
        if self.before_page:
            self.before_page(self)
        listed = sorted(
            (row for row in self.rows.values() if given["from_day"] <= row.starts_at.date() <= given["until_day"]),
            key=lambda row: (row.starts_at, row.id),
            reverse=self.newest_first,
        )
        start = (given["page"] - 1) * self.page_size
        page = listed[start : start + self.page_size]
        rows = tuple(Unreadable(row.id, "services") if row.id in self.broken else row for row in page)
        return BookingPage(rows, len(listed), 1_777_000_000.0)


def read(salon: Salon, *, rows: int = 100, last: date = FIRST + timedelta(days=9)) -> Days:
    return read_days(salon, GRACIA.id, FIRST, last, rows=rows, check=lambda: None)


def test_all_days_are_read_in_as_few_pages_as_they_fill() -> None:
    salon = Salon(page_size=3)
    for id in range(8):
        salon.put(id + 1, id)
    part = read(salon)
    assert (set(part.rows), part.is_steady, salon.requests) == ({*range(1, 9)}, True, 3)


@given(
    st.lists(st.integers(0, 9), max_size=40),
    st.integers(1, 12),
    st.integers(1, 5),
)
def test_all_is_read_once_whatever_the_slices(days: list[int], rows: int, page_size: int) -> None:
    """Latest days first, each day in one slice, in not many more pages than they fill."""
    salon = Salon(page_size)
    for id, day in enumerate(days, 1):
        salon.put(id, day)
    found: list[int] = []
    part = read(salon, rows=rows)
    slices = 1
    while True:
        assert part.is_steady
        found += part.rows
        if part.until is None:
            break
        part = read(salon, rows=rows, last=part.until)
        slices += 1
    assert sorted(found) == list(salon.rows)
    starts = [salon.rows[id].starts_at for id in found]
    assert starts == sorted(starts, reverse=True)
    assert slices <= 10


def test_a_list_in_another_order_is_read_to_its_end() -> None:
    salon = Salon(page_size=2, newest_first=False)
    for id in range(8):
        salon.put(id + 1, id)
    part = read(salon, rows=2)
    assert (part.until, part.is_steady, len(part.rows)) == (None, True, 8)


def test_what_cannot_be_read_belongs_to_the_days_around_it() -> None:
    salon = Salon(page_size=3)
    for id in range(8):
        salon.put(id + 1, id)
    salon.broken = {8, 5}
    part = read(salon, rows=3)
    assert part.rows.keys() == {8, 7}
    assert part.until is not None
    assert read(salon, rows=3, last=part.until).rows.keys() >= {6, 5}


def test_what_shifts_once_is_read_again() -> None:
    salon = Salon(page_size=3)
    for id in range(8):
        salon.put(id + 1, id)

    def shift(salon: Salon) -> None:
        if salon.requests == 2:
            salon.put(99, 9)  # a row more on the first page moves the others down

    salon.before_page = shift
    part = read(salon)
    assert (part.is_steady, len(part.rows)) == (True, 9)


def test_what_never_comes_to_rest_is_told_with_all_that_was_seen() -> None:
    salon = Salon(page_size=3)
    for id in range(8):
        salon.put(id + 1, id)

    def shift(salon: Salon) -> None:
        if salon.requests % 3 == 2:
            salon.put(100 + salon.requests, 9)

    salon.before_page = shift
    part = read(salon)
    assert not part.is_steady
    assert {*range(1, 9)} <= part.rows.keys()
    assert salon.requests <= ATTEMPTS * 6


def test_an_empty_list_is_steady() -> None:
    part = read(Salon(page_size=3))
    assert (part.is_steady, part.rows) == (True, {})


@given(st.sets(st.integers(1, 2**40), max_size=300))
def test_ids_come_back_as_they_were_packed(ids: set[int]) -> None:
    assert unpacked(packed(ids)) == ids


@pytest.mark.parametrize("count", [10_000])
def test_ids_of_a_large_salon_stay_small(count: int) -> None:
    ids = set(range(640_000_000, 640_000_000 + 37 * count, 37))
    assert len(packed(ids)) < 5 * count
