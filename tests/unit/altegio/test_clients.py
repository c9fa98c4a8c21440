"""Clients, their history and their memberships as Altegio writes them, one row for each oddity (contract §7, §8)."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from responses.matchers import json_params_matcher

from bookdeal.altegio.models import found_client_of, membership_of
from bookdeal.model.booking import Location
from bookdeal.model.client import ClientTotals, Membership
from bookdeal.runtime.errors import BookdealError, NotFound, Rejected, Revoked, Transient
from tests.unit.altegio.wire import API, LOCATION, Wire

SEARCH = f"{API}/company/{LOCATION}/clients/search"
HISTORY = f"{API}/company/{LOCATION}/clients/visits/search"
CARD = f"{API}/client/{LOCATION}/880001"
MEMBERSHIPS = f"{API}/loyalty/abonements/"
MADRID = Location(LOCATION, "Studio", "Madrid", "ES", "Europe/Madrid", "EUR", True)
ROW: dict[str, Any] = {
    "id": 880001,
    "phone": "+34600000101",
    "visits_count": 12,
    "last_visit_date": "2026-05-02 10:30:00",
    "sold_amount": 264.5,
}
TOTALS = ClientTotals(880001, "+34600000101", Decimal("264.5"), 12, datetime(2026, 5, 2, 10, 30))
FIELDS = ["id", "phone", "email", "sold_amount", "visits_count", "last_visit_date"]


def envelope(data: Any, meta: Any = ()) -> dict[str, Any]:
    return {"success": True, "data": data, "meta": meta or []}


def without(row: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in names}


@pytest.mark.parametrize(
    ("row", "totals"),
    [
        pytest.param(ROW, TOTALS, id="as documented"),
        pytest.param(
            ROW | {"id": "880001", "sold_amount": "264.50", "visits_count": "12", "phone": 34600000101},
            ClientTotals(880001, "34600000101", Decimal("264.50"), 12, TOTALS.last_visit),
            id="texts and numbers",
        ),
        pytest.param(
            ROW | {"sold_amount": None, "visits_count": 0, "last_visit_date": ""},
            ClientTotals(880001, "+34600000101", Decimal(0), 0, None),
            id="never came",
        ),
        pytest.param(ROW | {"email": "carla@example.test"}, replace(TOTALS, email="carla@example.test"), id="e-mail"),
        pytest.param(ROW | {"email": None}, TOTALS, id="no e-mail"),
        pytest.param(without(ROW, "visits_count") | {"visit_count": 12}, TOTALS, id="the other name"),
        pytest.param(
            ROW | {"phone": "+34600***101"},
            ClientTotals(880001, "", Decimal("264.5"), 12, TOTALS.last_visit),
            id="masked phone",
        ),
        pytest.param(without(ROW, "sold_amount"), None, id="no total is not a total of 0"),
        pytest.param(ROW | {"sold_amount": "a lot"}, None, id="no number"),
        pytest.param({"id": []}, None, id="no client"),
        pytest.param([], None, id="no object"),
    ],
)
def test_a_found_client(row: Any, totals: ClientTotals | None) -> None:
    assert found_client_of(row) == totals


def test_clients_are_searched_two_hundred_at_a_time(wire: Wire) -> None:
    ids = list(range(880001, 880001 + 201))
    for chunk in (ids[:200], ids[200:]):
        body = {
            "page": 1,
            "page_size": 200,
            "fields": FIELDS,
            "order_by": "id",
            "order_by_direction": "ASC",
            "operation": "AND",
            "filters": [{"type": "id", "state": {"value": chunk}}],
        }
        rows = [ROW | {"id": id} for id in chunk if id != 880003]
        wire.answers.post(SEARCH, json=envelope(rows, {"total_count": len(rows)}), match=[json_params_matcher(body)])
    found = wire.client.clients(LOCATION, ids)
    assert set(found) == set(ids) - {880003}
    assert found[880001] == TOTALS


def test_a_search_that_ignores_the_filter_tells_nothing_about_others(wire: Wire) -> None:
    wire.answers.post(SEARCH, json=envelope([ROW | {"id": 7}, "?", ROW]))
    assert wire.client.clients(LOCATION, [880001]) == {880001: TOTALS}


@pytest.mark.parametrize(
    ("status", "expected", "reason"),
    [(402, Rejected, "payment"), (403, Rejected, "rights"), (404, NotFound, "location"), (422, Rejected, "validation")],
)
def test_a_refused_search_is_no_loss_of_access(
    wire: Wire, status: int, expected: type[BookdealError], reason: str
) -> None:
    wire.answers.post(SEARCH, status=status, json={"success": False, "data": None, "meta": []})
    with pytest.raises(expected) as caught:
        wire.client.clients(LOCATION, [880001])
    assert (caught.value.reason, caught.value.params["location"]) == (reason, LOCATION)


def test_a_lost_token_is(wire: Wire) -> None:
    for _ in range(2):
        wire.answers.post(SEARCH, status=401)
    with pytest.raises(Revoked):
        wire.client.clients(LOCATION, [880001])


def test_clients_with_something_left_on_a_membership(wire: Wire) -> None:
    rows = [ROW | {"id": id} for id in (1, 2)]
    wire.answers.post(SEARCH, json=envelope(rows, {"total_count": 202}))
    wire.answers.post(SEARCH, json=envelope(rows, {"total_count": 202}))
    assert wire.client.clients_with_membership(LOCATION) == ([1, 2], True)
    assert wire.client.clients_with_membership(LOCATION, 2) == ([1, 2], False)
    (filter,) = wire.body()["filters"]
    assert (filter["type"], filter["state"]["abonement_balance"]["from"]) == ("sale", 1)
    assert wire.body()["page"] == 2
    wire.answers.post(SEARCH, json=envelope(rows[:1], {"total_count": 1}))
    assert wire.client.clients_with_membership(LOCATION, among=[1, 3]) == ([1], False)
    assert wire.body()["filters"][1] == {"type": "id", "state": {"value": [1, 3]}}


def test_a_card_and_the_last_visit_from_the_history(wire: Wire) -> None:
    card = {"id": 880001, "phone": 34600000101, "email": "c@example.test", "spent": "264.50", "visits": 12, "paid": 250}
    visit = {"id": 640001, "date": "2026-05-02 10:30:00", "attendance": 1, "services": []}
    wire.answers.get(CARD, json=envelope(card))
    wire.answers.post(HISTORY, json=envelope({"goods_transactions": [], "records": [visit]}, {"dateCursor": None}))
    totals = wire.client.client(LOCATION, 880001)
    assert totals == replace(TOTALS, phone="34600000101", email="c@example.test")
    assert set(wire.body()) == {"client_id", "client_phone", "from", "to", "payment_statuses", "attendance"}


def test_a_client_who_is_gone(wire: Wire) -> None:
    wire.answers.get(CARD, status=404, json={"success": False, "data": None, "meta": []})
    assert wire.client.client(LOCATION, 880001) is None


def test_the_history_is_read_to_its_end(wire: Wire) -> None:
    def page(day: int, following: Any) -> Any:
        return envelope(
            {"goods_transactions": [], "records": [{"id": day, "date": f"2026-05-{day:02} 10:00:00"}, {"date": None}]},
            {"dateCursor": {"previous": None, "current": {}, "next": following}},
        )

    wire.answers.post(HISTORY, json=page(9, {"from": "2026-01-01", "to": "2026-05-08", "count": 25}))
    wire.answers.post(HISTORY, json=page(8, {"from": "2026-01-01", "to": "2026-05-07", "count": 3}))
    # A cursor that goes in circles ends it too.
    wire.answers.post(HISTORY, json=page(7, {"from": "2026-01-01", "to": "2026-05-08", "count": 25}))
    assert [moment.day for moment in wire.client.visits(LOCATION, 880001)] == [9, 8, 7]
    assert [wire.body(index)["to"] for index in range(3)] == [None, "2026-05-08", "2026-05-07"]


MEMBERSHIP: dict[str, Any] = {
    "id": 659001,
    "number": "788376",
    "balance_string": "Group yoga (x7)",
    "created_date": "2026-04-01T10:00:00+0200",
    "activated_date": "2026-04-03T18:00:00+0200",
    "expiration_date": "2026-07-03T18:00:00+0200",
    "is_frozen": False,
    "freeze_period": 0,
    "period": 3,
    "period_unit_id": 3,
    "status": {"id": 2, "title": "Activated", "extended_title": "Activated"},
    "is_united_balance": False,
    "united_balance_services_count": 0,
    "balance_container": {
        "links": [{"count": 7, "category": {"id": 7101, "category_id": 1, "title": "Group classes"}}]
    },
    "goods_transaction_id": 96000001,
    "type": {"id": 97001, "title": "10 classes", "balance_container": {"links": []}},
}


def instant(day: str, zone: str = "Europe/Madrid") -> int:
    return int(datetime.fromisoformat(day).replace(tzinfo=ZoneInfo(zone)).timestamp())


STARTS, ENDS = instant("2026-04-03T18:00:00"), instant("2026-07-03T18:00:00")
YOGA = Membership(659001, LOCATION, "10 classes", STARTS, ENDS, 7)


def links(*counts: tuple[str, int]) -> dict[str, Any]:
    return {"links": [{"count": count, "category": {"title": title}} for title, count in counts]}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({}, {}, id="as documented"),
        pytest.param(
            {"activated_date": STARTS, "expiration_date": str(ENDS), "number": 788376, "id": "659001"},
            {},
            id="seconds, texts",
        ),
        pytest.param(
            {"activated_date": "2026-04-03 18:00:00", "expiration_date": "2026-07-03T18:00:00"},
            {},
            id="the location's clock where there is no offset",
        ),
        pytest.param(
            {"activated_date": None, "expiration_date": None, "status": {"id": 1}},
            {"starts": None, "ends": None},
            id="not in use yet",
        ),
        pytest.param({"activated_date": 0, "expiration_date": ""}, {"starts": None, "ends": None}, id="no date at all"),
        pytest.param({"status": {"id": 3}}, {"is_over": True}, id="expired"),
        pytest.param({"status": []}, {}, id="no state"),
        pytest.param({"is_frozen": 1}, {"is_frozen": True}, id="frozen"),
        pytest.param(
            {"balance_container": {"links": []}, "is_united_balance": True, "united_balance_services_count": "5"},
            {"remaining": 7},
            id="the text tells of more than the united count",
        ),
        pytest.param(
            {"balance_string": "", "is_united_balance": True, "united_balance_services_count": 5},
            {"remaining": 5},
            id="united",
        ),
        pytest.param({"balance_container": links(("Yoga", 0))}, {"remaining": 7}, id="container 0, text 7"),
        pytest.param({"balance_container": []}, {"remaining": 7}, id="container as an empty list"),
        pytest.param(
            {"balance_container": links(("Yoga", 4), ("Massage", 3)), "balance_string": "Yoga (x4), Massage (x3)"},
            {"remaining": 7, "parts": (("Yoga", 4), ("Massage", 3))},
            id="categories",
        ),
        pytest.param(
            {"balance_container": links(("Yoga", 0), ("Massage", 0)), "balance_string": "Yoga (x4), Massage (x3)"},
            {"remaining": 7},
            id="categories whose counts are not true",
        ),
        pytest.param({"balance_container": links(("Yoga", 0)), "balance_string": ""}, {"remaining": 0}, id="used up"),
        pytest.param(
            {"balance_container": None, "balance_string": "Used up", "status": {"id": 4}},
            {"remaining": 0},
            id="used up, by a state of an unknown code",
        ),
        pytest.param(
            {"balance_container": [], "balance_string": "Gym without limit"}, {"remaining": None}, id="without a count"
        ),
        pytest.param({"type": []}, {"title": "788376"}, id="without a type the number names it"),
    ],
)
def test_a_membership(changes: dict[str, Any], expected: dict[str, Any]) -> None:
    assert membership_of(MEMBERSHIP | changes, MADRID) == replace(YOGA, **expected)


@pytest.mark.parametrize("row", [None, [], {"id": None}, MEMBERSHIP | {"expiration_date": "soon"}])
def test_a_membership_that_is_not_understood(row: Any) -> None:
    assert membership_of(row, MADRID) is None


def test_memberships_are_asked_for_by_the_phones_digits(wire: Wire) -> None:
    wire.answers.get(MEMBERSHIPS, json=envelope([MEMBERSHIP], {"count": 1}))
    assert wire.client.memberships(MADRID, "+34 600 000 101") == (YOGA,)
    assert wire.query() == {"company_id": str(LOCATION), "phone": "34600000101"}


def test_nobody_is_asked_for_without_a_phone(wire: Wire) -> None:
    assert wire.client.memberships(MADRID, "") == ()


def test_one_that_is_not_understood_leaves_all_unknown(wire: Wire) -> None:
    wire.answers.get(MEMBERSHIPS, json=envelope([MEMBERSHIP, {"id": "?"}]))
    with pytest.raises(Rejected) as caught:
        wire.client.memberships(MADRID, "34600000101")
    assert caught.value.reason == "unreadable_membership"


def test_without_the_right_to_loyalty(wire: Wire) -> None:
    wire.answers.get(MEMBERSHIPS, status=403, json={"success": False, "data": None, "meta": {"message": "denied"}})
    with pytest.raises(Rejected) as caught:
        wire.client.memberships(MADRID, "34600000101")
    assert caught.value.reason == "rights"


def test_a_search_may_be_repeated(wire: Wire) -> None:
    wire.answers.post(SEARCH, status=502, body="<html>")
    wire.answers.post(SEARCH, json=envelope([ROW]))
    assert wire.client.clients(LOCATION, [880001]) == {880001: TOTALS}


def test_an_answer_that_is_none(wire: Wire) -> None:
    wire.answers.get(CARD, json=envelope("?"))
    with pytest.raises(Transient):
        wire.client.client(LOCATION, 880001)


def test_the_offset_counts() -> None:
    row = MEMBERSHIP | {"expiration_date": "2026-07-03T20:00:00+0400"}
    found = membership_of(row, MADRID)
    assert found is not None
    assert found.ends == int(datetime(2026, 7, 3, 16, tzinfo=UTC).timestamp())
