"""Older bookings are imported: once, where the import says, with their dates, while live changes pass."""

from dataclasses import replace
from datetime import datetime
from itertools import count
from typing import Any

import pytest

from bookdeal.bookings.commands.steering import Steering
from bookdeal.bookings.imports import Import, Imports, ImportState, Wanted
from bookdeal.model.hint import HintKind
from bookdeal.model.settings import Grouping, Mapping, SyncMode
from sandbox.stack import demo

from . import oracle
from .bed import ARRIVED, COLOURING, CONFIRMED, ELENA, MADRID, NO_SHOW, TABLES, WAITING, Bed, control, person
from .conftest import MakeBed
from .oracle import Raw

numbers = count(100)
MOST_REQUESTS = 1 / 25
"""Requests to Kommo for each booking that gets a deal in an empty account."""


def imports(bed: Bed) -> Imports:
    return Imports(bed.store.table(bed.deployment.table("Installations"), *TABLES["Installations"]), demo.INSTALLATION)


def steering(bed: Bed) -> Steering:
    return Steering(bed.store, imports(bed), bed.commands, bed.queue)


def begin(bed: Bed, first: int = -62, last: int = 62, **more: Any) -> Import:
    """Ask for an import of the first location's visits between these days, counted from today."""
    return steering(bed).begin(Wanted((bed.location,), bed.day(first), bed.day(last), **more), 1)


def known(bed: Bed) -> Import:
    found = imports(bed).read()
    assert found is not None
    return found


def to_the_end(bed: Bed, most: int = 200) -> Import:
    """Let time pass, with the sweep ringing when it is due, until the import has come to its end."""
    for _ in range(most):
        bed.drain()
        if known(bed).state is not ImportState.RUNNING or steering(bed).failure(known(bed)):
            break
        bed.pass_time(max(1.0, bed.due() - bed.clock.now()))
        bed.sweep()
    return known(bed)


def load(bed: Bed, bookings: int, clients: int) -> None:
    """Let the salon have these bookings of the sixty days before and after today, all of them before going live."""
    bed.choose(start_from=bed.day(61))
    control(bed.altegio.base_url, "load", {"bookings": bookings, "clients": clients})
    bed.pass_time(600)
    bed.sweep()
    assert bed.deals() == []


def assert_imported(bed: Bed) -> list[dict[str, Any]]:
    """Assert that each booking of the salon that was not cancelled has one deal of its client's one contact."""
    records = [record for record in bed.records() if not record["deleted"] and record["client"]]
    deals, people = oracle.by_booking(bed.deals()), bed.look("contacts")
    assert {id for _, id in deals} == {record["id"] for record in records}
    oracle.assert_no_twin_contacts(people, {bed.location: records})
    for record in records:
        oracle.assert_contact(record, deals[bed.location, record["id"]], people, is_question=False)
    assert bed.parked() == {}
    assert bed.items("Installations", "intent#") == []
    return [dict(deal) for deal in deals.values()]


@pytest.fixture
def bed(make_bed: MakeBed) -> Bed:
    return make_bed()


def pipeline_of(bed: Bed, name: str) -> int:
    return next(int(one["id"]) for one in bed.look("leads/pipelines") if one["name"] == name)


def clients_of(bed: Bed) -> dict[int, dict[str, Any]]:
    return {record["client"]["id"]: record["client"] for record in bed.records() if record["client"]}


def assert_dated_back(bed: Bed) -> None:
    """Assert that each deal bears its booking's dates, stands in the import's pipeline by its status, has no task."""
    deals, stages = oracle.by_booking(bed.deals()), bed.stages()
    own = pipeline_of(bed, "Earlier bookings")
    names = {WAITING: "New booking", CONFIRMED: "Confirmed", NO_SHOW: "No-show", ARRIVED: "Closed - won"}
    for record in bed.records():
        if record["deleted"]:
            continue
        deal = deals[bed.location, record["id"]]
        made = int(datetime.fromisoformat(record["create_date"]).timestamp())
        begins = int(datetime.fromisoformat(record["date"]).replace(tzinfo=MADRID).timestamp())
        assert deal["created_at"] == made
        assert deal["closed_at"] == (max(made, begins) if record["attendance"] == ARRIVED else None)
        assert (deal["pipeline_id"], bed.stage(deal)) == (own, names[record["attendance"]])
    assert stages
    assert bed.look("tasks") == []


