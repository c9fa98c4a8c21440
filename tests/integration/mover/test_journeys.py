"""A booking through its whole life: the deal follows, step by step, and no step costs more requests than it must."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest

from bookdeal.model.hint import HintKind, SeenBooking

from .bed import (
    ARRIVED,
    BLOW_DRY,
    COLOURING,
    CONFIRMED,
    DANI,
    ELENA,
    MADRID,
    NO_SHOW,
    WAITING,
    YOGA,
    Bed,
    Counted,
    person,
)
from .conftest import MakeBed
from .oracle import Raw, field

ONE_PAGE = {"GET /api/v1/records/{company}": 1}
READ, CHANGED = "GET /api/v4/leads", "PATCH /api/v4/leads"
STATE = 2
MOVE = 2
"""Items that every run writes which does something: the lease taken, the state stored."""

numbers = count(100)


@pytest.fixture(scope="module")
def bed(make_bed: MakeBed) -> Bed:
    return make_bed()


@pytest.fixture(autouse=True)
def _at_rest(bed: Bed) -> Iterator[None]:
    yield
    bed.drain()
    assert bed.installation.paused is None


def someone() -> dict[str, Any]:
    return person(next(numbers))


def assert_changed_once(counted: Counted, *, moved: bool) -> None:
    """One page of bookings, one reading of deals, one write; the link and the decision, and the run's own.

    A move is written down before it is tried, and crossed out afterwards.
    """
    assert counted.altegio == ONE_PAGE
    assert counted.kommo == {READ: 1, CHANGED: 1}
    assert counted.written == {"Installations": STATE + (MOVE if moved else 0), "Links": 1, "Decisions": 1}


def shown(bed: Bed, record: Raw, *codes: str) -> list[Any]:
    deal = bed.deal(record)
    return [field(deal, code) for code in codes]


def test_made(bed: Bed) -> None:
    someone_new = someone()
    record = bed.book(someone_new)
    with bed.counted() as counted:
        bed.work(record)
    assert counted.altegio == ONE_PAGE
    assert counted.kommo == {
        # Searched by phone, and by e-mail.
        "GET /api/v4/contacts": 2,
        "POST /api/v4/contacts": 1,
        "POST /api/v4/leads": 1,
        "POST /api/v4/tasks": 1,
    }
    deal = bed.assert_right()[record["id"]]
    assert (bed.stage(deal), deal["price"], deal["name"]) == ("New booking", 30, f"Haircut – {someone_new['name']}")
    starts = datetime.fromisoformat(record["date"]).replace(tzinfo=MADRID)
    assert {code: field(deal, code) for code in ("BOOKING_DATE", "BOOKING_TIME", "BOOKING_DATETIME")} == {
        "BOOKING_DATE": starts.replace(hour=0).timestamp(),
        "BOOKING_TIME": "10:00",
        "BOOKING_DATETIME": starts.timestamp(),
    }
    assert [field(deal, code) for code in ("BOOKING_ID", "COMPANY_ID", "EMPLOYEE", "LOCATION", "SERVICES")] == [
        str(record["id"]),
        str(bed.location),
        "Berta",
        "Gràcia",
        "Haircut",
    ]
    contact = bed.contact(deal)
    assert (contact["name"], field(contact, "PHONE"), field(contact, "EMAIL"), field(contact, "CLIENT_ID")) == (
        someone_new["name"],
        f"+{someone_new['phone']}",
        someone_new["email"],
        str(record["client"]["id"]),
    )
    (task,) = bed.tasks(deal)
    assert task["text"] == f"Confirm Haircut with {someone_new['name']}, {starts:%Y-%m-%d} 10:00"
    assert task["complete_till"] == (starts - timedelta(days=1)).timestamp()


def test_a_life(bed: Bed) -> None:
    record = bed.book(someone())
    bed.work(record)

    def step(stage: str) -> Raw:
        before = bed.stage(bed.deal(record))
        with bed.counted() as counted:
            bed.work(record)
        assert_changed_once(counted, moved=stage != before)
        deal: Raw = bed.assert_right()[record["id"]]
        assert bed.stage(deal) == stage
        return deal

    bed.set_status(record, CONFIRMED)
    step("Confirmed")
    bed.change(record, datetime=f"{bed.day(4)} 16:30:00")
    assert field(step("Confirmed"), "BOOKING_TIME") == "16:30"
    bed.change(record, staff_id=ELENA)
    assert field(step("Confirmed"), "EMPLOYEE") == "Elena"
    bed.change(record, services=[{"id": COLOURING}, {"id": BLOW_DRY, "amount": 2}])
    deal = step("Confirmed")
    assert (deal["price"], field(deal, "SERVICES")) == (120, "Colouring, Blow-dry ×2")
    bed.set_status(record, ARRIVED)
    step("Arrived")
    bed.set_status(record, NO_SHOW)
    step("No-show")
    bed.set_status(record, WAITING)
    step("New booking")
    bed.cancel(record)
    assert field(step("Closed - lost"), "BOOKING_ID") == str(record["id"])
    bed.admin("restore", location=bed.location, ids=[record["id"]])
    step("New booking")
    assert len(bed.tasks(bed.deal(record))) == 1


@pytest.mark.parametrize("kind", [HintKind.PAYMENT, HintKind.BOOKING])
def test_the_price_follows_a_payment_that_leaves_the_stamp_as_it_is(bed: Bed, kind: HintKind) -> None:
    record, later = bed.book(someone()), bed.book(someone())
    bed.work(record, later)
    bed.pass_time(60)
    bed.set_status(later, CONFIRMED)
    bed.work(later)
    before = bed.record(record)["last_change_date"]
    bed.admin("pay", location=bed.location, ids=[record["id"]], cost_to_pay=21.5, goods=[{"good_id": 26_001}])
    assert bed.record(record)["last_change_date"] == before
    with bed.counted() as counted:
        bed.hint(record, kind=HintKind.PAYMENT)
        if kind is HintKind.BOOKING:
            bed.hint(record)  # that version is done, the payment is not
        bed.drain()
    assert counted.altegio == ONE_PAGE | {"GET /api/v1/record/{company}/{record}": 1}
    assert counted.kommo == {READ: 1, CHANGED: 1}
    assert bed.assert_right()[record["id"]]["price"] == 22


def test_many_payments_are_read_by_visit_day(bed: Bed) -> None:
    records = [bed.book(someone(), 9) for _ in range(12)]
    later = bed.book(someone())
    bed.work(*records, later)
    bed.pass_time(60)
    bed.set_status(later, CONFIRMED)
    bed.work(later)
    bed.admin("pay", location=bed.location, ids=[record["id"] for record in records], cost_to_pay=10)
    with bed.counted() as counted:
        for record in records:
            bed.hint(record, kind=HintKind.PAYMENT)
        bed.drain()
    assert sum(counted.altegio.values()) <= 5
    deals = bed.assert_right()
    assert {deals[record["id"]]["price"] for record in records} == {10}


def test_another_client(bed: Bed) -> None:
    first, second = someone(), someone()
    record = bed.book(first)
    bed.work(record)
    old = bed.contact(bed.deal(record))
    bed.change(record, client=second)
    with bed.counted() as counted:
        bed.work(record)
    assert counted.kommo == {
        # Searched by phone, and by e-mail.
        "GET /api/v4/contacts": 2,
        "POST /api/v4/contacts": 1,
        READ: 1,
        "POST /api/v4/leads/link": 1,
        "POST /api/v4/leads/unlink": 1,
    }
    contact = bed.contact(bed.assert_right()[record["id"]])
    assert contact["id"] != old["id"]
    assert contact["name"] == second["name"]
    bed.change(record, client=first)
    bed.work(record)
    assert bed.contact(bed.assert_right()[record["id"]])["id"] == old["id"]


def test_a_known_client_books_again(bed: Bed) -> None:
    known = someone()
    first = bed.book(known)
    bed.work(first)
    second = bed.book(known, 5)
    with bed.counted() as counted:
        bed.work(second)
    assert counted.kommo == {"POST /api/v4/leads": 1, "POST /api/v4/tasks": 1}
    deals = bed.assert_right()
    assert bed.contact(deals[first["id"]]) == bed.contact(deals[second["id"]])


def test_a_contact_that_people_made_is_found_by_its_phone(bed: Bed) -> None:
    known = someone()
    contact = bed.make_contact("As people call him", f"+{known['phone']}")
    record = bed.book(known)
    with bed.counted() as counted:
        bed.work(record)
    assert counted.kommo["POST /api/v4/contacts"] == 0
    found = bed.contact(bed.assert_right()[record["id"]])
    assert (found["id"], found["name"]) == (contact, "As people call him")
    assert field(found, "CLIENT_ID") == str(record["client"]["id"])


def test_a_visitor_has_a_deal_of_his_own_on_the_clients_contact(bed: Bed) -> None:
    parent = someone()
    own = bed.book(parent, time_of_day="09:00")
    childs = bed.book(parent, time_of_day="11:00", comer={"id": 1, "name": "Nil", "surname": ""})
    bed.work(own, childs)
    deals = bed.assert_right()
    assert deals[childs["id"]]["name"] == f"Haircut – Nil ({parent['name']})"
    assert bed.contact(deals[own["id"]]) == bed.contact(deals[childs["id"]])
    assert bed.contact(deals[own["id"]])["name"] == parent["name"]


def test_the_same_phone_at_another_location_is_the_same_contact(bed: Bed) -> None:
    both = someone()
    here = bed.book(both)
    there = bed.book(both, location=bed.altegio.locations[1], staff_id=51_101, services=[{"id": 7_201}])
    bed.work(here, there)
    again = bed.book(both, 6, location=bed.altegio.locations[1], staff_id=51_101, services=[{"id": 7_202}])
    bed.work(again)
    deals = bed.assert_right()
    assert here["client"]["id"] != there["client"]["id"]
    assert len({bed.contact(deals[record["id"]])["id"] for record in (here, there, again)}) == 1
    assert field(deals[there["id"]], "LOCATION") == "Sants"


def test_an_ambiguous_phone_is_a_question_until_it_is_answered(bed: Bed) -> None:
    twofold = someone()
    candidates = [bed.make_contact(name, f"+{twofold['phone']}") for name in ("One", "Other")]
    record = bed.book(twofold)
    bed.work(record)
    (parked,) = bed.items("Parked")
    asked = {"client": record["client"]["id"], "doubt": "several_contacts", "contacts": candidates}
    assert (parked["reason"], parked["params"]) == ("ambiguous_contact", asked)
    since = parked["since"]
    bed.pass_time(60)
    bed.change(record, datetime=f"{bed.day(7)} 12:00:00")
    bed.work(record)
    (parked,) = bed.items("Parked")
    assert (parked["reason"], parked["since"]) == ("ambiguous_contact", since)
    deal = bed.deal(record)
    assert (deal["_embedded"]["contacts"], field(deal, "BOOKING_TIME")) == ([], "12:00")
    bed.person("delete", entity="contacts", ids=[candidates[1]])
    bed.set_status(record, CONFIRMED)
    bed.work(record)
    assert bed.items("Parked") == []
    assert bed.contact(bed.assert_right()[record["id"]])["id"] == candidates[0]


def test_a_client_changed_to_an_ambiguous_one_leaves_the_deal_without_a_guess(bed: Bed) -> None:
    record, twofold = bed.book(someone()), someone()
    bed.work(record)
    candidates = [bed.make_contact(name, f"+{twofold['phone']}") for name in ("One", "Other")]
    bed.change(record, client=twofold)
    bed.work(record)
    assert bed.parked() == {record["id"]: "ambiguous_contact"}
    assert bed.deal(record)["_embedded"]["contacts"] == []
    bed.person("delete", entity="contacts", ids=[candidates[0]])
    bed.set_status(record, CONFIRMED)
    bed.work(record)
    assert bed.parked() == {}
    assert bed.contact(bed.assert_right()[record["id"]])["id"] == candidates[1]


def test_participants_of_an_event_have_one_deal_each(bed: Bed) -> None:
    day = bed.day(3)
    event = bed.salon(
        "POST",
        f"/activity/{bed.location}",
        {"date": f"{day} 18:00:00", "service_id": YOGA, "staff_id": DANI, "capacity": 8, "force": True},
    )
    body = {"activity_id": event["id"], "clients_count": 2}
    records = [bed.book(someone(), 3, **body) for _ in range(3)]
    bed.work(*records)
    deals = bed.assert_right()
    assert [deals[record["id"]]["price"] for record in records] == [24, 24, 24]
    assert {field(deals[record["id"]], "SERVICES") for record in records} == {"Group yoga ×2"}

    bed.cancel(records[0])
    bed.work(records[0])
    deals = bed.assert_right()
    assert [bed.stage(deals[record["id"]]) for record in records] == ["Closed - lost", "New booking", "New booking"]

    moved = {"date": f"{day} 19:30:00", "service_id": YOGA, "staff_id": DANI, "capacity": 8, "force": True}
    bed.salon("PUT", f"/activity/{bed.location}/{event['id']}", moved)
    bed.work(*records[1:])
    assert shown(bed, records[1], "BOOKING_TIME") == shown(bed, records[2], "BOOKING_TIME") == ["19:30"]

    bed.salon("DELETE", f"/activity/{bed.location}/{event['id']}")
    bed.work(records[1])
    deals = bed.assert_right()
    assert {bed.stage(deals[record["id"]]) for record in records} == {"Closed - lost"}


def test_nobodys_booking_has_no_deal_until_there_is_a_client(bed: Bed) -> None:
    record = bed.book(None)
    with bed.counted() as counted:
        bed.work(record)
    assert counted.kommo == {}
    assert record["id"] not in bed.assert_right()
    bed.change(record, client=someone())
    bed.work(record)
    assert record["id"] in bed.assert_right()


def test_what_is_cancelled_before_it_was_seen_has_no_deal_until_it_is_restored(bed: Bed) -> None:
    record = bed.book(someone())
    bed.cancel(record)
    bed.work(record)
    assert record["id"] not in bed.assert_right()
    bed.admin("restore", location=bed.location, ids=[record["id"]])
    bed.work(record)
    assert bed.stage(bed.assert_right()[record["id"]]) == "New booking"


def test_an_unchanged_booking_costs_one_reading_and_no_write(bed: Bed) -> None:
    record = bed.book(someone())
    bed.work(record)
    with bed.counted() as counted:
        for _ in range(5):
            bed.hint(record, kind=HintKind.PAYMENT)
        bed.drain()
    assert counted.altegio == ONE_PAGE
    assert counted.kommo == {}
    assert counted.written == {"Installations": STATE}


def test_a_hint_covered_by_an_earlier_reading_costs_nothing(bed: Bed) -> None:
    record = bed.book(someone())
    bed.pass_time(10)
    bed.work(record)
    with bed.counted() as counted:
        for _ in range(3):
            bed.work(record)
    assert (counted.altegio, counted.kommo, counted.written) == ({}, {}, {})


def test_a_hint_is_not_covered_by_a_reading_of_the_same_second(bed: Bed) -> None:
    record = bed.book(someone())
    bed.work(record)
    with bed.counted() as counted:
        bed.work(record)
    assert counted.altegio == ONE_PAGE
    assert counted.kommo == {}


def test_an_old_hint_behind_a_new_one_hides_nothing(bed: Bed) -> None:
    record = bed.book(someone())
    bed.pass_time(10)
    bed.work(record)
    old = bed.record(record)["last_change_date"]
    bed.set_status(record, CONFIRMED)
    bed.hint(record)
    bed.ring(
        HintKind.BOOKING,
        source="altegio",
        location=bed.location,
        bookings=(SeenBooking(record["id"], old),),
        generation=1,
    )
    bed.drain()
    assert bed.stage(bed.assert_right()[record["id"]]) == "Confirmed"


def test_our_own_echo_is_dropped_unread(bed: Bed) -> None:
    record = bed.book(someone())
    bed.work(record)
    bed.set_status(record, CONFIRMED)
    bed.work(record)
    with bed.counted() as counted:
        bed.hint_of_deals(bed.deal(record), {"id": 999, "pipeline_id": 1, "status_id": 2})
        bed.drain()
    assert (counted.altegio, counted.kommo, counted.written) == ({}, {}, {})


def test_an_outdated_key_rings_nothing(bed: Bed) -> None:
    record = bed.book(someone())
    with bed.counted() as counted:
        bed.ring(HintKind.LOCATION, source="altegio", generation=7)
        bed.drain()
    assert (counted.altegio, counted.kommo, counted.written) == ({}, {}, {})
    bed.work(record)


@pytest.mark.parametrize("stamp", ["0001-01-01T00:00:00+1400", "9999-12-31T23:59:59-1200", "yesterday", "2026-13-40"])
def test_a_hint_with_a_nonsensical_stamp_stops_nothing(bed: Bed, stamp: str) -> None:
    record = bed.book(someone())
    seen = (SeenBooking(record["id"], stamp), SeenBooking(10**15, stamp))
    bed.ring(HintKind.BOOKING, source="altegio", location=bed.location, bookings=seen, generation=1)
    bed.ring(HintKind.BOOKING, source="altegio", location=12, bookings=seen, generation=1)
    bed.drain()
    assert record["id"] in bed.assert_right()
