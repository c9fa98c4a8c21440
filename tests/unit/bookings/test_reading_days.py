"""Reading visit days for the comparison: what shifts meanwhile is read again, and told when it never comes to rest."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookdeal.altegio.client import BookingPage
from bookdeal.bookings.commands.reading_days import ATTEMPTS, packed, read_days, unpacked
from bookdeal.model.booking import Booking

from .examples import BOOKING, GRACIA

FIRST = date(2026, 5, 1)


@dataclass
class Salon:
    """A location's list, latest visit first; `before_page` changes it between pages."""

    page_size: int
    rows: dict[int, Booking] = field(default_factory=dict)
    before_page: Callable[["Salon"], None] | None = None
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
            reverse=True,
        )
        start = (given["page"] - 1) * self.page_size
        return BookingPage(tuple(listed[start : start + self.page_size]), len(listed), 1_777_000_000.0)


def read(salon: Salon, *, only_if: int | None = None) -> Any:
    last = FIRST + timedelta(days=9)
    return read_days(salon, GRACIA.id, FIRST, last, only_if=only_if, check=lambda: None)


def test_all_days_are_read_in_as_few_pages_as_they_fill() -> None:
    salon = Salon(page_size=3)
    for id in range(8):
        salon.put(id + 1, id)
    part = read(salon)
    assert (set(part.rows), part.is_steady, salon.requests) == ({*range(1, 9)}, True, 3)


def test_too_many_are_not_read() -> None:
    salon = Salon(page_size=3)
    for id in range(8):
        salon.put(id + 1, 1)
    assert read(salon, only_if=7) is None
    assert salon.requests == 1


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
