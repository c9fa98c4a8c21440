"""The comparison of both sides: whatever was missed is found, told by its kind, and repaired where that is certain."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from itertools import count
from typing import Any

import pytest

from bookdeal.bookings.differences import Difference, DifferenceKind, Differences, Proof
from bookdeal.bookings.mover.reading import SWEEP_OVERLAP
from bookdeal.model.booking import BookingStatus
from bookdeal.model.command import Command, CommandKind, CommandState
from bookdeal.model.settings import Grouping
from sandbox.stack import demo

from .bed import CONFIRMED, MADRID, TABLES, WAITING, Bed, person
from .conftest import MakeBed
from .oracle import Raw, field

numbers = count(100)


@pytest.fixture(scope="module")
def shared(make_bed: MakeBed) -> Bed:
    bed = make_bed()
    bed.sweep()
    return bed


@pytest.fixture
def bed(shared: Bed) -> Iterator[Bed]:
    """A bed that others have used, and in which all is right again when a test has ended."""
    yield shared
    assert shared.installation.paused is None


def someone() -> dict[str, Any]:
    return person(next(numbers))


def booked(bed: Bed, **changes: Any) -> tuple[Raw, Raw]:
    """Return a new booking and its deal."""
    record = bed.book(someone(), **changes)
    bed.work(record)
    return record, bed.deal(record)


def stored(bed: Bed) -> Differences:
    return Differences(bed.store.table(bed.deployment.table("Decisions"), *TABLES["Decisions"]), demo.INSTALLATION)


def compared(bed: Bed, **params: Any) -> dict[str, Any]:
    """Compare both sides; returns what the command says of it."""
    return done(bed, bed.ask(CommandKind.COMPARE, by=1, **params))


def done(bed: Bed, command: Command) -> dict[str, Any]:
    bed.drain()
    outcome = bed.outcome(command)
    assert outcome.state is CommandState.DONE, outcome.result
    return dict(outcome.result)


def found(bed: Bed, record: Raw) -> dict[DifferenceKind, Difference]:
    """Return what is listed of a booking."""
    listed = stored(bed).of([record["company_id"]])
    return {one.kind: one for one in listed if one.booking == record["id"]}


def proof(bed: Bed) -> Proof:
    known = stored(bed).proof()
    assert known is not None
    return known


def repaired(bed: Bed, one: Difference) -> dict[str, Any]:
    return done(bed, bed.ask(CommandKind.REPAIR, by=1, difference=one.id))


def pass_over(bed: Bed) -> None:
    """Let what has changed so far be in no list of changes that is read from now on."""
    bed.pass_time(SWEEP_OVERLAP + 60)
    table = bed.store.table(bed.deployment.table("Installations"), *TABLES["Installations"])
    (state,) = bed.items("Installations", "state")
    locations = state["locations"]
    for location in locations.values():
        location["cursor"] = int(bed.clock.now())
    table.update(demo.INSTALLATION, "state", change="SET #locations = :all", values={"all": locations})


def test_agreement_writes_nothing_but_the_proof(bed: Bed) -> None:
    for day in range(3):
        booked(bed, day=day + 1)
    with bed.counted() as counted:
        result = compared(bed)
    assert result["compared"] == result["agree"] >= 3
    assert result["differ"] == result["repaired"] == result["parked"] == 0
    assert not [one for one in counted.kommo if not one.startswith("GET")]
    assert counted.written.keys() <= {"Decisions", "Installations"}
    assert (proof(bed).back, proof(bed).ahead) == (31, 180)
    assert bed.items("Decisions", "compared#") == []
    assert proof(bed).tallies[bed.location].agree == result["agree"]


def test_a_booking_that_was_missed_gets_its_deal(bed: Bed) -> None:
    record = bed.book(someone())
    pass_over(bed)
    bed.sweep()
    assert not [deal for deal in bed.deals() if field(deal, "BOOKING_ID") == str(record["id"])]
    result = compared(bed)
    assert result["repaired"] == 1
    bed.assert_right(only=[record])
    assert found(bed, record) == {}


def test_a_change_that_was_missed_is_made_up_for(bed: Bed) -> None:
    record, _ = booked(bed)
    bed.set_status(record, CONFIRMED)
    pass_over(bed)
    bed.sweep()
    assert bed.stage(bed.deal(record)) != "Confirmed"
    assert compared(bed)["repaired"] == 1
    bed.assert_right(only=[record])


def test_a_deal_deleted_by_hand_is_listed_and_made_again_when_a_person_says_so(bed: Bed) -> None:
    record, deal = booked(bed)
    bed.person("delete", entity="leads", ids=[deal["id"]])
    for _ in range(2):
        assert compared(bed)["differ"] == 1
        assert found(bed, record).keys() == {DifferenceKind.DEAL_DELETED}
    one = found(bed, record)[DifferenceKind.DEAL_DELETED]
    assert one.deal == deal["id"]
    assert repaired(bed, one) == {"repaired": 1, "left": 0}
    bed.assert_right(only=[record])
    assert bed.deal(record)["id"] != deal["id"]
    assert found(bed, record) == {}
    assert compared(bed)["differ"] == 0


def test_a_deal_that_was_brought_back_is_not_made_again(bed: Bed) -> None:
    record, deal = booked(bed)
    bed.person("delete", entity="leads", ids=[deal["id"]])
    compared(bed)
    bed.person("restore", entity="leads", ids=[deal["id"]])
    one = found(bed, record)[DifferenceKind.DEAL_DELETED]
    assert repaired(bed, one) == {"repaired": 1, "left": 0}
    assert bed.deal(record)["id"] == deal["id"]
    bed.assert_right(only=[record])


def test_what_a_person_wrote_into_a_deal_stays_until_a_person_has_it_repaired(bed: Bed) -> None:
    record, deal = booked(bed)
    bed.person("edit", entity="leads", id=deal["id"], changes={"price": 7})
    bed.hint_of_deals(deal)
    bed.drain()
    assert compared(bed)["differ"] == 1
    one = found(bed, record)[DifferenceKind.DEAL_DIFFERS]
    assert (one.deal, one.params) == (deal["id"], {"fields": ["PRICE"]})
    assert bed.deal(record)["price"] == 7
    assert repaired(bed, one)["repaired"] == 1
    bed.assert_right(only=[record])
    assert found(bed, record) == {}


def test_a_deal_that_a_person_moved_is_told_and_no_fault(bed: Bed) -> None:
    record, deal = booked(bed)
    bed.move(deal, "Call back")  # and Kommo's hook is lost
    assert compared(bed)["differ"] == 0
    one = found(bed, record)[DifferenceKind.STAGE_MOVED]
    assert bed.stage(bed.deal(record)) == "Call back"
    bed.set_status(record, WAITING)
    bed.work(record)
    assert bed.stage(bed.deal(record)) == "Call back", "an old event undoes nobody's hand"
    assert repaired(bed, one)["repaired"] == 1
    bed.assert_right(only=[record])


def test_a_move_that_was_missed_is_noted_and_nothing_else_of_a_persons_hand_undone(bed: Bed) -> None:
    record, deal = booked(bed)
    bed.person("edit", entity="leads", id=deal["id"], changes={"price": 7})
    bed.move(deal, "Call back")
    with bed.counted() as counted:
        compared(bed)
    assert not [one for one in counted.kommo if not one.startswith("GET")]
    assert found(bed, record).keys() == {DifferenceKind.DEAL_DIFFERS, DifferenceKind.STAGE_MOVED}
    (link,) = bed.items("Links", f"booking#{record['company_id']}#{record['id']}")
    now = bed.deal(record)
    assert (link["known"], now["price"]) == ([now["pipeline_id"], now["status_id"]], 7)
    rules = [item["rule"] for item in bed.items("Decisions", f"deal#{deal['id']}#")]
    assert rules[-1] == "moved_by_person"
    assert repaired(bed, found(bed, record)[DifferenceKind.DEAL_DIFFERS])["repaired"] == 1
    assert repaired(bed, found(bed, record)[DifferenceKind.STAGE_MOVED])["repaired"] == 1
    bed.assert_right(only=[record])


def test_rules_that_have_changed_since_are_told_and_ones_that_name_what_is_gone_hold_nothing(bed: Bed) -> None:
    record, deal = booked(bed)
    sync = bed.installation.settings.status_sync
    assert sync.mapping is not None
    others = [stage for (pipeline, stage), name in bed.stages().items() if name == "Call back"]
    for stage, kinds in ((others[0], {DifferenceKind.STAGE_OUTDATED}), (999_999, set())):
        stages = {**sync.mapping.stages, BookingStatus.WAITING: stage}
        bed.choose(status_sync=replace(sync, mapping=replace(sync.mapping, stages=stages)))
        assert compared(bed)["differ"] == 0
        assert found(bed, record).keys() == kinds
    bed.choose(status_sync=sync)
    assert bed.stage(bed.deal(record)) == bed.stage(deal)


def test_what_is_no_difference_any_more_is_repaired_without_doing_anything(bed: Bed) -> None:
    assert repaired(bed, Difference(DifferenceKind.DEAL_DELETED, bed.location, 1, 1)) == {"repaired": 0, "left": 0}


def test_absence_is_listed_and_never_repaired_unasked(bed: Bed) -> None:
    record, deal = booked(bed)
    bed.admin("erase", location=bed.location, ids=[record["id"]])
    assert compared(bed)["differ"] == 1
    one = found(bed, record)[DifferenceKind.BOOKING_ABSENT]
    before = bed.stage(next(each for each in bed.deals() if each["id"] == deal["id"]))
    assert before == bed.stage(deal)
    assert repaired(bed, one)["repaired"] == 1
    (after,) = [each for each in bed.deals() if each["id"] == deal["id"]]
    assert bed.stage(after) == "Closed - lost"
    assert compared(bed)["differ"] == 0
    assert found(bed, record) == {}


def copied(bed: Bed, deal: Raw) -> int:
    """Let a person copy a deal; returns the copy's id."""
    fields = [
        {"field_id": one["field_id"], "values": [{"value": one["values"][0]["value"]}]}
        for one in deal["custom_fields_values"]
        if one["field_code"] in ("BOOKING_ID", "COMPANY_ID")
    ]
    copy = bed.in_kommo("POST", "leads", [{"name": "Copy", "custom_fields_values": fields}])
    return int(copy["_embedded"]["leads"][0]["id"])


