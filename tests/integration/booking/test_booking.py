"""Booking from the card: done, busy, refused and unknown are four answers, and nothing is ever booked twice."""

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from bookdeal.model.hint import HintKind
from tests.integration.mover.bed import BERTA, BLOW_DRY, COLOURING, ELENA, HAIRCUT, YOGA, person

from .conftest import Card, Told

POST = {"method": "POST", "route": "/api/v1/records/{company}"}


def test_what_is_free_can_be_booked_and_then_is_taken(card: Card) -> None:
    assert "10:00" in card.times(services=str(HAIRCUT))
    order = card.order(1, "10:00", comment="From the card", colour="f44336", categories=[1324], status="confirmed")
    told = card.book(order)
    assert (told["outcome"], told["location"], told["deal"]) == ("done", card.location, None)
    (part,) = told["parts"]
    record = card.record(part["booking"])
    assert (record["date"], record["length"], record["attendance"]) == (f"{card.day} 10:00:00", 3600, 2)
    assert (record["comment"], record["custom_color"]) == ("From the card", "f44336")
    assert [label["id"] for label in record["record_labels"]] == [1324]
    assert [(line["id"], line["cost"]) for line in record["services"]] == [(HAIRCUT, 30)]
    assert (record["client"]["name"], record["client"]["phone"]) == ("Guest 1", "+34600000001")
    (hint,) = card.rung()
    assert (hint.kind, hint.source, hint.location) == (HintKind.BOOKING, "person", card.location)
    assert [(seen.id, seen.changed) for seen in hint.bookings] == [(record["id"], record["last_change_date"])]
    assert not {"09:30", "10:00", "10:30"} & set(card.times(services=str(HAIRCUT)))


def test_the_same_request_again_books_nothing_twice(card: Card) -> None:
    order = card.order(2, "11:00")
    first, second = card.book(order), card.book(order)
    assert first == second
    assert len(card.rung()) == 1
    status, told = card.ask("POST", "/bookings", {**order, "comment": "Something else"})
    assert (status, told["error"]["code"]) == (409, "request_reused")
    assert card.told("GET", "/attempts/{request}", request=order["request"]) == first


def test_the_same_request_at_once_books_nothing_twice(card: Card) -> None:
    order, before = card.order(3, "12:00"), len(card.marked())
    # One function serves one request at a time: each of these is a function of its own.
    cards = [card, card.another(), card.another()]
    card.bed.fault("altegio", {**POST, "kind": "delay", "seconds": 1, "times": 3})
    with ThreadPoolExecutor() as pool:
        told = list(pool.map(lambda one: one.book(order)["outcome"], cards))
    assert Counter(told)["done"] >= 1
    assert set(told) <= {"done", "unknown"}
    assert len(card.marked()) == before + 1
    assert card.book(order)["outcome"] == "done"


