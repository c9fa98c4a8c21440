"""Kommo's client against the answers that the contract names, one row for each oddity."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import requests

from bookdeal.kommo.client import BLOCKED_WAIT, KommoClient, Ring, field_rate, rates
from bookdeal.model.deal import (
    Contact,
    ContactChange,
    Deal,
    DealChange,
    Field,
    FieldType,
    NewContact,
    NewDeal,
    NewField,
    NewTask,
    Pipeline,
    Place,
    Stage,
    Task,
)
from bookdeal.model.happening import Happening, HappeningKind
from bookdeal.runtime.errors import (
    BatchTooHeavy,
    BookdealError,
    Invalid,
    NotFound,
    RateLimited,
    Refusal,
    Rejected,
    Revoked,
    Transient,
    UnknownOutcome,
)
from bookdeal.runtime.limiter import Lane, Rate
from tests.unit.kommo.wire import API, Wire

PLACE = Place(410001, 6200011)


def lead(id: int = 501, **changes: Any) -> dict[str, Any]:
    return {
        "id": id,
        "name": "Botox",
        "price": 15000,
        "status_id": 6200011,
        "pipeline_id": 410001,
        "created_at": 1760000000,
        "updated_at": 1760003600,
        "is_deleted": False,
        "custom_fields_values": None,
        "_embedded": {"tags": [], "companies": [], "contacts": [{"id": 301, "is_main": True}]},
    } | changes


def page(name: str, *rows: dict[str, Any], more: bool = False) -> dict[str, Any]:
    links: dict[str, Any] = {"self": {"href": "x"}}
    if more:
        links["next"] = {"href": "https://elsewhere.example.test/"}
    return {"_page": 1, "_links": links, "_embedded": {name: list(rows)}}


def field(id: int, type: str | None, *values: Any, code: str | None = None) -> dict[str, Any]:
    return {"field_id": id, "field_code": code, "field_type": type, "values": list(values)}


def problem(*elements: tuple[Any, str, str]) -> dict[str, Any]:
    return {
        "title": "Bad Request",
        "status": 400,
        "detail": "Request validation failed",
        "validation-errors": [
            {"request_id": id, "errors": [{"code": code, "path": path, "detail": "Carla is not a valid choice."}]}
            for id, code, path in elements
        ],
    }


DEAL = Deal(501, "Botox", 15000, PLACE, {}, (301,), 1760000000, 1760003600)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({}, {}, id="no fields"),
        pytest.param({"custom_fields_values": []}, {}, id="empty list of fields"),
        pytest.param(
            {"custom_fields_values": [field(11, "select", {"value": "Instagram", "enum_id": 908, "enum_code": None})]},
            {"fields": {11: "Instagram"}},
            id="choice",
        ),
        pytest.param({"custom_fields_values": [field(11, "text", {"value": 5})]}, {"fields": {11: "5"}}, id="text"),
        pytest.param({"custom_fields_values": [field(11, "numeric", "5.0")]}, {"fields": {11: "5"}}, id="bare value"),
        pytest.param({"custom_fields_values": [field(11, "numeric")]}, {"fields": {11: None}}, id="no values"),
        pytest.param(
            {"custom_fields_values": [{"field_id": "11", "values": None}]}, {"fields": {11: None}}, id="null values"
        ),
        pytest.param({"custom_fields_values": [field(11, None, {"value": "x"})]}, {"fields": {11: "x"}}, id="no type"),
        pytest.param(
            {"custom_fields_values": [field(11, "checkbox", {"value": "1"})]}, {"fields": {11: True}}, id="checkbox"
        ),
        pytest.param(
            {"custom_fields_values": [field(11, "legal_entity", {"value": {"name": "X"}})]},
            {"fields": {11: "{'name': 'X'}"}},
            id="structured value",
        ),
        pytest.param({"id": "501", "status_id": "6200011", "price": "15000"}, {}, id="texts as numbers"),
        pytest.param({"price": None, "name": None}, {"price": 0, "name": ""}, id="nulls"),
        pytest.param({"price": 15000.4}, {}, id="price with minor units"),
        pytest.param({"_embedded": []}, {"contacts": ()}, id="nothing embedded"),
        pytest.param({"_embedded": {"contacts": None}}, {"contacts": ()}, id="null contacts"),
        pytest.param(
            {"_embedded": {"contacts": [{"id": 1}, {"id": 2, "is_main": True}, {"id": 3, "is_main": False}]}},
            {"contacts": (2, 1, 3)},
            id="main contact first",
        ),
        pytest.param({"loss_reason_id": 71}, {"loss_reason": 71}, id="loss reason"),
        pytest.param(
            {"_embedded": {"tags": [{"id": 9, "name": "x", "color": None}, {"id": "8"}], "contacts": []}},
            {"tags": (9, 8), "contacts": ()},
            id="tags",
        ),
        pytest.param({"_embedded": {"tags": None}}, {"contacts": ()}, id="null tags"),
    ],
)
def test_a_deal_is_read(wire: Wire, changes: dict[str, Any], expected: dict[str, Any]) -> None:
    wire.answers.get(f"{API}/leads", json=page("leads", lead(**changes)))
    wanted = {name: getattr(DEAL, name) for name in DEAL.__slots__} | expected
    assert wire.client.deals([501]) == {501: Deal(**wanted)}


def test_deals_are_asked_for_by_id_in_chunks(wire: Wire) -> None:
    ids = list(range(1, 202))
    wire.answers.get(f"{API}/leads", json=page("leads", lead(1), lead(2, is_deleted=True)))
    wire.answers.get(f"{API}/leads", status=204)
    assert wire.client.deals(ids).keys() == {1}
    first, second = wire.pairs(0), wire.pairs(1)
    assert [int(value) for name, value in first + second if name == "filter[id][]"] == ids
    assert ("with", "contacts") in first
    assert wire.counters.requests == {"kommo GET /leads": 2}


def test_no_ids_ask_nothing(wire: Wire) -> None:
    assert wire.client.deals([]) == {}
    assert wire.client.contacts([]) == {}
    assert wire.client.tasks([]) == []


def test_an_account_that_may_not_filter_is_asked_for_each_deal(wire: Wire) -> None:
    wire.answers.get(f"{API}/leads", json=page("leads", lead(7), lead(8), more=True))
    wire.answers.get(f"{API}/leads/501", json=lead(501))
    wire.answers.get(f"{API}/leads/502", status=204)
    assert wire.client.deals([501, 502]).keys() == {501}
    assert wire.counters.requests["kommo GET /leads/{id}"] == 2


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param({"body": "<html>504</html>", "content_type": "text/html"}, id="HTML"),
        pytest.param({"json": [1]}, id="a list"),
        pytest.param({"json": page("leads", {"id": 501})}, id="a deal without a place"),
        pytest.param({"json": page("leads", lead(id="x"))}, id="an id that is none"),
    ],
)
def test_an_answer_that_cannot_be_read_says_nothing_of_the_deals(wire: Wire, answer: dict[str, Any]) -> None:
    wire.answers.get(f"{API}/leads", **answer)
    with pytest.raises(Transient):
        wire.client.deals([501])


def test_newest_deals_end_with_the_page_that_reaches_back(wire: Wire) -> None:
    """One that is dated back is among them by its change; its date of making says nothing."""
    wire.answers.get(
        f"{API}/leads", json=page("leads", lead(9, updated_at=30, created_at=1), lead(8, updated_at=20), more=True)
    )
    wire.answers.get(f"{API}/leads", json=page("leads", lead(7, updated_at=25), lead(6, updated_at=10), more=True))
    assert [[deal.id for deal in deals] for deals in wire.client.newest_deals(20)] == [[9, 8], [7]]
    assert [wire.query(index)["page"] for index in (0, 1)] == ["1", "2"]
    assert wire.query(0)["order[id]"] == "desc"
    assert wire.query(0)["limit"] == "250"


def test_a_back_dated_entity_does_not_end_the_reading(wire: Wire) -> None:
    rows = [{"id": 9, "created_at": 30}, {"id": 8, "created_at": 1}, {"id": 7, "created_at": 29}]
    wire.answers.get(f"{API}/contacts", json=page("contacts", *rows, more=True))
    wire.answers.get(f"{API}/contacts", status=204)
    assert [contact.id for contacts in wire.client.newest_contacts(20) for contact in contacts] == [9, 7]


def test_a_deal_that_changes_while_pages_are_read_passes_none_over(wire: Wire) -> None:
    wire.answers.get(f"{API}/leads", json=page("leads", lead(1, updated_at=10), lead(2, updated_at=20), more=True))
    # Deal 1 has changed: on a second page deal 3 would have moved out of sight.
    rows = [lead(2, updated_at=20), lead(3, updated_at=20), lead(1, updated_at=40)]
    wire.answers.get(f"{API}/leads", json=page("leads", *rows))
    found = [[(deal.id, deal.updated_at) for deal in deals] for deals in wire.client.changed_deals(10)]
    assert found == [[(1, 10), (2, 20)], [(3, 20), (1, 40)]]
    assert [(wire.query(i)["filter[updated_at][from]"], wire.query(i)["page"]) for i in (0, 1)] == [
        ("10", "1"),
        ("20", "1"),
    ]
    assert wire.query(0)["order[updated_at]"] == "asc"


def test_a_page_of_one_stamp_is_turned(wire: Wire) -> None:
    wire.answers.get(f"{API}/leads", json=page("leads", lead(1, updated_at=10), lead(2, updated_at=10), more=True))
    wire.answers.get(f"{API}/leads", json=page("leads", lead(3, updated_at=10)))
    assert [deal.id for deals in wire.client.changed_deals(10) for deal in deals] == [1, 2, 3]
    assert wire.query(1)["page"] == "2"


def test_changed_deals_of_an_account_that_may_not_filter(wire: Wire) -> None:
    wire.answers.get(f"{API}/leads", json=page("leads", lead(1, updated_at=1), more=True))
    wire.answers.get(f"{API}/leads", json=page("leads", lead(9, updated_at=90), lead(8, updated_at=5)))
    assert [deal.id for deals in wire.client.changed_deals(10) for deal in deals] == [9]
    assert wire.query(1)["order[updated_at]"] == "desc"


NEW = [
    NewDeal("a-1", "Botox", 15000, PLACE, {11: "5", 12: True, 13: 1772319600, 14: None}, contact=301),
    NewDeal("a-2", "Haircut", 0, None),
]


def test_deals_are_written(wire: Wire) -> None:
    wire.answers.post(
        f"{API}/leads", json=page("leads", {"id": 1, "request_id": "a-1"}, {"id": 2, "request_id": "a-2"})
    )
    assert wire.client.create_deals(NEW) == {"a-1": 1, "a-2": 2}
    assert wire.body() == [
        {
            "request_id": "a-1",
            "name": "Botox",
            "price": 15000,
            "pipeline_id": 410001,
            "status_id": 6200011,
            "custom_fields_values": [
                {"field_id": 11, "values": [{"value": "5"}]},
                {"field_id": 12, "values": [{"value": True}]},
                {"field_id": 13, "values": [{"value": "2026-03-01T00:00:00+01:00"}]},
                {"field_id": 14, "values": None},
            ],
            "_embedded": {"contacts": [{"id": 301, "is_main": True}]},
        },
        {"request_id": "a-2", "name": "Haircut", "price": 0},
    ]


@pytest.mark.parametrize(
    ("rows", "made"),
    [
        pytest.param(
            [{"id": 2, "request_id": "a-2"}, {"id": 1, "request_id": "a-1"}], {"a-1": 1, "a-2": 2}, id="order"
        ),
        pytest.param([{"id": "1", "request_id": "0"}, {"id": 2, "request_id": 1}], {"a-1": 1, "a-2": 2}, id="ordinals"),
        pytest.param([{"id": 1}, {"id": 2}], {"a-1": 1, "a-2": 2}, id="no request ids"),
        pytest.param([{"id": 2, "request_id": "a-2"}], {"a-2": 2}, id="a part of them"),
        pytest.param([{"id": 2}], {}, id="one of two, and not told which"),
        pytest.param([{"id": 2, "request_id": "7"}], {}, id="an ordinal that none has"),
        pytest.param([], {}, id="none"),
    ],
)
def test_whom_a_create_answers_for(wire: Wire, rows: list[dict[str, Any]], made: dict[str, int]) -> None:
    wire.answers.post(f"{API}/leads", status=201, json=page("leads", *rows))
    assert wire.client.create_deals(NEW) == made


def test_a_bare_list_answers_too(wire: Wire) -> None:
    wire.answers.post(f"{API}/leads", json=[{"id": 1, "request_id": "a-1"}, {"id": 2, "request_id": "a-2"}])
    assert wire.client.create_deals(NEW) == {"a-1": 1, "a-2": 2}


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param({"status": 204}, id="no body"),
        pytest.param({"body": "<html>"}, id="HTML"),
        pytest.param({"json": {"_embedded": []}}, id="nothing embedded"),
        pytest.param({"json": page("leads", {"request_id": "a-1"})}, id="no id"),
        pytest.param({"status": 500, "json": {"title": "ErrInternalServer"}}, id="500"),
        pytest.param({"status": 502, "body": "<html>"}, id="502"),
        pytest.param({"body": requests.ConnectionError("closed")}, id="closed"),
        pytest.param({"body": requests.ReadTimeout("late")}, id="late"),
    ],
)
def test_a_create_without_a_clear_answer_is_an_unknown_outcome(wire: Wire, answer: dict[str, Any]) -> None:
    wire.answers.post(f"{API}/leads", **answer)
    with pytest.raises(UnknownOutcome):
        wire.client.create_deals(NEW)
    assert len(wire.answers.calls) == 1


@pytest.mark.parametrize(
    ("method", "path", "write"),
    [
        ("POST", "/leads", lambda client: client.create_deals(NEW)),
        ("PATCH", "/leads", lambda client: client.update_deals([DealChange(501, price=1)])),
        ("POST", "/contacts", lambda client: client.create_contacts([NewContact("c", "Carla", "", "")])),
        ("POST", "/tasks", lambda client: client.create_tasks([NewTask("t", 501, 1, "Call", 1760000000)])),
    ],
)
def test_504_means_that_the_batch_is_too_heavy(
    wire: Wire, method: str, path: str, write: Callable[[KommoClient], object]
) -> None:
    wire.answers.add(method, API + path, status=504)
    with pytest.raises(BatchTooHeavy) as caught:
        write(wire.client)
    assert caught.value.status == 504


def test_deals_are_changed(wire: Wire) -> None:
    changes = [
        DealChange(501, place=Place(410001, 142), fields={11: None}),
        DealChange(502, name="", price=0),
        DealChange(503),
        DealChange(504, loss_reason=71, tags_added=(9,), tags_removed=(8, 7)),
        DealChange(505, loss_reason=0),
    ]
    wire.answers.patch(f"{API}/leads", json=page("leads", {"id": 501, "updated_at": 1}, {"id": "502"}))
    assert wire.client.update_deals(changes) == {501, 502}
    assert wire.body() == [
        {
            "id": 501,
            "pipeline_id": 410001,
            "status_id": 142,
            "custom_fields_values": [{"field_id": 11, "values": None}],
        },
        {"id": 502, "name": "", "price": 0},
        {"id": 503},
        {"id": 504, "loss_reason_id": 71, "tags_to_add": [{"id": 9}], "tags_to_delete": [{"id": 8}, {"id": 7}]},
        {"id": 505, "loss_reason_id": None},
    ]


def test_one_changed_deal_may_be_answered_by_the_bare_object(wire: Wire) -> None:
    wire.answers.patch(f"{API}/leads", json={"id": 501, "updated_at": 1, "_links": {}})
    assert wire.client.update_deals([DealChange(501, price=1)]) == {501}


@pytest.mark.parametrize(
    ("told", "elements"),
    [
        pytest.param(
            problem(("a-2", "NotSupportedChoice", "custom_fields_values.0.field_id")),
            {"a-2": Refusal("NotSupportedChoice", "custom_fields_values.0.field_id")},
            id="by mark",
        ),
        pytest.param(problem(("1", "InvalidType", "price")), {"a-2": Refusal("InvalidType", "price")}, id="by ordinal"),
        pytest.param(
            problem(("a-1", "a sentence about Carla", "name of Carla")), {"a-1": Refusal("", "")}, id="no sentences"
        ),
        pytest.param(problem((None, "InvalidType", "price")), {}, id="nobody named"),
        pytest.param({"validation-errors": [{"request_id": "a-1", "errors": []}]}, {"a-1": Refusal("")}, id="no error"),
        pytest.param({"validation-errors": {"0": "x"}}, {}, id="another shape"),
        pytest.param({"detail": "Request data can not be empty"}, {}, id="no list"),
        pytest.param([1], {}, id="no problem document"),
    ],
)
def test_refused_deals_are_named(wire: Wire, told: Any, elements: dict[str, Refusal]) -> None:
    wire.answers.post(f"{API}/leads", status=400, json=told)
    with pytest.raises(Rejected) as caught:
        wire.client.create_deals(NEW)
    assert caught.value.elements == elements
    assert "Carla" not in str(caught.value)


def test_refused_changes_are_named_by_index(wire: Wire) -> None:
    wire.answers.patch(
        f"{API}/leads", status=400, json=problem(("1", "NotSupportedChoice", "status_id"), ("x", "A", ""))
    )
    with pytest.raises(Rejected) as caught:
        wire.client.update_deals([DealChange(501, price=1), DealChange(502, price=1)])
    assert caught.value.elements == {1: Refusal("NotSupportedChoice", "status_id")}


def test_batches_beyond_the_limit_are_not_sent(wire: Wire) -> None:
    with pytest.raises(Invalid):
        wire.client.update_deals([DealChange(id, price=1) for id in range(251)])
    with pytest.raises(Invalid):
        wire.client.create_deals([NewDeal(str(id), "", 0, None) for id in range(251)])
    with pytest.raises(Invalid):
        wire.client.link_contacts([(id, 1, True) for id in range(251)])
    assert not wire.answers.calls


def test_a_mark_must_tell_elements_apart(wire: Wire) -> None:
    with pytest.raises(Invalid):
        wire.client.create_deals([NEW[0], NEW[0]])


def test_empty_batches_are_not_sent(wire: Wire) -> None:
    assert wire.client.create_deals([]) == {}
    assert wire.client.update_deals([]) == set()
    assert wire.client.create_fields("deals", []) == ()
    wire.client.link_contacts([])
    wire.client.unlink_contacts([])
    assert not wire.answers.calls


@pytest.mark.parametrize(
    ("status", "answer", "error", "reason"),
    [
        pytest.param(402, {"json": {"title": "Payment required"}}, Revoked, Revoked.PAYMENT, id="402"),
        pytest.param(403, {"json": {"title": "Forbidden"}}, Revoked, Revoked.RIGHTS, id="403"),
        pytest.param(403, {"body": "403 Forbidden"}, RateLimited, "blocked", id="403 as text"),
        pytest.param(404, {"json": {"detail": "Cannot GET"}}, NotFound, "kommo", id="404"),
        pytest.param(405, {"json": {}}, Rejected, "validation", id="405"),
        pytest.param(422, {"json": {"detail": "Limit 250 per page"}}, Rejected, "validation", id="422"),
        pytest.param(429, {"json": {"retry_after": 300}}, RateLimited, "provider", id="429"),
        pytest.param(429, {"body": "<html>"}, RateLimited, "provider", id="429 as HTML"),
        pytest.param(301, {"headers": {"Location": "https://example.test"}}, Rejected, "redirect", id="redirect"),
    ],
)
@pytest.mark.parametrize(
    ("method", "ask"),
    [
        pytest.param("GET", lambda client: client.deals([501]), id="read"),
        pytest.param("PATCH", lambda client: client.update_deals([DealChange(501, price=1)]), id="write"),
    ],
)
def test_refusals(
    wire: Wire,
    method: str,
    ask: Callable[[KommoClient], object],
    status: int,
    answer: dict[str, Any],
    error: type[BookdealError],
    reason: str,
) -> None:
    for _ in range(3 if status == 429 and "body" in answer else 1):
        wire.answers.add(method, f"{API}/leads", status=status, **answer)
    with pytest.raises(error) as caught:
        ask(wire.client)
    assert caught.value.reason == reason


def test_a_429_keeps_everybody_at_our_address_from_asking(wire: Wire) -> None:
    wire.answers.get(f"{API}/leads", status=429, json={"retry_after": 300})
    with pytest.raises(RateLimited) as caught:
        wire.client.deals([501])
    assert caught.value.wait == 300
    assert wire.limiter.penalties == [("rate#kommo#egress#shared", 300)]


def test_a_blocked_address_is_left_alone(wire: Wire) -> None:
    wire.answers.get(f"{API}/leads", status=403, body="Forbidden")
    with pytest.raises(RateLimited):
        wire.client.deals([501])
    assert wire.limiter.penalties == [("rate#kommo#egress#shared", BLOCKED_WAIT)]


def test_a_429_of_a_moment_is_waited_for(wire: Wire) -> None:
    wire.answers.patch(f"{API}/leads", status=429, body="slow down", headers={"Retry-After": "1"})
    wire.answers.patch(f"{API}/leads", json=page("leads", {"id": 501}))
    assert wire.client.update_deals([DealChange(501, price=1)]) == {501}
    assert wire.limiter.penalties == []


def test_each_attempt_asks_the_budget_in_the_lane_of_the_work(wire: Wire) -> None:
    wire.answers.get(f"{API}/leads", status=502)
    wire.answers.get(f"{API}/leads", status=204)
    wire.answers.get(f"{API}/leads", status=204)
    wire.client.deals([501])
    wire.client.within(lane=Lane.BULK).deals([501])
    budgets = (Rate("rate#kommo#installation#acme", 179), Rate("rate#kommo#egress#shared", 179))
    assert wire.limiter.asked == [(budgets, Lane.LIVE), (budgets, Lane.LIVE), (budgets, Lane.BULK)]
    assert rates("shared", "acme", 5.6) == budgets


def test_a_token_that_does_not_work_is_replaced_once(wire: Wire) -> None:
    wire.answers.patch(f"{API}/leads", status=401)
    wire.answers.patch(f"{API}/leads", json=page("leads", {"id": 501}))
    assert wire.client.update_deals([DealChange(501, price=1)]) == {501}
    assert [wire.header("Authorization", index) for index in (0, 1)] == ["Bearer token-1", "Bearer token-2"]


def test_a_second_401_means_that_access_is_lost(wire: Wire) -> None:
    wire.answers.get(f"{API}/leads", status=401)
    wire.answers.get(f"{API}/leads", status=401)
    with pytest.raises(Revoked) as caught:
        wire.client.deals([501])
    assert caught.value.reason == Revoked.TOKEN
    assert wire.tokens.rejections == 1


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param(None, {}, id="no fields"),
        pytest.param(
            [
                field(1, "multitext", {"value": "+34600000101", "enum_code": "MOB"}, code="PHONE"),
                field(2, "multitext", {"value": "carla@example.test", "enum": "WORK"}, code="EMAIL"),
                field(3, "numeric", {"value": "880001"}, code="CLIENT_ID"),
            ],
            {
                "phones": ("+34600000101",),
                "phone_kinds": ("MOB",),
                "emails": ("carla@example.test",),
                "email_kinds": ("WORK",),
                "fields": {3: "880001"},
            },
            id="known by code",
        ),
        pytest.param(
            [field(1, "multitext", {"value": 34600000101}, " +34 600 000 102 ", {"value": ""}, code="PHONE")],
            {"phones": ("34600000101", "+34 600 000 102"), "phone_kinds": ("", "")},
            id="several phones, of several shapes",
        ),
    ],
)
def test_a_contact_is_read(wire: Wire, fields: Any, expected: dict[str, Any]) -> None:
    row = {"id": 301, "name": "Carla", "created_at": 5, "updated_at": None, "custom_fields_values": fields}
    wire.answers.get(f"{API}/contacts", json=page("contacts", row))
    empty = {"phones": (), "emails": (), "fields": {}}
    wanted = Contact(id=301, name="Carla", created_at=5, updated_at=0, **(empty | expected))
    assert wire.client.find_contacts("600000101") == [wanted]
    assert wire.query()["query"] == "600000101"


def test_nobody_is_found(wire: Wire) -> None:
    wire.answers.get(f"{API}/contacts", status=204)
    assert wire.client.find_contacts("600000101") == []


def test_all_contacts(wire: Wire) -> None:
    wire.answers.get(f"{API}/contacts", json=page("contacts", {"id": 1}, {"id": 2, "is_deleted": True}, more=True))
    wire.answers.get(f"{API}/contacts", json=page("contacts", {"id": 3}))
    assert [[contact.id for contact in contacts] for contacts in wire.client.all_contacts()] == [[1], [3]]


def test_contacts_are_written(wire: Wire) -> None:
    wire.answers.post(f"{API}/contacts", json=page("contacts", {"id": 1, "request_id": "c-1"}, {"id": 2}))
    contacts = [
        NewContact("c-1", "Carla", "+34600000101", "carla@example.test", {3: "880001"}),
        NewContact("c-2", "Dani", "", ""),
    ]
    assert wire.client.create_contacts(contacts) == {"c-1": 1, "c-2": 2}
    assert wire.body() == [
        {
            "request_id": "c-1",
            "name": "Carla",
            "custom_fields_values": [
                {"field_code": "PHONE", "values": [{"value": "+34600000101", "enum_code": "MOB"}]},
                {"field_code": "EMAIL", "values": [{"value": "carla@example.test", "enum_code": "WORK"}]},
                {"field_id": 3, "values": [{"value": "880001"}]},
            ],
        },
        {"request_id": "c-2", "name": "Dani"},
    ]


def test_contacts_are_changed(wire: Wire) -> None:
    wire.answers.patch(f"{API}/contacts", json=page("contacts", {"id": 301, "name": "Carla", "updated_at": 1}))
    assert wire.client.update_contacts([ContactChange(301, {3: "880001"})]) == {301}
    assert wire.body() == [{"id": 301, "custom_fields_values": [{"field_id": 3, "values": [{"value": "880001"}]}]}]


def test_phones_and_emails_are_written_as_a_whole(wire: Wire) -> None:
    wire.answers.patch(f"{API}/contacts", json=page("contacts", {"id": 301}))
    wire.client.update_contacts(
        [ContactChange(301, {}, {"600000101": "WORK", "+34600000102": ""}, {"a@example.test": ""})]
    )
    assert wire.body() == [
        {
            "id": 301,
            "custom_fields_values": [
                {
                    "field_code": "PHONE",
                    "values": [
                        {"value": "600000101", "enum_code": "WORK"},
                        {"value": "+34600000102", "enum_code": "MOB"},
                    ],
                },
                {"field_code": "EMAIL", "values": [{"value": "a@example.test", "enum_code": "WORK"}]},
            ],
        }
    ]


def event(entity: str, type: str, id: int, at: int, **more: object) -> dict[str, object]:
    return {"entity_type": entity, "type": type, "entity_id": id, "created_at": at, **more}


def test_what_happened_is_told_by_events(wire: Wire) -> None:
    moved = [{"lead_status": {"id": 142, "pipeline_id": 7}}]
    rows = (
        event("lead", "lead_status_changed", 1, 90, value_after=moved),
        event("lead", "lead_status_changed", 1, 90, value_after=[{"lead_status": None}, "text"]),
        event("contact", "entity_merged", 2, 89, value_after=[]),
        event("lead", "entity_merged", 3, 88),
        event("lead", "common_note_added", 4, 87),
    )
    wire.answers.get(f"{API}/events", json=page("events", *rows, more=True))
    wire.answers.get(
        f"{API}/events", json=page("events", event("lead", "lead_deleted", 5, 80), event("lead", "", 6, 79))
    )
    kinds = set(HappeningKind)
    assert list(wire.client.happenings(80, kinds)) == [
        [
            Happening(HappeningKind.DEAL_MOVED, 1, 90, Place(7, 142)),
            Happening(HappeningKind.DEAL_MOVED, 1, 90, None),
            Happening(HappeningKind.CONTACTS_MERGED, 2, 89),
            Happening(HappeningKind.DEALS_MERGED, 3, 88),
        ],
        [Happening(HappeningKind.DEAL_GONE, 5, 80)],
    ]
    assert wire.query()["page"] == "2"


def test_only_the_events_asked_for_are_told(wire: Wire) -> None:
    """One filter for entities and one for types lets through more than was asked for."""
    rows = (event("lead", "entity_merged", 1, 90), event("contact", "entity_merged", 2, 90))
    wire.answers.get(f"{API}/events", json=page("events", *rows))
    (found,) = wire.client.happenings(80, {HappeningKind.CONTACTS_MERGED})
    assert [one.id for one in found] == [2]
    wanted = {"filter[entity][]": "contact", "filter[type][]": "entity_merged", "filter[created_at][from]": "80"}
    assert wanted.items() <= wire.query().items()


def test_events_that_are_not_shown_to_us_close_nothing(wire: Wire) -> None:
    wire.answers.get(f"{API}/events", status=403, json={"status": 403})
    with pytest.raises(Rejected):
        list(wire.client.happenings(80, set(HappeningKind)))


def test_the_deals_of_contacts(wire: Wire) -> None:
    rows = (
        {"id": 301, "_embedded": {"leads": [{"id": 501}, {"id": 502}]}},
        {"id": 302, "_embedded": {"leads": []}},
        {"id": 303, "is_deleted": True},
        {"id": 399, "_embedded": {"leads": [{"id": 509}]}},
    )
    wire.answers.get(f"{API}/contacts", json=page("contacts", *rows))
    assert wire.client.deals_of_contacts([301, 302, 303, 304]) == {301: (501, 502), 302: ()}
    assert wire.query()["with"] == "leads"


def test_contacts_are_linked_and_unlinked(wire: Wire) -> None:
    wire.answers.post(f"{API}/leads/link", json=page("links"))
    wire.answers.post(f"{API}/leads/unlink", status=204)
    wire.client.link_contacts([(501, 301, True), (501, 302, False)])
    wire.client.unlink_contacts([(501, 303)])
    assert wire.body(0) == [
        {"entity_id": 501, "to_entity_id": 301, "to_entity_type": "contacts", "metadata": {"is_main": True}},
        {"entity_id": 501, "to_entity_id": 302, "to_entity_type": "contacts"},
    ]
    assert wire.body(1) == [{"entity_id": 501, "to_entity_id": 303, "to_entity_type": "contacts"}]


def test_tasks_of_these_deals_alone(wire: Wire) -> None:
    def task(id: int, entity: int, type: str = "leads", **changes: Any) -> dict[str, Any]:
        row = {"id": id, "entity_id": entity, "entity_type": type, "text": "Call", "complete_till": 9, "result": []}
        return row | {"is_completed": False, "task_type_id": 1, "created_at": 5} | changes

    rows = [
        task(1, 501),
        task(2, 502, is_completed=True, result={"text": "Came"}),
        task(3, 999),
        task(4, 501, "contacts"),
    ]
    wire.answers.get(f"{API}/tasks", json=page("tasks", *rows, more=True))
    wire.answers.get(f"{API}/tasks", status=204)
    assert wire.client.tasks([501, 502]) == [
        Task(1, 501, "Call", 9, False, 1, 5),
        Task(2, 502, "Call", 9, True, 1, 5),
    ]
    assert [value for name, value in wire.pairs(0) if name == "filter[entity_id][]"] == ["501", "502"]


def test_tasks_are_written(wire: Wire) -> None:
    wire.answers.post(f"{API}/tasks", json=page("tasks", {"id": 1, "request_id": "t"}, {"id": 2, "request_id": "u"}))
    tasks = [NewTask("t", 501, 1, "Call", 1760000000), NewTask("u", 502, 2, "Meet", 1760000060, responsible=880002)]
    assert wire.client.create_tasks(tasks) == {"t": 1, "u": 2}
    common = {"entity_type": "leads"}
    assert wire.body() == [
        common | {"request_id": "t", "text": "Call", "complete_till": 1760000000, "task_type_id": 1, "entity_id": 501},
        common
        | {"request_id": "u", "text": "Meet", "complete_till": 1760000060, "task_type_id": 2, "entity_id": 502}
        | {"responsible_user_id": 880002},
    ]


def test_pipelines(wire: Wire) -> None:
    statuses = [
        {"id": 143, "name": "Lost", "sort": 11000, "type": 0},
        {"id": 7, "name": "Booked", "sort": 20},
        {"id": "6", "name": "Incoming", "sort": 10, "type": 1},
        {"id": 142, "name": "Won", "sort": 10000},
    ]
    rows = [
        {"id": 3, "name": "Old", "sort": 1, "is_archive": True, "_embedded": {"statuses": statuses}},
        {"id": 2, "name": "Second", "sort": 9, "is_main": False, "_embedded": []},
        {"id": 1, "name": "First", "sort": 5, "is_main": True, "_embedded": {"statuses": statuses}},
    ]
    wire.answers.get(f"{API}/leads/pipelines", json={"_total_items": 3, "_embedded": {"pipelines": rows}})
    stages = (
        Stage(6, "Incoming", "incoming"),
        Stage(7, "Booked", "open"),
        Stage(142, "Won", "won"),
        Stage(143, "Lost", "lost"),
    )
    assert wire.client.pipelines() == (Pipeline(1, "First", True, stages), Pipeline(2, "Second", False, ()))


def custom_fields(*ids: int) -> list[dict[str, Any]]:
    return [{"id": id, "name": f"Field {id}", "code": None, "type": "text"} for id in ids]


@pytest.mark.parametrize(
    ("pages", "found"),
    [
        pytest.param([page("custom_fields", *custom_fields(*range(50)), more=True), None], 50, id="next, then nothing"),
        pytest.param(
            [page("custom_fields", *custom_fields(1, 2), more=True), page("custom_fields", *custom_fields(3))],
            3,
            id="next",
        ),
        pytest.param(
            [{"_embedded": {"custom_fields": custom_fields(*range(start, start + 50))}} for start in (0, 50)]
            + [{"_embedded": {"custom_fields": custom_fields(100)}}],
            101,
            id="pages that do not say so",
        ),
        pytest.param([{"_embedded": {"custom_fields": custom_fields(*range(80))}}] * 2, 80, id="no pages at all"),
        pytest.param([None], 0, id="none"),
    ],
)
def test_fields_are_read_however_they_are_paged(wire: Wire, pages: list[dict[str, Any] | None], found: int) -> None:
    for answer in pages:
        wire.answers.get(f"{API}/leads/custom_fields", status=200 if answer else 204, json=answer)
    assert len(wire.client.fields("deals")) == found


def test_kinds_of_field(wire: Wire) -> None:
    kinds = ["text", "textarea", "numeric", "checkbox", "date", "date_time", "multiselect", None]
    rows = [{"id": id, "name": "F", "code": "F" if id else None, "type": kind} for id, kind in enumerate(kinds)]
    wire.answers.get(f"{API}/contacts/custom_fields", json=page("custom_fields", *rows))
    types = ["text", "text", "number", "checkbox", "date", "date_time", "other", "other"]
    assert wire.client.fields("contacts") == tuple(
        Field(id, "F", "F" if id else "", FieldType(type)) for id, type in enumerate(types)
    )


FIELDS = [NewField("Booking", "BOOKING_ID", FieldType.NUMBER, True), NewField("Date", "BOOKING_DATE", FieldType.DATE)]


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(
            {"_embedded": {"custom_fields": [{"id": 1, "name": "Booking", "type": "numeric"}, {"id": 2}]}}, id="full"
        ),
        pytest.param([{"id": "1"}, {"id": 2}], id="bare list"),
    ],
)
def test_fields_are_made(wire: Wire, answer: Any) -> None:
    wire.answers.post(f"{API}/leads/custom_fields", status=201, json=answer)
    assert wire.client.create_fields("deals", FIELDS) == (
        Field(1, "Booking", "BOOKING_ID", FieldType.NUMBER),
        Field(2, "Date", "BOOKING_DATE", FieldType.DATE),
    )
    assert wire.body() == [
        {"name": "Booking", "code": "BOOKING_ID", "type": "numeric", "is_api_only": True},
        {"name": "Date", "code": "BOOKING_DATE", "type": "date", "is_api_only": False},
    ]


def test_one_field_made_may_be_answered_by_the_bare_object(wire: Wire) -> None:
    wire.answers.post(f"{API}/contacts/custom_fields", status=201, json={"id": 1, "name": "Booking"})
    assert [field.id for field in wire.client.create_fields("contacts", FIELDS[:1])] == [1]


def test_fields_not_all_answered_for_are_an_unknown_outcome(wire: Wire) -> None:
    wire.answers.post(f"{API}/leads/custom_fields", status=201, json={"id": 1})
    with pytest.raises(UnknownOutcome):
        wire.client.create_fields("deals", FIELDS)


@pytest.mark.parametrize(("status", "reason"), [(402, "payment"), (403, "rights")])
def test_what_only_an_administrator_may_is_no_loss_of_access(wire: Wire, status: int, reason: str) -> None:
    calls: list[tuple[str, str, Callable[[], object]]] = [
        ("POST", "/leads/custom_fields", lambda: wire.client.create_fields("deals", FIELDS)),
        ("POST", "/webhooks", lambda: wire.client.subscribe("https://hooks.example.test/x", [Ring.DEAL_MOVED])),
        ("GET", "/webhooks", lambda: wire.client.subscriptions("https://hooks.example.test/x")),
    ]
    for method, path, call in calls:
        wire.answers.add(method, API + path, status=status, json={})
        with pytest.raises(Rejected) as caught:
            call()
        assert caught.value.reason == reason


HOOK = "https://hooks.example.test/webhooks/kommo/acme/3.mac"


def test_a_subscription(wire: Wire) -> None:
    wire.answers.post(f"{API}/webhooks", status=201, json={"id": 1, "destination": HOOK})
    wire.client.subscribe(HOOK, [Ring.DEAL_MOVED, Ring.CONTACT_GONE])
    assert wire.body() == {"destination": HOOK, "settings": ["delete_contact", "status_lead"]}


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param(None, [], id="204"),
        pytest.param(
            [{"destination": HOOK, "settings": ["status_lead", "add_talk"], "disabled": False}],
            [(frozenset({Ring.DEAL_MOVED}), True)],
            id="with what others chose",
        ),
        pytest.param([{"destination": HOOK, "settings": [], "disabled": True}], [(frozenset(), False)], id="disabled"),
        pytest.param([{"destination": HOOK + "x", "settings": None}], [], id="filter not honoured"),
    ],
)
def test_subscriptions(
    wire: Wire, rows: list[dict[str, Any]] | None, expected: list[tuple[frozenset[Ring], bool]]
) -> None:
    answer = {"json": {"_embedded": {"webhooks": rows}}} if rows is not None else {"status": 204}
    wire.answers.get(f"{API}/webhooks", **answer)
    assert [(hook.rings, hook.enabled) for hook in wire.client.subscriptions(HOOK)] == expected


ACCOUNT = {
    "id": 777001,
    "name": "Studio",
    "subdomain": "acme",
    "country": "es",
    "currency": "EUR",
    "current_user_id": 8,
}
ZONE = {"_embedded": {"datetime_settings": {"timezone": "Europe/Madrid"}}}


@pytest.mark.parametrize(
    ("answer", "user", "language", "zone"),
    [
        pytest.param(ACCOUNT | ZONE | {"language": "es"}, None, "es", "Europe/Madrid", id="says its language"),
        pytest.param(ACCOUNT | ZONE, {"json": {"lang": "pt"}}, "pt", "Europe/Madrid", id="language of its user"),
        pytest.param(ACCOUNT | ZONE, {"status": 403, "json": {}}, "", "Europe/Madrid", id="no administrator"),
        pytest.param(ACCOUNT | ZONE, {"status": 204}, "", "Europe/Madrid", id="no such user"),
        pytest.param(ACCOUNT | {"_embedded": [], "current_user_id": None}, None, "", "", id="nothing embedded"),
    ],
)
def test_the_account(wire: Wire, answer: dict[str, Any], user: dict[str, Any] | None, language: str, zone: str) -> None:
    wire.answers.get(f"{API}/account", json=answer)
    if user is not None:
        wire.answers.get(f"{API}/users/8", **user)
    account = wire.client.account()
    assert (account.id, account.country, account.currency) == (777001, "ES", "EUR")
    assert (account.language, account.timezone) == (language, zone)


def test_a_deal_of_old_says_when_it_was_made_and_over(wire: Wire) -> None:
    wire.answers.post(f"{API}/leads", json=page("leads", {"id": 501, "request_id": "m"}))
    wire.client.create_deals([NewDeal("m", "Botox", 1, PLACE, made_at=1700000000, closed_at=1700090000)])
    (sent,) = wire.body()
    dates = {name: sent.get(name) for name in ("created_at", "updated_at", "closed_at")}
    assert dates == {"created_at": 1700000000, "updated_at": int(wire.clock.now()), "closed_at": 1700090000}


def test_bulk_work_takes_from_the_budget_of_fields_for_each_that_it_writes(wire: Wire) -> None:
    fields = field_rate("acme", 20_000)
    bulk = replace(wire.client, lane=Lane.BULK, field_rate=fields)
    made = page("leads", {"id": 501, "request_id": "a"}, {"id": 502, "request_id": "b"})
    wire.answers.post(f"{API}/leads", json=made)
    wire.answers.patch(f"{API}/contacts", json=page("contacts", {"id": 301}))
    wire.answers.get(f"{API}/leads", status=204)
    wire.answers.post(f"{API}/leads", json=made)
    new = [NewDeal("a", "A", 1, PLACE, {1: "x", 2: "y"}), NewDeal("b", "B", 1, PLACE, {1: "x"})]
    bulk.create_deals(new)
    bulk.update_contacts([ContactChange(301, {11: "5"}, phones={"+34600000101": ""})])
    bulk.deals([501])
    replace(bulk, lane=Lane.LIVE).create_deals(new)
    spent = [[rate.cost for rate in rates if rate.key == fields.key] for rates, _ in wire.limiter.asked]
    assert spent == [[3], [2], [], []]
    assert wire.limiter.asked[0][0][-1].key == fields.key, "one that waits for its turn has spent no fields"


@pytest.mark.parametrize("an_hour", [20_000, 1_000, 10])
def test_no_hour_holds_more_fields_than_allowed(an_hour: int) -> None:
    rate = field_rate("acme", an_hour)
    assert rate.burst + 3_600_000 / rate.interval_ms <= an_hour
    assert rate.burst + 3_600_000 / rate.interval_ms > 0.95 * an_hour or an_hour < 100
