"""A person moves a deal, and its booking gets the status that the stage stands for: once, and nothing moves back."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from typing import Any

import pytest

from bookdeal.installs.connections import ALTEGIO
from bookdeal.model.booking import BookingStatus
from bookdeal.model.command import CommandKind
from bookdeal.model.hint import HintKind
from bookdeal.model.settings import Grouping

from .bed import ARRIVED, CONFIRMED, NO_SHOW, WAITING, Bed, person
from .conftest import MakeBed
from .oracle import Raw

numbers = count(100)
SET_STATUS = "PUT /api/v1/visits/{visit}/{record}"


@pytest.fixture(scope="module")
def shared_bed(make_bed: MakeBed) -> Bed:
    return make_bed()


@pytest.fixture
def bed(shared_bed: Bed) -> Iterator[Bed]:
    sync = shared_bed.installation.settings.status_sync
    shared_bed.choose(status_sync=replace(sync, reverse=True))
    yield shared_bed
    shared_bed.fault(ALTEGIO)
    shared_bed.choose(status_sync=sync, grouping=Grouping.BOOKING)
    assert shared_bed.installation.paused is None


def booked(bed: Bed, who: Any = None, day: int = 3, **changes: Any) -> Raw:
    record = bed.book(who or person(next(numbers)), day, **changes)
    bed.work(record)
    return record


def moved(bed: Bed, record: Raw, stage: str) -> None:
    """Let a person move a booking's deal, and Kommo ring for it."""
    deal = bed.deal_of(record)
    bed.move(deal, stage)
    bed.hint_of_deals(bed.deal_of(record))


def state(bed: Bed, record: Raw) -> tuple[int, str]:
    return bed.record(record)["attendance"], bed.stage(bed.deal_of(record))


def reversals(bed: Bed, record: Raw) -> list[tuple[str, list[str], str | None]]:
    decisions = bed.items("Decisions", f"deal#{bed.deal_of(record)['id']}#")
    return [
        (item["rule"], item["fields"], item["skipped"]) for item in decisions if item["rule"].startswith("reverse.")
    ]


@pytest.mark.parametrize(
    ("stage", "attendance", "rule"),
    [
        ("Confirmed", CONFIRMED, "confirmed"),
        ("Arrived", ARRIVED, "arrived"),
        ("No-show", NO_SHOW, "no_show"),
    ],
)
def test_a_stage_that_a_person_chose_sets_the_status(bed: Bed, stage: str, attendance: int, rule: str) -> None:
    record = booked(bed)
    moved(bed, record, stage)
    with bed.counted() as counted:
        bed.drain()
    assert state(bed, record) == (attendance, stage)
    assert reversals(bed, record) == [(f"reverse.simple.{rule}", ["STATUS"], None)]
    assert counted.altegio[SET_STATUS] == 1
    assert not any(route.startswith(("POST", "PATCH")) for route in counted.kommo), "nothing is written to Kommo"
    with bed.counted() as quiet:
        bed.hint_of_deals(bed.deal_of(record))
        bed.work(record)
        bed.sweep()
    assert SET_STATUS not in quiet.altegio
    bed.assert_right(only=[record])


def test_two_moves_in_a_row_are_not_undone_by_the_echo_of_the_first(bed: Bed) -> None:
    """The booking's bell for the first comes after the second was seen, as it does within seconds."""
    record = booked(bed)
    moved(bed, record, "Confirmed")
    bed.drain()
    moved(bed, record, "Arrived")
    bed.hint(record)
    bed.drain()
    bed.work(record)
    bed.sweep()
    assert state(bed, record) == (ARRIVED, "Arrived")
    assert [skipped for _, _, skipped in reversals(bed, record)] == [None, None]


def test_the_comment_of_the_booking_stays(bed: Bed) -> None:
    record = booked(bed, comment="By the window")
    moved(bed, record, "Confirmed")
    bed.drain()
    assert (bed.record(record)["comment"], bed.record(record)["attendance"]) == ("By the window", CONFIRMED)


def test_back_to_waiting_and_on_again(bed: Bed) -> None:
    record = booked(bed)
    for stage, attendance in (("Confirmed", CONFIRMED), ("New booking", WAITING), ("Arrived", ARRIVED)):
        moved(bed, record, stage)
        bed.drain()
        assert state(bed, record) == (attendance, stage)


