"""A person merges deals in Kommo: their bookings are on the deal that is left, and nothing is made again."""

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from bookdeal.installs.connections import KOMMO
from bookdeal.model.command import CommandKind
from bookdeal.model.hint import HintKind

from .bed import CONFIRMED, LATER, NO_SHOW, Bed, person
from .conftest import MakeBed
from .oracle import Raw

numbers = count(100)


@pytest.fixture(scope="module")
def shared_bed(make_bed: MakeBed) -> Bed:
    return make_bed()


@pytest.fixture
def bed(shared_bed: Bed) -> Iterator[Bed]:
    yield shared_bed
    assert shared_bed.installation.paused is None
    assert shared_bed.parked() == {}


def booked(bed: Bed, who: Any = None, day: int = 3) -> Raw:
    record = bed.book(who or person(next(numbers)), day)
    bed.work(record)
    return record


def made_by_hand(bed: Bed, stage: str = "Call back", **more: Any) -> int:
    """Let a person make a deal without a booking in the salon's pipeline."""
    pipeline = bed.deal_place()["pipeline_id"]
    status = next(place[1] for place, name in bed.stages().items() if name == stage and place[0] == pipeline)
    deal = {"name": "By hand", "pipeline_id": pipeline, "status_id": status, **more}
    return int(bed.in_kommo("POST", "leads", [deal])["_embedded"]["leads"][0]["id"])


def merge(bed: Bed, winner: int, *losers: int, rings: bool = True) -> None:
    """Let a person merge deals, and Kommo ring for it."""
    bed.person("merge", entity="leads", winner=winner, losers=list(losers))
    if rings:
        for loser in losers:
            bed.hint_of_deals({"id": loser}, kind=HintKind.DEALS_GONE)
        bed.hint_of_deals(next(deal for deal in bed.deals() if deal["id"] == winner))
        bed.drain()


@pytest.mark.parametrize("rings", [True, False])
def test_a_booking_follows_to_the_deal_that_took_its_mark(bed: Bed, rings: bool) -> None:
    record = booked(bed)
    deal = bed.deal_of(record)["id"]
    winner = made_by_hand(bed)
    merge(bed, winner, deal, rings=rings)
    bed.change(record, datetime=f"{bed.day(4)} 15:00:00")
    bed.work(record)
    bed.come_to_rest()
    assert bed.deal_of(record)["id"] == winner
    bed.assert_together(record, stage_is_ours=False)
    assert bed.stage(bed.deal_of(record)) == "Call back", "the stage is the person's choice"
    bed.set_status(record, CONFIRMED)
    bed.work(record)
    assert bed.stage(bed.assert_together(record)) == "Confirmed"
    rules = [item["rule"] for item in bed.items("Decisions", f"deal#{deal}#")]
    assert "merged_into_another" in rules
    assert "deal_deleted" not in rules


@pytest.mark.parametrize("rings", [True, False])
def test_two_deals_of_a_client_become_one_that_holds_both_bookings(bed: Bed, rings: bool) -> None:
    who = person(next(numbers))
    first, second = booked(bed, who), booked(bed, who, 6)
    winner, loser = bed.deal_of(second)["id"], bed.deal_of(first)["id"]
    merge(bed, winner, loser, rings=rings)
    bed.set_status(first, CONFIRMED)
    bed.work(first)
    bed.come_to_rest()
    assert bed.assert_together(first, second)["id"] == winner
    bed.set_status(first, NO_SHOW)
    bed.work(first)
    assert bed.assert_together(first, second)["id"] == winner


def test_a_winner_that_is_moved_at_the_same_time_is_noticed_too(bed: Bed) -> None:
    who = person(next(numbers))
    first, second = booked(bed, who), booked(bed, who, 6)
    winner, loser = bed.deal_of(second), bed.deal_of(first)
    bed.move(winner, "Call back")
    bed.person("merge", entity="leads", winner=winner["id"], losers=[loser["id"]])
    bed.hint_of_deals(loser, kind=HintKind.DEALS_GONE)
    bed.hint_of_deals(bed.deal_of(second))
    bed.drain()
    assert bed.stage(bed.assert_together(first, second, stage_is_ours=False)) == "Call back"
    rules = [item["rule"] for item in bed.items("Decisions", f"deal#{winner['id']}#")]
    assert "moved_by_person" in rules


def test_deals_of_two_clients_become_one(bed: Bed) -> None:
    """A mother's deal and her child's: the winner keeps its own mark, and has both contacts."""
    mother, child = booked(bed, day=3), booked(bed, day=5)
    merge(bed, bed.deal_of(mother)["id"], bed.deal_of(child)["id"])
    (claim,) = bed.items("Links", f"deal#{bed.deal_of(mother)['id']}")
    assert sorted(claim["bookings"].split()) == sorted(f"{bed.location}#{one['id']}" for one in (mother, child))
    assert bed.deal_of(child)["id"] == bed.deal_of(mother)["id"]


