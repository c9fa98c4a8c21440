"""Connecting and reconnecting from the widget."""

import json
import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import boto3
import pytest
import responses

from bookdeal.installs.door import STATE_PURPOSE
from bookdeal.installs.installation import Installations
from bookdeal.installs.problems import REMEDIES
from bookdeal.model.hint import Hint, HintKind
from bookdeal.runtime import ticket

from . import answers
from .conftest import ACCOUNT, CLIENT, WORKER, Widget

KEY = "a-server-key-0123456789"
PASSWORD = "correct horse"
REDIRECT = "https://hub.example.test/oauth/kommo"


@pytest.fixture(autouse=True)
def _stack(widget: Widget, providers: responses.RequestsMock, monkeypatch: pytest.MonkeyPatch) -> None:
    boto3.client("ssm").put_parameter(Name="/keys", Value=KEY, Type="SecureString")
    monkeypatch.setenv("WEBHOOK_KEYS_PARAMETER", "/keys")
    table = widget.store.table("installations", "installation", "part")
    table.put({"installation": "integrations", "part": CLIENT, "redirect_uri": REDIRECT, "is_public": False})

    def log_in(request: Any) -> tuple[int, dict[str, str], str]:
        if json.loads(request.body)["password"] == PASSWORD:
            return 201, {}, json.dumps(answers.ok({"id": 300500, "user_token": "new-token"}))
        return 401, {}, json.dumps({"success": False, "data": None, "meta": {"message": "Wrong login or password"}})

    providers.add_callback("POST", answers.altegio("auth"), log_in)


def companies(providers: responses.RequestsMock, *ids: int, timezone: str = "Europe/Madrid") -> None:
    """Let Altegio list these locations."""
    rows = [{"id": id, "title": f"Salon {id}", "timezone_name": timezone, "active": 1} for id in ids]
    providers.get(answers.altegio("companies"), json=answers.ok(rows))


def installations(widget: Widget) -> Installations:
    return Installations(widget.store.table("installations", "installation", "part"))


def rung(widget: Widget) -> list[HintKind]:
    queue = boto3.client("sqs")
    url = queue.get_queue_url(QueueName="hints.fifo")["QueueUrl"]
    found = queue.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", ())
    return [Hint.from_json(message["Body"]).kind for message in found]


def test_what_is_amiss_is_shown_with_its_remedy(widget: Widget) -> None:
    table = widget.store.table("installations", "installation", "part")
    found = [{"key": "altegio", "code": "altegio_token", "since": 5.0, "location": None, "noticed": True}]
    table.put({"installation": "acme", "part": "access", "problems": found})
    status, body = widget.ask("settings", "GET", "/connection", token=widget.token(WORKER))
    assert status == 200
    assert body["problems"] == [
        {"code": "altegio_token", "remedy": REMEDIES["altegio_token"], "location": None, "since": 5.0}
    ]
    assert body["is_admin"] is False


def test_who_can_mend_it_is_told_so(widget: Widget) -> None:
    status, body = widget.ask("settings", "GET", "/connection")
    assert (status, body["is_admin"]) == (200, True)


def test_what_is_amiss_is_shown_also_when_kommo_cannot_say_who_can_mend_it(
    widget: Widget, providers: responses.RequestsMock
) -> None:
    providers.get(re.compile(r".*/api/v4/users.*"), status=401, json={"status": 401})
    status, body = widget.ask("settings", "GET", "/connection", token=widget.token(WORKER, is_admin=None))
    assert (status, body["is_admin"]) == (200, False)


def test_when_altegio_last_rang_is_told(widget: Widget) -> None:
    assert widget.ask("settings", "GET", "/connection")[1]["heard_at"] is None
    widget.table("installations").put({"installation": "acme", "part": "state", "rung_at": 1_700_000_000})
    assert widget.ask("settings", "GET", "/connection")[1]["heard_at"] == 1_700_000_000