@pytest.mark.parametrize(("stage", "reverse"), [("Call back", True), ("Confirmed", False)])
def test_a_stage_without_a_status_sets_none_and_switched_off_no_stage_does(bed: Bed, stage: str, reverse: bool) -> None:
    bed.choose(status_sync=replace(bed.installation.settings.status_sync, reverse=reverse))
    record = booked(bed)
    moved(bed, record, stage)
    with bed.counted() as counted:
        bed.drain()
    assert state(bed, record) == (WAITING, stage)
    assert (counted.altegio, reversals(bed, record)) == ({}, [])


def test_no_stage_cancels_a_booking_and_none_brings_it_back(bed: Bed) -> None:
    record = booked(bed)
    moved(bed, record, "Closed - lost")
    bed.drain()
    assert not bed.record(record)["deleted"]
    assert reversals(bed, record) == [("reverse.simple.cancelled", [], "stage_cancels_nothing")]
    gone = booked(bed)
    bed.cancel(gone)
    bed.work(gone)
    moved(bed, gone, "Confirmed")
    bed.drain()
    assert bed.record(gone)["deleted"]
    assert bed.stage(bed.deal_of(gone)) == "Confirmed"
    assert reversals(bed, gone) == [("reverse.simple.confirmed", [], "booking_cancelled")]


def test_a_change_of_the_booking_counts_for_more_than_the_stage_of_before(bed: Bed) -> None:
    """The salon and a person in Kommo at the same moment, whichever of the two is heard of first."""
    for rings_first in ("booking", "deal"):
        record = booked(bed)
        bed.set_status(record, NO_SHOW)
        if rings_first == "booking":
            bed.hint(record)
        moved(bed, record, "Confirmed")
        bed.drain()
        bed.work(record)
        assert state(bed, record) == (NO_SHOW, "No-show"), rings_first
    bed.assert_right(only=[record])


def test_a_move_that_is_seen_with_a_change_of_the_booking_is_not_overlooked(bed: Bed) -> None:
    """The booking is rescheduled while a person moves its deal, and the deal is read before Kommo rings."""
    for rings in (True, False):
        record = booked(bed)
        bed.move(bed.deal_of(record), "Confirmed")
        bed.change(record, datetime=f"{bed.day(4)} 15:00:00")
        bed.work(record)
        if rings:
            bed.hint_of_deals(bed.deal_of(record))
            bed.drain()
        assert state(bed, record) == (CONFIRMED, "Confirmed")
        assert reversals(bed, record) == [("reverse.simple.confirmed", ["STATUS"], None)]


def test_a_status_that_moves_nothing_counts_for_more_than_the_stage_of_before_too(bed: Bed) -> None:
    sync = bed.installation.settings.status_sync
    assert sync.mapping is not None
    stages = {**sync.mapping.stages, BookingStatus.NO_SHOW: None}
    bed.choose(status_sync=replace(sync, mapping=replace(sync.mapping, stages=stages)))
    for rings_first in ("booking", "deal"):
        record = booked(bed)
        bed.set_status(record, NO_SHOW)
        if rings_first == "booking":
            bed.hint(record)
        moved(bed, record, "Confirmed")
        bed.drain()
        bed.work(record)
        assert state(bed, record) == (NO_SHOW, "Confirmed"), rings_first


def test_the_deals_current_booking_alone_gets_the_status(bed: Bed) -> None:
    """Two bookings of different days on one deal: the one that the deal shows is meant."""
    first, second = booked(bed, day=3), booked(bed, day=6)
    left = bed.deal_of(second)["id"]
    bed.ask(CommandKind.MOVE_BOOKING, location=bed.location, booking=second["id"], deal=bed.deal_of(first)["id"])
    bed.drain()
    moved(bed, first, "Confirmed")
    bed.drain()
    assert (bed.record(first)["attendance"], bed.record(second)["attendance"]) == (CONFIRMED, WAITING)
    bed.assert_together(first, second)
    bed.person("delete", entity="leads", ids=[left])


