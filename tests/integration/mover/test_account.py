"""What people choose in the settings, and what they change in the account: the deals follow, or the work waits."""

from dataclasses import replace
from typing import Any

import pytest

from bookdeal.model.booking import BookingStatus
from bookdeal.model.field_codes import field_plan
from bookdeal.model.hint import HintKind
from bookdeal.model.settings import Mapping, StatusSync, SyncMode, TaskTemplate
from sandbox.stack.demo import TASK

from .bed import CONFIRMED, NO_SHOW, Bed, person
from .conftest import MakeBed
from .oracle import by_booking, field


def mapping_of(bed: Bed) -> Mapping:
    mapping = bed.installation.settings.status_sync.mapping
    assert mapping is not None
    return mapping


def remap(bed: Bed, **stages: int | None) -> None:
    """Let these statuses stand for other stages."""
    mapping = mapping_of(bed)
    changed = {**mapping.stages, **{BookingStatus[name.upper()]: stage for name, stage in stages.items()}}
    bed.choose(status_sync=StatusSync(SyncMode.SIMPLE, replace(mapping, stages=changed)))


# -- settings ----------------------------------------------------------------------------------------------------------


def test_deals_without_client_are_a_choice(bed: Bed) -> None:
    bed.choose(deals_without_client=True)
    record = bed.book(None)
    bed.work(record)
    deal = bed.deal(record)
    assert (deal["name"], deal["_embedded"]["contacts"], bed.stage(deal)) == ("Haircut", [], "New booking")
    bed.change(record, client=person(1))
    bed.work(record)
    assert bed.contact(bed.assert_right()[record["id"]])["name"] == person(1)["name"]


def test_an_unmapped_status_moves_nothing(bed: Bed) -> None:
    remap(bed, no_show=None)
    record, missed = bed.book(person(1)), bed.book(person(2), attendance=NO_SHOW)
    bed.work(record, missed)
    bed.set_status(record, CONFIRMED)
    bed.work(record)
    bed.set_status(record, NO_SHOW)
    with bed.counted() as counted:
        bed.work(record)
    assert counted.kommo == {"GET /api/v4/leads": 1}
    bed.assert_right(moved=[record["id"], missed["id"]])
    assert bed.stage(bed.deal(record)) == "Confirmed"
    assert bed.stage(bed.deal(missed)) == "New booking"


@pytest.mark.parametrize("with_mapping", [True, False])
def test_without_synchronisation_deals_land_and_stay(bed: Bed, with_mapping: bool) -> None:
    mapping = mapping_of(bed) if with_mapping else None
    bed.choose(status_sync=StatusSync(SyncMode.OFF, mapping))
    record = bed.book(person(1), attendance=CONFIRMED)
    bed.work(record)
    landed = bed.stage(bed.deal(record))
    assert landed == ("New booking" if with_mapping else "New enquiry")
    bed.set_status(record, NO_SHOW)
    bed.change(record, datetime=f"{bed.day(5)} 12:00:00")
    bed.work(record)
    bed.assert_right(moved=[record["id"]])
    assert bed.stage(bed.deal(record)) == landed


def test_visits_before_the_start_are_out_of_scope(bed: Bed) -> None:
    bed.choose(start_from=bed.day(3))
    before, after = bed.book(person(1), 2), bed.book(person(2), 3)
    bed.sweep()
    bed.assert_right(except_for=[before["id"]])
    bed.change(before, datetime=f"{bed.day(4)} 12:00:00")
    bed.change(after, datetime=f"{bed.day(1)} 12:00:00")
    bed.work(before, after)
    bed.assert_right()


def test_the_first_reading_leaves_out_what_is_out_of_scope(make_bed: MakeBed) -> None:
    bed = make_bed(salon="demo")
    bed.choose(start_from=bed.day(1))
    bed.sweep()
    early = [
        record["id"]
        for id in bed.altegio.locations
        for record in bed.records(id)
        if record["date"] < bed.day(1).isoformat()
    ]
    deals = bed.assert_right(except_for=early)
    assert len(deals) > 20
    assert len(early) > 50


