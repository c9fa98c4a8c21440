"""An import reads days as a whole: each booking is met once, wherever pages end and whatever cannot be read."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookdeal.altegio.client import BookingPage, Row
from bookdeal.altegio.models import Unreadable
from bookdeal.bookings.commands.history import whole_days
from bookdeal.bookings.imports import Phase, Progress, counted
from bookdeal.bookings.mover.state import MoverState, absorbed, state_from, state_item
from bookdeal.model.booking import Booking

from .examples import BOOKING

FIRST, LAST = date(2026, 1, 1), date(2026, 1, 20)


def on(day: int, id: int) -> Booking:
    return replace(BOOKING, id=id, starts_at=datetime.combine(FIRST + timedelta(days=day), time(10)))


def listed(rows: Sequence[Row], days: dict[int, date], last: date, size: int) -> BookingPage:
    """Return the first page of all rows up to a day, as they come."""
    found = [row for row in rows if days[row.id] <= last]
    return BookingPage(tuple(found[:size]), len(found), 0.0)


def read(rows: Sequence[Row], days: dict[int, date], size: int) -> tuple[list[int], int]:
    """Read as the import does; return the ids met and the number of pages."""
    met: list[int] = []
    until: date | None = LAST
    pages = 0
    while until is not None and until >= FIRST:
        last, pages = until, pages + 1
        taken, until = whole_days(listed(rows, days, last, size), last)
        if taken is None:
            taken = [row for row in rows if days[row.id] == last]
            pages += 1
        met += [row.id for row in taken]
    return met, pages


bookings = st.lists(st.integers(0, 19), max_size=40).map(
    lambda days: [on(day, id) for id, day in enumerate(sorted(days, reverse=True), 1)]
)


@given(rows=bookings, size=st.integers(1, 12), unreadable=st.sets(st.integers(1, 40)))
def test_every_booking_is_met_once(rows: list[Booking], size: int, unreadable: set[int]) -> None:
    days = {row.id: row.starts_at.date() for row in rows}
    shown: list[Row] = [Unreadable(row.id, "date") if row.id in unreadable else row for row in rows]
    met, _ = read(shown, days, size)
    readable = Counter(id for id in met if id not in unreadable)
    assert readable == Counter(row.id for row in rows if row.id not in unreadable)
    assert set(met) >= days.keys(), "one that cannot be read is met at its neighbours' day, perhaps at two"


@pytest.mark.parametrize("days", [[3, 5, 4], [19, 19, 19]])
def test_a_page_in_another_order_or_of_one_day_alone_leaves_that_day_to_itself(days: list[int]) -> None:
    page = BookingPage(tuple(on(day, id) for id, day in enumerate(days, 1)), 4, 0.0)
    assert whole_days(page, LAST) == (None, LAST - timedelta(days=1))


def test_few_pages_are_read() -> None:
    rows = [on(19 - place // 30, place + 1) for place in range(600)]
    met, pages = read(rows, {row.id: row.starts_at.date() for row in rows}, 300)
    assert len(met) == 600
    assert pages == 3


def test_progress_is_stored_as_it_is() -> None:
    progress = Progress(Phase.AGAIN, 3, 9, 7, 1, LAST, 10, 9, 8, {"has_deal": 1}, ((900100, 5, FIRST),), 60, 1)
    assert Progress.of(progress.stored()) == progress
    assert Progress.of(Progress().stored()) == Progress()
    assert (progress.left, replace(progress, seen=12).left) == (1, 0)


@pytest.mark.parametrize(
    ("before", "more", "after"),
    [
        ({}, {}, {}),
        ({}, {"parked": 2}, {"parked": 2}),
        ({"parked": 1, "uncertain": 2}, {"uncertain": -2, "no_client": 1}, {"no_client": 1, "parked": 1}),
        ({"uncertain": 1}, {"uncertain": -3}, {}),
    ],
)
def test_skipped_ones_are_counted_by_reason(
    before: dict[str, int], more: dict[str, int], after: dict[str, int]
) -> None:
    assert counted(before, more) == after


def test_a_command_rests_until_its_time() -> None:
    state = MoverState(commands=("one", "two")).with_rest("one", 100.5)
    assert (state.commands, dict(state.resting)) == (("two",), {"one": 101})
    assert state_from({**state_item(state), "due_at": 0}) == state
    resting = replace(state, commands=())
    assert not resting.has_work
    assert absorbed(resting, MoverState(), (), 100.9).commands == ()
    woken = absorbed(state, MoverState(), (), 101.0)
    assert (woken.commands, woken.resting) == (("two", "one"), {})
