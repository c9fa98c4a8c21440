import time
from typing import Any

import pytest
import responses

from .conftest import ACCOUNT, ADMIN, KOMMO, WORKER, Widget

USER_URL = f"{KOMMO}/api/v4/users/{WORKER}"


def account_lists(providers: responses.RequestsMock) -> None:
    """Let both sides have nothing to choose from."""
    for path in ("leads/pipelines", "leads/custom_fields", "contacts/custom_fields", "users", "account"):
        providers.get(f"{KOMMO}/api/v4/{path}", status=204)
    for location in (900100, 900200):
        for path in ("staff", "service_categories"):
            providers.get(f"https://api.alteg.io/api/v1/company/{location}/{path}", json={"success": True, "data": []})


def test_a_good_token_opens_the_door(widget: Widget, providers: responses.RequestsMock) -> None:
    account_lists(providers)
    status, body = widget.ask("settings", "GET", "/account")
    assert status == 200
    assert [location["title"] for location in body["locations"]] == ["Gràcia", "Alfama"]


def test_a_token_may_read_twice_and_at_once(widget: Widget, providers: responses.RequestsMock) -> None:
    account_lists(providers)
    token = widget.token()
    assert [widget.ask("settings", "GET", "/account", token=token)[0] for _ in range(3)] == [200, 200, 200]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"secret": "x" * 64}, "token"),
        ({"client_uuid": "another"}, "token"),
        ({"client_uuid": "acme"}, "token"),
        ({"aud": "https://elsewhere.example.test"}, "token"),
        ({"exp": int(time.time()) - 3600}, "token_expired"),
        ({"account_id": ACCOUNT + 1}, "not_installed"),
    ],
)
def test_other_tokens_do_not(widget: Widget, changes: dict[str, Any], code: str) -> None:
    status, body = widget.ask("settings", "GET", "/account", token=widget.token(**changes))
    assert (status, body) == (401, {"error": {"code": code, "params": {}}})


def test_an_account_is_open_only_to_the_integration_that_it_installed(widget: Widget) -> None:
    from bookdeal.runtime.credentials import Secret

    theirs = "t" * 64
    widget.vault.store(
        "integration#other", "kommo", Secret("", client_secret=theirs, redirect_uri="https://hub.example.test/x")
    )
    token = widget.token(secret=theirs, client_uuid="other")
    assert widget.ask("settings", "GET", "/account", token=token)[1]["error"]["code"] == "not_installed"
    assert widget.ask("settings", "GET", "/account", token=widget.token(secret=theirs))[0] == 401
    assert ADMIN