@pytest.mark.parametrize("api_filter", ["on", "ignored"])
def test_a_copied_deal_is_listed_until_a_person_has_seen_to_it(bed: Bed, api_filter: str) -> None:
    record, deal = booked(bed)
    twin = copied(bed, deal)
    bed.person("behaviour", api_filter=api_filter)
    for _ in range(2):
        compared(bed)
        one = found(bed, record)[DifferenceKind.TWIN_DEALS]
        assert (one.deal, one.params) == (twin, {"linked": deal["id"]})
        bed.pass_time(3600)  # from then on it is none of the deals that have changed
    bed.person("behaviour", api_filter="on")
    refused = bed.ask(CommandKind.REPAIR, by=1, difference=one.id)
    bed.drain()
    assert bed.outcome(refused).result["code"] == "not_repairable"
    bed.person("delete", entity="leads", ids=[twin])
    compared(bed)
    assert found(bed, record) == {}
    bed.assert_right(only=[record])


def test_a_deal_that_lost_its_contact_is_listed_and_gets_it_back(bed: Bed) -> None:
    record, deal = booked(bed)
    contact = bed.contact(deal)
    body = [{"to_entity_id": contact["id"], "to_entity_type": "contacts"}]
    bed.in_kommo("POST", f"leads/{deal['id']}/unlink", body)
    compared(bed)
    one = found(bed, record)[DifferenceKind.CONTACT_MISSING]
    assert repaired(bed, one)["repaired"] == 1
    assert bed.contact(bed.deal(record))["id"] == contact["id"]
    assert compared(bed)["differ"] == 0