def test_a_deal_with_several_bookings_goes_with_all_of_them(bed: Bed) -> None:
    who = person(next(numbers))
    first, second, third = booked(bed, who, 3), booked(bed, who, 5), booked(bed, who, 7)
    left = bed.deal_of(second)["id"]
    bed.ask(CommandKind.MOVE_BOOKING, location=bed.location, booking=second["id"], deal=bed.deal_of(first)["id"])
    bed.drain()
    winner, loser = bed.deal_of(third)["id"], bed.deal_of(first)["id"]
    merge(bed, winner, loser)
    assert bed.assert_together(first, second, third)["id"] == winner
    assert bed.items("Links", f"deal#{loser}") == []
    bed.person("delete", entity="leads", ids=[left])


def test_several_deals_merged_at_once(bed: Bed) -> None:
    who = person(next(numbers))
    records = [booked(bed, who, day) for day in (3, 5, 7)]
    winner, *losers = [bed.deal_of(record)["id"] for record in records]
    merge(bed, winner, *losers)
    assert bed.assert_together(*records)["id"] == winner


def test_a_deal_deleted_by_hand_is_not_taken_for_merged(bed: Bed) -> None:
    """Somewhere else the same client's deals were merged, some time before."""
    who = person(next(numbers))
    kept, lost, gone = booked(bed, who, 3), booked(bed, who, 5), booked(bed, who, 7)
    merge(bed, bed.deal_of(kept)["id"], bed.deal_of(lost)["id"])
    bed.pass_time(3600)
    deal = bed.deal_of(gone)["id"]
    bed.person("delete", entity="leads", ids=[deal])
    bed.hint_of_deals({"id": deal}, kind=HintKind.DEALS_GONE)
    bed.drain()
    (link,) = bed.items("Links", f"booking#{bed.location}#{gone['id']}")
    assert (link["deal"], link["gone"]) == (deal, True)
    bed.assert_together(kept, lost)


def test_of_two_winners_that_bear_the_mark_the_linked_one_counts(bed: Bed) -> None:
    record, other = booked(bed), booked(bed)
    loser, linked = bed.deal_of(record)["id"], bed.deal_of(other)["id"]
    fields = [
        {"field_id": one["field_id"], "values": [{"value": one["values"][0]["value"]}]}
        for one in bed.deal_of(record)["custom_fields_values"]
        if one["field_code"] in ("BOOKING_ID", "COMPANY_ID")
    ]
    older = made_by_hand(bed, custom_fields_values=fields)
    merge(bed, older, made_by_hand(bed), rings=False)
    bed.person("edit", entity="leads", id=linked, changes={"custom_fields_values": fields})
    merge(bed, linked, loser)
    assert bed.assert_together(record, other)["id"] == linked
    bed.person("delete", entity="leads", ids=[older])


def test_a_merge_survives_a_kill_at_any_moment(bed: Bed) -> None:
    kill_at = 0
    while True:
        kill_at += 1
        who = person(next(numbers))
        first, second = booked(bed, who), booked(bed, who, 6)
        winner, loser = bed.deal_of(second), bed.deal_of(first)
        bed.pass_time(3600)
        booked(bed)  # from here on no sweep reads the two again of its own accord
        bed.person("merge", entity="leads", winner=winner["id"], losers=[loser["id"]])
        bed.hint_of_deals(loser, kind=HintKind.DEALS_GONE)
        with bed.wire.killing(kill_at):
            bed.drain()
        if not bed.wire.killed:
            break
        bed.drain()
        bed.come_to_rest()
        assert bed.assert_together(first, second)["id"] == winner["id"], kill_at
    assert kill_at > 4


def test_a_merge_that_shows_late_is_found_at_a_second_look(bed: Bed) -> None:
    """Kommo tells of the deletion first; what it was for stands among the events only a little later."""
    who = person(next(numbers))
    first, second = booked(bed, who), booked(bed, who, 6)
    winner, loser = bed.deal_of(second), bed.deal_of(first)
    bed.fault(KOMMO, {"method": "GET", "route": "/api/v4/events", "kind": "status", "status": 204, "times": 1})
    bed.person("merge", entity="leads", winner=winner["id"], losers=[loser["id"]])
    bed.hint_of_deals(loser, kind=HintKind.DEALS_GONE)
    bed.drain()
    assert bed.faults_to_come(KOMMO) == []
    (link,) = bed.items("Links", f"booking#{bed.location}#{first['id']}")
    assert (link["deal"], link["gone"]) == (loser["id"], True)
    bed.pass_time(LATER)
    bed.sweep()
    assert bed.assert_together(first, second)["id"] == winner["id"]


def test_what_a_merge_costs(bed: Bed) -> None:
    """A deal that is gone is asked about once: events, and the winners that they tell of."""
    who = person(next(numbers))
    first, second = booked(bed, who), booked(bed, who, 6)
    winner, loser = bed.deal_of(second), bed.deal_of(first)
    bed.person("merge", entity="leads", winner=winner["id"], losers=[loser["id"]])
    bed.hint_of_deals(loser, kind=HintKind.DEALS_GONE)
    with bed.counted() as counted:
        bed.serve()
    assert dict(counted.kommo) == {"GET /api/v4/leads": 2, "GET /api/v4/events": 1}
    bed.drain()
    bed.assert_together(first, second)
