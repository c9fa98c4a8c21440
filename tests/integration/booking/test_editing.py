"""Editing from the card: read, merged, written whole, read again; status and cancellation as one call each."""

import json
from collections.abc import Iterator
from itertools import count, cycle
from typing import Any

import pytest

from tests.integration.mover.bed import BERTA, BLOW_DRY, COLOURING, DANI, ELENA, HAIRCUT, person

from .conftest import CANCEL, Card, Told

BOOKING = "/bookings/{location}/{booking}"
PUT = {"method": "PUT", "route": "/api/v1/record/{company}/{record}"}
DELETE = {**PUT, "method": "DELETE"}
numbers = count(100)
times = cycle([f"{hour:02d}:{minute}" for hour in range(9, 20) for minute in ("00", "30")])


@pytest.fixture
def record(card: Card) -> Iterator[Told]:
    """Return a booking of half an hour that the salon has made, with all that an edit could lose."""
    line = {"id": BLOW_DRY, "first_cost": 20, "discount": 10, "cost": 18, "amount": 1}
    body = {
        "staff_id": BERTA,
        "services": [line],
        "client": person(next(numbers)),
        "save_if_busy": True,
        "datetime": f"{card.day} {next(times)}:00",
        "seance_length": 1800,
        "comment": "Window seat",
        "custom_color": "4caf50",
        "record_labels": ["1324"],
        "custom_fields": {"source": "street"},
        "sms_remain_hours": 4,
        "api_id": "of-the-salon",
    }
    made = card.bed.salon("POST", f"/records/{card.location}", body)
    yield card.record(made["id"])
    if not card.record(made["id"])["deleted"]:
        card.bed.cancel({"company_id": card.location, "id": made["id"]})


def edit(card: Card, record: Told, **changes: Any) -> Told:
    return card.told("PUT", BOOKING, changes, location=card.location, booking=record["id"])


KEPT = ("api_id", "custom_fields", "sms_remain_hours", "custom_color", "comment", "date", "seance_length", "staff_id")


def lost(before: Told, after: Told, *changed: str) -> list[str]:
    """Return what an edit has changed that nobody asked for."""

    def said(record: Told) -> Told:
        client = {name: record["client"][name] for name in ("id", "name", "phone", "email")}
        return {name: record[name] for name in (*KEPT, "services", "record_labels")} | {"client": client}

    old, new = said(before), said(after)
    return [name for name in old if name not in changed and old[name] != new[name]]


def test_a_booking_is_read_with_all_that_can_be_edited(card: Card, record: Told) -> None:
    told = card.told("GET", BOOKING, location=card.location, booking=record["id"])
    assert told["services"] == [
        {
            "service": BLOW_DRY,
            "title": "Blow-dry",
            "amount": "1",
            "first_cost": "20",
            "discount": "10",
            "cost": "18",
        }
    ]
    assert (told["comment"], told["colour"], told["total"]) == ("Window seat", "4caf50", "18")
    assert [one["id"] for one in told["categories"]] == [1324]
    assert (told["status"], told["changed"], told["deal"]) == ("waiting", record["last_change_date"], None)


def test_an_edit_of_one_thing_loses_no_other(card: Card, record: Told) -> None:
    told = edit(card, record, comment="Mirror seat", seen=record["last_change_date"])
    assert (told["outcome"], told["booking"]["comment"]) == ("done", "Mirror seat")
    looks = edit(card, record, colour="", categories=[])
    assert (looks["outcome"], looks["booking"]["colour"], looks["booking"]["categories"]) == ("done", "", [])
    assert edit(card, record, colour="4caf50", categories=[1324])["outcome"] == "done"
    card.rung()
    assert edit(card, record, comment="Mirror seat ")["outcome"] == "done"
    after = card.record(record["id"])
    assert lost(record, after, "comment") == []
    (hint,) = card.rung()
    assert [(seen.id, seen.changed) for seen in hint.bookings] == [(record["id"], after["last_change_date"])]


