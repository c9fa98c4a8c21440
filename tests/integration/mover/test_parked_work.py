"""Parked work waits until a person sends it again, drops it, or the booking changes; what stays long is told."""

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from bookdeal.model.command import CommandKind, CommandState
from bookdeal.runtime.observe import PARKED_TOO_LONG

from .bed import CONFIRMED, Bed, person
from .conftest import MakeBed
from .oracle import Raw, by_booking

numbers = count(100)
REFUSING = {"method": "POST", "route": "/api/v4/leads", "kind": "status", "status": 400, "probability": 1}


@pytest.fixture(scope="module")
def shared(make_bed: MakeBed) -> Bed:
    bed = make_bed()
    bed.sweep()
    return bed


@pytest.fixture
def bed(shared: Bed) -> Iterator[Bed]:
    """A bed that others have used; nothing is parked in it when a test begins."""
    assert shared.parked() == {}
    yield shared
    shared.fault("kommo")


def parked(bed: Bed, bookings: int = 1) -> list[Raw]:
    """Return new bookings whose deals Kommo has refused; it would take them now."""
    records = [bed.book(person(next(numbers))) for _ in range(bookings)]
    bed.fault("kommo", REFUSING)
    for record in records:
        bed.work(record)
    bed.fault("kommo")
    assert bed.parked() == {record["id"]: "deal_refused" for record in records}
    return records


def asked(bed: Bed, kind: CommandKind, **params: Any) -> dict[str, Any]:
    command = bed.ask(kind, by=1, **params)
    bed.drain()
    outcome = bed.outcome(command)
    assert outcome.state is CommandState.DONE, outcome.result
    return dict(outcome.result)


def one(record: Raw) -> list[int]:
    return [record["company_id"], record["id"]]


def dropped(bed: Bed) -> set[int]:
    return {int(item["key"].split("#")[2]) for item in bed.items("Parked") if item.get("dropped")}


def test_it_waits_until_a_person_sends_it_again(bed: Bed) -> None:
    (record,) = parked(bed)
    bed.sweep()
    assert bed.parked() == {record["id"]: "deal_refused"}
    assert asked(bed, CommandKind.SEND_PARKED, booking=one(record)) == {"done": 1, "left": 0}
    assert bed.parked() == {}
    bed.assert_right(only=[record])


def test_what_is_refused_again_waits_again_since_it_was_parked_first(bed: Bed) -> None:
    (record,) = parked(bed)
    (before,) = bed.items("Parked")
    bed.pass_time(100)
    bed.fault("kommo", REFUSING)
    assert asked(bed, CommandKind.SEND_PARKED, booking=one(record)) == {"done": 0, "left": 1}
    (after,) = bed.items("Parked")
    assert (after["reason"], after["since"]) == ("deal_refused", before["since"])
    bed.fault("kommo")
    asked(bed, CommandKind.SEND_PARKED, booking=one(record))


def test_all_of_a_reason_are_sent(bed: Bed) -> None:
    records = parked(bed, 3)
    locations = list(bed.altegio.locations)
    answer = asked(bed, CommandKind.SEND_ALL_PARKED, reason="unreadable", locations=locations)
    assert answer == {"done": 0, "left": 0}
    answer = asked(bed, CommandKind.SEND_ALL_PARKED, reason="deal_refused", locations=locations)
    assert answer == {"done": 3, "left": 0}
    assert bed.parked() == {}
    bed.assert_right(only=records)


def test_a_dropped_booking_stays_dropped_until_it_changes(bed: Bed) -> None:
    (record,) = parked(bed)
    assert asked(bed, CommandKind.DROP_PARKED, booking=one(record)) == {"dropped": 1}
    bed.hint(record)
    bed.drain()
    bed.sweep()
    result = asked(bed, CommandKind.COMPARE)
    assert (result["differ"], result["parked"]) == (0, 1)
    assert dropped(bed) == {record["id"]}
    assert (bed.location, record["id"]) not in by_booking(bed.deals())
    bed.set_status(record, CONFIRMED)
    bed.work(record)
    assert bed.items("Parked") == []
    bed.assert_right(only=[record])


def test_what_is_parked_anew_for_another_content_is_dropped_no_more(bed: Bed) -> None:
    (record,) = parked(bed)
    asked(bed, CommandKind.DROP_PARKED, reason="deal_refused", locations=[bed.location])
    bed.fault("kommo", REFUSING)
    bed.set_status(record, CONFIRMED)
    bed.work(record)
    assert (bed.parked(), dropped(bed)) == ({record["id"]: "deal_refused"}, set())
    bed.fault("kommo")
    asked(bed, CommandKind.SEND_PARKED, booking=one(record))


def test_a_dropped_booking_can_be_sent_after_all(bed: Bed) -> None:
    (record,) = parked(bed)
    asked(bed, CommandKind.DROP_PARKED, booking=one(record))
    answer = asked(bed, CommandKind.SEND_ALL_PARKED, reason="deal_refused", locations=[bed.location])
    assert answer == {"done": 0, "left": 0}
    assert asked(bed, CommandKind.SEND_PARKED, booking=one(record)) == {"done": 1, "left": 0}
    bed.assert_right(only=[record])


def test_what_was_cancelled_meanwhile_has_nothing_to_be_sent(bed: Bed) -> None:
    (record,) = parked(bed)
    bed.cancel(record)
    assert asked(bed, CommandKind.SEND_PARKED, booking=one(record)) == {"done": 1, "left": 0}
    assert bed.parked() == {}
    assert (bed.location, record["id"]) not in by_booking(bed.deals())


def test_an_operator_hears_of_what_stays_parked_for_a_day(bed: Bed, caplog: pytest.LogCaptureFixture) -> None:
    first, second = parked(bed, 2)

    def told() -> list[int]:
        caplog.clear()
        bed.sweep()
        return [vars(record)[PARKED_TOO_LONG] for record in caplog.records if PARKED_TOO_LONG in vars(record)]

    assert told() == []
    bed.pass_time(25 * 3600)
    assert told() == [2]
    asked(bed, CommandKind.DROP_PARKED, booking=one(first))
    assert told() == [1]
    asked(bed, CommandKind.SEND_PARKED, booking=one(second))
    assert told() == []
    asked(bed, CommandKind.SEND_PARKED, booking=one(first))