@pytest.mark.parametrize(
    ("task", "made"),
    [
        (None, 0),
        (TASK, 1),
        (TaskTemplate("Ring {visitor}{client} about {nonsense", minutes_before=-30), 1),
        (replace(TASK, type=999), 0),
    ],
    ids=["none", "the demo's", "unreadable text", "unknown type"],
)
def test_the_task_is_a_choice(bed: Bed, task: TaskTemplate | None, made: int) -> None:
    bed.choose(task=task)
    records = [bed.book(person(number)) for number in (1, 2)]
    bed.work(*records)
    bed.come_to_rest()
    bed.assert_right()
    assert [len(bed.tasks(bed.deal(record))) for record in records] == [made, made]


def test_a_task_is_made_only_for_what_is_still_to_come(bed: Bed) -> None:
    missed, waiting = bed.book(person(1), -1, attendance=NO_SHOW), bed.book(person(2))
    bed.sweep()
    assert [len(bed.tasks(bed.deal(record))) for record in (missed, waiting)] == [0, 1]


def test_a_family_shares_a_phone_and_has_a_contact_each(make_bed: MakeBed) -> None:
    bed = make_bed(salon="demo")
    bed.sweep()
    deals = bed.assert_right()
    family: dict[int, int] = {}
    mother = next(record for record in bed.records() if record["client"] and record["client"]["name"] == "Pau")
    for record in bed.records():
        if record["client"] and record["client"]["phone"] == mother["client"]["phone"]:
            family[record["client"]["id"]] = bed.contact(deals[record["id"]])["id"]
    assert len(family) == len(set(family.values())) == 3


# -- the account -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entity", "code"), [("leads", "BOOKING_ID"), ("leads", "EMPLOYEE"), ("contacts", "CLIENT_ID")]
)
def test_deleted_fields_are_made_again(bed: Bed, entity: str, code: str) -> None:
    record = bed.book(person(1))
    bed.work(record)
    gone = next(one for one in bed.look(f"{entity}/custom_fields") if one["code"] == code)
    bed.in_kommo("DELETE", f"{entity}/custom_fields/{gone['id']}")
    bed.set_status(record, CONFIRMED)
    new = bed.book(person(2))
    bed.work(record, new)
    plan = field_plan(bed.installation.settings)
    wanted = plan.deals if entity == "leads" else plan.contacts
    codes = [one["code"] for one in bed.look(f"{entity}/custom_fields") if one["code"] in wanted]
    assert sorted(codes) == sorted(wanted)
    assert bed.parked() == {}
    if entity == "leads":
        bed.assert_right()
    else:
        assert field(bed.contact(bed.deal(new)), code) == str(new["client"]["id"])
    again = bed.book(person(3))
    with bed.counted() as counted:
        bed.work(again)
    assert counted.kommo["GET /api/v4/account"] == 0


def test_a_deleted_stage_pauses_the_installation_and_nothing_is_lost(bed: Bed) -> None:
    record, waiting = bed.book(person(1)), bed.book(person(2))
    bed.work(record, waiting)
    mapping = mapping_of(bed)
    gone = mapping.stages[BookingStatus.CONFIRMED]
    bed.in_kommo("DELETE", f"leads/pipelines/{mapping.pipeline}/statuses/{gone}")
    bed.set_status(record, CONFIRMED)
    with bed.counted() as counted:
        bed.work(record)
    assert counted.kommo["GET /api/v4/leads/pipelines"] == 1
    assert bed.installation.paused == "stage_gone"
    assert bed.installation.paused_at == pytest.approx(bed.clock.now(), abs=60)
    assert bed.parked() == {}, "all that waits for it is one entry: the pause"
    # All that rings now is remembered, and nothing is asked of anybody.
    bed.pass_time(600)
    bed.admin("pay", location=bed.location, ids=[waiting["id"]], cost_to_pay=5)
    other = bed.book(person(3))
    deal = bed.deal(waiting)
    bed.move(deal, "Call back")
    with bed.counted() as counted:
        bed.hint(other)
        bed.hint(waiting, kind=HintKind.PAYMENT)
        bed.hint_of_deals(bed.deal(waiting))
        bed.sweep()
        bed.sweep()
    assert (counted.altegio, counted.kommo, counted.written) == ({}, {}, {"Installations": 2})
    made = bed.in_kommo(
        "POST", f"leads/pipelines/{mapping.pipeline}/statuses", [{"name": "Confirmed", "sort": 35, "color": "#fffeb2"}]
    )
    remap(bed, confirmed=made["_embedded"]["statuses"][0]["id"])
    bed.let_go_on()
    bed.drain()
    deals = bed.assert_right(moved=[waiting["id"]])
    assert deals[waiting["id"]]["price"] == 5
    assert bed.stage(deals[waiting["id"]]) == "Call back"