def test_the_other_bookings_of_the_visit_follow_in_altegio_and_their_deals_with_them(bed: Bed) -> None:
    """Altegio may set a whole visit: the deals of its other bookings are made right, although nothing rang."""
    who = person(next(numbers))
    first, second = booked(bed, who), booked(bed, who, time_of_day="16:00")
    assert bed.record(first)["visit_id"] == bed.record(second)["visit_id"]
    moved(bed, first, "Confirmed")
    bed.drain()
    assert state(bed, first) == state(bed, second) == (CONFIRMED, "Confirmed")
    bed.assert_right(only=[first, second])


def test_a_refusal_is_told_and_not_repeated(bed: Bed) -> None:
    record = booked(bed)
    refused = {"method": "PUT", "route": "/api/v1/visits/{visit}/{record}", "kind": "status", "status": 403, "times": 9}
    bed.fault(ALTEGIO, refused)
    moved(bed, record, "Confirmed")
    with bed.counted() as counted:
        bed.drain()
        bed.hint_of_deals(bed.deal_of(record))
        bed.sweep()
    assert counted.altegio[SET_STATUS] == 1
    assert state(bed, record) == (WAITING, "Confirmed")
    assert reversals(bed, record) == [("reverse.simple.confirmed", [], "rights")]


@pytest.mark.parametrize("kind", ["commit_then_close", "commit_then_status"])
def test_an_unknown_outcome_is_found_out(bed: Bed, kind: str) -> None:
    record = booked(bed)
    fault = {"method": "PUT", "route": "/api/v1/visits/{visit}/{record}", "kind": kind, "status": 500, "times": 3}
    bed.fault(ALTEGIO, fault)
    moved(bed, record, "Confirmed")
    bed.drain()
    assert state(bed, record) == (CONFIRMED, "Confirmed")
    assert [skipped for _, _, skipped in reversals(bed, record)] == [None]
    bed.assert_right(only=[record])


def test_who_never_answers_is_not_asked_endlessly_and_holds_nobody_up(bed: Bed) -> None:
    record, other = booked(bed), booked(bed)
    fault = {"method": "PUT", "route": "/api/v1/visits/{visit}/{record}", "kind": "status", "status": 500, "times": 500}
    bed.fault(ALTEGIO, fault)
    moved(bed, record, "Confirmed")
    bed.set_status(other, ARRIVED)
    bed.hint(other)
    with bed.counted() as counted:
        bed.drain()
        bed.come_to_rest()
    assert bed.stage(bed.deal_of(other)) == "Arrived"
    assert counted.altegio[SET_STATUS] <= 15
    assert [skipped for _, _, skipped in reversals(bed, record)] == ["server_error"]
    assert state(bed, record) == (WAITING, "Confirmed")


def test_a_killed_run_sets_the_status_all_the_same(bed: Bed) -> None:
    kill_at = 0
    while True:
        kill_at += 1
        record = booked(bed)
        moved(bed, record, "Confirmed")
        with bed.wire.killing(kill_at):
            bed.drain()
        if not bed.wire.killed:
            break
        bed.drain()
        bed.work(record)
        assert state(bed, record) == (CONFIRMED, "Confirmed"), kill_at
        assert len(reversals(bed, record)) == 1, kill_at
    assert kill_at > 4


def test_a_closed_location_is_left_alone(bed: Bed) -> None:
    record = booked(bed)
    bed.fault(
        ALTEGIO, {"method": "GET", "route": "/api/v1/records/{company}", "kind": "status", "status": 403, "times": 2}
    )
    bed.ring(HintKind.LOCATION, source="altegio", location=bed.location)
    bed.drain()
    moved(bed, record, "Confirmed")
    with bed.counted() as counted:
        bed.drain()
    assert counted.altegio == {}
    assert reversals(bed, record) == [("reverse.simple.confirmed", [], "location_closed")]
    bed.fault(ALTEGIO)
    bed.sweep()
    assert state(bed, record) == (WAITING, "Confirmed")


def test_many_moves_at_once_let_other_work_pass(bed: Bed) -> None:
    records = [bed.book(person(next(numbers)), 4) for _ in range(12)]
    bed.work(*records)
    for record in records:
        moved(bed, record, "Confirmed")
    bed.drain()
    assert {state(bed, record) for record in records} == {(CONFIRMED, "Confirmed")}
