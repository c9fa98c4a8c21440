"""The scan for duplicates: all that were planted and no others, few requests, nobody's data kept, kills survived."""

import json
from typing import Any

import pytest

from benchmarks.planted import Planted, missed, plant
from bookdeal.duplicates.findings import MOST_MEMBERS, Findings, Found
from bookdeal.duplicates.pairs import Kind, Level, Reason
from bookdeal.model.command import Command, CommandKind, CommandState
from bookdeal.model.hint import HintKind
from sandbox.stack import demo

from .bed import TABLES, Bed, control, person
from .conftest import MakeBed

DEALS, CONTACTS, EACH = 5_000, 4_000, 40


def findings(bed: Bed) -> Findings:
    return Findings(bed.store.table(bed.deployment.table("Decisions"), *TABLES["Decisions"]), demo.INSTALLATION)


def groups(bed: Bed, kind: Kind) -> list[Found]:
    """Return all groups of the newest scan, as the route pages through them."""
    stored = findings(bed)
    newest = stored.newest()
    assert newest is not None
    found, page, is_more = [], 0, True
    while is_more:
        page += 1
        some, is_more = stored.groups(newest.id, kind, page)
        found += some
    return found


def found(bed: Bed) -> dict[str, list[Any]]:
    return {kind.value: [group.members for group in groups(bed, kind)] for kind in Kind}


def scan(bed: Bed) -> Command:
    command = bed.ask(CommandKind.SCAN_DUPLICATES, by=1)
    bed.drain(most_runs=400)
    done = bed.outcome(command)
    assert done.state is CommandState.DONE, done.result
    return done


def planting(bed: Bed, each: int) -> Planted:
    def post(entity: str, bodies: list[dict[str, Any]]) -> list[int]:
        answer = bed.in_kommo("POST", entity, bodies)
        return [one["id"] for one in answer["_embedded"][entity]]

    return plant(post, each)


@pytest.mark.timeout(300)
def test_a_tenth_of_a_large_account(make_bed: MakeBed) -> None:
    """At most one request for 200 entities; every planted duplicate, and no two of a family."""
    bed = make_bed()
    control(bed.kommo.base_url, "load", {"deals": DEALS, "contacts": CONTACTS})
    planted = planting(bed, EACH)
    with bed.counted() as spent:
        done = scan(bed)
    assert missed(planted, found(bed)) == {"certain": 0, "alike": 0, "deals": 0, "false": 0}
    read = done.result["contacts"] + done.result["deals"]
    assert read == DEALS + CONTACTS + planted.contacts + 2 * len(planted.deals)
    # An account of this size has one page more of each than are full.
    assert spent.kommo.total() <= read / 200 + 2
    contacts = {group.members: group for group in groups(bed, Kind.CONTACTS)}
    assert all(contacts[tuple(sorted(group))].level is Level.CERTAIN for group in planted.certain)
    assert not bed.items("Decisions", "duplicates#rows#")