# -- a thousand ----------------------------------------------------------------------------------------------------


@pytest.mark.timeout(300)
def test_a_thousand_bookings_into_an_empty_account(bed: Bed) -> None:
    """Among them one that moves to a day that was read already, and one that is cancelled, while the import rests."""
    load(bed, 1000, 600)
    began = bed.clock.now()
    with bed.counted() as counted:
        begin(bed)
        while not known(bed).progress.seen:
            bed.drain()
            assert known(bed).state is ImportState.RUNNING, "the cap of field changes lets it rest in between"
            bed.pass_time(max(1.0, bed.due() - bed.clock.now()))
            bed.sweep()
        made = set(oracle.by_booking(bed.deals()))
        left = [one for one in bed.records() if (bed.location, one["id"]) not in made and one["attendance"] == WAITING]
        moves, goes = left[-1], left[-2]
        bed.change(moves, datetime=f"{bed.day(59)} 10:00:00")
        bed.cancel(goes)
        done = to_the_end(bed)
    assert_imported(bed)
    assert_dated_back(bed)
    assert done.state is ImportState.DONE
    assert done.progress.made == 999
    assert done.progress.skipped == {"cancelled_when_first_seen": 1}
    assert (done.progress.total, done.progress.seen) == (1000, 999), "the one that moved was looked at besides"
    assert sum(counted.kommo.values()) <= 1000 * MOST_REQUESTS
    # 8 fields of a deal and 3 of a contact, of which 2,500 may be written at once and 17,500 in an hour.
    assert bed.clock.now() - began >= (999 * 8 + 600 * 3 - 2_500) / 17_500 * 3600
    again = begin(bed)
    with bed.counted() as counted:
        done = to_the_end(bed)
    assert again.command == done.command
    assert (done.progress.made, done.progress.skipped["has_deal"]) == (0, 999)
    assert not any(route.startswith(("POST", "PATCH")) for route in counted.kommo)


@pytest.mark.timeout(300)
def test_into_an_account_that_holds_contacts_and_deals_of_them(bed: Bed) -> None:
    load(bed, 600, 400)
    clients = list(clients_of(bed).values())
    for start in range(0, 300, 100):
        bed.in_kommo("POST", "contacts", [contact_of(client) for client in clients[start : start + 100]])
    shown = bed.records()[::60]
    bed.in_kommo("POST", "leads", [deal_of(bed, record) for record in shown])
    begin(bed)
    done = to_the_end(bed)
    deals = oracle.by_booking(bed.deals())
    assert len(deals) == 600
    strangers = {record["client"]["id"] for record in bed.records() if record not in shown}
    assert len(bed.look("contacts")) == len(strangers | {client["id"] for client in clients[:300]})
    oracle.assert_no_twin_contacts(bed.look("contacts"), {bed.location: bed.records()})
    linked = {record["id"] for record in shown}
    people = bed.look("contacts")
    for record in bed.records():
        deal = deals[bed.location, record["id"]]
        if record["id"] in linked:
            assert deal["name"] == "By an earlier set-up"
        else:
            oracle.assert_contact(record, deal, people, is_question=False)
    assert (done.progress.made, done.progress.skipped) == (590, {"has_deal": 10})
    assert bed.parked() == {}


def contact_of(client: dict[str, Any]) -> dict[str, Any]:
    """Return a contact as somebody in Kommo may have written it."""
    phone = [{"value": f"{client['phone'][:3]} {client['phone'][3:]}", "enum_code": "MOB"}]
    return {"name": client["name"], "custom_fields_values": [{"field_code": "PHONE", "values": phone}]}


def deal_of(bed: Bed, record: Raw) -> dict[str, Any]:
    """Return a deal that shows a booking."""
    values = {"BOOKING_ID": record["id"], "COMPANY_ID": bed.location}
    fields = [{"field_code": code, "values": [{"value": str(value)}]} for code, value in values.items()]
    return {"name": "By an earlier set-up", "custom_fields_values": fields}