def test_a_contact_that_was_deleted_is_met_again_without_asking(bed: Bed) -> None:
    record, deal = booked(bed)
    bed.person("delete", entity="contacts", ids=[bed.contact(deal)["id"]])
    compared(bed)
    assert found(bed, record) == {}
    bed.assert_right(only=[record])


def test_a_location_that_could_not_be_read_is_listed(bed: Bed) -> None:
    record, _ = booked(bed)
    bed.fault(
        "altegio",
        {
            "method": "GET",
            "route": "/api/v1/records/{company}",
            "times": 1,
            "kind": "status",
            "status": 403,
            "body": {},
        },
    )
    bed.ask(CommandKind.COMPARE, by=1)
    bed.drain()
    (one,) = [one for one in stored(bed).of([bed.location]) if one.kind is DifferenceKind.NOT_READ]
    assert one.params["reason"]
    compared(bed)
    assert not [one for one in stored(bed).of([bed.location]) if one.kind is DifferenceKind.NOT_READ]
    bed.assert_right(only=[record])


def test_all_of_a_kind_are_repaired_at_once(bed: Bed) -> None:
    records = [booked(bed)[0] for _ in range(3)]
    for record in records:
        bed.person("edit", entity="leads", id=bed.deal(record)["id"], changes={"price": 3})
    compared(bed)
    command = bed.ask(CommandKind.REPAIR_ALL, by=1, all_of="deal_differs", locations=list(bed.altegio.locations))
    assert done(bed, command) == {"repaired": 3, "left": 0}
    bed.assert_right(only=records)


