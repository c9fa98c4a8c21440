"""What Kommo's pages on the board ask its server for."""

import base64
import json
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from email.message import Message
from pathlib import Path
from typing import Any

import pytest

from sandbox.altegio.app import Altegio
from sandbox.board.app import create_app as create_board
from sandbox.board.connections import Connections
from sandbox.kommo.app import KommoSimulator
from sandbox.simulator import Options, create_app, run_in_thread

API = "http://127.0.0.1:1/restapis/x"
CODE = "bookdeal"
ADMINISTRATOR, WORKER = 12_100_001, 12_100_003
FILES = {
    "manifest.json": '{"widget": {"locale": ["en"], "version": "1.0.0"}}',
    "i18n/en.json": '{"widget": {"name": "Tiny by Vendor"}}',
    "script.js": "define([], function () {});",
    "images/menu.svg": "<svg/>",
}


def pack(path: Path, **changes: str) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in (FILES | changes).items():
            archive.writestr(name, content)


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / "widget.zip"
    pack(path)
    return path


@pytest.fixture(scope="module")
def simulators() -> Iterator[Connections]:
    options = Options(scenario="demo")
    with (
        run_in_thread(lambda: create_app(KommoSimulator(options))) as kommo,
        run_in_thread(lambda: create_app(Altegio(options))) as altegio,
    ):
        yield Connections.of_simulators(kommo, altegio)


@pytest.fixture
def board(simulators: Connections, archive: Path) -> Iterator[str]:
    with run_in_thread(lambda: create_board(replace(simulators, widget=archive, api=API))) as address:
        yield address


@pytest.fixture
def bare_board(simulators: Connections) -> Iterator[str]:
    """A board on the simulators alone, without a widget."""
    with run_in_thread(lambda: create_board(simulators)) as address:
        yield address