# -- kills and faults ----------------------------------------------------------------------------------------------


def past(bed: Bed, many: int) -> list[Raw]:
    """Let the salon have bookings of the last days, each of somebody else, and go live today."""
    bed.choose(start_from=bed.day(0))
    bed.sweep()
    return [bed.book(person(next(numbers)), day=-1 - number % 7) for number in range(many)]


@pytest.mark.timeout(300)
def test_killed_again_and_again(bed: Bed) -> None:
    """Each time one moment later than the last: what was made is not made again, and counted once."""
    records = past(bed, 24)
    begin(bed, -10, -1)
    for moment in count(1):
        bed.batch(2)
        with bed.wire.killing(moment):
            to_the_end(bed)
        if not bed.wire.killed:
            break
    done = to_the_end(bed)
    assert moment > 10, "it was killed that often"
    assert_imported(bed)
    assert (done.progress.seen, done.progress.made, done.progress.skipped) == (len(records), len(records), {})


@pytest.mark.parametrize("kind", ["commit_then_close", "close", "late_commit"])
@pytest.mark.parametrize("route", ["leads", "contacts"])
def test_what_became_of_a_batch_is_not_known(bed: Bed, route: str, kind: str) -> None:
    records = past(bed, 8)
    late = {"seconds": 5} if kind == "late_commit" else {}
    bed.fault("kommo", {"method": "POST", "route": f"/api/v4/{route}", "times": 1, "kind": kind, **late})
    begin(bed, -10, -1)
    done = to_the_end(bed)
    assert bed.faults_to_come("kommo") == []
    assert_imported(bed)
    assert_dated_back(bed)
    assert (done.progress.made, done.progress.skipped) == (len(records), {})


# -- what is skipped, and what passes ------------------------------------------------------------------------------


def test_what_is_skipped_is_counted_by_its_reason(bed: Bed) -> None:
    made, cancelled, nobody, deleted = [*past(bed, 3), bed.book(person(next(numbers)), day=-8)]
    live = bed.book(person(next(numbers)), 2)
    bed.cancel(cancelled)
    bed.change(nobody, client=None)
    begin(bed, -8, -8)
    assert to_the_end(bed).progress.made == 1
    bed.person("delete", entity="leads", ids=[bed.deal_of(deleted)["id"]])
    bed.hint_of_deals({"id": bed.items("Links", f"booking#{bed.location}#{deleted['id']}")[0]["deal"]})
    bed.sweep()
    begin(bed, -10, -1)
    done = to_the_end(bed)
    assert (done.progress.total, done.progress.seen, done.progress.made) == (4, 4, 1)
    assert done.progress.skipped == {"cancelled_when_first_seen": 1, "no_client": 1, "deleted_by_hand": 1}
    assert {id for _, id in oracle.by_booking(bed.deals())} == {made["id"], live["id"]}
    assert len(bed.tasks(bed.deal(live))) == 1


def test_visits_and_clients_of_several_locations_come_together(bed: Bed) -> None:
    """A visit is one deal by setting; who is known at two locations is one contact."""
    bed.choose(grouping=Grouping.VISIT)
    past(bed, 0)
    here, there = bed.altegio.locations[:2]
    who = person(next(numbers))
    visit = [bed.book(who, -3, "10:00"), bed.book(who, -3, "12:00", staff_id=ELENA, services=[{"id": COLOURING}])]
    staff = bed.salon("GET", f"/company/{there}/staff")[0]["id"]
    service = next(one for one in bed.salon("GET", f"/company/{there}/services") if one["active"])
    other = bed.book(who, -4, location=there, staff_id=staff, services=[{"id": service["id"]}])
    steering(bed).begin(Wanted((here, there), bed.day(-10), bed.day(-1)), 1)
    done = to_the_end(bed)
    assert (done.progress.total, done.progress.made, done.progress.skipped) == (3, 3, {})
    assert len({bed.deal_of(one)["id"] for one in visit}) == 1
    assert len(bed.deals()) == 2
    assert len(bed.look("contacts")) == 1
    assert bed.deal_of(other)["id"] != bed.deal_of(visit[0])["id"]


