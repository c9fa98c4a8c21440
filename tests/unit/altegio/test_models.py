"""Records as Altegio writes them, one row for each oddity of contract §0.4, §0.5 and §4.3."""

import json
import os
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pydantic_core
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookdeal.altegio.models import (
    HOOKS,
    Company,
    HookSettings,
    Unreadable,
    booking_of,
    hook_settings_body,
    hook_settings_of,
    validated,
)
from bookdeal.model.booking import Booking, BookingStatus, Client, Employee, ProductLine, ServiceLine
from tests.unit.altegio.wire import LOCATION

RECORDED = Path(os.environ.get("RECORDED", Path(__file__).parents[4] / "shared/recorded")) / "altegio"

SERVICE = {
    "id": 7001,
    "title": "Haircut",
    "cost": 21,
    "cost_to_pay": 21,
    "manual_cost": 21,
    "cost_per_unit": 30,
    "discount": 30,
    "first_cost": 30,
    "amount": 1,
}
CLIENT = {"id": 880001, "name": "Carla", "surname": "", "display_name": "Carla", "phone": "+34600000101", "email": ""}
RECORD: dict[str, Any] = {
    "id": 640001,
    "company_id": LOCATION,
    "staff_id": 51001,
    "services": [SERVICE],
    "goods_transactions": [],
    "staff": {"id": 51001, "name": "Berta", "position": []},
    "client": CLIENT,
    "comer": None,
    "clients_count": 1,
    "date": "2026-05-04 18:30:00",
    "datetime": "2026-05-04T18:30:00+02:00",
    "last_change_date": "2026-05-02T14:22:50+0200",
    "online": False,
    "visit_attendance": 2,
    "attendance": 2,
    "confirmed": 1,
    "seance_length": 3600,
    "length": 3600,
    "api_id": "0f9c3f2e",
    "visit_id": 549000001,
    "deleted": False,
    "paid_full": 0,
    "activity_id": 0,
    "custom_fields": [],
}
BOOKING = Booking(
    location=LOCATION,
    id=640001,
    status=BookingStatus.CONFIRMED,
    starts_at=datetime(2026, 5, 4, 18, 30),
    length=3600,
    employee=Employee(51001, "Berta"),
    services=(ServiceLine(7001, "Haircut", Decimal(1), Decimal(21)),),
    products=(),
    client=Client(880001, "Carla", "+34600000101", ""),
    visitor="",
    seats=1,
    visit=549000001,
    event=None,
    online=False,
    paid_in_full=False,
    external_id="0f9c3f2e",
    changed="2026-05-02T14:22:50+0200",
)


def service(**changes: Any) -> list[dict[str, Any]]:
    return [{name: value for name, value in (SERVICE | changes).items() if value is not ...}]


def line(cost: str, amount: str = "1") -> dict[str, Any]:
    return {"services": (ServiceLine(7001, "Haircut", Decimal(amount), Decimal(cost)),)}