def ask(url: str, body: Any = None, user: int | None = None) -> tuple[int, Message, bytes]:
    headers = {"Content-Type": "application/json"} | ({"Cookie": f"kommo_user={user}"} if user else {})
    request = urllib.request.Request(url, None if body is None else json.dumps(body).encode(), headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.headers, refused.read()


@pytest.mark.parametrize(
    "path",
    [
        "/leads/detail/5",
        "/leads/add/",
        "/leads/list/",
        "/leads/pipeline/",
        "/leads/pipeline/7/",
        "/settings/widgets/",
        f"/settings/widgets/{CODE}/",
        f"/widget_page/{CODE}/diary",
    ],
)
def test_pages_load_scripts_only_from_here_and_call_only_the_api(board: str, path: str) -> None:
    status, headers, content = ask(board + path)
    assert (status, headers["Content-Type"]) == (200, "text/html")
    policy = dict(one.split(maxsplit=1) for one in headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'self'"
    assert policy["connect-src"] == "'self' http://127.0.0.1:1"
    assert policy["frame-ancestors"] == "'self'"
    assert b"<script>" not in content


def test_the_boards_own_page_stays_out_of_frames(board: str) -> None:
    assert "frame-ancestors 'none'" in ask(board)[1]["Content-Security-Policy"]


def test_a_chosen_user_is_signed_in(board: str) -> None:
    cookie = ask(f"{board}/leads/list/?user={WORKER}")[1]["Set-Cookie"]
    assert cookie.startswith(f"kommo_user={WORKER};")
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie


@pytest.mark.parametrize(("user", "expected"), [(WORKER, WORKER), (None, ADMINISTRATOR), (99, ADMINISTRATOR)])
def test_the_session_tells_who_looks(board: str, user: int | None, expected: int) -> None:
    session = json.loads(ask(f"{board}/host/session", user=user)[2])
    assert session["user"]["id"] == expected
    assert session["user"]["isAdmin"] is (expected == ADMINISTRATOR)
    assert session["account"]["subdomain"] == "lindasalon"
    assert session["api"] == API
    assert session["timezone"] == "Europe/Madrid"
    assert session["widget"]["code"] == CODE
    assert session["widget"]["texts"] == {"en": {"widget": {"name": "Tiny by Vendor"}}}


def test_kommo_is_read_with_the_users_rights(board: str) -> None:
    status, headers, content = ask(f"{board}/api/v4/account", user=WORKER)
    account = json.loads(content)
    assert (status, headers["Content-Type"]) == (200, "application/hal+json")
    assert account["current_user_id"] == WORKER
    assert account["_links"]["self"]["href"].startswith(board)
    assert ask(f"{board}/api/v4/users", user=WORKER)[0] == 403
    assert ask(f"{board}/api/v4/users", user=ADMINISTRATOR)[0] == 200
    assert ask(f"{board}/api/v4/leads/1", user=WORKER)[::2] == (204, b"")
    assert ask(f"{board}/api/v4/leads", [{"name": "No"}], user=ADMINISTRATOR)[0] == 405


def test_a_token_is_kommos_and_says_who_asks(board: str, bare_board: str) -> None:
    status, _, content = ask(f"{board}/host/widget-token", {"user": WORKER})
    body = json.loads(content)["token"].split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    assert (status, claims["user_id"], claims["is_admin"]) == (200, WORKER, False)
    status, _, content = ask(f"{bare_board}/host/widget-token", {"user": WORKER})
    assert (status, json.loads(content)["error"]) == (409, "There is no API here: the simulators run alone")


def test_installing_keeps_settings_and_disabling_ends_it(board: str) -> None:
    def widget() -> Any:
        return json.loads(ask(f"{board}/host/session")[2])["widget"]

    assert widget()["isActive"] is False
    asked = {"user": ADMINISTRATOR, "settings": {"key": "a"}}
    assert ask(f"{board}/host/widgets/{CODE}/install", asked)[0] == 200
    assert (widget()["isActive"], widget()["settings"]) == (True, {"key": "a"})
    assert ask(f"{board}/host/widgets/{CODE}/save", {"settings": {"key": "b"}})[0] == 200
    assert widget()["settings"] == {"key": "b"}
    assert ask(f"{board}/host/widgets/{CODE}/disable", {})[0] == 200
    assert widget()["isActive"] is False


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("script.js", "text/javascript; charset=utf-8"),
        ("manifest.json", "application/json"),
        ("images/menu.svg", "image/svg+xml"),
    ],
)
def test_files_come_out_of_the_archive(board: str, name: str, kind: str) -> None:
    status, headers, content = ask(f"{board}/upl/{CODE}/widget/{name}?v=1.0.0")
    assert (status, headers["Content-Type"], content.decode()) == (200, kind, FILES[name])
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_only_what_is_in_the_archive_is_served(board: str) -> None:
    for name in ("nothing.js", "images", "..%2f..%2fpyproject.toml"):
        assert ask(f"{board}/upl/{CODE}/widget/{name}")[0] == 404
    assert ask(f"{board}/vendor/package.json")[0] == 404


def test_a_new_archive_is_seen_at_once(board: str, archive: Path) -> None:
    pack(archive, **{"script.js": "define([], function () { return 1; });"})
    assert b"return 1" in ask(f"{board}/upl/{CODE}/widget/script.js")[2]
    archive.unlink()
    assert ask(f"{board}/upl/{CODE}/widget/script.js")[0] == 404
    assert json.loads(ask(f"{board}/host/session")[2])["widget"] is None


def test_what_is_wrong_with_an_archive_is_said(board: str, archive: Path) -> None:
    for content, reason in (
        ({"manifest.json": '{"widget": {"locale": ["en", "es"]}}'}, "lacks 'i18n/es.json'"),
        ({"manifest.json": "{"}, "broken JSON"),
    ):
        pack(archive, **content)
        status, _, told = ask(f"{board}/host/session")
        assert status == 409
        assert reason in json.loads(told)["error"]
    archive.write_bytes(b"no archive")
    assert "cannot be read" in json.loads(ask(f"{board}/host/session")[2])["error"]


def test_without_a_widget_the_pages_are_there(bare_board: str) -> None:
    assert ask(f"{bare_board}/leads/list/")[0] == 200
    assert json.loads(ask(f"{bare_board}/host/session")[2])["widget"] is None