def test_a_booking_moves_to_another_time(card: Card, record: Told) -> None:
    told = edit(card, record, starts_at=card.at("20:30"))
    assert told["outcome"] == "done"
    after = card.record(record["id"])
    assert after["date"] == f"{card.day} 20:30:00"
    assert lost(record, after, "date") == []
    assert edit(card, record, starts_at=record["date"].replace(" ", "T"))["outcome"] == "done"


def test_with_another_employee_price_and_length_follow_him(card: Card, record: Told) -> None:
    told = edit(card, record, employee=ELENA)
    assert told["outcome"] == "done"
    after = card.record(record["id"])
    assert (after["staff_id"], after["seance_length"]) == (ELENA, 2700)
    (line,) = after["services"]
    assert (line["first_cost"], line["discount"], line["cost"]) == (25, 10, 22.5)
    assert lost(record, after, "staff_id", "seance_length", "services") == []


def test_services_are_added_and_what_was_agreed_stays(card: Card, record: Told) -> None:
    told = edit(card, record, services=[BLOW_DRY, HAIRCUT], starts_at=card.at("19:30"))
    assert told["outcome"] == "done"
    after = card.record(record["id"])
    assert [(line["id"], line["cost"]) for line in after["services"]] == [(BLOW_DRY, 18), (HAIRCUT, 30)]
    assert after["seance_length"] == 5400


def test_a_busy_time_is_told_with_the_nearest_free_ones(card: Card, record: Told) -> None:
    card.bed.salon(
        "POST",
        f"/records/{card.location}",
        {
            "staff_id": DANI,
            "services": [],
            "client": person(1),
            "save_if_busy": True,
            "datetime": f"{card.day} 14:00:00",
            "seance_length": 3600,
        },
    )
    status, told = card.ask(
        "PUT",
        BOOKING,
        {"employee": DANI, "starts_at": card.at("14:30"), "services": []},
        location=card.location,
        booking=record["id"],
    )
    assert (status, told["outcome"]) == (200, "busy")
    assert [near["starts_at"][11:16] for near in told["nearest"]] == ["15:00", "15:15", "15:30"]
    assert lost(record, card.record(record["id"])) == []
    assert told["booking"]["starts_at"] == record["date"].replace(" ", "T")


def test_what_was_changed_meanwhile_is_not_written_over(card: Card, record: Told) -> None:
    seen = "2020-01-01T00:00:00+0100"
    status, told = card.ask(
        "PUT",
        BOOKING,
        {"comment": "Mine", "seen": seen},
        location=card.location,
        booking=record["id"],
    )
    assert (status, told["error"]["code"]) == (409, "booking_changed")
    assert card.record(record["id"])["comment"] == "Window seat"


@pytest.mark.parametrize("kind", ["commit_then_close", "commit_then_status"])
def test_an_edit_that_was_done_without_an_answer_is_seen(card: Card, record: Told, kind: str) -> None:
    card.bed.fault("altegio", {**PUT, "kind": kind, "status": 504})
    assert edit(card, record, comment=kind)["outcome"] == "done"
    assert card.record(record["id"])["comment"] == kind


def test_the_client_is_told_of_a_change_only_where_that_is_asked(card: Card, record: Told) -> None:
    assert edit(card, record, starts_at=card.at("20:00"))["outcome"] == "done"
    assert card.bed.messages(record) == []
    assert edit(card, record, starts_at=card.at("20:30"), notify=True)["outcome"] == "done"
    assert edit(card, record, comment="Side door", notify=True)["outcome"] == "done"
    path, place = f"{BOOKING}/status", {"location": card.location, "booking": record["id"]}
    assert card.told("PUT", path, {"status": "confirmed"}, **place)["outcome"] == "done"
    assert card.bed.messages(record) == [f"{card.day} 20:30:00"] * 2


