"""The command that sets an account up: one pipeline and one field of each, whatever happens on the way."""

from itertools import count
from typing import Any

import pytest

from bookdeal.model.booking import BookingStatus
from bookdeal.model.command import CommandKind, CommandState
from bookdeal.model.field_codes import CONTACT_FIELDS, DEAL_FIELDS, OPTIONAL
from bookdeal.model.hint import HintKind
from bookdeal.model.settings import FieldsMap

from .bed import BERTA, HAIRCUT, Bed, person
from .oracle import Raw, field


def pipelines(bed: Bed) -> list[str]:
    return [pipeline["name"] for pipeline in bed.look("leads/pipelines")]


def codes(bed: Bed) -> list[str]:
    rows = [row for entity in ("leads", "contacts") for row in bed.look(f"{entity}/custom_fields")]
    return sorted(row["code"] for row in rows if row["code"] in {*DEAL_FIELDS, *CONTACT_FIELDS})


def test_what_is_recommended_is_made_once(bed: Bed) -> None:
    first, again = (bed.ask(CommandKind.SET_UP, by=1, pipeline=True, fields=True) for _ in range(2))
    bed.drain()
    done = bed.outcome(first)
    assert (done.state, bed.outcome(again).result) == (CommandState.DONE, done.result)
    mapping = done.result["mapping"]
    assert mapping["stages"].keys() == {status.value for status in BookingStatus}
    assert (mapping["stages"]["arrived"], mapping["stages"]["cancelled"]) == (142, 143)
    assert mapping["landing"] == mapping["stages"]["waiting"]
    assert pipelines(bed).count("Bookings") == 1
    assert len(codes(bed)) == len(set(codes(bed)))
    assert {*DEAL_FIELDS, "CLIENT_ID"} - OPTIONAL <= set(codes(bed))


def test_only_what_is_asked_for(bed: Bed) -> None:
    command = bed.ask(CommandKind.SET_UP, by=1, pipeline=False, fields=True)
    bed.drain()
    assert bed.outcome(command).result.keys() == {"fields"}
    assert "Bookings" not in pipelines(bed)


def test_it_is_done_before_going_live_and_nothing_else_is(bed: Bed) -> None:
    record = bed.book(person(1))
    bed.installations.pause(bed.installation.id, "setting_up")
    bed.hint(record)
    command = bed.ask(CommandKind.SET_UP, by=1, pipeline=True, fields=True)
    bed.drain()
    assert bed.outcome(command).state is CommandState.DONE
    assert bed.deals() == []
    bed.go_live()
    bed.sweep()
    bed.assert_together(record)


def test_an_interrupted_set_up_makes_nothing_twice(bed: Bed) -> None:
    for moment in count(1):
        command = bed.ask(CommandKind.SET_UP, by=1, pipeline=True, fields=True)
        with bed.wire.killing(moment):
            bed.drain()
        was_killed = bed.wire.killed
        bed.drain()
        assert bed.outcome(command).state is CommandState.DONE
        assert pipelines(bed).count("Bookings") == 1
        assert len(codes(bed)) == len(set(codes(bed)))
        if not was_killed:
            break
    assert moment > 3


# -- optional fields ---------------------------------------------------------------------------------------------------

WANTED = sorted(OPTIONAL)
MAKING = {"method": "POST", "route": "/api/v4/leads/custom_fields", "times": 1}


def optional_fields(bed: Bed) -> list[tuple[str, str]]:
    """Return code and type of those that the account has."""
    return sorted((row["code"], row["type"]) for row in bed.look("leads/custom_fields") if row["code"] in OPTIONAL)


