"""Which bookings are there twice, and which only look so."""

from typing import Any

import pytest

from bookdeal.duplicates.bookings import DAY_MINUTES, MOST_A_DAY, BookingTraits, alike_bookings
from bookdeal.duplicates.pairs import BookingKey, Level, Reason

CERTAIN, LIKELY, POSSIBLE = Level.CERTAIN, Level.LIKELY, Level.POSSIBLE
HERE, THERE = 900100, 900200
TEN = 50 * DAY_MINUTES + 600
HAIRCUT, COLOURING = frozenset({7_001}), frozenset({7_002})


def booking(id: int, **traits: Any) -> BookingTraits:
    usual = {"persons": frozenset({"carla"}), "starts_at": TEN, "minutes": 60, "services": HAIRCUT}
    location = traits.pop("location", HERE)
    return BookingTraits((location, id), **usual | traits)


def pairs(*bookings: BookingTraits) -> dict[tuple[BookingKey, BookingKey], Level]:
    return {(pair.first, pair.second): pair.level for pair in alike_bookings(bookings)}


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ({}, {}, CERTAIN),
        ({}, {"starts_at": TEN + 30}, CERTAIN),
        ({}, {"starts_at": TEN + 60}, LIKELY),
        ({}, {"starts_at": TEN + 60, "services": COLOURING}, None),
        ({}, {"starts_at": TEN + 60, "services": HAIRCUT | COLOURING}, None),
        ({}, {"services": COLOURING}, POSSIBLE),
        ({}, {"starts_at": TEN + DAY_MINUTES}, None),
        ({"services": frozenset()}, {"services": frozenset(), "starts_at": TEN + 120}, None),
        # The same person at two locations
        ({}, {"location": THERE, "starts_at": TEN + 30}, LIKELY),
        ({}, {"location": THERE, "starts_at": TEN + 90}, None),
        # Group events
        ({"event": 3}, {"event": 3}, CERTAIN),
        ({"event": 3}, {"event": 4, "starts_at": TEN + 120}, None),
        ({"event": 3}, {"event": 4}, POSSIBLE),
        ({"event": 3}, {}, POSSIBLE),
        # A child on its mother's contact
        ({}, {"visitor": ("tom",)}, None),
        ({"visitor": ("eva",)}, {"visitor": ("tom",)}, None),
        ({"visitor": ("tom",)}, {"visitor": ("tom",)}, CERTAIN),
        ({"visitor": ("tom",)}, {"visitor": ("ruiz", "tom")}, CERTAIN),
        ({"event": 3, "visitor": ("tom",)}, {"event": 3}, None),
        # Other people
        ({}, {"persons": frozenset({"dani"})}, None),
        ({"persons": frozenset()}, {"persons": frozenset()}, None),
        ({"persons": frozenset({"carla", "c-5"})}, {"persons": frozenset({"karla", "c-5"})}, CERTAIN),
    ],
)
def test_two_bookings(one: dict[str, Any], other: dict[str, Any], level: Level | None) -> None:
    first, second = booking(1, **one), booking(2, **other)
    found = pairs(first, second)
    assert found == ({(first.key, second.key): level} if level else {})
    assert pairs(second, first) == found


def test_a_reception_is_no_person() -> None:
    assert pairs(*(booking(id) for id in range(MOST_A_DAY + 1))) == {}


def test_reasons() -> None:
    (pair,) = alike_bookings([booking(1), booking(2, starts_at=TEN + 30)])
    assert pair.reasons == {Reason.SAME_PERSON, Reason.SAME_DAY, Reason.OVERLAP, Reason.SAME_SERVICE}
