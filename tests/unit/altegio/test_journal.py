"""The journal on the wire: polymorphic answers are read alike, refusals are sorted, and an edit loses nothing."""

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from bookdeal.altegio.journal import Journal, Taken
from bookdeal.altegio.journal_models import changed_body, new_body, sheet_of
from bookdeal.model.booking import BookingStatus, Location
from bookdeal.model.journal import BookingDraft, BookingSheet, Line, Offer, Person, SheetChange, Span
from bookdeal.runtime.errors import NotFound, Rejected, Transient, UnknownOutcome

from .wire import API, LOCATION, Wire

GRACIA = Location(LOCATION, "Gràcia", "Barcelona", "ES", "Europe/Madrid", "EUR", True)
MONDAY = date(2026, 5, 4)
PERSON = Person("Carla Example", "34600000101", "carla@example.test")
HAIRCUT = Line(7001, "Haircut", Decimal(1), Decimal(30), Decimal(0), Decimal(30))
DRAFT = BookingDraft(
    PERSON, "bookdeal-1", employee=51001, starts_at=datetime(2026, 5, 4, 18, 30), length=3600, lines=(HAIRCUT,)
)


def record(**changes: Any) -> dict[str, Any]:
    told = {
        "id": 640001,
        "staff_id": 51001,
        "staff": {"id": 51001, "name": "Berta"},
        "services": [{"id": 7001, "title": "Haircut", "first_cost": 30, "discount": 10, "cost": 27, "amount": 1}],
        "client": {"id": 880001, "name": "Carla", "surname": "Example", "phone": "+34600000101", "email": ""},
        "date": "2026-05-04 18:30:00",
        "last_change_date": "2026-05-02T14:22:50+0200",
        "attendance": 2,
        "seance_length": 3600,
        "comment": "Window",
        "custom_color": "4CAF50",
        "record_labels": [{"id": "1321", "title": "VIP", "color": "#009800"}],
        "api_id": "x-1",
        "sms_remain_hours": 4,
        "custom_fields": {"source": "street"},
        "comer": {"id": 5, "name": "Little Guest"},
        "visit_id": 549,
    }
    return told | changes


def sheet(**changes: Any) -> BookingSheet:
    found = sheet_of(record(**changes), LOCATION)
    assert isinstance(found, BookingSheet)
    return found


def ok(data: Any, **meta: Any) -> dict[str, Any]:
    return {"success": True, "data": data, "meta": meta or []}


@pytest.fixture
def journal(wire: Wire) -> Journal:
    return Journal.of(wire.client)


def test_services_are_read_from_numbers_and_texts_alike(wire: Wire, journal: Journal) -> None:
    rows = [
        {
            "id": "7001",
            "title": "Haircut",
            "category_id": "7100",
            "active": "1",
            "price_min": "30.00",
            "duration": 3600,
            "staff": [{"id": 1, "seance_length": 0, "price": None}, {"id": "2", "seance_length": "4500", "price": 35}],
        },
        {"id": 7002, "active": 0, "staff": []},
        {"id": "what"},
        {"id": 7050, "is_multi": 1, "seance_search_step": 1800, "staff": [], "category_id": None},
    ]
    wire.answers.get(f"{API}/company/{LOCATION}/services", json=ok(rows))
    haircut, yoga = journal.offered_services(LOCATION)
    assert haircut.offers == (Offer(1, 3600, Decimal(30)), Offer(2, 4500, Decimal(35)))
    assert (haircut.category, haircut.step, haircut.is_group) == (7100, 900, False)
    assert (yoga.id, yoga.category, yoga.step, yoga.is_group) == (7050, 0, 1800, True)


def test_booking_categories_come_bare_and_with_a_hash(wire: Wire, journal: Journal) -> None:
    rows = [{"id": "1321", "title": "VIP", "color": "#00FF00"}, {"id": 5, "title": "Old", "deleted": "1"}]
    wire.answers.get(f"{API}/labels/{LOCATION}/2", json=rows)
    (category,) = journal.booking_categories(LOCATION)
    assert (category.id, category.title, category.colour) == (1321, "VIP", "00ff00")


