"""Replay: a person lets bookings be applied again, by the rules of today, whatever seemed done before."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import count
from typing import Any

import pytest

from bookdeal.bookings.commands import replaying
from bookdeal.model.booking import BookingStatus
from bookdeal.model.command import CommandKind, CommandState
from bookdeal.model.settings import StatusSync

from .bed import Bed, person
from .conftest import Beds
from .oracle import Raw

numbers = count(100)


@pytest.fixture
def bed(beds: Beds) -> Bed:
    return beds.take()


def replayed(bed: Bed, *records: Raw) -> Mapping[str, Any]:
    asked = bed.ask(CommandKind.REPLAY, by=1, bookings=[[one["company_id"], one["id"]] for one in records])
    bed.drain()
    outcome = bed.outcome(asked)
    assert outcome.state is CommandState.DONE, outcome.result
    return outcome.result


def swapped(bed: Bed) -> StatusSync:
    """Return rules by which waiting bookings stand where confirmed ones do now, and the other way round."""
    sync = bed.installation.settings.status_sync
    assert sync.mapping is not None
    stages = dict(sync.mapping.stages)
    waiting, confirmed = stages[BookingStatus.WAITING], stages[BookingStatus.CONFIRMED]
    stages |= {BookingStatus.WAITING: confirmed, BookingStatus.CONFIRMED: waiting}
    return replace(sync, mapping=replace(sync.mapping, stages=stages))


def place(bed: Bed, record: Raw) -> tuple[int, int]:
    deal = bed.deal_of(record)
    return deal["pipeline_id"], deal["status_id"]


def test_new_rules_reach_the_deals_that_are_replayed_but_not_those_that_people_moved(bed: Bed) -> None:
    ours, theirs, other = (bed.book(person(next(numbers)), day) for day in (2, 3, 4))
    bed.work(ours, theirs, other)
    bed.move(bed.deal_of(theirs), "Call back")
    bed.hint_of_deals(bed.deal_of(theirs))
    bed.drain()
    before = bed.choose(status_sync=swapped(bed))
    places = [place(bed, record) for record in (theirs, other)]
    assert replayed(bed, ours, theirs) == {"replayed": 2, "named": []}
    mapping = bed.installation.settings.status_sync.mapping
    assert mapping is not None
    assert place(bed, ours) == (mapping.pipeline, mapping.stages[BookingStatus.WAITING])
    assert [place(bed, record) for record in (theirs, other)] == places
    bed.choose(status_sync=before.status_sync)
    replayed(bed, ours)


def test_what_a_person_changed_in_the_deal_is_written_again_and_can_be_undone(bed: Bed) -> None:
    record = bed.book(person(next(numbers)))
    bed.work(record)
    deal = bed.deal_of(record)
    bed.in_kommo("PATCH", f"leads/{deal['id']}", {"price": 12_345})
    bed.sweep()
    assert bed.deal_of(record)["price"] == 12_345, "a booking that is unchanged is not looked at"
    asked = bed.ask(CommandKind.REPLAY, by=1, bookings=[[record["company_id"], record["id"]]])
    bed.drain()
    bed.assert_shows(bed.deal_of(record), record)
    bed.ask(CommandKind.UNDO, by=1, batch=asked.id)
    bed.drain()
    assert bed.deal_of(record)["price"] == 12_345


def test_what_was_written_beside_a_stage_that_people_keep_can_be_undone(bed: Bed) -> None:
    record = bed.book(person(next(numbers)))
    bed.work(record)
    bed.move(bed.deal_of(record), "Call back")
    bed.in_kommo("PATCH", f"leads/{bed.deal_of(record)['id']}", {"price": 99})
    bed.hint_of_deals(bed.deal_of(record))
    bed.drain()
    before = bed.choose(status_sync=swapped(bed))
    asked = bed.ask(CommandKind.REPLAY, by=1, bookings=[[record["company_id"], record["id"]]])
    bed.drain()
    (written,) = [one for one in bed.items("Decisions", "deal#") if one.get("batch") == asked.id]
    assert (written["skipped"], written["fields"]) == ("moved_by_person", ["PRICE"])
    undo = bed.ask(CommandKind.UNDO, by=1, batch=asked.id)
    bed.drain()
    assert bed.outcome(undo).result["undone"] == 1
    assert bed.deal_of(record)["price"] == 99
    bed.choose(status_sync=before.status_sync)


def test_a_parked_booking_is_tried_again(bed: Bed) -> None:
    record = bed.book(person(next(numbers)))
    table = bed.server.environment.parked_table
    bed.fault(
        "kommo",
        {
            "method": "POST",
            "route": "/api/v4/leads",
            "times": 1,
            "kind": "status",
            "status": 400,
            "body": {
                "status": 400,
                "validation-errors": [
                    {"request_id": f"{record['company_id']}:{record['id']}", "errors": [{"code": "X", "path": "name"}]}
                ],
            },
        },
    )
    bed.work(record)
    assert bed.parked() == {record["id"]: "deal_refused"}, table
    bed.sweep()
    assert bed.parked(), "the same content is not tried again by itself"
    assert replayed(bed, record) == {"replayed": 1, "named": []}
    assert bed.parked() == {}
    bed.assert_shows(bed.deal_of(record), record)


def test_what_cannot_be_replayed_is_named(bed: Bed) -> None:
    deleted, cancelled, good = (bed.book(person(next(numbers)), day) for day in (2, 3, 4))
    bed.cancel(cancelled)
    bed.work(deleted, good)
    deal = bed.deal_of(deleted)
    bed.person("delete", entity="leads", ids=[deal["id"]])
    bed.hint_of_deals(deal)
    bed.drain()
    missing = {"company_id": bed.location, "id": 999_999_999}
    foreign = {"company_id": 1, "id": 5}
    result = replayed(bed, deleted, cancelled, good, missing, foreign)
    assert result["replayed"] == 1, result
    codes = {(one["location"], one["booking"]): one["code"] for one in result["named"]}
    assert codes.pop((cancelled["company_id"], cancelled["id"])) in ("cancelled_when_first_seen", "not_readable")
    assert codes == {
        (deleted["company_id"], deleted["id"]): "deal_deleted_by_hand",
        (bed.location, 999_999_999): "not_readable",
        (1, 5): "foreign",
    }


def test_a_cancelled_booking_of_a_deal_is_found_among_those_of_its_day(bed: Bed) -> None:
    record = bed.book(person(next(numbers)))
    bed.work(record)
    bed.cancel(record)
    bed.work(record)
    bed.in_kommo("PATCH", f"leads/{bed.deal_of(record)['id']}", {"price": 7})
    assert replayed(bed, record) == {"replayed": 1, "named": []}
    bed.assert_shows(bed.deal_of(record), record)


def test_a_long_list_goes_by_slices_and_a_replay_of_equal_deals_writes_nothing(
    bed: Bed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replaying, "AT_ONCE", 2)
    records = [bed.book(person(next(numbers)), 5) for _ in range(5)]
    bed.work(*records)
    with bed.counted() as counted:
        assert replayed(bed, *records) == {"replayed": 5, "named": []}
    assert not [route for route in counted.kommo if not route.startswith("GET")]
    assert counted.kommo["GET /api/v4/leads"] == 3


def test_killed_at_any_moment(bed: Bed) -> None:
    known, new = bed.book(person(next(numbers))), bed.book(person(next(numbers)), 3)
    bed.work(known, new)
    for moment in count(1):
        for record in (known, new):
            bed.in_kommo("PATCH", f"leads/{bed.deal_of(record)['id']}", {"price": 7})
        asked = bed.ask(
            CommandKind.REPLAY, by=1, bookings=[[record["company_id"], record["id"]] for record in (known, new)]
        )
        with bed.wire.killing(moment):
            bed.drain()
        was_killed = bed.wire.killed
        bed.drain()
        assert bed.outcome(asked).state is CommandState.DONE
        for record in (known, new):
            bed.assert_shows(bed.deal_of(record), record)
        undo = bed.ask(CommandKind.UNDO, by=1, batch=asked.id)
        bed.drain()
        assert bed.outcome(undo).result["undone"] == 2, "what was written before the kill can be undone too"
        if not was_killed:
            break
    assert moment > 5
