"""Logging in leaves no login, password or token behind: not in logs, the queue, the tables or an answer."""

import json
import logging
from typing import Any

import boto3
import pytest
import responses

from . import answers
from .conftest import TABLES, WORKER, Widget

LOGIN, PASSWORD, TOKEN = "xenobia.quill@example.test", "swordfish-9182", "their-token-4711"
NAME, PHONE = "Xenobia Quillfeather", "+34655987321"
SECRETS = (LOGIN, PASSWORD, TOKEN, NAME, PHONE)


@pytest.fixture(autouse=True)
def _both_sides(providers: responses.RequestsMock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Altegio accept one password, and talk about people whenever it refuses."""
    boto3.client("ssm").put_parameter(Name="/keys", Value="a-server-key-0123456789", Type="SecureString")
    monkeypatch.setenv("WEBHOOK_KEYS_PARAMETER", "/keys")
    answers.lists(providers)

    def answer(request: Any) -> tuple[int, dict[str, str], str]:
        if json.loads(request.body)["password"] == PASSWORD:
            user = {"id": 300501, "user_token": TOKEN, "name": NAME, "phone": PHONE, "login": LOGIN}
            return 201, {}, json.dumps(answers.ok(user))
        told = {"success": False, "data": None, "meta": {"message": f"{NAME} ({PHONE}): wrong password for {LOGIN}"}}
        return 401, {}, json.dumps(told)

    providers.add_callback("POST", answers.altegio("auth"), answer)
    rows = [{"id": 900100, "title": "Salon", "timezone_name": "Europe/Madrid", "active": 1}]
    providers.get(answers.altegio("companies"), json=answers.ok(rows))


def test_logins_leave_nothing_behind(
    widget: Widget, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.INFO)
    answered: list[Any] = []

    def ask(path: str, body: Any, **more: Any) -> int:
        status, answer = widget.ask("settings", "POST", path, body, **more)
        answered.append(answer)
        return status

    right, wrong = {"login": LOGIN, "password": PASSWORD}, {"login": LOGIN, "password": f"{PASSWORD}?"}
    user: dict[str, Any] = {"place": {"user": WORKER}}
    for path, more in (("/connection/altegio", {}), ("/users/{user}/login", user)):
        assert ask(path, wrong, **more) == 400
        assert ask(path, {**right, "phone": PHONE}, **more) >= 400
        assert ask(path, {"login": [LOGIN], "password": PASSWORD}, **more) >= 400
        assert ask(path, {"password": PASSWORD}, **more) >= 400
        assert ask(path, right, **more) == 200
    assert ask("/users/{user}/login", right, place={"user": PHONE}) >= 400
    said = capfd.readouterr()
    places = {
        "log": caplog.text + json.dumps([record.__dict__ for record in caplog.records], default=str),
        "output": said.out + said.err,
        "queue": json.dumps(widget.rung()),
        "answers": json.dumps(answered),
        **{table: json.dumps(widget.store.client.scan(TableName=table)["Items"], default=str) for table in TABLES},
    }
    assert "request" in places["log"]
    assert places["queue"] != "[]"
    assert widget.vault.read("acme", "altegio").access == TOKEN
    found = {(place, word) for place, text in places.items() for word in SECRETS if word.lower() in text.lower()}
    assert not found
