"""Which deals are there twice, and which are a client's next one."""

from typing import Any

import pytest

from bookdeal.duplicates.deals import AT_ONCE, MOST_DEALS, TOGETHER, DealTraits, alike_deals, best_deal
from bookdeal.duplicates.pairs import Level, Reason

CERTAIN, LIKELY, POSSIBLE = Level.CERTAIN, Level.LIKELY, Level.POSSIBLE
BOOKING, ANOTHER = (900100, 640001), (900100, 640002)


def deal(id: int, **traits: Any) -> DealTraits:
    usual = {"person": 301, "words": ("haircut",), "is_open": True, "pipeline": 1, "created_at": 1_000_000}
    return DealTraits(id, **usual | traits)


def pairs(*deals: DealTraits) -> dict[tuple[int, int], Level]:
    return {(pair.first, pair.second): pair.level for pair in alike_deals(deals)}


LATER = {"created_at": 1_000_000 + 2 * TOGETHER}
SOON = {"created_at": 1_000_000 + AT_ONCE + 1}
CLOSED = {"is_open": False}
NAMED = {"words": ("colouring",)}


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        # One booking, whoever and wherever
        ({"booking": BOOKING}, {"booking": BOOKING}, CERTAIN),
        ({"booking": BOOKING, **CLOSED}, {"booking": BOOKING, "person": 302, "pipeline": 2, **LATER}, CERTAIN),
        # A client's next booking; a child's on the parent's contact
        ({"booking": BOOKING}, {"booking": ANOTHER}, None),
        # Both open
        ({}, {}, CERTAIN),
        ({}, {**NAMED}, CERTAIN),
        ({}, {**NAMED, "pipeline": 2}, LIKELY),
        ({}, {**SOON, "pipeline": 2}, CERTAIN),
        ({}, {**SOON, **NAMED}, LIKELY),
        ({}, {**LATER}, LIKELY),
        ({}, {**LATER, "pipeline": 2}, POSSIBLE),
        ({}, {"booking": BOOKING}, LIKELY),
        ({**NAMED}, {"booking": BOOKING, **LATER, "pipeline": 2}, POSSIBLE),
        # One is closed
        ({**CLOSED}, {}, LIKELY),
        ({**CLOSED}, {**NAMED}, POSSIBLE),
        ({**CLOSED}, {**LATER}, None),
        # Both are closed
        ({**CLOSED}, {**CLOSED}, POSSIBLE),
        ({**CLOSED}, {**CLOSED, **SOON}, None),
        # Other people
        ({}, {"person": 302}, None),
        ({"person": 0}, {"person": 0}, None),
        ({"words": (), "created_at": 1}, {"words": (), "created_at": 1 + AT_ONCE + 1}, LIKELY),
    ],
)
def test_two_deals(one: dict[str, Any], other: dict[str, Any], level: Level | None) -> None:
    found = pairs(deal(1, **one), deal(2, **other))
    assert found == ({(1, 2): level} if level else {})
    assert pairs(deal(2, **one), deal(1, **other)) == found


def test_of_a_regular_clients_bookings_the_one_that_is_going_on_counts() -> None:
    day = 86_400
    regular = [deal(id, booking=(900100, id), created_at=id * 30 * day, is_open=id > 8) for id in range(1, 11)]
    assert pairs(*regular) == {}
    assert pairs(*regular, deal(99, created_at=400 * day)) == {(10, 99): LIKELY}
    beside_the_third = deal(99, created_at=90 * day + 60, is_open=False)
    assert pairs(*regular, beside_the_third) == {(3, 99): POSSIBLE}


def test_a_reception_is_no_person() -> None:
    open_ones = [deal(id) for id in range(1, MOST_DEALS + 2)]
    assert pairs(*open_ones) == {}
    assert len(pairs(*open_ones[1:])) == MOST_DEALS * (MOST_DEALS - 1) // 2


def test_years_of_closed_deals_are_no_reception() -> None:
    closed = [deal(id, is_open=False, created_at=id * 10 * TOGETHER) for id in range(1, 40)]
    assert pairs(*closed, deal(98, **LATER | {"created_at": 0}), deal(99, created_at=60)) == {(98, 99): CERTAIN}


def test_what_to_keep() -> None:
    booked, opened = deal(4, booking=BOOKING, created_at=9), deal(3, created_at=5)
    older, closed = deal(2, created_at=4), deal(1, created_at=1, is_open=False)
    assert best_deal([closed, older, opened, booked]) == 4
    assert best_deal([closed, opened, older]) == 2
    assert best_deal([closed]) == 1


def test_reasons() -> None:
    (pair,) = alike_deals([deal(1), deal(2, pipeline=2)])
    assert pair.reasons == {Reason.SAME_PERSON, Reason.BOTH_OPEN, Reason.MADE_TOGETHER, Reason.SAME_NAME}
