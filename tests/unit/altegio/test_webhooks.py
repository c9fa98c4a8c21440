"""Altegio's webhook bodies, with every oddity of contract §9.2, as hints."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookdeal.altegio.webhooks import MAX_BODY_BYTES, hints_from
from bookdeal.model.hint import Hint, HintKind, SeenBooking

RECORDED = Path(os.environ.get("RECORDED", Path(__file__).parents[4] / "shared/recorded")) / "altegio/records.json"


def read(body: bytes) -> list[Hint]:
    return hints_from(body, installation="acme", generation=3, seen_at=1760000000.5, correlation_id="c-1")


def event(resource: object = "record", id: object = 640001, **changes: Any) -> dict[str, Any]:
    body = {"company_id": 900100, "resource": resource, "resource_id": id, "status": "update", "data": {}}
    return body | changes


STAMP = "2026-05-02T14:22:50+0200"
RECORD = {"id": 640001, "company_id": 900100, "last_change_date": STAMP}
BOOKING = (HintKind.BOOKING, 900100, (SeenBooking(640001, STAMP),))
PAYMENT = (HintKind.PAYMENT, 900100, (SeenBooking(640001),))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param(event(data=RECORD), [BOOKING], id="update"),
        pytest.param(event(data=RECORD, status="create"), [BOOKING], id="create"),
        pytest.param(
            event(data=RECORD | {"deleted": True}, status="delete"),
            [(*BOOKING[:2], (SeenBooking(640001, STAMP, deleted=True),))],
            id="delete",
        ),
        pytest.param(event(data=RECORD, status="moved"), [BOOKING], id="unknown status"),
        pytest.param(event(data=RECORD, company_id="900100", id="640001"), [BOOKING], id="ids as texts"),
        pytest.param([event(data=RECORD)], [BOOKING], id="in an array"),
        pytest.param(event(data={"data": RECORD}), [BOOKING], id="data in data"),
        pytest.param({"data": event(data=RECORD)}, [BOOKING], id="event in data"),
        pytest.param({"resource": "record", "status": "update", "data": RECORD}, [BOOKING], id="ids only in data"),
        pytest.param({"salon_id": 900100, "resource": "record", "data": RECORD}, [BOOKING], id="location by old name"),
        pytest.param(event(data=[]), [(HintKind.BOOKING, 900100, (SeenBooking(640001),))], id="no data"),
        pytest.param(
            event(data=RECORD | {"last_change_date": None}),
            [(HintKind.BOOKING, 900100, (SeenBooking(640001),))],
            id="no stamp",
        ),
        pytest.param(
            [event(data=RECORD), event(data=RECORD), event(id=640002)],
            [(HintKind.BOOKING, 900100, (SeenBooking(640001, STAMP), SeenBooking(640002)))],
            id="several in one body",
        ),
        pytest.param(
            [event(data=RECORD), event(data=RECORD | {"last_change_date": "later"}), event(data=RECORD)],
            [(HintKind.BOOKING, 900100, (SeenBooking(640001),))],
            id="two stamps of one booking",
        ),
        pytest.param(
            [event(data=RECORD), event(company_id=900200)],
            [BOOKING, (HintKind.BOOKING, 900200, (SeenBooking(640001),))],
            id="two locations",
        ),
        pytest.param(
            event("finances_operation", 561000001, data={"id": 561000001, "record_id": 640001}), [PAYMENT], id="payment"
        ),
        pytest.param(event("goods_operations_sale", 5, data={"record_id": "640001"}), [PAYMENT], id="sale"),
        pytest.param(event("goods_operations_stolen", 5, data={"record_id": 640001}), [PAYMENT], id="stock"),
        pytest.param(event("finances_operation", 5, data={"record_id": 0}), [], id="payment of no booking"),
        pytest.param(event("finances_operation", 5, data={"client": []}), [], id="payment that names no booking"),
        pytest.param(event("goods_operations_sale", 5, data=[]), [], id="sale without data"),
        pytest.param(
            {"resource": "finances_operation", "data": {"record_id": 640001}},
            [(HintKind.LOCATION, None, ())],
            id="payment without location",
        ),
        pytest.param(event("client", data={"id": 880001}, company_id=0), [], id="client without location"),
        pytest.param(event("schedule", 51001, data=[]), [], id="schedule"),
        pytest.param(event("salon", 900100), [], id="location changed"),
        pytest.param(event("something_new"), [], id="unknown resource"),
        pytest.param(event(id=0), [(HintKind.LOCATION, 900100, ())], id="booking without id"),
        pytest.param(event(company_id=None), [(HintKind.LOCATION, None, ())], id="booking without location"),
        pytest.param(event(None), [(HintKind.LOCATION, 900100, ())], id="no resource"),
        pytest.param(event(["record"]), [(HintKind.LOCATION, 900100, ())], id="resource of a wrong type"),
        pytest.param({}, [(HintKind.LOCATION, None, ())], id="empty object"),
        pytest.param([], [(HintKind.LOCATION, None, ())], id="empty array"),
        pytest.param([1, None], [(HintKind.LOCATION, None, ())], id="array of nothing"),
        pytest.param("text", [(HintKind.LOCATION, None, ())], id="a text"),
    ],
)
def test_hints_of_a_body(body: object, expected: list[tuple[HintKind, int | None, tuple[SeenBooking, ...]]]) -> None:
    assert [(hint.kind, hint.location, hint.bookings) for hint in read(json.dumps(body).encode())] == expected


@pytest.mark.parametrize(
    ("body", "clients"),
    [
        pytest.param(event("client", 880001, data={"id": 880001}), (880001,), id="client"),
        pytest.param(event("client", None, data={"id": "880001"}), (880001,), id="client by data"),
        pytest.param(event("client", 880001, status="delete", data=[]), (880001,), id="client deleted"),
        pytest.param(
            event("goods_operations_sale", 5, data={"record_id": 0, "client": {"id": 880001}}),
            (880001,),
            id="sale to a client without a booking",
        ),
        pytest.param(
            event("finances_operation", 5, data={"record_id": 0, "client": {"id": 880001}}), (880001,), id="payment"
        ),
        pytest.param(
            [event("client", 880001), event("client", 880002), event("client", 880001)],
            (880001, 880002),
            id="several in one body",
        ),
    ],
)
def test_hints_of_clients(body: object, clients: tuple[int, ...]) -> None:
    (hint,) = read(json.dumps(body).encode())
    assert (hint.kind, hint.location, hint.clients, hint.bookings) == (HintKind.CLIENT, 900100, clients, ())
    assert Hint.from_json(hint.to_json()) == hint


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b'{"company_id": 900100, "resource": "rec', id="cut off"),
        pytest.param(b"\xff\xfe\x00", id="binary"),
        pytest.param(b"resource=record&resource_id=640001", id="a form"),
        pytest.param(b"[" * 200_000, id="nested beyond reason"),
        pytest.param(b'{"company_id": ' + b"9" * 5000 + b"}", id="number beyond reason"),
        pytest.param(json.dumps(event(data=RECORD | {"comment": "x" * MAX_BODY_BYTES})).encode(), id="too large"),
    ],
)
def test_an_unreadable_body_rings_every_location(body: bytes) -> None:
    assert [(hint.kind, hint.location, hint.bookings) for hint in read(body)] == [(HintKind.LOCATION, None, ())]


def test_a_hint_carries_where_it_comes_from() -> None:
    assert read(json.dumps(event(data=RECORD)).encode()) == [
        Hint(
            kind=HintKind.BOOKING,
            source="altegio",
            installation="acme",
            location=900100,
            bookings=(SeenBooking(640001, STAMP),),
            generation=3,
            seen_at=1760000000.5,
            correlation_id="c-1",
        )
    ]


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from([1, "7", 900100]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*event(), *RECORD]), inner, max_size=5)
    ),
    max_leaves=12,
)


@given(
    values
    | st.fixed_dictionaries(
        {"resource": st.sampled_from(["record", "finances_operation", "goods_operations_sale", "client"])},
        optional={"company_id": values, "resource_id": values, "data": values},
    )
)
def test_any_body_gives_whole_hints_and_never_an_exception(body: object) -> None:
    for hint in read(json.dumps(body).encode()):
        assert Hint.from_json(hint.to_json()) == hint
        assert hint.location is None or hint.location > 0
        assert all(seen.id > 0 for seen in hint.bookings)
        assert bool(hint.bookings) is (hint.kind not in (HintKind.LOCATION, HintKind.CLIENT))
        assert bool(hint.clients) is (hint.kind is HintKind.CLIENT)


@given(st.binary(max_size=500))
def test_any_bytes_give_no_exception(body: bytes) -> None:
    assert all(isinstance(hint, Hint) for hint in read(body))


@pytest.mark.skipif(not RECORDED.is_file(), reason="needs the recorded bookings")
def test_recorded_bookings() -> None:
    for record in json.loads(RECORDED.read_text()):
        body = event(id=record["id"], company_id=record["company_id"], data=record)
        [hint] = read(json.dumps(body).encode())
        assert hint.kind is HintKind.BOOKING
        assert hint.location == record["company_id"]
        assert hint.bookings == (SeenBooking(record["id"], record["last_change_date"]),)
