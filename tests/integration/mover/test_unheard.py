"""A plan without webhooks: what people do in Kommo is noticed with the next sweep, and a quiet account costs little."""

from dataclasses import replace
from itertools import count
from typing import Any

import pytest

from bookdeal.installs.connections import KOMMO
from bookdeal.model.hint import HintKind

from .bed import CONFIRMED, WAITING, Bed, person
from .conftest import MakeBed
from .oracle import Raw

numbers = count(100)
EVENTS = "GET /api/v4/events"


@pytest.fixture(scope="module")
def bed(make_bed: MakeBed) -> Bed:
    """A bed whose Kommo account never rings, which the watch over its access has found out."""
    bed = make_bed()
    unheard(bed)
    return bed


def unheard(bed: Bed) -> None:
    for hook in bed.look("webhooks"):
        bed.in_kommo("DELETE", "webhooks", {"destination": hook["destination"]})
    bed.person("behaviour", webhooks_in_plan=False)
    bed.ring(HintKind.ACCESS, source="sweep")
    bed.drain()
    assert bed.installation.unheard_since is not None


def booked(bed: Bed, who: Any = None, day: int = 3) -> Raw:
    record = bed.book(who or person(next(numbers)), day)
    bed.work(record)
    return record


def rest(bed: Bed) -> None:
    """Let time pass until nothing that has happened is looked at any more."""
    for _ in range(3):
        bed.sweep()
        bed.pass_time(600)


def link(bed: Bed, record: Raw) -> dict[str, Any]:
    (found,) = bed.items("Links", f"booking#{bed.location}#{record['id']}")
    return found


def rules(bed: Bed, deal: int) -> list[str]:
    return [item["rule"] for item in bed.items("Decisions", f"deal#{deal}#")]


def test_a_move_is_noticed(bed: Bed) -> None:
    record = booked(bed)
    deal = bed.deal_of(record)
    bed.move(deal, "Call back")
    bed.sweep()
    assert rules(bed, deal["id"]) == ["simple.waiting", "moved_by_person"]
    assert link(bed, record)["known"] == [deal["pipeline_id"], bed.deal_of(record)["status_id"]]


def test_a_move_sets_the_status(bed: Bed) -> None:
    sync = bed.installation.settings.status_sync
    bed.choose(status_sync=replace(sync, reverse=True))
    record = booked(bed)
    bed.move(bed.deal_of(record), "Confirmed")
    bed.sweep()
    bed.choose(status_sync=sync)
    assert (bed.record(record)["attendance"], bed.stage(bed.deal_of(record))) == (CONFIRMED, "Confirmed")


def test_a_deleted_deal_is_noticed_and_brought_up_to_date_when_it_is_back(bed: Bed) -> None:
    record = booked(bed)
    deal = bed.deal_of(record)["id"]
    bed.person("delete", entity="leads", ids=[deal])
    bed.sweep()
    assert link(bed, record)["gone"]
    bed.set_status(record, CONFIRMED)
    bed.work(record)
    bed.person("restore", entity="leads", ids=[deal])
    bed.sweep()
    assert bed.stage(bed.deal_of(record)) == "Confirmed"
    assert [rule for rule in rules(bed, deal) if rule.startswith("deal_")] == ["deal_deleted", "deal_restored"]


def test_merged_deals_are_noticed(bed: Bed) -> None:
    who = person(next(numbers))
    first, second = booked(bed, who), booked(bed, who, 6)
    winner = bed.deal_of(second)["id"]
    bed.person("merge", entity="leads", winner=winner, losers=[bed.deal_of(first)["id"]])
    bed.sweep()
    assert bed.assert_together(first, second)["id"] == winner


def test_merged_and_deleted_contacts_are_noticed(bed: Bed) -> None:
    first, second, third = booked(bed), booked(bed), booked(bed)
    winner, loser, gone = (bed.contact(bed.deal_of(record))["id"] for record in (first, second, third))
    bed.person("merge", entity="contacts", winner=winner, losers=[loser])
    bed.person("delete", entity="contacts", ids=[gone])
    bed.sweep()
    assert link(bed, second)["contact"] == winner
    assert bed.items("Links", f"contact#{loser}") == bed.items("Links", f"contact#{gone}") == []


