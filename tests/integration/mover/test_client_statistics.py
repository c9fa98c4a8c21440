"""Contacts show what their clients bought, how often they came, and what is left of what they paid in advance."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import pytest

from bookdeal.model.command import CommandKind, CommandState
from bookdeal.model.hint import HintKind

from .bed import ARRIVED, HAIRCUT, MADRID, NO_SHOW, Bed, person
from .conftest import MakeBed
from .oracle import Raw, field

SEARCH = "POST /api/v1/company/{company}/clients/search"
MEMBERSHIPS = "GET /api/v1/loyalty/abonements/"
CONTACTS_READ, CONTACTS_WRITTEN = "GET /api/v4/contacts", "PATCH /api/v4/contacts"
EVENING = datetime(2026, 5, 5, 20, tzinfo=MADRID)
NIGHT = datetime(2026, 5, 6, 4, 30, tzinfo=MADRID)
"""Whatever minute the installation begins at, at this time it has begun."""


@pytest.fixture
def bed(make_bed: MakeBed) -> Iterator[Bed]:
    """A bed whose contacts show everything, on an evening."""
    bed = make_bed(at=EVENING)
    bed.choose(statistics=True, memberships=True)
    yield bed
    bed.admin("rights", login=bed.altegio.login, location=bed.location, rights={"clients_access": True})


def shown(bed: Bed, record: Raw) -> dict[str, Any]:
    """Return what the contact of a booking shows."""
    contact = bed.contact(bed.deal(record))
    codes = ("PURCHASES", "VISITS", "MEMBERSHIP_START", "MEMBERSHIP_END", "MEMBERSHIP_BALANCE")
    return {code: value for code in codes if (value := field(contact, code)) is not None}


def totals(purchases: float, visits: int) -> dict[str, str]:
    return {"PURCHASES": f"{purchases:g}", "VISITS": str(visits)}


def arrive(bed: Bed, *records: Raw) -> None:
    for record in records:
        bed.set_status(record, ARRIVED)
    bed.work(*records)


def cost(record: Raw) -> float:
    return sum(float(line["cost"]) for line in record["services"])


def member(bed: Bed, record: Raw, **membership: Any) -> Any:
    return bed.admin("membership", location=record["company_id"], client=record["client"]["id"], **membership)


def until(bed: Bed, moment: datetime) -> None:
    """Let time pass until then, without a sweep."""
    bed.pass_time(moment.timestamp() - bed.clock.now())


def test_a_new_client_shows_zeros_and_an_arrival_counts(bed: Bed) -> None:
    record = bed.book(person(1), day=0)
    bed.sweep()
    assert shown(bed, record) == totals(0, 0)
    arrive(bed, record)
    assert shown(bed, record) == totals(cost(record), 1)


def test_the_deal_moves_first_and_the_client_is_read_in_a_run_of_his_own(bed: Bed) -> None:
    records = [bed.book(person(1), day=0, time_of_day=f"1{hour}:00") for hour in range(3)]
    bed.sweep()
    for record in records:
        bed.set_status(record, ARRIVED)
    bed.hint(*records)
    with bed.counted() as first:
        bed.serve()
    assert [bed.stage(bed.deal(record)) for record in records] == ["Arrived"] * 3
    assert SEARCH not in first.altegio
    assert first.kommo.keys() == {"GET /api/v4/leads", "PATCH /api/v4/leads"}
    with bed.counted() as second:
        bed.drain()
    # Three changes of one client are one reading and one writing.
    assert (second.altegio[SEARCH], second.altegio[MEMBERSHIPS]) == (1, 1)
    assert second.kommo == {CONTACTS_WRITTEN: 1}
    assert shown(bed, records[0]) == totals(sum(map(cost, records)), 3)


def test_what_takes_an_arrival_back_counts_too(bed: Bed) -> None:
    records = [bed.book(person(1), day=0, time_of_day=f"1{hour}:00") for hour in range(3)]
    arrive(bed, *records)
    bed.set_status(records[0], NO_SHOW)
    bed.work(records[0])
    assert shown(bed, records[0]) == totals(sum(map(cost, records[1:])), 2)
    bed.cancel(records[1])
    bed.work(records[1])
    assert shown(bed, records[0]) == totals(cost(records[2]), 1)


def test_a_payment_and_its_refund(bed: Bed) -> None:
    record = bed.book(person(1), day=1)
    bed.sweep()
    paid = bed.admin("pay", location=bed.location, ids=[record["id"]])
    bed.work(record, kind=HintKind.PAYMENT)
    assert shown(bed, record) == totals(cost(record), 0)
    for transaction in paid["transactions"]:
        bed.salon("DELETE", f"/finance_transactions/{bed.location}/{transaction}")
    bed.work(record, kind=HintKind.PAYMENT)
    assert shown(bed, record) == totals(0, 0)


def test_a_changed_price_of_a_past_visit(bed: Bed) -> None:
    record = bed.book(person(1), day=0)
    arrive(bed, record)
    line = {"id": HAIRCUT, "first_cost": 100, "discount": 0, "cost": 100, "amount": 1}
    bed.work(bed.change(record, services=[line]))
    assert shown(bed, record) == totals(100, 1)


def test_two_locations_of_a_chain_add_up(bed: Bed) -> None:
    elsewhere = bed.altegio.locations[1]
    (employee, *_) = bed.salon("GET", f"/company/{elsewhere}/staff")
    (service, *_) = bed.salon("GET", f"/company/{elsewhere}/services", staff_id=employee["id"])
    here = bed.book(person(1), day=0)
    there = bed.book(person(1), day=0, location=elsewhere, staff_id=employee["id"], services=[{"id": service["id"]}])
    arrive(bed, here, there)
    member(bed, here, title="Chain card", count=8, days_ago=1)
    bed.ask(CommandKind.REFRESH_CLIENTS, contacts=[bed.contact(bed.deal(here))["id"]])
    bed.drain()
    assert bed.contact(bed.deal(here))["id"] == bed.contact(bed.deal(there))["id"]
    values = shown(bed, here)
    assert {code: values[code] for code in ("PURCHASES", "VISITS")} == totals(cost(here) + cost(there), 2)
    # Both locations honour it, and it is there once.
    assert values["MEMBERSHIP_BALANCE"] == "Chain card: 8"


def test_a_membership_is_used_up_and_runs_out(bed: Bed) -> None:
    records = [bed.book(person(1), day=0, time_of_day=f"1{hour}:00") for hour in range(2)]
    bed.sweep()
    first = member(bed, records[0], title="Two cuts", count=2, months=1, days_ago=10)
    for left, record in ((1, records[0]), (0, records[1])):
        bed.admin("pay", location=bed.location, ids=[record["id"]], membership=True)
        bed.work(record, kind=HintKind.PAYMENT)
        values = shown(bed, record)
        assert values["MEMBERSHIP_BALANCE"] == f"Two cuts: {left}"
        ends = datetime.fromisoformat(first["expiration_date"]).astimezone(MADRID).date()
        if left:
            assert datetime.fromtimestamp(values["MEMBERSHIP_END"], MADRID).date() == ends
            assert datetime.fromtimestamp(values["MEMBERSHIP_END"], MADRID).hour == 0
        else:
            assert "MEMBERSHIP_END" not in values
    bed.pass_time(30 * 86400)
    bed.ring(HintKind.CLIENT, source="altegio", location=bed.location, clients=(records[0]["client"]["id"],))
    bed.drain()
    assert not [code for code in shown(bed, records[0]) if code.startswith("MEMBERSHIP")]


def test_the_dates_of_the_one_that_ends_first(bed: Bed) -> None:
    record = bed.book(person(1), day=0)
    bed.sweep()
    member(bed, record, title="Later", count=5, months=6, days_ago=3)
    member(bed, record, title="Sooner", count=4, months=2, days_ago=1, category=7101)
    member(bed, record, title="Unused", count=3)
    arrive(bed, record)
    values = shown(bed, record)
    assert values["MEMBERSHIP_BALANCE"] == "Sooner: 4; Later: 5; Unused: 3"
    assert datetime.fromtimestamp(values["MEMBERSHIP_START"], MADRID).date() == bed.day(-1)


def test_dates_may_stand_in_fields_of_date_and_time(bed: Bed) -> None:
    made = bed.in_kommo("POST", "contacts/custom_fields", [{"name": "Ends", "type": "date_time"}])
    (own,) = made["_embedded"]["custom_fields"]
    settings = bed.installation.settings
    bed.choose(fields=type(settings.fields)(contact={"MEMBERSHIP_END": own["id"], "MEMBERSHIP_START": None}))
    record = bed.book(person(1), day=0)
    bed.sweep()
    membership = member(bed, record, title="Card", count=5, days_ago=3)
    arrive(bed, record)
    contact = bed.contact(bed.deal(record))
    values = {one["field_id"]: one["values"][0]["value"] for one in contact["custom_fields_values"]}
    assert values[own["id"]] == int(datetime.fromisoformat(membership["expiration_date"]).timestamp())
    assert field(contact, "MEMBERSHIP_START") is None


def test_bells_of_a_client_and_of_a_sale_without_a_booking(bed: Bed) -> None:
    record = bed.book(person(1), day=0)
    bed.sweep()
    bed.set_status(record, ARRIVED)
    with bed.counted() as counted:
        bed.ring(HintKind.CLIENT, source="altegio", location=bed.location, clients=(record["client"]["id"],))
        bed.ring(HintKind.CLIENT, source="altegio", location=bed.location, clients=(record["client"]["id"], 1))
        bed.drain()
    assert shown(bed, record) == totals(cost(record), 1)
    assert counted.altegio == {SEARCH: 1, MEMBERSHIPS: 1}
    # Somebody without a booking is nobody's contact, and a foreign location is none of ours.
    with bed.counted() as counted:
        bed.ring(HintKind.CLIENT, source="altegio", location=bed.location, clients=(1,))
        bed.ring(HintKind.CLIENT, source="altegio", location=1, clients=(record["client"]["id"],))
        bed.drain()
    assert (counted.altegio, counted.kommo) == ({}, {})


def test_a_person_asks_and_what_was_changed_by_hand_is_put_right(bed: Bed) -> None:
    record = bed.book(person(1), day=0)
    arrive(bed, record)
    contact = bed.contact(bed.deal(record))
    bed.in_kommo("PATCH", "contacts", [{"id": contact["id"], "custom_fields_values": _values(bed, VISITS="77")}])
    command = bed.ask(CommandKind.REFRESH_CLIENTS, by=1, contacts=[contact["id"], 999_999])
    bed.drain()
    assert bed.outcome(command).state is CommandState.DONE
    assert bed.outcome(command).result == {"contacts": 1}
    assert shown(bed, record) == totals(cost(record), 1)


def test_a_contact_who_is_gone_is_forgotten(bed: Bed) -> None:
    record = bed.book(person(1), day=0)
    bed.sweep()
    contact = bed.contact(bed.deal(record))["id"]
    bed.person("delete", entity="contacts", ids=[contact])
    bed.set_status(record, ARRIVED)
    bed.ring(HintKind.CLIENT, source="altegio", location=bed.location, clients=(record["client"]["id"],))
    bed.drain()
    assert bed.items("Links", "statistics#") == []
    assert bed.items("Links", f"contact#{contact}") == []


def test_a_client_whom_altegio_has_no_longer_leaves_the_sum(bed: Bed) -> None:
    record = bed.book(person(1), day=0)
    arrive(bed, record)
    contact, client = bed.contact(bed.deal(record)), record["client"]["id"]
    bed.salon("DELETE", f"/client/{bed.location}/{client}")
    bed.ring(HintKind.CLIENT, source="altegio", location=bed.location, clients=(client,))
    bed.drain()
    (now,) = [one for one in bed.look("contacts") if one["id"] == contact["id"]]
    assert (field(now, "PURCHASES"), field(now, "VISITS")) == ("0", "0")


def test_without_the_right_to_clients_deals_move_and_nothing_is_invented(bed: Bed) -> None:
    record = bed.book(person(1), day=0)
    bed.sweep()
    bed.admin("rights", login=bed.altegio.login, location=bed.location, rights={"clients_access": False})
    arrive(bed, record)
    assert bed.stage(bed.deal(record)) == "Arrived"
    assert shown(bed, record) == totals(0, 0)
    assert bed.installation.paused is None


def test_what_is_switched_off_is_not_read(bed: Bed) -> None:
    bed.choose(statistics=False, memberships=False)
    record = bed.book(person(1), day=0)
    bed.sweep()
    with bed.counted() as counted:
        arrive(bed, record)
        bed.drain()
    assert SEARCH not in counted.altegio
    # The bell of a client asks for his phone and e-mail; what he bought is none of it.
    with bed.counted() as counted:
        bed.ring(HintKind.CLIENT, source="altegio", location=bed.location, clients=(record["client"]["id"],))
        bed.drain()
    assert (counted.altegio, counted.kommo) == ({SEARCH: 1}, {})
    assert shown(bed, record) == {}


def test_a_kill_at_any_write_comes_to_the_same_end(bed: Bed) -> None:
    record = bed.book(person(1), day=0)
    bed.sweep()
    price = 50
    for at in range(1, 30):
        price += 1
        line = {"id": HAIRCUT, "first_cost": price, "discount": 0, "cost": price, "amount": 1}
        changed = bed.change(record, services=[line], attendance=ARRIVED)
        bed.ring(HintKind.CLIENT, source="altegio", location=bed.location, clients=(record["client"]["id"],))
        bed.hint(changed)
        with bed.wire.killing(at):
            bed.drain()
        bed.pass_time(120)
        bed.drain()
        assert shown(bed, record) == totals(price, 1), f"killed at {at}"
        if not bed.wire.killed:
            break
    else:
        raise AssertionError("killed at every moment")


def test_many_new_clients_are_not_asked_for_memberships_one_by_one(bed: Bed) -> None:
    records = [bed.book(person(number), day=number % 5, time_of_day=f"1{number % 6}:00") for number in range(12)]
    member(bed, records[3], title="Card", count=5, days_ago=3)
    with bed.counted() as counted:
        bed.sweep()
    assert shown(bed, records[3])["MEMBERSHIP_BALANCE"] == "Card: 5"
    assert (counted.altegio[SEARCH], counted.altegio[MEMBERSHIPS], counted.kommo[CONTACTS_WRITTEN]) == (2, 1, 1)


# -- the night -----------------------------------------------------------------------------------------------------


def test_a_night_finds_what_no_bell_told_of(bed: Bed) -> None:
    records = [bed.book(person(number), day=1, time_of_day=f"1{number}:00") for number in range(4)]
    bed.sweep()
    silent, gifted, *others = records
    bed.pass_time(3600)
    bed.work(bed.book(person(9), day=1))  # from now on the sweep does not look back so far
    bed.admin("rules", payment_changes_stamp=False)
    bed.admin("pay", location=bed.location, ids=[silent["id"]])
    member(bed, gifted, title="Gift", count=3, days_ago=1)
    until(bed, NIGHT)
    with bed.counted() as night:
        bed.sweep()
    assert shown(bed, silent) == totals(cost(silent), 0)
    assert shown(bed, gifted)["MEMBERSHIP_BALANCE"] == "Gift: 3"
    assert [shown(bed, record) for record in others] == [totals(0, 0)] * 2
    assert (night.altegio[MEMBERSHIPS], night.kommo[CONTACTS_WRITTEN]) == (1, 2)
    # It is done once a night, and in the next one only who has a membership is asked for it.
    with bed.counted() as again:
        bed.sweep()
    assert SEARCH not in again.altegio
    until(bed, NIGHT.replace(day=7))
    with bed.counted() as another:
        bed.sweep()
    assert (another.altegio[MEMBERSHIPS], another.kommo[CONTACTS_WRITTEN]) == (1, 0)


def test_a_night_without_the_search_by_membership(bed: Bed) -> None:
    record = bed.book(person(1), day=0)
    arrive(bed, record)
    refusal = {"method": "POST", "route": "/api/v1/company/{company}/clients/search", "times": 2, "kind": "status"}
    bed.fault("altegio", refusal | {"status": 422, "body": {"success": False, "data": None, "meta": []}})
    until(bed, NIGHT)
    bed.sweep()
    assert bed.faults_to_come("altegio") == []
    assert shown(bed, record) == totals(cost(record), 1)


def _values(bed: Bed, **values: str) -> list[Mapping[str, Any]]:
    ids = {one["code"]: one["id"] for one in bed.look("contacts/custom_fields")}
    return [{"field_id": ids[code], "values": [{"value": value}]} for code, value in values.items()]
