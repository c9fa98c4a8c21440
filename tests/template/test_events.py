"""The example events: one of each case a function meets, as AWS would hand it over."""

import json
from pathlib import Path
from typing import Any

import pytest

from bookdeal.desk.requests import request_from
from bookdeal.model.hint import Hint
from bookdeal.runtime import webhook_key
from bookdeal.runtime.errors import Invalid
from sandbox.stack.deployment import WEBHOOK_KEY

from .conftest import ROOT, Template, folder_of

EVENTS = sorted(ROOT.glob("events/*/*.json"))


def load(path: Path) -> Any:
    return json.loads(path.read_text())


def of(function: str) -> list[Path]:
    return [path for path in EVENTS if path.parent.name == function]


def test_every_function_has_events_and_every_event_a_function(template: Template) -> None:
    assert {path.parent.name for path in EVENTS} == {folder_of(function) for function in template.functions}


REQUESTS = [path for path in EVENTS if "httpMethod" in load(path)]


@pytest.mark.parametrize("path", REQUESTS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_requests_match_their_route(template: Template, path: Path) -> None:
    function = next(name for name in template.functions if folder_of(name) == path.parent.name)
    routes = [event["Properties"] for event in template.functions[function]["Events"].values()]
    event = load(path)
    assert (event["httpMethod"], event["resource"]) in {(route["Method"], route["Path"]) for route in routes}
    filled = event["resource"]
    for name, value in (event["pathParameters"] or {}).items():
        filled = filled.replace(f"{{{name}}}", value)
    assert event["path"] == filled


@pytest.mark.parametrize("path", [*of("altegio_webhook"), *of("kommo_webhook")], ids=lambda path: path.stem)
def test_keys_open_the_local_stack(path: Path) -> None:
    source = path.parent.name.removesuffix("_webhook")
    place = load(path)["pathParameters"]
    generation = webhook_key.verify([WEBHOOK_KEY], source, place["installation"], place["key"])
    assert generation == (None if path.stem == "wrong_key" else 1)


@pytest.mark.parametrize("path", of("deal_mover"), ids=lambda path: path.stem)
def test_messages_are_hints_of_their_group(path: Path) -> None:
    for record in load(path)["Records"]:
        if path.stem == "not_a_hint":
            with pytest.raises((ValueError, KeyError, TypeError)):
                Hint.from_json(record["body"])
        else:
            assert Hint.from_json(record["body"]).installation == record["attributes"]["MessageGroupId"]


@pytest.mark.parametrize("path", of("operator"), ids=lambda path: path.stem)
def test_operators_events_are_requests(path: Path) -> None:
    event = load(path)
    if path.stem == "not_a_command":
        with pytest.raises(Invalid):
            request_from(event)
    else:
        assert request_from(event).command == path.stem


def test_the_schedule_asks_what_the_desk_knows(template: Template) -> None:
    (event,) = template.functions["Operator"]["Events"].values()
    assert request_from(json.loads(event["Properties"]["Input"])).command == "work_off_uninstalls"