def client(**changes: Any) -> dict[str, Any]:
    return {"client": replace(Client(880001, "Carla", "+34600000101", ""), **changes)}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({}, {}, id="as documented"),
        pytest.param({"attendance": 0}, {"status": BookingStatus.WAITING}, id="waiting"),
        pytest.param({"attendance": 1}, {"status": BookingStatus.ARRIVED}, id="arrived"),
        pytest.param({"attendance": -1}, {"status": BookingStatus.NO_SHOW}, id="no-show"),
        pytest.param({"attendance": "-1"}, {"status": BookingStatus.NO_SHOW}, id="status as text"),
        pytest.param({"attendance": 1, "deleted": True}, {"status": BookingStatus.CANCELLED}, id="deleted"),
        pytest.param({"deleted": "1"}, {"status": BookingStatus.CANCELLED}, id="deleted as text"),
        pytest.param({"deleted": 0}, {}, id="not deleted as number"),
        pytest.param(
            {"deleted": True, "attendance": ...}, {"status": BookingStatus.CANCELLED}, id="deleted, no status"
        ),
        pytest.param({"attendance": None}, {}, id="status of the visit"),
        pytest.param({"id": "640001", "visit_id": "549000001"}, {}, id="ids as texts"),
        pytest.param({"visit_id": 0}, {"visit": None}, id="no visit"),
        pytest.param({"visit_id": ""}, {"visit": None}, id="empty visit"),
        pytest.param({"activity_id": 3101}, {"event": 3101}, id="participant of an event"),
        pytest.param({"activity_id": None}, {}, id="null event"),
        pytest.param({"clients_count": 3}, {"seats": 3}, id="seats"),
        pytest.param({"clients_count": None}, {}, id="null seats"),
        pytest.param({"datetime": "2026-05-04T18:30:00+01:00"}, {}, id="offset of the wrong half of the year"),
        pytest.param({"date": None, "datetime": "2026-05-04T18:30:00+0100"}, {}, id="time from datetime"),
        pytest.param({"date": "2026-05-04T18:30:00"}, {}, id="date with a T"),
        pytest.param({"seance_length": 0, "length": 1800}, {"length": 1800}, id="length by its other name"),
        pytest.param({"staff": []}, {"employee": Employee(51001, "")}, id="employee by id alone"),
        pytest.param({"staff": [], "staff_id": 0}, {"employee": None}, id="no employee"),
        pytest.param({"staff": None, "staff_id": None}, {"employee": None}, id="null employee"),
        pytest.param({"staff": {"id": 51001, "name": None}}, {"employee": Employee(51001, "")}, id="nameless employee"),
        pytest.param({"services": []}, {"services": ()}, id="no service"),
        pytest.param({"services": None}, {"services": ()}, id="null services"),
        pytest.param({"services": service(cost_to_pay=16204.93)}, line("16204.93"), id="exact money"),
        pytest.param({"services": service(cost_to_pay="21.50")}, line("21.50"), id="money as text"),
        pytest.param({"services": service(cost_to_pay=...)}, line("21"), id="older source: cost"),
        pytest.param({"services": service(cost_to_pay=None, cost=None)}, line("21"), id="oldest source: manual cost"),
        pytest.param({"services": service(cost_to_pay=0)}, line("0"), id="free of charge"),
        pytest.param({"services": service(amount="2")}, line("21", "2"), id="quantity as text"),
        pytest.param({"services": service(amount=None)}, line("21"), id="no quantity"),
        pytest.param(
            {"goods_transactions": [{"title": "Mask", "amount": -1, "cost": 42, "cost_to_pay": 34.03}]},
            {"products": (ProductLine("Mask", Decimal("34.03")),)},
            id="product",
        ),
        pytest.param({"goods_transactions": ...}, {}, id="products not told"),
        pytest.param({"client": None}, {"client": None}, id="no client"),
        pytest.param({"client": []}, {"client": None}, id="client as an empty array"),
        pytest.param({"client": CLIENT | {"id": 0}}, {"client": None}, id="client without id"),
        pytest.param({"client": CLIENT | {"id": "880001"}}, {}, id="client id as text"),
        pytest.param({"client": CLIENT | {"phone": 34600000101}}, client(phone="34600000101"), id="phone as number"),
        pytest.param({"client": CLIENT | {"phone": None}}, client(phone=""), id="no phone"),
        pytest.param({"client": CLIENT | {"phone": "+3460*****01"}}, client(phone=""), id="masked phone"),
        pytest.param({"client": {"id": 880001, "name": "Carla"}}, client(phone=""), id="client of few words"),
        pytest.param(
            {"client": CLIENT | {"display_name": "", "surname": "Ruiz"}}, client(name="Carla Ruiz"), id="name in parts"
        ),
        pytest.param(
            {"client": CLIENT | {"custom_fields": [], "client_tags": [{"id": 42}]}}, {}, id="parts that do not matter"
        ),
        pytest.param({"client": CLIENT | {"phone": " +34600000101\n", "display_name": " Carla "}}, {}, id="blanks"),
        pytest.param({"comer": {"id": 5, "name": "Leo"}}, {"visitor": "Leo"}, id="visitor"),
        pytest.param({"comer": []}, {}, id="visitor as an empty array"),
        pytest.param({"online": 1}, {"online": True}, id="flag as number"),
        pytest.param({"online": "0"}, {}, id="flag as text"),
        pytest.param({"online": None}, {}, id="null flag"),
        pytest.param({"paid_full": 1}, {"paid_in_full": True}, id="paid"),
        pytest.param({"paid_full": True}, {"paid_in_full": True}, id="paid as a flag"),
        pytest.param({"paid_full": 2}, {"paid_in_full": True}, id="paid more"),
        pytest.param({"api_id": None}, {"external_id": ""}, id="no mark"),
        pytest.param({"api_id": "0"}, {"external_id": ""}, id="mark 0"),
        pytest.param({"api_id": 77}, {"external_id": "77"}, id="mark as number"),
        pytest.param({"something_new": {"deep": []}}, {}, id="unknown key"),
    ],
)
def test_a_record_is_read(changes: dict[str, Any], expected: dict[str, Any]) -> None:
    record = {name: value for name, value in (RECORD | changes).items() if value is not ...}
    row = pydantic_core.from_json(json.dumps(record))
    assert booking_of(row, LOCATION) == replace(BOOKING, **expected)