def test_a_quiet_sweep_costs_one_request_to_kommo(bed: Bed) -> None:
    record = booked(bed)
    bed.move(bed.deal_of(record), "Call back")
    rest(bed)
    with bed.counted() as counted:
        bed.pass_time(600)
        bed.sweep()
    assert counted.kommo == {EVENTS: 1}


def test_our_own_moves_are_echoes_in_the_events_too(bed: Bed) -> None:
    rest(bed)
    records = [booked(bed) for _ in range(3)]
    bed.sweep()
    for record in records:
        bed.set_status(record, CONFIRMED)
    bed.work(*records)
    with bed.counted() as counted:
        bed.sweep()
    assert counted.kommo == {EVENTS: 1}


def test_only_the_sweep_asks(bed: Bed) -> None:
    record = booked(bed)
    bed.set_status(record, CONFIRMED)
    with bed.counted() as counted:
        bed.work(record)
    assert EVENTS not in counted.kommo


def test_nothing_is_overlooked_by_a_sweep_that_is_killed(bed: Bed) -> None:
    kill_at = 0
    while True:
        kill_at += 1
        record = booked(bed)
        deal = bed.deal_of(record)
        bed.move(deal, "Call back")
        bed.ring(HintKind.LOCATION, source="sweep")
        with bed.wire.killing(kill_at):
            bed.drain()
        if not bed.wire.killed:
            break
        bed.drain()
        assert rules(bed, deal["id"]).count("moved_by_person") == 1, kill_at
    assert kill_at > 3


def test_moves_are_found_where_events_are_not_shown_or_too_many(bed: Bed, monkeypatch: pytest.MonkeyPatch) -> None:
    for too_many in (False, True):
        record = booked(bed)
        deal = bed.deal_of(record)
        bed.move(deal, "Call back")
        if too_many:
            monkeypatch.setattr("bookdeal.bookings.mover.polling.MOST_PAGES", 0)
        else:
            refused = {"kind": "status", "status": 403, "body": {"status": 403, "title": "Forbidden"}, "times": 1}
            bed.fault(KOMMO, {"method": "GET", "route": "/api/v4/events", **refused})
        bed.sweep()
        assert rules(bed, deal["id"]) == ["simple.waiting", "moved_by_person"], too_many
    assert bed.installation.paused is None


def test_a_run_that_cannot_ask_asks_again(bed: Bed) -> None:
    record = booked(bed)
    deal = bed.deal_of(record)
    bed.move(deal, "Call back")
    bed.fault(KOMMO, {"method": "GET", "route": "/api/v4/events", "kind": "status", "status": 500, "times": 3})
    bed.sweep()
    bed.sweep()
    assert rules(bed, deal["id"]) == ["simple.waiting", "moved_by_person"]


def test_the_deal_goes_on_from_where_a_person_put_it(bed: Bed) -> None:
    record = booked(bed)
    bed.move(bed.deal_of(record), "Closed - won")
    bed.sweep()
    bed.set_status(record, CONFIRMED)
    bed.work(record)
    assert (bed.record(record)["attendance"], bed.stage(bed.deal_of(record))) == (CONFIRMED, "Closed - won")
    bed.set_status(record, WAITING)
    bed.work(record)
    assert bed.stage(bed.deal_of(record)) == "Closed - won"


def test_where_kommo_rings_nobody_asks_for_events_and_what_was_missed_is_caught_up_on(make_bed: MakeBed) -> None:
    """Webhooks that were switched off and are on again: moves, deletions and contacts of meanwhile are looked at."""
    bed = make_bed()
    moved, deleted, contactless = booked(bed), booked(bed), booked(bed)
    deal, contact = bed.deal_of(deleted)["id"], bed.contact(bed.deal_of(contactless))["id"]
    with bed.counted() as counted:
        bed.sweep()
    assert EVENTS not in counted.kommo
    for hook in bed.look("webhooks"):
        bed.in_kommo("DELETE", "webhooks", {"destination": hook["destination"]})
    bed.move(bed.deal_of(moved), "Call back")
    bed.person("delete", entity="leads", ids=[deal])
    bed.person("delete", entity="contacts", ids=[contact])
    bed.ring(HintKind.ACCESS, source="sweep")
    bed.drain()
    assert len(bed.look("webhooks")) == 1
    assert "moved_by_person" in rules(bed, bed.deal_of(moved)["id"])
    assert link(bed, deleted)["gone"]
    assert bed.items("Links", f"contact#{contact}") == []
