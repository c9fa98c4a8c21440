"""Altegio's client against the simulator, which speaks the contract with all its oddities."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bookdeal.altegio.client import AltegioClient, BookingPage
from bookdeal.altegio.webhooks import hints_from
from bookdeal.model.booking import Booking, BookingStatus
from bookdeal.model.hint import HintKind
from bookdeal.runtime.errors import RateLimited, Revoked, Transient, Unauthorised
from tests.integration.providers.conftest import Simulated
from tests.integration.simulators.receiver import Receiver
from tests.spies import SpyTokens

LOCATION = 900_100
LONG_AGO = datetime(2000, 1, 1)
OTHERS, OURS = "https://other.example.test/hook", "https://hooks.example.test/webhooks/altegio/acme/1.mac"


def pages(client: AltegioClient, **window: Any) -> Iterator[BookingPage]:
    window = {"changed_after": LONG_AGO} | window
    read, number = 0, 1
    while True:
        page = client.changed_bookings(LOCATION, page=number, **window)
        yield page
        read += len(page.rows)
        if not page.rows or read >= page.total:
            return
        number += 1


def bookings(client: AltegioClient, **window: Any) -> dict[int, Booking]:
    rows = [row for page in pages(client, **window) for row in page.rows]
    assert all(isinstance(row, Booking) for row in rows)
    found = {row.id: row for row in rows if isinstance(row, Booking)}
    assert len(found) == len(rows)
    return found


def test_a_person_logs_in_and_sees_the_locations(altegio: Simulated, altegio_client: AltegioClient) -> None:
    access = altegio.control("grant")
    assert altegio_client.authenticate(access["login"], access["password"]) == access["user_token"]
    with pytest.raises(Unauthorised):
        altegio_client.authenticate(access["login"], "wrong")
    locations = {location.id: location for location in altegio_client.locations()}
    assert sorted(locations) == sorted(access["locations"])
    location = altegio_client.location(LOCATION)
    assert location == locations[LOCATION]
    assert (location.country, location.timezone, location.active) == ("ES", "Europe/Madrid", True)


def test_the_same_bookings_whatever_shape_they_come_in(altegio: Simulated, altegio_client: AltegioClient) -> None:
    plain = bookings(altegio_client)
    assert len(plain) > 20
    altegio.control("quirks", {"level": 0.5})
    odd = bookings(altegio_client)
    assert odd.keys() == plain.keys()
    for id, booking in odd.items():
        client = booking.client
        if client is not None:
            # A phone may have come masked or without its plus: that is no other person.
            expected = plain[id].client
            assert expected is not None
            assert client.phone in ("", expected.phone, expected.phone.removeprefix("+"))
            client = replace(client, phone=expected.phone)
        assert replace(booking, client=client) == plain[id]


def test_many_bookings_come_page_by_page(altegio: Simulated, altegio_client: AltegioClient) -> None:
    before = len(bookings(altegio_client))
    altegio.control("load", {"bookings": 700, "clients": 50})
    read = list(pages(altegio_client))
    assert [len(page.rows) for page in read[:-1]] == [300] * (len(read) - 1)
    assert len({row.id for page in read for row in page.rows}) == before + 700 == read[-1].total


def test_what_changed_since(altegio: Simulated, altegio_client: AltegioClient) -> None:
    known = bookings(altegio_client)
    altegio.control("clock", {"shift_seconds": 7200})
    waiting = [id for id, booking in known.items() if booking.status is BookingStatus.WAITING][:2]
    confirmed = [id for id, booking in known.items() if booking.status is BookingStatus.CONFIRMED][:1]
    altegio.control("change", {"location": LOCATION, "ids": waiting, "attendance": 1})
    altegio.control("cancel", {"location": LOCATION, "ids": confirmed})
    zone = ZoneInfo(altegio_client.location(LOCATION).timezone)
    an_hour_on = datetime.now(zone).replace(tzinfo=None) + timedelta(hours=1)
    changed = bookings(altegio_client, changed_after=an_hour_on)
    assert [changed[id].status for id in waiting] == [BookingStatus.ARRIVED] * 2
    assert [changed[id].status for id in confirmed] == [BookingStatus.CANCELLED]
    assert all(changed[id].changed != known[id].changed for id in (*waiting, *confirmed))
    assert not bookings(altegio_client, changed_after=an_hour_on, changed_before=an_hour_on)


def test_bookings_of_a_day(altegio_client: AltegioClient) -> None:
    known = bookings(altegio_client)
    day = min(booking.starts_at.date() for booking in known.values())
    of_that_day = {id for id, booking in known.items() if booking.starts_at.date() == day}
    found = {row.id for page in altegio_client.visit_bookings(LOCATION, day) for row in page.rows}
    assert found == of_that_day
    assert bookings(altegio_client, until_day=day).keys() == of_that_day
    later = bookings(altegio_client, changed_after=None, from_day=day + timedelta(days=1)).keys()
    assert later == known.keys() - of_that_day
    assert [page.rows for page in altegio_client.visit_bookings(LOCATION, date(2000, 1, 1))] == [()]


def test_one_booking_before_and_after_it_is_cancelled(altegio: Simulated, altegio_client: AltegioClient) -> None:
    [(id, booking), *_] = bookings(altegio_client).items()
    assert altegio_client.booking(LOCATION, id) == booking
    altegio.control("cancel", {"location": LOCATION, "ids": [id]})
    cancelled = altegio_client.booking(LOCATION, id)
    assert cancelled is None or (isinstance(cancelled, Booking) and cancelled.status is BookingStatus.CANCELLED)
    assert altegio_client.booking(LOCATION, 5) is None


def test_a_new_password_ends_access_until_the_new_token_is_used(
    altegio: Simulated, altegio_client: AltegioClient
) -> None:
    access = altegio.control("grant")
    renewed = altegio.control("password", {"login": access["login"], "password": "another"})
    with pytest.raises(Revoked) as caught:
        altegio_client.location(LOCATION)
    assert caught.value.reason == Revoked.TOKEN
    client = replace(altegio_client, tokens=SpyTokens([access["user_token"], renewed["user_token"]]))
    assert client.location(LOCATION).id == LOCATION


def test_a_location_that_is_not_paid_for(altegio: Simulated, altegio_client: AltegioClient) -> None:
    altegio.control("licence", {"location": LOCATION, "paid": False})
    assert not altegio_client.location(LOCATION).active


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"kind": "status", "status": 429, "times": 3}, RateLimited),
        ({"kind": "status", "status": 500, "times": 3}, Transient),
        ({"kind": "status", "status": 200, "body": "<html>", "times": 1}, Transient),
        ({"kind": "close", "times": 3}, Transient),
    ],
)
def test_faults(
    altegio: Simulated, altegio_client: AltegioClient, fault: dict[str, Any], error: type[Exception]
) -> None:
    altegio.control("faults", [{"method": "GET", "route": "/api/v1/records/*"} | fault])
    with pytest.raises(error):
        altegio_client.changed_bookings(LOCATION, changed_after=LONG_AGO)
    assert bookings(altegio_client)


def test_a_spent_minute_is_told(altegio: Simulated, altegio_client: AltegioClient) -> None:
    altegio.control("limits", {"enforce": True, "per_second": 100, "per_minute": 2, "retry_after": True})
    for _ in range(2):
        altegio_client.booking(LOCATION, 5)
    with pytest.raises(RateLimited) as caught:
        altegio_client.booking(LOCATION, 5)
    assert caught.value.reason == "provider"
    assert 10 < caught.value.wait <= 61


def test_hooks_are_set_beside_others(altegio_client: AltegioClient) -> None:
    for url in (OTHERS, OURS):
        altegio_client.save_hook_settings(LOCATION, altegio_client.hook_settings(LOCATION).ringing(url))
    settings = altegio_client.hook_settings(LOCATION)
    assert settings.urls == (OTHERS, OURS)
    assert settings.rings(OURS)
    assert settings.rings(OTHERS)


def test_what_rings_is_understood(altegio: Simulated, altegio_client: AltegioClient) -> None:
    known = bookings(altegio_client)
    [changed, *_, cancelled] = [id for id, booking in known.items() if booking.status is BookingStatus.WAITING]
    with Receiver() as receiver:
        altegio_client.save_hook_settings(LOCATION, altegio_client.hook_settings(LOCATION).ringing(receiver.url))
        altegio.control("change", {"location": LOCATION, "ids": [changed], "attendance": 1})
        altegio.control("pay", {"location": LOCATION, "ids": [changed]})
        altegio.control("cancel", {"location": LOCATION, "ids": [cancelled]})
        altegio.settle()
        bodies = [received.body for received in receiver.received]
    hints = [
        hint
        for body in bodies
        for hint in hints_from(body, installation="acme", generation=1, seen_at=0.0, correlation_id="c")
    ]
    rung = {(hint.kind, hint.location, seen.id) for hint in hints for seen in hint.bookings}
    assert rung == {
        (HintKind.BOOKING, LOCATION, changed),
        (HintKind.PAYMENT, LOCATION, changed),
        (HintKind.BOOKING, LOCATION, cancelled),
    }
    now = bookings(altegio_client)
    stamps = {seen.changed for hint in hints for seen in hint.bookings if seen.id == changed}
    assert now[changed].changed in stamps