@pytest.mark.parametrize(("kind", "outcome", "told"), [("commit_then_close", "done", 1), ("status", "unknown", 0)])
def test_nobody_is_told_twice_as_no_answer_came(card: Card, record: Told, kind: str, outcome: str, told: int) -> None:
    card.bed.fault("altegio", {**PUT, "kind": kind, "status": 504, "times": 1})
    assert edit(card, record, comment=kind, notify=True)["outcome"] == outcome
    assert len(card.bed.messages(record)) == told


@pytest.mark.parametrize("changes", [{"comment": "Perhaps"}, {"colour": "f44336"}, {"categories": []}])
def test_an_edit_that_nobody_confirms_is_unknown(card: Card, record: Told, changes: Told) -> None:
    card.bed.fault("altegio", {**PUT, "kind": "status", "status": 504, "times": 3})
    assert edit(card, record, **changes)["outcome"] == "unknown"
    assert len(card.rung()) == 1


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"employee": 1}, "employee", "unknown_employee"),
        ({"services": [1]}, "services", "unknown_service"),
        ({"services": [COLOURING], "employee": DANI}, "employee", "not_with_employee"),
        ({"seats": 2}, "seats", "no_event"),
        ({"categories": [5]}, "categories", "unknown_category"),
        ({"starts_at": "2027-03-28T02:30:00"}, "starts_at", "no_such_time"),
    ],
)
def test_what_makes_no_sense_is_refused(card: Card, record: Told, changes: Told, field: str, code: str) -> None:
    status, told = card.ask("PUT", BOOKING, changes, location=card.location, booking=record["id"])
    assert (status, told["error"]["code"], told["error"]["field"]) == (400, code, field)
    assert lost(record, card.record(record["id"])) == []


@pytest.mark.parametrize(("status", "attendance"), [("confirmed", 2), ("arrived", 1), ("no_show", -1)])
def test_the_status_is_one_call(card: Card, record: Told, status: str, attendance: int) -> None:
    path = f"{BOOKING}/status"
    told = card.told("PUT", path, {"status": status}, location=card.location, booking=record["id"])
    assert (told["outcome"], told["booking"]["status"]) == ("done", status)
    after = card.record(record["id"])
    assert after["attendance"] == attendance
    assert lost(record, after) == []
    assert {seen.id for hint in card.rung() for seen in hint.bookings} == {record["id"]}
    again = card.told("PUT", path, {"status": status}, location=card.location, booking=record["id"])
    assert again["outcome"] == "done"
    assert card.rung() == []


def test_a_cancelled_booking_is_gone_and_may_be_cancelled_again(card: Card, record: Told) -> None:
    assert card.cancel(record["id"])["outcome"] == "done"
    assert lost(record, card.record(record["id"])) == []
    assert card.record(record["id"])["deleted"]
    assert card.cancel(record["id"])["outcome"] == "done"
    assert [seen.deleted for hint in card.rung() for seen in hint.bookings] == [True, True]
    status, told = card.ask("PUT", BOOKING, {"comment": "Back"}, location=card.location, booking=record["id"])
    assert (status, told["error"]["code"]) in {(404, "booking"), (409, "booking_cancelled")}


@pytest.mark.parametrize(
    ("comment", "reason", "then"),
    [
        ("Window seat", "Has fallen ill", "Window seat\nHas fallen ill"),
        ("Window seat", " Ill.\r\nCalls again \n", "Window seat\nIll.\r\nCalls again"),
        ("Window seat", "seat", "Window seat\nseat"),
        ("", "Has fallen ill", "Has fallen ill"),
        ("Has fallen ill\nOwes 5", "Has fallen ill", "Has fallen ill\nOwes 5"),
        ("Window seat", " \n", "Window seat"),
    ],
)
def test_why_it_is_cancelled_stands_below_the_comment(
    card: Card, record: Told, comment: str, reason: str, then: str
) -> None:
    assert edit(card, record, comment=comment)["outcome"] == "done"
    for _ in range(2):
        assert card.cancel(record["id"], reason)["outcome"] == "done"
    after = card.record(record["id"])
    assert (after["deleted"], after["comment"]) == (True, then)
    assert lost(record, after, "comment") == []
    assert card.bed.messages(record) == []