def test_a_stage_deleted_and_chosen_anew_needs_no_other_hint(bed: Bed) -> None:
    """The mapping is put right before the product notices: one reading of the account, and on it goes."""
    record = bed.book(person(1))
    bed.work(record)
    mapping = mapping_of(bed)
    made = bed.in_kommo(
        "POST", f"leads/pipelines/{mapping.pipeline}/statuses", [{"name": "Confirmed", "sort": 45, "color": "#fffeb2"}]
    )
    bed.in_kommo("DELETE", f"leads/pipelines/{mapping.pipeline}/statuses/{mapping.stages[BookingStatus.CONFIRMED]}")
    remap(bed, confirmed=made["_embedded"]["statuses"][0]["id"])
    bed.set_status(record, CONFIRMED)
    bed.work(record)
    assert bed.installation.paused is None
    bed.assert_right()


# -- what cannot be done -----------------------------------------------------------------------------------------------


def refusal(*elements: tuple[str, str]) -> dict[str, Any]:
    """Return the fault by which Kommo refuses these elements of the next batch: request id, path."""
    told = [{"request_id": id, "errors": [{"code": "InvalidType", "path": path}]} for id, path in elements]
    body = {"title": "Bad Request", "status": 400, "detail": "x", "validation-errors": told}
    return {"kind": "status", "status": 400, "body": body}


def test_an_unreadable_booking_is_parked_once_and_stops_nothing(bed: Bed) -> None:
    linked = bed.book(person(1))
    bed.work(linked)
    bed.pass_time(60)
    good, bad = bed.book(person(2)), bed.book(person(3))
    rows = bed.records()
    broken = [
        {**row, "attendance": {"of": "another kind"}} if row["id"] in (bad["id"], linked["id"]) else row for row in rows
    ]
    answer = {"success": True, "data": broken, "meta": {"page": 1, "total_count": len(rows)}}
    bed.fault(
        "altegio",
        {"route": f"/api/v1/records/{bed.location}", "kind": "status", "status": 200, "body": answer, "probability": 1},
    )
    bed.work(good, bad)
    assert set(bed.parked()) == {bad["id"], linked["id"]}
    assert {item["reason"] for item in bed.items("Parked")} == {"unreadable"}
    assert (bed.location, good["id"]) in by_booking(bed.deals())
    since = [item["since"] for item in bed.items("Parked")]
    bed.pass_time(120)
    with bed.counted() as counted:
        bed.sweep()
        bed.sweep()
    assert counted.written["Parked"] == 0
    assert [item["since"] for item in bed.items("Parked")] == since
    # The next good reading makes up for it, whether there is something new or not.
    bed.fault("altegio")
    bed.sweep()
    assert bed.parked() == {}
    bed.assert_right()


def test_a_refused_booking_is_parked_and_the_rest_is_made(bed: Bed) -> None:
    records = [bed.book(person(number)) for number in range(1, 6)]
    mark = f"{bed.location}:{records[2]['id']}"
    bed.fault("kommo", {"method": "POST", "route": "/api/v4/leads", **refusal((mark, "name"))})
    bed.work(*records)
    assert bed.parked() == {records[2]["id"]: "deal_refused"}
    assert set(bed.assert_right(except_for=[records[2]["id"]])) == {record["id"] for record in records} - {
        records[2]["id"]
    }
    bed.come_to_rest()
    assert bed.parked() == {records[2]["id"]: "deal_refused"}
    bed.change(records[2], datetime=f"{bed.day(4)} 11:00:00")
    bed.work(records[2])
    assert bed.parked() == {}
    bed.assert_right()


def test_a_refused_change_is_parked_and_the_rest_is_written(bed: Bed) -> None:
    records = [bed.book(person(number)) for number in range(1, 6)]
    bed.work(*records)
    for record in records:
        bed.set_status(record, CONFIRMED)
    bed.fault("kommo", {"method": "PATCH", "route": "/api/v4/leads", **refusal(("1", "price"), ("3", "price"))})
    bed.work(*records)
    parked = bed.parked()
    assert len(parked) == 2
    assert set(parked.values()) == {"deal_refused"}
    bed.assert_right(moved=list(parked))
    left = {record["id"] for record in records if bed.stage(bed.deal(record)) == "New booking"}
    assert left == set(parked)