def test_a_schedule_is_asked_for_once_and_ends_at_midnight(wire: Wire, journal: Journal) -> None:
    row = {"staff_id": 1, "date": "2026-05-04", "slots": [{"from": "22:00", "to": "24:00"}]}
    taken = {"entity_type": "activity", "entity_id": 3101, "from": "22:00", "to": "23:00"}
    rows = [{**row, "busy_intervals": [taken]}, {**row, "staff_id": 2, "slots": []}, {**row, "staff_id": 3}]
    wire.answers.get(f"{API}/company/{LOCATION}/staff/schedule", json=ok(rows))
    first, second = journal.schedule(LOCATION, MONDAY, MONDAY, [1, 2])
    assert first.hours == (Span(1320, 1440),)
    assert first.busy is not None
    assert [(busy.span, busy.booking, busy.event) for busy in first.busy] == [(Span(1320, 1380), None, 3101)]
    assert (second.hours, second.busy) == ((), None)
    assert "staff_ids%5B%5D=1&staff_ids%5B%5D=2" in str(wire.answers.calls[0].request.url)


@pytest.mark.parametrize("hours", ["25:00", "noon", "-1:00"])
def test_a_schedule_that_is_not_understood_is_none(wire: Wire, journal: Journal, hours: str) -> None:
    rows = [{"staff_id": 1, "date": "2026-05-04", "slots": [{"from": "10:00", "to": hours}]}]
    wire.answers.get(f"{API}/company/{LOCATION}/staff/schedule", json=ok(rows))
    with pytest.raises(Transient, match="unreadable_answer"):
        journal.schedule(LOCATION, MONDAY, MONDAY, [1])


@pytest.mark.parametrize("moment", ["2026-05-04 18:00:00", 1777910400, "1777910400", "2026-05-04T18:00:00+01:00"])
def test_an_events_date_is_a_text_or_a_number(wire: Wire, journal: Journal, moment: str | int) -> None:
    row = {"id": 3101, "service_id": 7050, "staff_id": 2, "date": moment, "length": 3600, "capacity": 8}
    wire.answers.get(f"{API}/activity/{LOCATION}/search", json=ok([{**row, "service": []}], count=1))
    (event,) = journal.events(GRACIA, MONDAY, MONDAY)
    assert (event.starts_at, event.capacity, event.counted) == (datetime(2026, 5, 4, 18), 8, 0)


@pytest.mark.parametrize("as_list", [True, False])
def test_a_booking_that_was_made_is_answered_alone_or_in_a_list(wire: Wire, journal: Journal, as_list: bool) -> None:
    wire.answers.post(f"{API}/records/{LOCATION}", json=ok([record()] if as_list else record()), status=201)
    id, made = journal.make(LOCATION, DRAFT)
    assert id == 640001
    assert made is not None
    assert made.booking.changed == "2026-05-02T14:22:50+0200"
    assert wire.body() == {
        "staff_id": 51001,
        "services": [{"id": 7001, "first_cost": 30, "discount": 0, "cost": 30, "amount": 1}],
        "client": {
            "phone": "34600000101",
            "name": "Carla Example",
            "surname": "",
            "patronymic": "",
            "email": "carla@example.test",
        },
        "save_if_busy": False,
        "send_sms": False,
        "datetime": "2026-05-04 18:30:00",
        "seance_length": 3600,
        "comment": "",
        "attendance": 0,
        "api_id": "bookdeal-1",
        "record_labels": [],
    }


@pytest.mark.parametrize("body", ["", "<html>", '{"success": true, "data": []}', '{"success": true, "data": {}}'])
def test_an_answer_that_names_no_booking_leaves_it_unknown(wire: Wire, journal: Journal, body: str) -> None:
    wire.answers.post(f"{API}/records/{LOCATION}", body=body, status=201)
    with pytest.raises(UnknownOutcome):
        journal.make(LOCATION, DRAFT)


def test_a_booking_is_never_sent_twice(wire: Wire, journal: Journal) -> None:
    wire.answers.post(f"{API}/records/{LOCATION}", status=504)
    with pytest.raises(UnknownOutcome):
        journal.make(LOCATION, DRAFT)
    assert len(wire.answers.calls) == 1


