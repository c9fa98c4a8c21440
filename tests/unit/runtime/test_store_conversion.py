import json
import time
from decimal import Decimal
from enum import StrEnum
from typing import Any

import pytest
from boto3.dynamodb.types import TypeDeserializer
from hypothesis import given
from hypothesis import strategies as st

from bookdeal.runtime.store import from_wire, to_wire

numbers = st.integers(-(10**20), 10**20) | st.floats(allow_nan=False, allow_infinity=False, width=32)
leaves = st.none() | st.booleans() | numbers | st.text()
values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4), max_leaves=12
)


@given(st.dictionaries(st.text(min_size=1), values, max_size=6))
def test_what_is_stored_comes_back(item: dict[str, Any]) -> None:
    assert from_wire(to_wire(item)) == item


@given(st.dictionaries(st.text(min_size=1), st.integers() | st.text() | st.booleans() | st.none(), max_size=6))
def test_the_wire_is_what_aws_reads(item: dict[str, Any]) -> None:
    reader = TypeDeserializer()
    assert {name: reader.deserialize(value) for name, value in to_wire(item).items() if "N" not in value} == {
        name: value for name, value in item.items() if not isinstance(value, int) or isinstance(value, bool)
    }


class Colour(StrEnum):
    RED = "red"


@pytest.mark.parametrize(
    ("value", "wire"),
    [
        (Colour.RED, {"S": "red"}),
        (True, {"BOOL": True}),
        (1, {"N": "1"}),
        (1.5, {"N": "1.5"}),
        (Decimal("21.50"), {"N": "21.50"}),
        ((1, "a"), {"L": [{"N": "1"}, {"S": "a"}]}),
        ({}, {"M": {}}),
        (None, {"NULL": True}),
    ],
)
def test_the_wire_of_each_kind(value: object, wire: dict[str, Any]) -> None:
    assert to_wire({"a": value}) == {"a": wire}


@pytest.mark.parametrize(("text", "number"), [("7", 7), ("-7", -7), ("0", 0), ("2.5", 2.5), ("1E+3", 1000.0)])
def test_whole_numbers_come_back_as_int(text: str, number: float) -> None:
    read = from_wire({"n": {"N": text}})["n"]
    assert (read, type(read)) == (number, type(number))


@pytest.mark.parametrize("value", [float("nan"), float("inf"), Decimal("NaN")])
def test_a_number_that_is_none_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        to_wire({"a": value})


@pytest.mark.parametrize("value", [object(), {1, 2}, b"x"])
def test_what_a_table_cannot_hold_is_refused(value: object) -> None:
    with pytest.raises(TypeError, match="cannot hold"):
        to_wire({"a": value})


def test_ten_thousand_items_take_little_time() -> None:
    item = {
        "installation": "30000001",
        "key": "booking#900100#640001",
        "deal": 501,
        "deal_current": True,
        "pipeline": 410001,
        "stage": 6200011,
        "content": "v1:5f2b7c0d9e1a",
        "stamp": "2026-05-04T19:31:10+0200",
        "status": "confirmed",
        "employee": 77,
        "categories": [11, 12, 13],
        "service": {"id": 1, "title": "Cut"},
        "starts_at": 1_760_000_000,
        "price": 21.5,
        "note": None,
    }
    wire = json.loads(json.dumps(to_wire(item)))
    started = time.process_time()
    for _ in range(10_000):
        to_wire(item)
        from_wire(wire)
    spent = time.process_time() - started
    assert spent < 1.0, f"{spent:.2f} s"
