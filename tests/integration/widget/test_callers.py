import time
from typing import Any

import pytest
import responses

from bookdeal.installs.callers import Callers
from bookdeal.installs.installation import Installations
from bookdeal.installs.integrations import Integration, Integrations
from bookdeal.runtime.clock import SystemClock
from bookdeal.runtime.errors import Invalid, RateLimited, Unauthorised, UnknownOutcome

from . import answers
from .conftest import ACCOUNT, WORKER, Widget

OTHER, OTHER_SECRET = "6f1c0000-0000-4000-8000-000000000002", "t" * 64


@pytest.fixture
def callers(widget: Widget) -> Callers:
    return Callers(
        Installations(widget.table("installations")),
        Integrations(widget.table("installations"), widget.vault),
        widget.table("scratch"),
        SystemClock(),
    )


def test_a_token_may_read_twice_and_at_once(widget: Widget, providers: responses.RequestsMock) -> None:
    answers.lists(providers)
    token = widget.token()
    assert [widget.ask("settings", "GET", "/account", token=token)[0] for _ in range(3)] == [200, 200, 200]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"secret": "x" * 64}, "token"),
        ({"client_uuid": OTHER}, "token"),
        ({"client_uuid": "acme"}, "token"),
        ({"aud": "https://elsewhere.example.test"}, "token"),
        ({"exp": int(time.time()) - 3600}, "token_expired"),
        ({"account_id": ACCOUNT + 1}, "not_installed"),
    ],
)
def test_other_tokens_open_nothing(widget: Widget, changes: dict[str, Any], code: str) -> None:
    status, body = widget.ask("settings", "GET", "/account", token=widget.token(**changes))
    assert (status, body) == (401, {"error": {"code": code, "params": {}}})


def test_an_account_is_open_only_to_the_integration_that_it_installed(widget: Widget) -> None:
    integrations = Integrations(widget.table("installations"), widget.vault)
    integrations.register(Integration(OTHER, OTHER_SECRET, "https://hub.example.test/oauth/kommo"))
    theirs = widget.token(secret=OTHER_SECRET, client_uuid=OTHER)
    assert widget.ask("settings", "GET", "/account", token=theirs)[1]["error"]["code"] == "not_installed"
    for mixed in (widget.token(secret=OTHER_SECRET), widget.token(client_uuid=OTHER)):
        assert widget.ask("settings", "GET", "/account", token=mixed)[1]["error"]["code"] == "token"


def test_a_token_is_used_up_by_what_was_done(widget: Widget, callers: Callers) -> None:
    claims, _, _ = callers.identify(widget.token())
    with callers.using_up(claims):
        pass
    with pytest.raises(Unauthorised) as caught, callers.using_up(claims):
        pytest.fail("it was let in twice")
    assert caught.value.reason == "token_used"
    with callers.using_up(callers.identify(widget.token())[0]):
        pass


def test_a_token_may_do_again_what_happens_once_and_nothing_else(widget: Widget, callers: Callers) -> None:
    claims, _, _ = callers.identify(widget.token())
    for _ in range(2):
        with callers.using_up(claims, "one booking"):
            pass
    for other in ("another booking", ""):
        with pytest.raises(Unauthorised) as caught, callers.using_up(claims, other):
            pytest.fail("it was let in twice")
        assert caught.value.reason == "token_used"


def test_a_repetition_that_fails_gives_nothing_back(widget: Widget, callers: Callers) -> None:
    claims, _, _ = callers.identify(widget.token())
    with callers.using_up(claims, "one booking"):
        pass
    with pytest.raises(RateLimited), callers.using_up(claims, "one booking"):
        raise RateLimited("budget")
    with pytest.raises(Unauthorised), callers.using_up(claims, "another booking"):
        pytest.fail("it was let in twice")


@pytest.mark.parametrize("error", [Invalid("does_not_fit"), RateLimited("budget")])
def test_a_token_is_given_back_when_nothing_was_done(widget: Widget, callers: Callers, error: Exception) -> None:
    claims, _, _ = callers.identify(widget.token())
    with pytest.raises(type(error)), callers.using_up(claims):
        raise error
    with callers.using_up(claims):
        pass


@pytest.mark.parametrize("error", [UnknownOutcome("lost"), ValueError("unforeseen")])
def test_a_token_stays_used_when_something_may_have_been_done(
    widget: Widget, callers: Callers, error: Exception
) -> None:
    claims, _, _ = callers.identify(widget.token())
    with pytest.raises(type(error)), callers.using_up(claims):
        raise error
    with pytest.raises(Unauthorised), callers.using_up(claims):
        pytest.fail("it was let in twice")


@pytest.mark.parametrize(
    ("rights", "status"),
    [
        ({"is_admin": True, "is_active": True}, 200),
        ({"is_admin": True, "is_active": False}, 403),
        ({"is_admin": False}, 403),
        ({}, 403),
    ],
)
def test_where_the_token_does_not_say_kommo_is_asked_once(
    widget: Widget, providers: responses.RequestsMock, rights: dict[str, bool], status: int
) -> None:
    answers.lists(providers)
    asked = providers.get(answers.kommo(f"users/{WORKER}"), json={"id": WORKER, "rights": rights})
    for _ in range(2):
        token = widget.token(WORKER, is_admin=None)
        assert widget.ask("settings", "PUT", "/users", {"version": 0, "users": []}, token=token)[0] in (status, 409)
    assert asked.call_count == 1


def test_who_is_unknown_to_kommo_is_no_administrator(widget: Widget, providers: responses.RequestsMock) -> None:
    providers.get(answers.kommo(f"users/{WORKER}"), status=404, json={"status": 404})
    token = widget.token(WORKER, is_admin=None)
    status, body = widget.ask("settings", "PUT", "/users", {"version": 0, "users": []}, token=token)
    assert (status, body["error"]["code"]) == (403, "administrators_only")
