"""How soon an installation is swept again: a table of what it was like lately, and the bounds that always hold."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookdeal.bookings.mover.sweeping import LONGEST, SHORTEST, Lately, is_any_open, next_sweep

from .examples import GRACIA

NOW, LONG_AGO, JUST_NOW, NEVER = 1_760_000_000, 1_759_900_000, 1_759_999_900, 0
OPEN, CLOSED = True, False


@pytest.mark.parametrize(
    ("rung_at", "missed_at", "is_open", "locations", "was_put_off", "interval", "seconds"),
    [
        # Hooks are heard: the interval is meant for this, day and night.
        (JUST_NOW, NEVER, OPEN, 1, False, 300, 300),
        (JUST_NOW, NEVER, CLOSED, 1, False, 300, 300),
        (JUST_NOW, LONG_AGO, OPEN, 1, False, 300, 300),
        # Nothing rings, and nothing is missed: a quiet salon, quieter when nobody is there.
        (LONG_AGO, NEVER, OPEN, 1, False, 300, 600),
        (LONG_AGO, NEVER, CLOSED, 1, False, 300, 1800),
        # It has never rung: perhaps it cannot.
        (NEVER, NEVER, OPEN, 1, False, 300, 300),
        (NEVER, NEVER, CLOSED, 1, False, 300, 1800),
        # A change was found that should have rung: bells get lost, whatever else rings.
        (JUST_NOW, JUST_NOW, OPEN, 1, False, 300, 60),
        (NEVER, JUST_NOW, CLOSED, 1, False, 300, 60),
        # The request budget: half as often when it is spent, and never so often that one account spends it.
        (JUST_NOW, NEVER, OPEN, 1, True, 300, 600),
        (JUST_NOW, JUST_NOW, OPEN, 1, True, 300, 120),
        (JUST_NOW, JUST_NOW, OPEN, 100, False, 300, 300),
        (JUST_NOW, NEVER, OPEN, 10_000, False, 300, 1800),
        # Another interval, as a test stack has it, moves all of it.
        (JUST_NOW, NEVER, OPEN, 1, False, 60, 60),
        (LONG_AGO, NEVER, CLOSED, 1, False, 60, 360),
        (LONG_AGO, NEVER, CLOSED, 1, False, 3600, 1800),
    ],
)
def test_next_sweep(
    rung_at: int, missed_at: int, is_open: bool, locations: int, was_put_off: bool, interval: int, seconds: int
) -> None:
    lately = Lately(rung_at, missed_at, is_open, False, locations, was_put_off)
    assert next_sweep(lately, NOW, interval) == seconds


@pytest.mark.parametrize("is_open", [OPEN, CLOSED])
def test_where_kommo_cannot_ring_the_sweep_is_how_people_are_noticed(is_open: bool) -> None:
    assert next_sweep(Lately(LONG_AGO, NEVER, is_open, True, 1, False), NOW, 300) == 300


@given(
    st.builds(
        Lately,
        st.integers(0, 2 * NOW),
        st.integers(0, 2 * NOW),
        st.booleans(),
        st.booleans(),
        st.integers(0, 10_000),
        st.booleans(),
    ),
    st.floats(60, 86_400),
)
def test_the_bounds_always_hold(lately: Lately, interval: float) -> None:
    assert SHORTEST <= next_sweep(lately, NOW, interval) <= LONGEST


@pytest.mark.parametrize(("hour", "is_open"), [(6, False), (7, True), (12, True), (21, True), (22, False), (3, False)])
def test_opening_hours_are_those_of_the_locations_clock(hour: int, is_open: bool) -> None:
    for zone in ("Europe/Madrid", "America/Sao_Paulo", "Asia/Tokyo"):
        location = GRACIA.__class__(1, "", "", "", zone, "", True)
        moment = datetime(2026, 5, 6, hour, tzinfo=ZoneInfo(zone)).timestamp()
        assert is_any_open([location], moment) is is_open
    assert not is_any_open([], 0)
