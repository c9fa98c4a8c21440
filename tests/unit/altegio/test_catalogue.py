"""A location's services with their categories, and what was paid for bookings (contract §3.2, §11)."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from bookdeal.model.booking import Booking
from bookdeal.runtime.errors import BookdealError, NotFound, Rejected, Transient
from tests.unit.altegio.wire import API, LOCATION, Wire

SERVICES = f"{API}/company/{LOCATION}/services"


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ([{"id": 7001, "category_id": 7100}, {"id": 7002, "category_id": 0}], {7001: 7100, 7002: 0}),
        ([{"id": "7001", "category_id": "7100", "title": "Haircut"}], {7001: 7100}),
        ([{"id": 7001}, {"id": 7002, "category_id": None}], {7001: 0, 7002: 0}),
        ([], {}),
        (None, {}),
    ],
)
def test_each_service_with_its_category(wire: Wire, rows: Any, found: dict[int, int]) -> None:
    wire.answers.get(SERVICES, json={"success": True, "data": rows, "meta": []})
    assert wire.client.services(LOCATION) == found
    assert len(wire.answers.calls) == 1


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (403, {"success": False}, Rejected),
        (404, {"success": False}, NotFound),
        (200, {"success": True, "data": [{"title": "no id"}]}, Transient),
        (200, {"success": True, "data": {"id": 1}}, Transient),
    ],
)
def test_what_cannot_be_read(wire: Wire, status: int, body: Any, error: type[BookdealError]) -> None:
    wire.answers.get(SERVICES, status=status, json=body)
    with pytest.raises(error):
        wire.client.services(LOCATION)


@pytest.mark.parametrize(
    ("asked", "payments", "paid"),
    [
        (True, [{"amount": 20}, {"amount": "10.5"}], Decimal("30.5")),
        (True, [{"amount": 20}, {"amount": -20}], Decimal(0)),
        (True, [], Decimal(0)),
        (True, None, Decimal(0)),
        (False, [{"amount": 20}], None),
    ],
)
def test_payments_come_with_bookings_where_they_are_asked_for(
    wire: Wire, asked: bool, payments: Any, paid: Decimal | None
) -> None:
    client = replace(wire.client, with_payments=asked)
    row = {"id": 1, "date": "2026-05-04 18:30:00", "attendance": 0, "last_change_date": "x"}
    row |= {"finance_transactions": payments}
    wire.answers.get(f"{API}/records/{LOCATION}", json={"success": True, "data": [row], "meta": {"total_count": 1}})
    wire.answers.get(f"{API}/record/{LOCATION}/1", json={"success": True, "data": row, "meta": []})
    listed, alone = client.changed_bookings(LOCATION, changed_after=None).rows[0], client.booking(LOCATION, 1)
    for found, index in ((listed, 0), (alone, 1)):
        assert isinstance(found, Booking)
        assert found.paid == paid
        assert ("include_finance_transactions" in wire.query(index)) is asked