def test_a_refused_contact_is_parked_and_its_deal_is_made_without(bed: Bed) -> None:
    records = [bed.book(person(number)) for number in (1, 2)]
    mark = f"{bed.location}:{records[0]['client']['id']}"
    bed.fault("kommo", {"method": "POST", "route": "/api/v4/contacts", **refusal((mark, "name"))})
    bed.work(*records)
    assert bed.parked() == {records[0]["id"]: "contact_refused"}
    bed.assert_right(questions=[records[0]["id"]])


@pytest.mark.parametrize("refuses", ["all", "elements"])
def test_what_one_refused_element_takes_down_with_it_is_made_once(bed: Bed, refuses: str) -> None:
    """Whether the other elements of a refused batch are written is not documented: either way all comes right."""
    bed.person("behaviour", batch_refusal=refuses)
    known = [bed.book(person(number)) for number in range(1, 4)]
    bed.work(*known)
    contacts = [bed.contact(bed.deal(record))["id"] for record in known]
    bed.person("delete", entity="contacts", ids=contacts[:1])
    new = [bed.book(person(number), 5) for number in range(1, 6)]
    bed.work(*new)
    bed.come_to_rest()
    assert bed.parked() == {}
    bed.assert_right(questions=[known[0]["id"]])
    assert {len(bed.tasks(deal)) for deal in bed.deals()} == {1}


def test_a_refused_task_costs_no_other_task(bed: Bed) -> None:
    records = [bed.book(person(number)) for number in range(1, 5)]
    mark = f"{bed.location}:{records[1]['id']}"
    bed.fault("kommo", {"method": "POST", "route": "/api/v4/tasks", **refusal((mark, "text"))})
    bed.work(*records)
    bed.come_to_rest()
    bed.assert_right()
    assert [len(bed.tasks(bed.deal(record))) for record in records] == [1, 0, 1, 1]


def test_a_batch_refused_without_a_word_is_taken_apart(bed: Bed) -> None:
    records = [bed.book(person(number)) for number in range(1, 5)]
    bed.fault("kommo", {"method": "POST", "route": "/api/v4/leads", **refusal(), "times": 2})
    bed.work(*records)
    bed.come_to_rest()
    assert bed.parked() == {}
    bed.assert_right()


def test_a_closed_location_is_left_alone_and_the_other_goes_on(bed: Bed) -> None:
    here, there = bed.altegio.locations
    first = bed.book(person(1))
    second = bed.book(person(2), location=there, staff_id=51_101, services=[{"id": 7_201}])
    bed.fault(
        "altegio",
        {"route": f"/api/v1/records/{here}", "kind": "status", "status": 403, "probability": 1},
    )
    bed.work(first, second)
    assert bed.installation.paused is None
    assert set(by_booking(bed.deals())) == {(there, second["id"])}
    bed.fault("altegio")
    bed.sweep()
    bed.assert_right()


def test_a_booking_that_is_not_ours_to_see_is_no_closed_location(bed: Bed) -> None:
    record, other = bed.book(person(1)), bed.book(person(2))
    bed.work(record, other)
    bed.pass_time(60)
    bed.set_status(other, CONFIRMED)
    bed.work(other)
    route = f"/api/v1/record/{bed.location}/{record['id']}"
    bed.fault("altegio", {"route": route, "kind": "status", "status": 403, "probability": 1})
    bed.hint(record, kind=HintKind.PAYMENT)
    new = bed.book(person(3), 4)
    bed.work(new)
    assert (bed.location, new["id"]) in by_booking(bed.deals())
    assert bed.parked() == {record["id"]: "unreadable"}


def test_the_mover_says_when_it_is_swept_next(bed: Bed) -> None:
    """Never later than suits an installation that rings, and sooner while something is left to be looked at."""
    bed.sweep()
    assert 60 <= bed.due() - bed.clock.now() <= 1800
    soon = int(bed.clock.now()) + 100
    bed.set_due(soon)
    bed.work(bed.book(person(1)))
    assert bed.due() == soon
    bed.set_due(soon + 3600)
    bed.work(bed.book(person(3)))
    assert bed.due() <= bed.clock.now() + 300
    bed.fault("kommo", {"method": "POST", "route": "/api/v4/leads", "kind": "commit_then_status", "status": 504})
    bed.work(bed.book(person(2)))
    assert bed.due() <= bed.clock.now() + 61
