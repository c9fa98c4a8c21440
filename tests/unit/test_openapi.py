"""The API's description is what the code says."""

import json
from typing import Any

import pytest

from sandbox import openapi

TOLD = json.loads(openapi.FILE.read_text())


def test_the_description_is_current() -> None:
    assert openapi.FILE.read_text() == openapi.text(), "run `make openapi`"


@pytest.mark.parametrize("path", TOLD["paths"])
def test_every_answer_is_described(path: str) -> None:
    for operation in TOLD["paths"][path].values():
        assert operation["summary"].endswith(".")
        assert {"400", "401", "403", "404", "409", "422", "429", "503"} <= operation["responses"].keys()
        assert [status for status in operation["responses"] if status.startswith("2")]


def test_every_reference_leads_somewhere() -> None:
    def references(part: Any) -> set[str]:
        if isinstance(part, dict):
            own = {part["$ref"]} if isinstance(part.get("$ref"), str) else set()
            return own.union(*(references(value) for value in part.values()))
        return set[str]().union(*(references(value) for value in part)) if isinstance(part, list) else set()

    known = {f"#/components/schemas/{name}" for name in TOLD["components"]["schemas"]}
    assert references(TOLD) <= known
