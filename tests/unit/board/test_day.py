"""Altegio's records as the page shows them."""

from typing import Any

import pytest

from sandbox.board.altegio import booking
from sandbox.board.traffic import SECONDS, Traffic

RECORD: dict[str, Any] = {
    "id": 5,
    "company_id": 9,
    "staff_id": 3,
    "date": "2026-05-06 18:30:00",
    "seance_length": 5400,
    "attendance": 2,
    "deleted": False,
    "client": {"id": 1, "display_name": "Carla Ruiz", "phone": "+34600000101", "email": ""},
    "services": [{"title": "Haircut", "cost": 30}, {"title": "Colouring", "cost": 65.5}],
    "goods_transactions": [],
    "paid_full": 0,
}


def test_reads_a_booking() -> None:
    found = booking(RECORD)
    assert (found["status"], found["day"], found["start"], found["minutes"]) == ("confirmed", "2026-05-06", 1110, 90)
    assert (found["client"], found["services"], found["price"]) == ("Carla Ruiz", ["Haircut", "Colouring"], 95.5)


@pytest.mark.parametrize(
    ("change", "name", "value"),
    [
        ({"deleted": True}, "status", "cancelled"),
        ({"attendance": "-1"}, "status", "no_show"),
        ({"client": []}, "client", ""),
        ({"client": None}, "client", ""),
        ({"services": None}, "price", 0),
        ({"comer": {"name": "Nil", "surname": "Costa"}}, "visitor", "Nil Costa"),
        ({"finance_transactions": [{"amount": 20}, {"amount": 10.5}]}, "paid", 30.5),
    ],
)
def test_reads_what_records_may_look_like(change: dict[str, Any], name: str, value: Any) -> None:
    assert booking(RECORD | change)[name] == value


def test_counts_requests_by_second_without_its_own() -> None:
    traffic = Traffic(7)
    for at, status, administrator in ((100.2, 200, False), (100.9, 429, False), (101.0, 0, False), (101.1, 200, True)):
        traffic.add([{"at": at, "status": status, "administrator": administrator}])
    shown = traffic.shown(101.9)
    assert (shown["total"], shown["limited"], shown["failed"], shown["limit"]) == (3, 1, 1, 7)
    assert shown["seconds"][-2:] == [2, 1]
    assert len(shown["seconds"]) == SECONDS
    assert sum(traffic.shown(101 + SECONDS)["seconds"]) == 0
