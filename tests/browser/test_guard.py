"""The board obeys only its own page."""

import http.client
import json
from urllib.parse import urlsplit

import pytest

from tests.browser.world import World

pytestmark = pytest.mark.browser


def ask(board_url: str, path: str, *, host: str | None = None, kind: str = "application/json") -> int:
    connection = http.client.HTTPConnection(urlsplit(board_url).netloc, timeout=10)
    headers = {"Content-Type": kind} | ({"Host": host} if host else {})
    connection.request("POST", path, json.dumps({"stopped": True}), headers)
    return connection.getresponse().status


def test_refuses_forms_of_other_sites(world: World, board_url: str) -> None:
    assert ask(board_url, "/controls/kommo", kind="text/plain") == 415
    assert world.control_kommo("/faults")["faults"] == []


def test_refuses_other_names(world: World, board_url: str) -> None:
    assert ask(board_url, "/controls/kommo", host="evil.example.test") == 421
    assert world.control_kommo("/faults")["faults"] == []


def test_says_what_it_does_not_understand(world: World, board_url: str) -> None:
    assert ask(board_url, "/controls/play") == 400
    assert ask(board_url, f"/locations/{world.location}/bookings/1/status") == 400