def test_live_changes_pass_between_the_slices(bed: Bed) -> None:
    bed.choose(start_from=bed.day(70))
    live = bed.book(person(next(numbers)), 71)
    bed.work(live)
    control(bed.altegio.base_url, "load", {"bookings": 600, "clients": 300})
    bed.pass_time(600)
    bed.sweep()
    begin(bed)
    for status in (CONFIRMED, ARRIVED, WAITING, NO_SHOW):
        bed.set_status(live, status)
        bed.hint(live)
        while bed.queue.waiting:
            began = bed.clock.now()
            bed.serve()
            assert bed.stage(bed.deal_of(live)) == oracle.STATUS[status], "the next run sees to it"
            assert bed.clock.now() - began < 15
        assert known(bed).state is ImportState.RUNNING
        bed.pass_time(max(1.0, bed.due() - bed.clock.now()))
        bed.ring(HintKind.LOCATION, source="sweep")
    assert to_the_end(bed).progress.made == 600


def test_an_import_rests_and_is_given_up(bed: Bed) -> None:
    load(bed, 400, 300)
    begin(bed)
    bed.drain()
    before = len(bed.deals())
    steering(bed).pause()
    assert before < 400
    assert to_the_end(bed).state is ImportState.PAUSED
    for _ in range(3):
        bed.pass_time(600)
        bed.sweep()
    assert len(bed.deals()) == before
    steering(bed).go_on(1)
    bed.drain()
    between = len(bed.deals())
    assert before < between
    steering(bed).stop()
    for _ in range(3):
        bed.pass_time(600)
        bed.sweep()
    assert len(bed.deals()) == between
    assert bed.items("Installations", "state")[0]["resting"] == {}
    begin(bed)
    assert to_the_end(bed).progress.made + between == 400
    assert_imported(bed)


def test_a_stage_that_is_gone_ends_the_import_and_nothing_else(bed: Bed) -> None:
    past(bed, 2)
    begin(bed, -10, -1, mapping=Mapping(pipeline_of(bed, "Salon"), 77))
    to_the_end(bed)
    failure = steering(bed).failure(known(bed))
    assert failure is not None
    assert failure["code"] == "stage_gone"
    assert bed.installation.paused is None
    live = bed.book(person(next(numbers)), 2)
    bed.work(live)
    bed.deal_of(live)


# -- afterwards ----------------------------------------------------------------------------------------------------


def test_imported_deals_keep_to_the_imports_mapping_while_they_stand_in_its_pipeline(bed: Bed) -> None:
    stays, leaves, idle = past(bed, 3)
    begin(bed, -10, -1)
    to_the_end(bed)
    own = pipeline_of(bed, "Earlier bookings")
    for record in (stays, leaves):
        bed.set_status(record, CONFIRMED)
    bed.work(stays, leaves)
    for record in (stays, leaves):
        deal = bed.deal_of(record)
        assert (deal["pipeline_id"], bed.stage(deal)) == (own, "Confirmed")
    place = bed.deal_place()
    bed.person("move", lead=bed.deal_of(leaves)["id"], **place)
    bed.hint_of_deals(bed.deal_of(leaves))
    bed.drain()
    for record in (stays, leaves):
        bed.set_status(record, ARRIVED)
    bed.work(stays, leaves)
    assert (bed.deal_of(stays)["pipeline_id"], bed.stage(bed.deal_of(stays))) == (own, "Closed - won")
    moved = bed.deal_of(leaves)
    assert (moved["pipeline_id"], bed.stage(moved)) == (place["pipeline_id"], "Arrived")
    bed.choose(status_sync=replace(bed.installation.settings.status_sync, mode=SyncMode.OFF))
    bed.set_status(idle, CONFIRMED)
    bed.work(idle)
    assert bed.stage(bed.deal_of(idle)) == "New booking", "where nothing is synchronised, nothing moves"
    assert bed.look("tasks") == []