def test_nothing_about_the_person_is_kept_or_logged(card: Card, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    card.book(card.order(600_004, "13:00", visitor="Little Guest"))
    kept = json.dumps([card.bed.items(table) for table in ("Decisions", "Links", "Installations", "Scratch")])
    for text in (kept, capsys.readouterr().out):
        assert "Guest" not in text
        assert "600004" not in text


def test_a_time_that_is_taken_is_busy_with_the_nearest_free_ones(card: Card) -> None:
    card.bed.salon("POST", f"/records/{card.location}", salons(card, "15:00"))
    told = card.book(card.order(5, "15:00"))
    (part,) = told["parts"]
    assert (told["outcome"], part["outcome"], part["booking"]) == ("busy", "busy", None)
    assert [near["starts_at"][11:16] for near in part["nearest"]] == ["14:00", "16:00", "16:15"]
    assert card.rung() == []


def salons(card: Card, time: str, **changes: Any) -> Told:
    """Return a booking as the salon's own screens write it."""
    body = {"staff_id": BERTA, "services": [{"id": HAIRCUT}], "client": person(900), "save_if_busy": True}
    return {**body, "datetime": f"{card.day} {time}:00", "seance_length": 3600, **changes}


@pytest.mark.parametrize("status", [400, 422])
def test_a_refusal_without_reason_is_busy_where_the_time_is_taken(card: Card, status: int) -> None:
    taken = salons(card, "17:00", staff_id=ELENA)
    card.bed.salon("POST", f"/records/{card.location}", taken)
    refusal = {"success": False, "data": None, "meta": {"message": "No"}}
    card.bed.fault("altegio", {**POST, "kind": "status", "status": status, "body": refusal, "times": 2})
    part = {"employee": ELENA, "services": [BLOW_DRY], "starts_at": card.at("17:00")}
    assert card.book(card.order(6, parts=[part]))["outcome"] == "busy"
    free = card.book(card.order(6, parts=[{**part, "starts_at": card.at("20:00")}]))
    assert (free["outcome"], free["parts"][0]["reason"]) == ("refused", "validation")


@pytest.mark.parametrize(
    ("status", "errors", "reason", "field"),
    [
        (422, {"client": {"phone": ["Wrong"]}}, "validation", "person"),
        (422, {"services": ["Service 1 not found"]}, "validation", "services"),
        (403, {}, "rights", ""),
        (402, {}, "payment", ""),
        (404, {}, "gone", ""),
    ],
)
def test_what_altegio_refuses_is_told_with_the_reason(
    card: Card, status: int, errors: Told, reason: str, field: str
) -> None:
    body = {"success": False, "data": None, "meta": {"message": "Secret words", "errors": errors}}
    card.bed.fault("altegio", {**POST, "kind": "status", "status": status, "body": body})
    told = card.book(card.order(7, "19:00"))
    (part,) = told["parts"]
    assert (told["outcome"], part["reason"], part["field"], part["nearest"]) == ("refused", reason, field, [])
    assert "Secret" not in json.dumps(told)


@pytest.mark.parametrize("kind", ["commit_then_close", "commit_then_status"])
def test_a_booking_that_was_made_without_an_answer_is_found_at_once(card: Card, kind: str) -> None:
    card.bed.fault("altegio", {**POST, "kind": kind, "status": 504})
    before = len(card.marked())
    time = {"commit_then_close": "09:00", "commit_then_status": "18:00"}[kind]
    order = card.order(8, time)
    told = card.book(order)
    assert told["outcome"] == "done"
    assert len(card.marked()) == before + 1
    assert [hint.bookings[0].id for hint in card.rung()] == [told["parts"][0]["booking"]]
    assert card.book(order) == told


def test_a_booking_that_is_made_late_is_found_later(card: Card) -> None:
    card.bed.fault("altegio", {**POST, "kind": "late_commit", "status": 504, "seconds": 1})
    order = card.order(10, "20:00")
    assert card.book(order)["outcome"] == "unknown"
    card.wait_for(lambda: bool([one for one in card.marked() if one["client"]["name"] == "Guest 10"]))
    told = card.told("GET", "/attempts/{request}", request=order["request"])
    assert told["outcome"] == "done"
    assert [hint.bookings[0].id for hint in card.rung()] == [told["parts"][0]["booking"]]


@pytest.mark.parametrize("kind", ["close", "status"])
def test_a_booking_that_was_not_made_is_told_so_after_two_looks(card: Card, kind: str) -> None:
    card.bed.fault("altegio", {**POST, "kind": kind, "status": 504})
    before = len(card.marked())
    order = card.order(9, "19:00")
    assert card.book(order)["outcome"] == "unknown"

    def look(after: float) -> str:
        card.ahead += after
        return str(card.told("GET", "/attempts/{request}", request=order["request"])["outcome"])

    assert look(10) == "unknown"
    assert card.book(order)["outcome"] == "unknown"
    assert look(25) == "unknown"  # the first look that counts
    assert look(30) == "unknown"
    assert look(31) == "refused"
    assert card.book(order)["parts"][0]["reason"] == "not_made"
    assert len(card.marked()) == before
    assert card.rung() == []


@pytest.mark.parametrize(("status", "answer"), [(503, 503), (429, 429)])
def test_what_passes_may_be_asked_again(card: Card, status: int, answer: int) -> None:
    card.bed.fault("altegio", {**POST, "kind": "status", "status": status, "times": 3})
    number = 11 if status == 503 else 12
    order = card.order(number, parts=[part(card, ELENA, f"{number - 2:02d}:00", BLOW_DRY)])
    assert card.ask("POST", "/bookings", order)[0] == answer
    card.bed.fault("altegio")
    assert card.book(order)["outcome"] == "done"


def part(card: Card, employee: int, time: str, *services: int) -> Told:
    return {"employee": employee, "services": list(services), "starts_at": card.at(time)}


def test_several_services_with_their_own_employees_are_one_visit(card: Card) -> None:
    parts = [part(card, ELENA, "12:00", COLOURING, BLOW_DRY), part(card, BERTA, "16:00", HAIRCUT)]
    told = card.book(card.order(13, parts=parts))
    assert told["outcome"] == "done"
    first, second = (card.record(one["booking"]) for one in told["parts"])
    assert first["visit_id"] == second["visit_id"]
    assert [(line["id"], line["cost"]) for line in first["services"]] == [(COLOURING, 70), (BLOW_DRY, 25)]
    assert (first["staff_id"], first["length"]) == (ELENA, 6300 + 2700)
    assert len(card.rung()) == 2


def test_a_partial_result_can_be_finished_or_cancelled(card: Card) -> None:
    order = card.order(14, parts=[part(card, ELENA, "18:00", BLOW_DRY), part(card, BERTA, "16:00", HAIRCUT)])
    order["parts"].append(part(card, ELENA, "19:00", BLOW_DRY))
    told = card.book(order)
    assert told["outcome"] == "partial"
    assert [one["outcome"] for one in told["parts"]] == ["done", "busy", "not_tried"]
    assert told["parts"][1]["nearest"]
    rest = [{**order["parts"][1], "starts_at": told["parts"][1]["nearest"][0]["starts_at"]}, order["parts"][2]]
    finished = card.book(card.order(14, parts=rest))
    assert finished["outcome"] == "done"
    card.rung()
    card.told("DELETE", "/attempts/{request}", request=order["request"])
    made = told["parts"][0]["booking"]
    assert card.record(made)["deleted"]
    (hint,) = card.rung()
    assert [(seen.id, seen.deleted) for seen in hint.bookings] == [(made, True)]
    assert not any(card.record(one["booking"])["deleted"] for one in finished["parts"])


def test_a_group_event_is_booked_by_seats(card: Card) -> None:
    event = card.bed.salon(
        "POST",
        f"/activity/{card.location}",
        {"date": f"{card.day} 18:00:00", "service_id": YOGA, "staff_id": 51_002, "capacity": 4, "force": True},
    )
    seats = {"event": event["id"], "seats": 3, "starts_at": card.at("18:00")}
    told = card.book(card.order(15, parts=[seats]))
    assert told["outcome"] == "done"
    record = card.record(told["parts"][0]["booking"])
    assert (record["activity_id"], record["clients_count"], record["date"]) == (event["id"], 3, f"{card.day} 18:00:00")
    assert places(card, event["id"]) == 1
    full = card.book(card.order(16, parts=[{**seats, "seats": 2}]))
    assert (full["outcome"], full["parts"][0]["reason"]) == ("busy", "event_full")
    second = card.book(card.order(17, parts=[{**seats, "seats": 1}]))
    assert second["outcome"] == "done"
    assert card.cancel(record["id"], "Has fallen ill")["outcome"] == "done"
    assert card.record(record["id"])["comment"] == "Has fallen ill"
    assert places(card, event["id"]) == 3
    assert not card.record(second["parts"][0]["booking"])["deleted"]


def places(card: Card, event: int) -> int:
    query = {"first": card.day, "last": card.day}
    told = card.told("GET", "/locations/{location}/schedule", query=query, location=card.location)
    (free,) = [one["free"] for one in told["events"] if one["id"] == event]
    return int(free)


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"employee": None}, "parts.0.employee", "missing"),
        ({"starts_at": None}, "parts.0.starts_at", "missing"),
        ({"services": [1]}, "parts.0.services", "unknown_service"),
        ({"services": [YOGA]}, "parts.0.employee", "not_with_employee"),
        ({"employee": 1}, "parts.0.employee", "unknown_employee"),
        ({"starts_at": "2027-03-28T02:30:00"}, "parts.0.starts_at", "no_such_time"),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_asked(
    card: Card, changes: Told, field: str, code: str
) -> None:
    order = card.order(18)
    order["parts"][0].update(changes)
    status, told = card.ask("POST", "/bookings", order)
    assert (status, told["error"]["code"], told["error"]["field"]) == (400, code, field)
    assert card.ask("GET", "/attempts/{request}", request=order["request"])[0] == 404


@pytest.mark.parametrize(
    "changes",
    [{"request": "short"}, {"parts": []}, {"colour": "red"}, {"status": "arrived"}, {"location": "a"}, {"more": 1}],
)
def test_what_does_not_fit_is_refused(card: Card, changes: Told) -> None:
    assert card.ask("POST", "/bookings", {**card.order(19), **changes})[0] == 422


def test_a_time_with_an_offset_is_not_the_locations_clock(card: Card) -> None:
    order = card.order(19)
    order["parts"][0]["starts_at"] += "+02:00"
    assert card.ask("POST", "/bookings", order)[0] == 422