@pytest.mark.parametrize(
    ("status", "meta", "kind", "reason", "part"),
    [
        (409, {}, Taken, "busy", None),
        (403, {}, Rejected, "rights", None),
        (402, {}, Rejected, "payment", None),
        (404, [], NotFound, "location", None),
        (422, {"errors": {"phone": ["No"]}}, Rejected, "validation", "person"),
        (422, {"errors": {"staff_id": ["No"]}}, Rejected, "validation", "employee"),
        (422, {"errors": ["No"]}, Rejected, "validation", None),
        (400, [], Rejected, "validation", None),
    ],
)
def test_refusals(
    wire: Wire, journal: Journal, status: int, meta: Any, kind: type[Exception], reason: str, part: str | None
) -> None:
    wire.answers.post(f"{API}/records/{LOCATION}", json={"success": False, "data": None, "meta": meta}, status=status)
    with pytest.raises(kind) as raised:
        journal.make(LOCATION, DRAFT)
    assert isinstance(raised.value, Taken | Rejected | NotFound)
    assert (raised.value.reason, raised.value.params.get("part")) == (reason, part)


def test_a_part_in_an_event_says_neither_when_nor_what() -> None:
    body = new_body(replace(DRAFT, event=3101, seats=2))
    assert (body["activity_id"], body["clients_count"]) == (3101, 2)
    assert not {"staff_id", "services", "datetime", "seance_length"} & body.keys()


def test_an_edit_sends_all_that_was_there() -> None:
    body = changed_body(sheet(), SheetChange(comment="Mirror"))
    assert body == {
        "staff_id": 51001,
        "services": [{"id": 7001, "first_cost": 30, "discount": 10, "cost": 27, "amount": 1}],
        "client": {"id": 880001, "phone": "34600000101", "name": "Carla", "surname": "Example"},
        "datetime": "2026-05-04 18:30:00",
        "seance_length": 3600,
        "save_if_busy": False,
        "send_sms": False,
        "attendance": 2,
        "comment": "Mirror",
        "custom_color": "4caf50",
        "record_labels": ["1321"],
        "api_id": "x-1",
        "custom_fields": {"source": "street"},
        "comer": {"id": 5, "name": "Little Guest"},
        "technical_break_duration": 0,
        "sms_remain_hours": 4,
        "email_remain_hours": 0,
    }


def test_the_client_is_told_of_a_change_where_that_is_asked() -> None:
    assert changed_body(sheet(), SheetChange(notify=True)) == {**changed_body(sheet(), SheetChange()), "send_sms": True}


@pytest.mark.parametrize("phone", ["+34***01", "", None, "346•••101"])
def test_a_phone_that_is_masked_is_not_sent_back(phone: str | None) -> None:
    seen = sheet(client={"id": 880001, "name": "C", "phone": phone})
    assert changed_body(seen, SheetChange())["client"] == {"id": 880001}


@pytest.mark.parametrize("client", [None, []])
def test_a_booking_without_a_client_stays_so(client: Any) -> None:
    assert changed_body(sheet(client=client), SheetChange())["client"] is None


def test_empty_parts_are_missing_ones() -> None:
    seen = sheet(services=[], record_labels=[], custom_fields=[], comer=None, custom_color="", comment=None)
    assert (seen.lines, seen.categories, seen.colour, seen.comment) == ((), (), "", "")
    assert "custom_fields" not in changed_body(seen, SheetChange())


def test_a_status_reaches_the_visit(wire: Wire, journal: Journal) -> None:
    wire.answers.put(f"{API}/visits/549/640001", json=ok(record(attendance=1)))
    wire.answers.get(f"{API}/visits/549", json=ok({"records": [{"id": 640002}, {"id": 640001}]}))
    assert journal.set_status(sheet(), BookingStatus.ARRIVED) == (640001, 640002)
    assert wire.body(0) == {"attendance": 1, "comment": "Window"}


def test_what_is_gone_may_be_cancelled_again(wire: Wire, journal: Journal) -> None:
    wire.answers.delete(f"{API}/record/{LOCATION}/640001", json={"success": False, "meta": []}, status=404)
    journal.cancel(LOCATION, 640001)


def test_bookings_of_days_are_read_page_by_page(wire: Wire, journal: Journal) -> None:
    rows = [record(id=number) for number in range(1, 301)]
    wire.answers.get(f"{API}/records/{LOCATION}", json=ok(rows, total_count=301))
    wire.answers.get(f"{API}/records/{LOCATION}", json=ok([record(id=301), {"id": 302}], total_count=301))
    found = [one.booking.id for one in journal.sheets(LOCATION, MONDAY, MONDAY)]
    assert found == list(range(1, 302))
    assert wire.query() == {
        "start_date": "2026-05-04",
        "end_date": "2026-05-04",
        "page": "2",
        "count": "300",
    }
