"""A thousand bookings change at once, in real time, under the providers' real limits."""

from collections.abc import Iterator

import pytest

from bookdeal.model.command import CommandKind
from bookdeal.model.hint import HintKind, SeenBooking

from .bed import CONFIRMED, Bed, control
from .conftest import MakeBed

BOOKINGS = 1000
MOST_REQUESTS_A_CHANGE = 0.02
MOST_REQUESTS_A_COMPARISON = 24
"""To find that a thousand bookings agree with their deals: pages of 300 bookings, 150 deals a read, five for the
account's make-up, and once a week pages of 250 for all deals."""
HOOKS_TAKE = 5.0
"""Seconds from a change until its bell rings."""


@pytest.fixture
def bed(make_bed: MakeBed) -> Iterator[Bed]:
    bed = make_bed()
    bed.choose(task=None)
    control(bed.altegio.base_url, "load", {"bookings": BOOKINGS, "clients": 300})
    bed.sweep()
    bed.pass_time(3600)
    yield bed
    for provider in (bed.kommo, bed.altegio):
        control(provider.base_url, "limits", {"enforce": False})


@pytest.mark.timeout(300)
def test_a_thousand_changes_at_once(bed: Bed) -> None:
    assert len(bed.assert_right()) == BOOKINGS
    compare(bed)
    changed = bed.admin("change", location=bed.location, count=BOOKINGS, attendance=CONFIRMED)["ids"]
    stamps = {record["id"]: record["last_change_date"] for record in bed.records()}
    bed.pass_time(HOOKS_TAKE)
    bed.in_real_time()
    for provider in (bed.kommo, bed.altegio):
        control(provider.base_url, "limits", {"enforce": True})
    with bed.counted() as counted:
        for id in changed:
            seen = (SeenBooking(id, stamps[id]),)
            bed.ring(HintKind.BOOKING, source="altegio", location=bed.location, bookings=seen, generation=1)
        bed.drain()
    deals = bed.assert_right()
    assert len(changed) > BOOKINGS / 2
    assert sum(counted.kommo.values()) <= MOST_REQUESTS_A_CHANGE * len(changed)
    assert counted.kommo.keys() == {"GET /api/v4/leads", "PATCH /api/v4/leads"}
    assert sum(counted.altegio.values()) <= 10
    assert counted.written["Links"] == counted.written["Decisions"] == len(changed)
    assert bed.refused_by("kommo") == bed.refused_by("altegio") == 0
    # The echo of it all costs nothing.
    with bed.counted() as counted:
        bed.hint_of_deals(*deals.values())
        bed.drain()
    assert (counted.kommo, counted.written) == ({}, {})


def compare(bed: Bed) -> None:
    """Compare both sides twice: what agrees costs few requests, and nothing is written but the proof."""
    asked = []
    for _ in range(2):
        with bed.counted() as counted:
            command = bed.ask(CommandKind.COMPARE, by=1, back=366, ahead=366)
            bed.drain()
        result = bed.outcome(command).result
        assert (result["compared"], result["agree"]) == (BOOKINGS, BOOKINGS)
        assert not [one for one in (*counted.kommo, *counted.altegio) if not one.startswith("GET")]
        assert counted.written.keys() <= {"Decisions", "Installations"}
        assert counted.written["Decisions"] <= 10
        asked.append(sum(counted.kommo.values()) + sum(counted.altegio.values()))
        bed.pass_time(3600)
    assert asked[0] <= MOST_REQUESTS_A_COMPARISON
    assert asked[1] <= asked[0] - BOOKINGS // 250