@pytest.mark.parametrize(
    ("changes", "id", "reason"),
    [
        pytest.param({"date": "soon", "datetime": ""}, 640001, "date", id="time"),
        pytest.param({"date": "0000-00-00 00:00:00"}, 640001, "date", id="zero date"),
        pytest.param({"date": 1778083200}, 640001, "date", id="epoch"),
        pytest.param({"date": None, "datetime": None}, 640001, "date", id="no time"),
        pytest.param({"attendance": 7}, 640001, "attendance", id="unknown status"),
        pytest.param({"attendance": None, "visit_attendance": None}, 640001, "attendance", id="no status"),
        pytest.param({"last_change_date": None}, 640001, "last_change_date.missing", id="no stamp"),
        pytest.param({"id": None}, 0, "id.missing", id="no id"),
        pytest.param({"id": "x"}, 0, "id.int_parsing", id="id that is none"),
        pytest.param({"services": "x"}, 640001, "services.list_type", id="services of a wrong type"),
        pytest.param(
            {"services": service(cost_to_pay="much")}, 640001, "services.0.cost_to_pay.decimal_parsing", id="price"
        ),
        pytest.param({"client": CLIENT | {"id": "Carla"}}, 640001, "client.id.int_parsing", id="client"),
        pytest.param({"client": ["Carla"]}, 640001, "client.model_type", id="client as a list"),
    ],
)
def test_what_cannot_be_understood_is_not_guessed(changes: dict[str, Any], id: int, reason: str) -> None:
    assert booking_of(RECORD | changes, LOCATION) == Unreadable(id, reason)


@pytest.mark.parametrize("row", [None, [], "x", 5, {}])
def test_a_row_that_is_no_record(row: Any) -> None:
    found = booking_of(row, LOCATION)
    assert isinstance(found, Unreadable)
    assert found.id == 0


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*CLIENT, *SERVICE]), inner, max_size=4)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from([*RECORD]), values))
def test_any_row_gives_a_booking_or_says_why_not(changes: dict[str, Any]) -> None:
    found = booking_of(RECORD | changes, LOCATION)
    assert isinstance(found, Booking) or found.reason


@given(
    st.decimals(min_value=0, max_value=10**9, places=2),
    st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)).map(lambda moment: moment.replace(microsecond=0)),
)
def test_money_and_times_come_through_exactly(cost: Decimal, moment: datetime) -> None:
    row = RECORD | {"services": service(cost_to_pay=float(cost)), "date": f"{moment:%Y-%m-%d %H:%M:%S}"}
    found = booking_of(pydantic_core.from_json(json.dumps(row)), LOCATION)
    assert isinstance(found, Booking)
    assert (found.total, found.starts_at) == (cost, moment)


