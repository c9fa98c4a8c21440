"""Altegio's client against the answers that the contract names, one row for each oddity."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from email.utils import format_datetime
from typing import Any

import pytest
import requests

from bookdeal.altegio.client import ACCEPT, PAGE, AltegioClient, rates
from bookdeal.altegio.hosts import is_altegio_host
from bookdeal.altegio.models import HookSettings, Unreadable
from bookdeal.model.booking import Booking, BookingStatus
from bookdeal.runtime.errors import (
    BookdealError,
    Invalid,
    NotFound,
    RateLimited,
    Rejected,
    Revoked,
    Transient,
    Unauthorised,
)
from bookdeal.runtime.limiter import Lane, Rate
from tests.unit.altegio.wire import API, LOCATION, Wire

RECORDS = f"{API}/records/{LOCATION}"
AFTER = datetime(2026, 5, 2, 12, 0, 0, 500)


def record(id: int = 1, **changes: Any) -> dict[str, Any]:
    return {
        "id": id,
        "date": "2026-05-04 18:30:00",
        "attendance": 2,
        "last_change_date": "2026-05-02T14:22:50+0200",
        "client": {"id": 880001, "name": "Carla", "phone": "+34600000101"},
    } | changes


def envelope(data: Any, meta: Any = ()) -> dict[str, Any]:
    return {"success": True, "data": data, "meta": meta or []}


def ids(rows: tuple[Booking | Unreadable, ...]) -> list[int]:
    return [row.id for row in rows]


def test_changed_bookings(wire: Wire) -> None:
    answered_at = datetime(2026, 5, 2, 10, 5, tzinfo=UTC)
    wire.answers.get(
        RECORDS,
        json=envelope([record(1), record(2, deleted=True), record(3, attendance=9)], {"page": 2, "total_count": 603}),
        headers={"Date": format_datetime(answered_at, usegmt=True)},
    )
    page = wire.client.changed_bookings(
        LOCATION,
        changed_after=AFTER,
        changed_before=datetime(2026, 5, 3),
        until_day=date(2026, 6, 1),
        page=2,
    )
    first, second, third = page.rows
    assert isinstance(first, Booking)
    assert isinstance(second, Booking)
    assert second.status is BookingStatus.CANCELLED
    assert third == Unreadable(3, "attendance")
    assert page.total == 603
    assert page.server_time == answered_at.timestamp()
    assert wire.query() == {
        "changed_after": "2026-05-02T12:00:00",
        "changed_before": "2026-05-03T00:00:00",
        "end_date": "2026-06-01",
        "with_deleted": "1",
        "page": "2",
        "count": "300",
    }
    assert wire.header("Authorization") == "Bearer partner, User token-1"
    assert wire.header("Accept") == ACCEPT
    assert wire.counters.requests == {"altegio GET /records/{location}": 1}


def test_all_bookings_from_a_day_on(wire: Wire) -> None:
    wire.answers.get(RECORDS, json=envelope([]))
    wire.client.changed_bookings(LOCATION, changed_after=None, from_day=date(2026, 5, 1))
    assert wire.query() == {"start_date": "2026-05-01", "with_deleted": "1", "page": "1", "count": "300"}


@pytest.mark.parametrize(
    ("answer", "page", "found", "total"),
    [
        pytest.param(envelope([], {"total_count": 0}), 1, [], 0, id="none"),
        pytest.param(envelope(None), 1, [], 0, id="null"),
        pytest.param(envelope([record(1)], {"total_count": "1"}), 1, [1], 1, id="total as text"),
        pytest.param(envelope([record(1)], []), 3, [1], 601, id="no total on the last page"),
        pytest.param(envelope([record(1)] * PAGE, {}), 1, [1] * PAGE, PAGE + 1, id="no total on a full page"),
        pytest.param([record(1)], 1, [1], 1, id="bare list"),
        pytest.param(envelope([record(1), None, {"id": "x"}], {"total_count": 3}), 1, [1, 0, 0], 3, id="broken rows"),
    ],
)
def test_pages_of_bookings(wire: Wire, answer: Any, page: int, found: list[int], total: int) -> None:
    wire.answers.get(RECORDS, json=answer)
    read = wire.client.changed_bookings(LOCATION, changed_after=AFTER, page=page)
    assert ids(read.rows) == found
    assert read.total == total
    assert read.server_time == wire.clock.now()


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param({"body": "<html>"}, id="HTML"),
        pytest.param({"json": envelope("text")}, id="a text"),
        pytest.param({"json": {"success": False, "data": None, "meta": {"message": "?"}}}, id="failure with 200"),
    ],
)
def test_an_answer_that_cannot_be_read_says_nothing_of_the_bookings(wire: Wire, answer: dict[str, Any]) -> None:
    wire.answers.get(RECORDS, **answer)
    with pytest.raises(Transient):
        wire.client.changed_bookings(LOCATION, changed_after=AFTER)


def test_bookings_of_a_day(wire: Wire) -> None:
    for rows in ([record(1), record(2)], [record(3)]):
        wire.answers.get(RECORDS, json=envelope(rows, {"total_count": 3}))
    pages = list(wire.client.visit_bookings(LOCATION, date(2026, 5, 4)))
    assert [ids(page.rows) for page in pages] == [[1, 2], [3]]
    assert wire.query(1) == {
        "start_date": "2026-05-04",
        "end_date": "2026-05-04",
        "with_deleted": "1",
        "page": "2",
        "count": "300",
    }


def test_a_day_whose_total_shrinks_while_it_is_read_ends(wire: Wire) -> None:
    wire.answers.get(RECORDS, json=envelope([record(1)], {"total_count": 2}))
    wire.answers.get(RECORDS, json=envelope([], {"total_count": 2}))
    assert [ids(page.rows) for page in wire.client.visit_bookings(LOCATION, date(2026, 5, 4))] == [[1], []]


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        pytest.param({"json": envelope(record(5))}, BookingStatus.CONFIRMED, id="there"),
        pytest.param({"json": envelope(record(5, deleted=True))}, BookingStatus.CANCELLED, id="deleted, told"),
        pytest.param({"status": 404, "json": {"success": False, "meta": []}}, None, id="deleted, or never there"),
        pytest.param({"status": 404, "body": "<html>"}, None, id="404 as HTML"),
    ],
)
def test_one_booking(wire: Wire, answer: dict[str, Any], status: BookingStatus | None) -> None:
    wire.answers.get(f"{API}/record/{LOCATION}/5", **answer)
    found = wire.client.booking(LOCATION, 5)
    assert (found.status if isinstance(found, Booking) else found) == status
    assert wire.counters.requests == {"altegio GET /record/{location}/{booking}": 1}


def test_one_unreadable_booking_keeps_its_id(wire: Wire) -> None:
    wire.answers.get(f"{API}/record/{LOCATION}/5", json=envelope(None))
    assert wire.client.booking(LOCATION, 5) == Unreadable(5, "model_type")


def test_one_booking_that_is_not_for_us_is_no_loss_of_access(wire: Wire) -> None:
    wire.answers.get(f"{API}/record/{LOCATION}/5", status=403, json={"success": False})
    with pytest.raises(Rejected) as caught:
        wire.client.booking(LOCATION, 5)
    assert caught.value.params == {"location": LOCATION, "booking": 5}


@pytest.mark.parametrize(
    ("status", "error", "reason"),
    [
        (400, Rejected, "validation"),
        (402, Revoked, Revoked.PAYMENT),
        (403, Revoked, Revoked.RIGHTS),
        (404, NotFound, "location"),
        (409, Rejected, "validation"),
        (422, Rejected, "validation"),
        (500, Transient, "server_error"),
        (502, Transient, "server_error"),
    ],
)
def test_refusals(wire: Wire, status: int, error: type[BookdealError], reason: str) -> None:
    for _ in range(3 if status >= 500 else 1):
        wire.answers.get(RECORDS, status=status, json={"success": False, "meta": {"message": "Carla is busy."}})
    with pytest.raises(error) as caught:
        wire.client.changed_bookings(LOCATION, changed_after=AFTER)
    assert caught.value.reason == reason
    assert "Carla" not in str(caught.value)
    if status < 500:
        assert caught.value.params["location"] == LOCATION


def test_a_lost_connection_is_tried_again(wire: Wire) -> None:
    wire.answers.get(RECORDS, body=requests.ConnectionError("closed"))
    wire.answers.get(RECORDS, json=envelope([]))
    assert wire.client.changed_bookings(LOCATION, changed_after=AFTER).rows == ()
    budgets = (
        Rate("rate#altegio#egress#shared#minute", 375, burst=20),
        Rate("rate#altegio#egress#shared#second", 250),
    )
    assert rates("shared", 4, 160) == budgets
    assert wire.limiter.asked == [(budgets, Lane.LIVE)] * 2


def test_a_429_keeps_everybody_at_our_address_from_asking(wire: Wire) -> None:
    wire.answers.get(RECORDS, status=429, body="<html>", headers={"Retry-After": "30"})
    with pytest.raises(RateLimited):
        wire.client.within(lane=Lane.BULK).changed_bookings(LOCATION, changed_after=AFTER)
    assert wire.limiter.penalties == [("rate#altegio#egress#shared#second", 30)]


def test_a_token_that_does_not_work_is_replaced_once(wire: Wire) -> None:
    wire.answers.get(RECORDS, status=401, json={"success": False})
    wire.answers.get(RECORDS, json=envelope([]))
    wire.client.changed_bookings(LOCATION, changed_after=AFTER)
    assert wire.header("Authorization") == "Bearer partner, User token-2"


def test_a_second_401_means_that_access_is_lost(wire: Wire) -> None:
    wire.answers.get(RECORDS, status=401)
    wire.answers.get(RECORDS, status=401)
    with pytest.raises(Revoked) as caught:
        wire.client.changed_bookings(LOCATION, changed_after=AFTER)
    assert caught.value.reason == Revoked.TOKEN
    assert wire.tokens.rejections == 1


COMPANY = {"id": LOCATION, "title": "Studio", "timezone_name": "Europe/Madrid", "active": "1", "phone": "+34910000100"}


def test_a_location(wire: Wire) -> None:
    wire.answers.get(f"{API}/company/{LOCATION}", json=envelope(COMPANY))
    location = wire.client.location(LOCATION)
    assert (location.id, location.timezone, location.country) == (LOCATION, "Europe/Madrid", "ES")
    assert wire.query() == {"my": "1"}


def test_a_location_that_cannot_be_read(wire: Wire) -> None:
    wire.answers.get(f"{API}/company/{LOCATION}", json=envelope([]))
    with pytest.raises(Transient):
        wire.client.location(LOCATION)


def test_locations(wire: Wire) -> None:
    first = [COMPANY | {"id": id} for id in range(1, 201)]
    wire.answers.get(f"{API}/companies", json=envelope(first))
    wire.answers.get(f"{API}/companies", json=envelope([COMPANY | {"id": 201}]))
    assert [location.id for location in wire.client.locations()] == list(range(1, 202))
    assert wire.query() == {"my": "1", "page": "2", "count": "200"}


def test_locations_that_are_not_paged_are_read_once(wire: Wire) -> None:
    for _ in range(2):
        wire.answers.get(f"{API}/companies", json=envelope([COMPANY | {"id": id} for id in range(1, 251)]))
    assert len(wire.client.locations()) == 250


def test_no_locations(wire: Wire) -> None:
    wire.answers.get(f"{API}/companies", json=envelope([]))
    assert wire.client.locations() == ()


URL = "https://hooks.example.test/webhooks/altegio/acme/3.mac"


def test_hook_settings(wire: Wire) -> None:
    path = f"{API}/hooks_settings/{LOCATION}"
    wire.answers.get(path, json=envelope({"urls": [""], "active": 0, "record": 0}))
    wire.answers.post(path, status=201, json=envelope({"urls": [URL]}))
    wire.client.save_hook_settings(LOCATION, wire.client.hook_settings(LOCATION).ringing(URL))
    assert wire.body() == {
        "urls": [URL],
        "active": 1,
        "record": 1,
        "finances_operation": 1,
        "goods_operations_sale": 1,
        "client": 1,
    }


@pytest.mark.parametrize("urls", [(), tuple(f"{URL}{index}" for index in range(11))])
def test_hook_settings_that_altegio_does_not_take_are_not_sent(wire: Wire, urls: tuple[str, ...]) -> None:
    with pytest.raises(Invalid):
        wire.client.save_hook_settings(LOCATION, HookSettings(urls, True, ()))


def test_hooks_that_the_user_may_not_set_are_no_loss_of_access(wire: Wire) -> None:
    wire.answers.get(f"{API}/hooks_settings/{LOCATION}", status=403, json={"success": False})
    wire.answers.post(f"{API}/hooks_settings/{LOCATION}", status=403, json={"success": False})
    asks: list[Callable[[AltegioClient], object]] = [
        lambda client: client.hook_settings(LOCATION),
        lambda client: client.save_hook_settings(LOCATION, HookSettings((URL,), True, ())),
    ]
    for ask in asks:
        with pytest.raises(Rejected) as caught:
            ask(wire.client)
        assert caught.value.reason == Revoked.RIGHTS


@pytest.mark.parametrize(
    "answer", [envelope({"id": 300500, "user_token": "u-0f3a"}), {"id": 300500, "user_token": "u-0f3a"}]
)
def test_a_person_logs_in(wire: Wire, answer: dict[str, Any]) -> None:
    wire.answers.post(f"{API}/auth", status=201, json=answer)
    assert wire.client.authenticate("owner@example.test", "S3cret") == "u-0f3a"
    assert wire.body() == {"login": "owner@example.test", "password": "S3cret"}
    assert wire.header("Authorization") == "Bearer partner"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422])
def test_a_wrong_password(wire: Wire, status: int) -> None:
    wire.answers.post(f"{API}/auth", status=status, json={"success": False})
    with pytest.raises(Unauthorised):
        wire.client.authenticate("owner@example.test", "wrong")
    assert wire.tokens.rejections == 0


@pytest.mark.parametrize("answer", [envelope({}), envelope({"user_token": None}), envelope([])])
def test_a_login_without_a_token(wire: Wire, answer: dict[str, Any]) -> None:
    wire.answers.post(f"{API}/auth", status=201, json=answer)
    with pytest.raises(Transient):
        wire.client.authenticate("owner@example.test", "S3cret")


@pytest.mark.parametrize(
    ("host", "ours"),
    [("api.alteg.io", True), ("api.yclients.com", True), ("alteg.io", False), ("api.alteg.io.example.test", False)],
)
def test_hosts(host: str, ours: bool) -> None:
    assert is_altegio_host(host) is ours