@pytest.mark.parametrize("status", [403, 409, 422, "locked"])
def test_a_reason_that_altegio_refuses_cancels_nothing(card: Card, record: Told, status: int | str) -> None:
    if status == "locked":
        card.bed.change(record, fast_payment=129)
    else:
        card.bed.fault("altegio", {**PUT, "kind": "status", "status": status, "body": {"success": False, "meta": {}}})
    card.rung()
    told = card.cancel(record["id"], "Has fallen ill")
    assert (told["outcome"], told["reason"], told["field"]) == ("refused", "comment_stays", "reason")
    after = card.record(record["id"])
    assert (after["deleted"], after["comment"], card.rung()) == (False, "Window seat", [])
    assert card.cancel(record["id"])["outcome"] == "done"


def test_a_reason_that_is_written_without_an_answer_is_seen(card: Card, record: Told) -> None:
    card.bed.fault("altegio", {**PUT, "kind": "commit_then_status", "status": 504, "times": 3})
    assert card.cancel(record["id"], "Has fallen ill")["outcome"] == "done"
    after = card.record(record["id"])
    assert (after["deleted"], after["comment"]) == (True, "Window seat\nHas fallen ill")


@pytest.mark.parametrize("kind", ["status", "late_commit"])
def test_a_reason_that_nobody_confirms_cancels_nothing_until_it_is_asked_again(
    card: Card, record: Told, kind: str
) -> None:
    card.bed.fault("altegio", {**PUT, "kind": kind, "status": 504, "times": 3, "seconds": 3})
    assert card.cancel(record["id"], "Has fallen ill")["outcome"] == "unknown"
    assert not card.record(record["id"])["deleted"]
    if kind == "late_commit":
        card.wait_for(lambda: card.record(record["id"])["comment"] != "Window seat")
    assert card.cancel(record["id"], "Has fallen ill")["outcome"] == "done"
    after = card.record(record["id"])
    assert (after["deleted"], after["comment"]) == (True, "Window seat\nHas fallen ill")


@pytest.mark.parametrize(("moment", "comment"), [(1, "Window seat"), (2, "Window seat\nHas fallen ill")])
def test_killed_before_or_after_the_reason_is_written_it_goes_on(
    card: Card, record: Told, moment: int, comment: str
) -> None:
    with card.bed.wire.killing(moment):
        card.cancel(record["id"], "Has fallen ill")
    assert card.bed.wire.killed
    after = card.record(record["id"])
    assert (after["deleted"], after["comment"]) == (False, comment)
    assert card.cancel(record["id"], "Has fallen ill")["outcome"] == "done"
    after = card.record(record["id"])
    assert (after["deleted"], after["comment"]) == (True, "Window seat\nHas fallen ill")


def test_a_reason_is_as_long_as_a_comment(card: Card, record: Told) -> None:
    place = {"location": card.location, "booking": record["id"]}
    status, told = card.ask("POST", CANCEL, {"reason": "a" * 1001}, **place)
    assert (status, told["error"]["field"]) == (422, "reason")
    assert card.cancel(record["id"], "a" * 1000)["outcome"] == "done"


def test_what_the_user_may_not_do_is_refused(card: Card, record: Told) -> None:
    refusal = {"success": False, "data": None, "meta": {"message": "Secret words"}}
    faults = ({**fault, "kind": "status", "status": 403, "body": refusal} for fault in (PUT, DELETE))
    card.bed.fault("altegio", *faults)
    for told in (edit(card, record, comment="No"), card.cancel(record["id"])):
        assert (told["outcome"], told["reason"], told["field"]) == ("refused", "rights", "")
        assert "Secret" not in json.dumps(told)
    assert card.rung() == []