@pytest.mark.skipif(not RECORDED.is_dir(), reason="needs the recorded bookings")
def test_recorded_bookings() -> None:
    rows = json.loads((RECORDED / "records.json").read_text())
    for row in rows:
        found = booking_of(row, row["company_id"])
        assert isinstance(found, Booking)
        assert (found.client is None) is (row["client"] is None)
        costs = [part["cost_to_pay"] for part in row["services"] + row["goods_transactions"]]
        assert found.total == sum(Decimal(str(cost)) for cost in costs)


COMPANY = {
    "id": LOCATION,
    "title": "Studio Norte",
    "city": "Madrid",
    "active": 1,
    "phone": "+34 910 000 100",
    "phones": [],
    "country_id": 34,
    "timezone": 1,
    "timezone_name": "Europe/Madrid",
    "currency_short_title": "EUR",
}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({}, {}, id="as documented"),
        pytest.param({"id": str(LOCATION), "active": "1"}, {}, id="texts as numbers"),
        pytest.param({"active": 0}, {"active": False}, id="licence not paid"),
        pytest.param({"timezone_name": None, "timezone": "Europe/Madrid"}, {}, id="zone by its old name"),
        pytest.param({"timezone_name": ""}, {"timezone": ""}, id="hours are no zone"),
        pytest.param({"phone": "34910000100"}, {}, id="phone without plus"),
        pytest.param({"phone": "", "phones": ["+77270000000"]}, {"country": "KZ"}, id="another phone"),
        pytest.param({"phone": "0910", "phones": None}, {}, id="country by calling code"),
        pytest.param({"phone": None, "country_id": "7"}, {"country": ""}, id="calling code of several countries"),
        pytest.param({"phone": None, "country_id": 9999}, {"country": ""}, id="no calling code"),
        pytest.param({"phone": None, "country_id": 800}, {"country": ""}, id="calling code of no country"),
        pytest.param({"phone": None, "country_id": None}, {"country": ""}, id="no country"),
        pytest.param({"city": None, "currency_short_title": None}, {"city": "", "currency": ""}, id="nulls"),
    ],
)
def test_a_company_is_a_location(changes: dict[str, Any], expected: dict[str, Any]) -> None:
    location = validated(Company, COMPANY | changes).location()
    plain = {
        "id": LOCATION,
        "title": "Studio Norte",
        "city": "Madrid",
        "country": "ES",
        "timezone": "Europe/Madrid",
        "currency": "EUR",
        "active": True,
    }
    assert {name: getattr(location, name) for name in plain} == plain | expected


URL = "https://hooks.example.test/webhooks/altegio/acme/3.mac"
OTHER = "https://other.example.test/hook"
SETTINGS = {
    "urls": [OTHER],
    "active": 0,
    "record": 1,
    "client": "1",
    "good": 0,
    "self_sending": True,
    "url_settings": [],
}


def test_hook_settings_keep_what_others_chose() -> None:
    before = hook_settings_of(SETTINGS)
    assert not before.rings(URL)
    after = before.ringing(URL)
    assert after.rings(URL)
    assert hook_settings_body(after) == {
        "urls": [OTHER, URL],
        "active": 1,
        "record": 1,
        "client": 1,
        "good": 0,
        "self_sending": 1,
        "finances_operation": 1,
        "goods_operations_sale": 1,
    }
    assert after.ringing(URL) == after


@pytest.mark.parametrize("data", [{"urls": [""]}, {"urls": []}, {"urls": None}, {}, [], None])
def test_a_location_without_hooks(data: Any) -> None:
    settings = hook_settings_of(data)
    assert settings == HookSettings((), False, ())
    assert settings.ringing(URL).urls == (URL,)


def test_an_old_address_gives_way_to_the_new() -> None:
    assert hook_settings_of({"urls": [URL, OTHER]}).ringing(URL + "x", instead_of=[URL]).urls == (OTHER, URL + "x")


@pytest.mark.parametrize("hook", [*HOOKS, "active"])
def test_a_switch_that_is_off_is_seen(hook: str) -> None:
    on = {"urls": [URL], "active": 1} | dict.fromkeys(HOOKS, 1)
    assert hook_settings_of(on).rings(URL)
    assert not hook_settings_of(on | {hook: "0"}).rings(URL)
