import json
from typing import Any

import pytest
import responses

from bookdeal.installs.installation import Installations
from bookdeal.installs.users import UserStore
from bookdeal.runtime.errors import Revoked

from . import answers
from .conftest import ADMIN, WORKER, Widget

PASSWORD = "correct horse"


def auth(providers: responses.RequestsMock, token: str = "their-token") -> None:
    """Let Altegio accept one password."""

    def answer(request: Any) -> tuple[int, dict[str, str], str]:
        if json.loads(request.body)["password"] == PASSWORD:
            return 201, {}, json.dumps(answers.ok({"id": 300501, "user_token": token}))
        return 401, {}, json.dumps({"success": False, "data": None, "meta": {"message": "Wrong login or password"}})

    providers.add_callback("POST", answers.altegio("auth"), answer)


@pytest.fixture(autouse=True)
def _both_sides(providers: responses.RequestsMock) -> None:
    answers.lists(providers)
    auth(providers)


def log_in(widget: Widget, user: int, password: str, **more: Any) -> tuple[int, Any]:
    body = {"login": "berta@example.test", "password": password}
    return widget.ask("settings", "POST", "/users/{user}/login", body, place={"user": user}, **more)


def shown(body: Any, user: int) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in body["users"] if one["id"] == user)
    return found


def test_everybody_sees_all_locations_and_cannot_book_at_first(widget: Widget) -> None:
    status, body = widget.ask("settings", "GET", "/users")
    assert status == 200
    assert [one["name"] for one in body["users"]] == ["Ada Owner", "Berta Desk"]
    assert shown(body, WORKER) == {
        "id": WORKER,
        "name": "Berta Desk",
        "is_admin": False,
        "connection": "none",
        "altegio_user": None,
        "locations": None,
        "chains": [],
        "sees": [900100, 900200],
    }


def test_who_is_no_administrator_sees_himself(widget: Widget) -> None:
    _, body = widget.ask("settings", "GET", "/users", token=widget.token(WORKER))
    assert [one["id"] for one in body["users"]] == [WORKER]


def test_a_login_ties_a_user_and_its_password_is_kept_nowhere(widget: Widget) -> None:
    status, body = log_in(widget, WORKER, PASSWORD, token=widget.token(WORKER))
    assert status == 200
    assert (shown(body, WORKER)["connection"], shown(body, WORKER)["altegio_user"]) == ("connected", 300501)
    assert widget.vault.fresh("acme", f"altegio#{WORKER}", lambda secret: secret).access == "their-token"
    for table in ("installations", "credentials", "scratch"):
        items = widget.store.client.scan(TableName=table)["Items"]
        assert PASSWORD not in json.dumps(items)
        assert "berta@example.test" not in json.dumps(items)


def test_a_wrong_password_is_told_and_keeps_what_was(widget: Widget) -> None:
    log_in(widget, WORKER, PASSWORD)
    status, body = log_in(widget, WORKER, "wrong")
    assert (status, body) == (400, {"error": {"code": "authorization_error", "params": {}, "field": "password"}})
    assert shown(widget.ask("settings", "GET", "/users")[1], WORKER)["connection"] == "connected"


def test_a_changed_password_asks_again(widget: Widget) -> None:
    log_in(widget, WORKER, PASSWORD)
    used = widget.vault.fresh("acme", f"altegio#{WORKER}", lambda secret: secret)
    with pytest.raises(Revoked):
        widget.vault.rejected("acme", f"altegio#{WORKER}", used, lambda secret: secret)
    assert shown(widget.ask("settings", "GET", "/users")[1], WORKER)["connection"] == "refused"
    _, body = log_in(widget, WORKER, PASSWORD)
    assert shown(body, WORKER)["connection"] == "connected"


def test_guessing_is_slowed_down(widget: Widget) -> None:
    guesses = [{"login": "berta@example.test", "password": f"guess {number}"} for number in range(7)]
    told = [
        widget.answer("settings", "POST", "/users/{user}/login", guess, place={"user": WORKER}) for guess in guesses
    ]
    assert [answer["statusCode"] for answer in told] == [400] * 5 + [429] * 2
    assert int(told[-1]["headers"]["Retry-After"]) > 60
    assert log_in(widget, ADMIN, PASSWORD)[0] == 200


@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_only_he_himself_or_an_administrator(widget: Widget, method: str) -> None:
    body = {"login": "b", "password": PASSWORD} if method == "POST" else None
    status, told = widget.ask(
        "settings", method, "/users/{user}/login", body, place={"user": ADMIN}, token=widget.token(WORKER)
    )
    assert (status, told["error"]["code"]) == (403, "administrators_only")


def test_a_user_must_be_the_accounts(widget: Widget) -> None:
    assert log_in(widget, 4711, PASSWORD)[0] == 404


def test_logging_out_destroys_the_token(widget: Widget) -> None:
    log_in(widget, WORKER, PASSWORD)
    status, body = widget.ask("settings", "DELETE", "/users/{user}/login", place={"user": WORKER})
    assert (status, shown(body, WORKER)["connection"], shown(body, WORKER)["altegio_user"]) == (200, "none", None)
    assert widget.table("credentials").get("acme", f"altegio#{WORKER}") is None


def test_locations_are_chosen_by_user_and_by_chain(widget: Widget) -> None:
    log_in(widget, WORKER, PASSWORD)
    version = widget.ask("settings", "GET", "/users")[1]["version"]
    chosen = {"version": version, "users": [{"id": WORKER, "locations": [], "chains": [5]}]}
    status, body = widget.ask("settings", "PUT", "/users", chosen)
    assert (status, shown(body, WORKER)["sees"], shown(body, ADMIN)["sees"]) == (200, [900200], [900100, 900200])
    assert shown(body, WORKER)["connection"] == "connected"
    assert body["version"] == version + 1
    assert widget.ask("settings", "PUT", "/users", chosen)[0:2] == (
        409,
        {"error": {"code": "users_changed", "params": {"version": version + 1}}},
    )


@pytest.mark.parametrize(
    ("chosen", "code", "field"),
    [
        ({"id": 4711}, "unknown_user", "users.0.id"),
        ({"id": WORKER, "locations": [900300]}, "unknown_location", "users.0.locations"),
        ({"id": WORKER, "chains": [6]}, "unknown_chain", "users.0.chains"),
    ],
)
def test_what_is_not_there_cannot_be_chosen(widget: Widget, chosen: dict[str, Any], code: str, field: str) -> None:
    status, body = widget.ask("settings", "PUT", "/users", {"version": 0, "users": [chosen]})
    assert (status, body["error"]["code"], body["error"]["field"]) == (400, code, field)


def test_a_login_between_reading_and_saving_is_a_conflict_and_not_lost(widget: Widget) -> None:
    version = widget.ask("settings", "GET", "/users")[1]["version"]
    log_in(widget, WORKER, PASSWORD)
    assert widget.ask("settings", "PUT", "/users", {"version": version, "users": []})[0] == 409
    store = UserStore(widget.table("installations"), widget.table("credentials"), widget.vault, "acme")
    assert store.read().of(WORKER).altegio_user == 300501
    assert Installations(widget.table("installations")).read("acme") is not None
