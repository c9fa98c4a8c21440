"""Duplicates on the deployed stack: searched for, closed and brought back through the widget's API."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from .town import Town
from .widget_api import ask

SECONDS = 60.0
LOST = 143


def outcome(town: Town, asked: Any) -> dict[str, Any]:
    """Wait for a command that was asked for; return what came of it."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        told = ask(town, "GET", f"/commands/{asked['command']}").json()
        if told["state"] != "waiting":
            assert told["state"] == "done", told
            result: dict[str, Any] = told["result"]
            return result
        time.sleep(0.3)
    raise AssertionError("the command has not come to its end")


@pytest.fixture
def twice(town: Town) -> Iterator[tuple[list[int], list[int]]]:
    """Contacts and deals of a person who is there twice, as long as the test takes: the deals are of no booking."""
    contacts = [town.make_contact("Zoe Quintana", "+34611000999"), town.make_contact("QUINTANA ZOE", "611000999")]
    bodies = [{"name": "Bridal", "_embedded": {"contacts": [{"id": id, "is_main": True}]}} for id in contacts]
    deals = [one["id"] for one in town.in_kommo("POST", "leads", bodies)["_embedded"]["leads"]]
    yield contacts, deals
    town.person("delete", entity="leads", ids=deals)
    town.person("delete", entity="contacts", ids=contacts)


def test_duplicates_are_found_closed_and_brought_back(town: Town, twice: tuple[list[int], list[int]]) -> None:
    (contact, twin), (keep, other) = twice
    before = town.in_kommo("GET", f"leads/{other}")

    scanned = outcome(town, ask(town, "POST", "/duplicates/scan").json())
    assert scanned["deals"] >= 2
    listed = ask(town, "GET", "/duplicates/groups?kind=deals").json()["groups"]
    assert [one for one in listed if one["ids"] == [keep, other] and one["level"] == "certain"]
    around = ask(town, "GET", f"/duplicates/deals/{keep}").json()
    assert {(one["kind"], *one["ids"]) for one in around["groups"]} >= {
        ("contacts", contact, twin),
        ("deals", keep, other),
    }
    reasons = ask(town, "GET", "/duplicates/choices").json()["reasons"]
    close = {"close": [{"keep": keep, "deals": [other], "reason": reasons[0]["id"]}], "tag": [{"deals": [other]}]}
    asked = ask(town, "POST", "/duplicates/actions", close).json()
    assert outcome(town, asked) == {"done": 2, "refused": 0, "named": []}
    assert town.in_kommo("GET", f"leads/{other}")["status_id"] == LOST
    left = ask(town, "GET", "/duplicates/groups?kind=deals").json()["groups"]
    assert not [one for one in left if other in one["ids"]]
    ignored = ask(town, "PUT", "/duplicates/ignored", {"kind": "contacts", "ids": [contact, twin], "ignored": True})
    assert ignored.status_code == 200, ignored.text
    assert ask(town, "GET", f"/duplicates/contacts/{contact}").json()["groups"] == []
    (listed_group,) = ask(town, "GET", "/duplicates/ignored?kind=contacts").json()["groups"]
    assert ask(town, "PUT", "/duplicates/ignored", {**listed_group, "ignored": False}).status_code == 200
    assert ask(town, "GET", "/duplicates/ignored?kind=contacts").json()["groups"] == []

    undone = ask(town, "POST", f"/batches/{asked['command']}/undo")
    assert undone.status_code == 200, undone.text
    assert outcome(town, undone.json())["refused"] == 0
    now = town.in_kommo("GET", f"leads/{other}")
    for name in ("status_id", "pipeline_id", "loss_reason_id", "name", "price"):
        assert now[name] == before[name]