def test_the_way_to_kommos_consent_is_for_this_account(widget: Widget) -> None:
    status, body = widget.ask("settings", "POST", "/connection/kommo")
    assert status == 200
    query = dict(parse_qsl(urlsplit(body["link"]).query))
    assert query["client_id"] == CLIENT
    content = ticket.accept([KEY], STATE_PURPOSE, query["state"], now=0)
    assert content == {"client": CLIENT, "account": ACCOUNT, "location": 0, "user": 0}


def test_a_login_is_exchanged_and_offers_locations(widget: Widget, providers: responses.RequestsMock) -> None:
    companies(providers, 900100, 900300)
    given = {"login": "ada@example.test", "password": PASSWORD}
    status, body = widget.ask("settings", "POST", "/connection/altegio", given)
    assert status == 200, body
    assert [(one["id"], one["chosen"]) for one in body["locations"]] == [(900100, True), (900300, False)]
    assert widget.vault.read("acme", "altegio").access == "new-token"
    assert rung(widget) == [HintKind.ACCESS]
    for table in ("installations", "credentials", "scratch"):
        assert PASSWORD not in json.dumps(widget.store.client.scan(TableName=table)["Items"])


@pytest.mark.parametrize(
    ("given", "seen", "status", "code"),
    [
        ({"password": "wrong"}, (900100,), 400, "authorization_error"),
        ({}, (), 422, "no_locations"),
        ({}, (777,), 422, "other_account"),
    ],
)
def test_a_login_that_does_not_fit_changes_nothing(
    widget: Widget,
    providers: responses.RequestsMock,
    given: dict[str, str],
    seen: tuple[int, ...],
    status: int,
    code: str,
) -> None:
    companies(providers, *seen)
    body = {"login": "ada@example.test", "password": PASSWORD, **given}
    answer = widget.ask("settings", "POST", "/connection/altegio", body)
    assert (answer[0], answer[1]["error"]["code"]) == (status, code)
    assert widget.vault.read("acme", "altegio").access == "altegio-token"


def test_passwords_are_not_tried_out(widget: Widget) -> None:
    given = {"login": "ada@example.test", "password": "wrong"}
    statuses = [widget.ask("settings", "POST", "/connection/altegio", given)[0] for _ in range(6)]
    assert statuses == [400] * 5 + [429]


def test_locations_are_chosen_of_those_that_are_offered(widget: Widget, providers: responses.RequestsMock) -> None:
    companies(providers, 900100, 900300)
    status, body = widget.ask("settings", "PUT", "/connection/locations", {"locations": [900300, 5]})
    assert (status, body["error"]) == (400, {"code": "location", "params": {"location": 5}})
    providers.get(answers.altegio("hooks_settings/900100"), json=answers.ok({"urls": [""]}))
    providers.get(answers.altegio("hooks_settings/900200"), json=answers.ok({"urls": [""]}))
    status, body = widget.ask("settings", "PUT", "/connection/locations", {"locations": [900300]})
    assert status == 200, body
    found = installations(widget).read("acme")
    assert found is not None
    assert [location.id for location in found.locations] == [900300]
    assert installations(widget).of_location(900300) == ("acme",)
    assert installations(widget).of_location(900100) == ()
    assert set(rung(widget)) == {HintKind.ACCESS, HintKind.LOCATION}


def test_a_location_without_a_time_zone_cannot_be_chosen(widget: Widget, providers: responses.RequestsMock) -> None:
    companies(providers, 900300, timezone="")
    status, _ = widget.ask("settings", "PUT", "/connection/locations", {"locations": [900300]})
    assert status == 400


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/connection/kommo", None),
        ("POST", "/connection/altegio", {"login": "ada@example.test", "password": PASSWORD}),
        ("GET", "/connection/locations", None),
        ("PUT", "/connection/locations", {"locations": [900100]}),
    ],
)
def test_only_administrators_connect(widget: Widget, method: str, path: str, body: Any) -> None:
    status, answer = widget.ask("settings", method, path, body, token=widget.token(WORKER))
    assert (status, answer["error"]["code"]) == (403, "administrators_only")
