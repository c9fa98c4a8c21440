"""Moving a booking from the widget: a command for the mover, for bookings that the user sees."""

import json
from typing import Any

import pytest

from bookdeal.bookings.deals.placing import found_link
from bookdeal.bookings.links import Links
from bookdeal.installs.users import User, UserStore
from bookdeal.runtime import aws

from .conftest import WORKER, Widget

MOVE = "/bookings/{location}/{booking}/move"
HERE = {"location": 900100, "booking": 640001}


@pytest.fixture
def linked(widget: Widget) -> Widget:
    links = Links(widget.table("links"), widget.installation.id)
    for location in (900100, 900200):
        link = found_link((location, 640001), location, None, None)
        assert widget.store.transact([[links.change(link, None), links.claim(link)]]) == [None]
    return widget


def ask(widget: Widget, place: dict[str, int], **more: Any) -> tuple[int, Any]:
    return widget.ask("bookings", "POST", MOVE, {"deal": 501}, place=place, **more)


def commands(widget: Widget) -> list[dict[str, Any]]:
    return list(widget.table("decisions").query(widget.installation.id, "command#"))


def test_a_move_is_asked_of_the_mover(linked: Widget) -> None:
    status, body = ask(linked, HERE, token=linked.token(WORKER))
    assert status == 200
    (command,) = commands(linked)
    assert command["key"] == f"command#{body['command']}"
    assert (command["kind"], command["params"], command["by"]) == ("move_booking", {**HERE, "deal": 501}, WORKER)
    queue = aws.sqs().list_queues()["QueueUrls"][0]
    (message,) = aws.sqs().receive_message(QueueUrl=queue)["Messages"]
    assert json.loads(message["Body"])["commands"] == [body["command"]]


def test_a_booking_that_is_not_there_or_not_seen_is_not_found(linked: Widget) -> None:
    store = UserStore(linked.table("installations"), linked.table("credentials"), linked.vault, linked.installation.id)
    store.choose([User(WORKER, locations=frozenset({900200}))], 0)
    expected = {"error": {"code": "no_such_booking", "params": HERE}}
    assert ask(linked, HERE, token=linked.token(WORKER)) == (404, expected)
    assert ask(linked, {**HERE, "location": 900200}, token=linked.token(WORKER))[0] == 200
    assert ask(linked, {**HERE, "booking": 5})[0] == 404
    assert len(commands(linked)) == 1


@pytest.mark.parametrize("body", [{}, {"deal": 0}, {"deal": "a"}, {"deal": 5, "more": 1}])
def test_what_does_not_fit_is_refused(linked: Widget, body: dict[str, Any]) -> None:
    assert linked.ask("bookings", "POST", MOVE, body, place=HERE)[0] == 422
    assert commands(linked) == []