# -- kills -------------------------------------------------------------------------------------------------------------


def killed(bed: Bed, at: int) -> bool:
    """Work, and be killed at that moment; tells whether there was such a moment. Then go on to the end."""
    with bed.wire.killing(at):
        bed.drain()
    was_killed = bed.wire.killed
    bed.drain()
    bed.come_to_rest()
    return was_killed


def test_a_comparison_killed_at_any_moment_ends_in_the_same(bed: Bed) -> None:
    for moment in count(1, 3):
        missed, changed = bed.book(someone()), booked(bed)[0]
        lost, deal = booked(bed)
        bed.set_status(changed, CONFIRMED)
        pass_over(bed)
        bed.person("delete", entity="leads", ids=[deal["id"]])
        command = bed.ask(CommandKind.COMPARE, by=1)
        was_killed = killed(bed, moment)
        assert bed.outcome(command).state is CommandState.DONE
        bed.assert_right(only=[missed, changed])
        assert found(bed, lost).keys() == {DifferenceKind.DEAL_DELETED}
        done(bed, bed.ask(CommandKind.REPAIR_ALL, all_of="deal_deleted", locations=[bed.location]))
        bed.assert_right(only=[lost])
        if not was_killed:
            break
    assert moment > 8, "a comparison has more moments than that"


def test_deals_made_again_are_made_once_whenever_it_is_killed(bed: Bed) -> None:
    bed.choose(grouping=Grouping.VISIT)
    for moment in count(1, 2):
        guest = someone()
        visit = [bed.book(guest), bed.book(guest, time_of_day="12:00")]
        bed.work(*visit)
        deal = bed.assert_together(*visit)
        bed.person("delete", entity="leads", ids=[deal["id"]])
        compared(bed)
        one = found(bed, visit[0])[DifferenceKind.DEAL_DELETED]
        bed.ask(CommandKind.REPAIR, by=1, difference=one.id)
        was_killed = killed(bed, moment)
        again = bed.assert_together(*visit)
        assert again["id"] != deal["id"]
        compared(bed)
        assert found(bed, visit[0]) == found(bed, visit[1]) == {}
        if not was_killed:
            break
    bed.choose(grouping=Grouping.BOOKING)
    assert moment > 5, "it has more moments than that"


# -- in beds of their own, which end the use of the others -------------------------------------------------------------


def test_a_lost_table_of_links_is_rebuilt_before_anything_is_compared(make_bed: MakeBed) -> None:
    bed = make_bed()
    records = [booked(bed)[0] for _ in range(2)]
    before = {deal["id"] for deal in bed.deals()}
    table = bed.store.table(bed.deployment.table("Links"), *TABLES["Links"])
    for item in bed.items("Links"):
        table.delete(demo.INSTALLATION, item["key"])
    result = compared(bed)
    assert result["differ"] == 0
    assert {deal["id"] for deal in bed.deals()} == before
    bed.assert_right(only=records)


def test_both_sides_are_compared_once_a_night(make_bed: MakeBed) -> None:
    bed = make_bed(at=datetime(2026, 5, 6, 0, 30, tzinfo=MADRID), compares=True)
    record = bed.book(someone(), day=2)
    bed.sweep()
    assert stored(bed).proof() is None
    bed.pass_time(4 * 3600)  # whenever in the night it is this account's turn, it has been
    for _ in range(2):
        bed.sweep()
    first = proof(bed)
    assert (first.back, first.ahead, first.tallies[bed.location].agree) == (31, 180, 1)
    bed.pass_time(24 * 3600)
    bed.sweep()
    assert proof(bed).began > first.began
    bed.assert_right(only=[record])