def test_nobody_is_named_by_what_is_kept(bed: Bed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bookdeal.bookings.commands.duplicate_scan.SLICE_SECONDS", 0.0)
    planting(bed, 2)
    bed.book(person(1, "Zoraida Quintana"))
    bed.ask(CommandKind.SCAN_DUPLICATES, by=1)
    kept = ""
    while bed.queue.waiting:
        bed.serve()
        kept += json.dumps(bed.items("Decisions", "duplicates#"))
    for what in ("contacts", "deals", "bookings", "pairs"):
        assert f"#{what}#" in kept
    for word in ("Amalia", "amalia", "Zoraida", "zoraida", "600000001", "planted0", "6000000"):
        assert word not in kept


def test_a_scan_survives_a_kill_anywhere(make_bed: MakeBed) -> None:
    bed = make_bed()
    planted = planting(bed, 3)
    whole = scan(bed)
    expected = found(bed)
    assert missed(planted, expected) == {"certain": 0, "alike": 0, "deals": 0, "false": 0}
    moment = 0
    while True:
        moment += 1
        command = bed.ask(CommandKind.SCAN_DUPLICATES, by=1)
        with bed.wire.killing(moment):
            bed.drain()
        if not bed.wire.killed:
            break
        bed.pass_time(60)  # the lease of the killed process runs out
        bed.drain()
        assert bed.outcome(command).state is CommandState.DONE
        assert found(bed) == expected
        newest = findings(bed).newest()
        assert newest is not None
        assert newest.counts["contacts"] == whole.result["contacts"]
        assert not bed.items("Decisions", "duplicates#rows#")
        assert {item["key"].split("#")[2] for item in bed.items("Decisions", "duplicates#groups#")} == {command.id}
    assert moment > 10


def test_live_work_passes_between_slices(bed: Bed, monkeypatch: pytest.MonkeyPatch) -> None:
    """A slice ends after its time, what rings meanwhile is done first, and the scan goes on where it was."""
    monkeypatch.setattr("bookdeal.bookings.commands.duplicate_scan.SLICE_SECONDS", 0.0)
    control(bed.kommo.base_url, "load", {"contacts": 600})
    command = bed.ask(CommandKind.SCAN_DUPLICATES, by=1)
    bed.serve()
    progress = bed.outcome(command).progress
    assert progress is not None
    assert (progress["phase"], progress["contacts"]) == ("contacts", 250)
    booking = bed.book(person(1))
    bed.hint(booking)
    bed.serve()
    assert bed.deal_of(booking)
    assert bed.outcome(command).state is CommandState.WAITING
    bed.drain()
    assert bed.outcome(command).state is CommandState.DONE


def test_bookings_that_are_there_twice(bed: Bed) -> None:
    carla = person(1, "Carla Ruiz")
    twice = [bed.book(carla, time_of_day="10:00"), bed.book(carla, time_of_day="10:30")]
    bed.book(carla, day=3, time_of_day="10:00")  # another day
    bed.book(person(2, "Dani Vidal"), time_of_day="10:00")  # somebody else
    cancelled = bed.book(carla, time_of_day="10:00")
    bed.cancel(cancelled)
    bed.ring(HintKind.LOCATION, source="sweep")
    bed.drain()
    scan(bed)
    (group,) = groups(bed, Kind.BOOKINGS)
    assert group.members == tuple(sorted((one["company_id"], one["id"]) for one in twice))
    assert group.level is Level.CERTAIN
    assert Reason.OVERLAP in group.reasons


def test_thousands_with_one_phone_stop_no_scan(bed: Bed, monkeypatch: pytest.MonkeyPatch) -> None:
    """A faulty import: they are compared by the marks of their names alone, and kept in several items."""
    monkeypatch.setattr("bookdeal.bookings.commands.duplicate_scan.MOST_READ", 40)
    monkeypatch.setattr("bookdeal.duplicates.findings.ROWS_AN_ITEM", 100)
    phone = [{"field_code": "PHONE", "values": [{"value": "+34600000101", "enum_code": "WORK"}]}]
    names = ["Imported Contact", "Carla Ruiz", "Carla"]
    for some in range(2):
        bodies = [{"name": names[(some + at) % 2 if at else 2], "custom_fields_values": phone} for at in range(250)]
        bed.in_kommo("POST", "contacts", bodies)
    with bed.counted() as spent:
        scan(bed)
    found_there = groups(bed, Kind.CONTACTS)
    assert sorted(len(group.members) for group in found_there) == [2, MOST_MEMBERS, MOST_MEMBERS]
    assert {group.level for group in found_there} == {Level.CERTAIN}
    assert spent.kommo["GET /api/v4/contacts"] <= 3


def test_what_is_ignored_is_found_no_more(bed: Bed) -> None:
    planted = planting(bed, 1)
    scan(bed)
    pair = tuple(sorted(planted.certain[0]))
    stored = findings(bed)
    stored.ignore(Kind.CONTACTS, [(pair[0], pair[1])], by=1)
    assert pair not in found(bed)["contacts"]
    scan(bed)
    assert pair not in found(bed)["contacts"]
    # Two people have two deals.
    assert found(bed)["deals"] == []
    stored.stop_ignoring(Kind.CONTACTS, [(pair[0], pair[1])])
    scan(bed)
    assert pair in found(bed)["contacts"]
    assert len(found(bed)["deals"]) == 1