def book_online(bed: Bed, who: Raw) -> Raw:
    """Book as a client does on the website, at the first free time."""
    service = {"service_ids[]": HAIRCUT}
    dates = bed.salon("GET", f"/book_dates/{bed.location}", staff_id=BERTA, **service)["booking_dates"]
    free = bed.salon("GET", f"/book_times/{bed.location}/{BERTA}/{dates[1]}", **service)
    starts = f"{dates[1]} {free[0]['time']:0>5}:00"
    appointment = {"id": 1, "services": [HAIRCUT], "staff_id": BERTA, "datetime": starts}
    body = {"fullname": who["name"], "phone": who["phone"], "email": who["email"], "appointments": [appointment]}
    (made,) = bed.salon("POST", f"/book_record/{bed.location}", body)
    return bed.record({"company_id": bed.location, "id": made["record_id"]})


def test_optional_fields_are_made_once_and_show_what_they_are_for(bed: Bed) -> None:
    before = bed.book(person(1))
    bed.work(before)
    some, all_of_them = (bed.ask(CommandKind.SET_UP, by=1, optional=codes) for codes in (["PAID"], WANTED))
    bed.drain()
    made = bed.outcome(all_of_them).result["optional"]
    assert bed.outcome(some).result == {"optional": {"PAID": made["PAID"]}}
    types = [("BOOKED_ONLINE", "checkbox"), ("PAID", "numeric"), ("PAYMENT_STATUS", "text"), ("VISITOR", "text")]
    assert optional_fields(bed) == types
    bed.choose(fields=FieldsMap(deal=made))
    childs = bed.book(person(2), comer={"id": 1, "name": "Nil", "surname": ""})
    online = book_online(bed, person(3))
    bed.pass_time(60)
    bed.admin("pay", location=bed.location, ids=[childs["id"]], amount=10)
    bed.work(childs, online)

    def shown(record: Raw) -> list[Any]:
        return [field(bed.deal(record), code) for code in WANTED]

    assert (shown(childs), shown(online)) == ([None, "10", "Partly paid", "Nil"], [True, "0", "Not paid", None])
    # One that had its deal before shows them once it changes: a payment is enough.
    bed.admin("pay", location=bed.location, ids=[before["id"]])
    bed.work(before, kind=HintKind.PAYMENT)
    assert shown(before)[2] == "Paid"


@pytest.mark.parametrize(("status", "code"), [(403, "rights"), (402, "payment"), (400, "validation")])
def test_a_refusal_to_make_fields_is_told_and_stops_nothing_else(bed: Bed, status: int, code: str) -> None:
    record = bed.book(person(1))
    refusal = {"title": "Refused", "status": status, "detail": "No more"}
    bed.fault("kommo", {**MAKING, "kind": "status", "status": status, "body": refusal})
    command = bed.ask(CommandKind.SET_UP, by=1, optional=WANTED)
    bed.work(record)
    refused = bed.outcome(command)
    assert (refused.state, refused.result["code"]) == (CommandState.REFUSED, code)
    assert (optional_fields(bed), bed.installation.paused) == ([], None)
    bed.assert_together(record)


@pytest.mark.parametrize("kind", ["commit_then_close", "close"])
def test_fields_whose_making_was_not_answered_are_made_once(bed: Bed, kind: str) -> None:
    bed.sweep()
    bed.fault("kommo", {**MAKING, "kind": kind})
    command = bed.ask(CommandKind.SET_UP, by=1, optional=WANTED)
    bed.drain()
    assert bed.faults_to_come("kommo") == []
    assert bed.outcome(command).result["optional"].keys() == OPTIONAL
    assert [code for code, _ in optional_fields(bed)] == WANTED


def test_an_interrupted_making_of_fields_makes_none_twice(bed: Bed) -> None:
    bed.sweep()
    for moment in count(1):
        for row in bed.look("leads/custom_fields"):
            if row["code"] in OPTIONAL:
                bed.in_kommo("DELETE", f"leads/custom_fields/{row['id']}")
        command = bed.ask(CommandKind.SET_UP, by=1, optional=WANTED)
        with bed.wire.killing(moment):
            bed.drain()
        was_killed = bed.wire.killed
        bed.drain()
        assert bed.outcome(command).result["optional"].keys() == OPTIONAL
        assert [code for code, _ in optional_fields(bed)] == WANTED
        if not was_killed:
            break
    assert moment > 2
