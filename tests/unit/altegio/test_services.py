"""A location's services with their categories (contract §3.2)."""

from typing import Any

import pytest

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
