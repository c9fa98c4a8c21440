"""Asking for a preview of settings, and reading what it found."""

from typing import Any

import pytest
import responses

from bookdeal.bookings.commands import preview_screens
from bookdeal.bookings.commands.store import Commands
from bookdeal.bookings.previews import Fate, Group, Previews, Row
from bookdeal.installs.settings import settings_from
from bookdeal.model.command import CommandKind
from bookdeal.model.deal import Place

from . import answers
from .conftest import ADMIN, WORKER, Widget
from .test_settings import MAPPING, chosen

ROWS = "/preview/{command}/rows"
GROUP = Group(Fate.MOVES, Place(20, 1), Place(20, 2), "simple.waiting")


@pytest.fixture(autouse=True)
def _both_sides(providers: responses.RequestsMock) -> None:
    answers.lists(providers)


def test_a_preview_is_asked_for_and_nothing_is_saved(widget: Widget) -> None:
    form = chosen(widget, deal_name="{services}")
    before = widget.ask("settings", "GET", "/settings")
    status, asked = widget.ask("settings", "POST", "/preview", {"settings": form, "days": 3})
    assert status == 200
    command = Commands(widget.table("decisions"), "acme").read(asked["command"])
    assert command is not None
    assert (command.kind, command.by, command.params["days"], command.params["ahead"]) == (
        CommandKind.PREVIEW,
        ADMIN,
        3,
        90,
    )
    assert settings_from(command.params["settings"]).deal_name == "{services}"
    assert widget.ask("settings", "GET", "/settings") == before
    assert [hint["commands"] for hint in widget.rung()] == [[command.id]]


def test_faults_are_told_as_when_settings_are_saved(widget: Widget) -> None:
    mapping = {**MAPPING, "stages": {"waiting": 99}}
    form = chosen(widget, status_sync={"mode": "simple", "mapping": mapping})
    status, body = widget.ask("settings", "POST", "/preview", {"settings": form})
    assert (status, body["error"]["code"]) == (422, "unknown_stage")
    assert [one["field"] for one in body["error"]["faults"]] == ["settings.status_sync.mapping.stages.waiting"]
    assert widget.rung() == []


@pytest.mark.parametrize("changes", [{"days": 91}, {"ahead": 366}, {"days": -1}, {"more": 1}])
def test_the_days_are_bounded(widget: Widget, changes: dict[str, Any]) -> None:
    body = {"settings": chosen(widget), **changes}
    assert widget.ask("settings", "POST", "/preview", body)[0] == 422


def test_rows_come_in_pages(widget: Widget, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preview_screens, "PAGE", 2)
    commands = Commands(widget.table("decisions"), "acme")
    command, write = commands.asking(CommandKind.PREVIEW, {}, ADMIN)
    previews = Previews(widget.table("decisions"), "acme")
    other = Group(Fate.HELD, Place(20, 1), None, "simple.waiting", "moved_by_person")
    rows = [Row((900100, id), 500 + id, {"code": "simple"}) for id in range(1, 6)]
    writes = [previews.keep(command.id, GROUP, row) for row in rows]
    writes.append(previews.keep(command.id, other, Row((900100, 9), 509, None)))
    widget.store.transact([[write], *([one] for one in writes)])
    seen, after, pages = [], "", 0
    while pages == 0 or after:
        query = {"group": GROUP.id} | ({"after": after} if after else {})
        status, answer = widget.ask("settings", "GET", ROWS, place={"command": command.id}, query=query)
        assert status == 200
        seen += [(one["booking"], one["deal"], one["why"]) for one in answer["rows"]]
        after, pages = answer["more"], pages + 1
    assert pages == 3
    assert seen == [(id, 500 + id, {"code": "simple"}) for id in range(1, 6)]


def test_only_administrators_and_only_previews(widget: Widget) -> None:
    token = widget.token(WORKER)
    body = {"settings": chosen(widget)}
    assert widget.ask("settings", "POST", "/preview", body, token=token)[0] == 403
    other, write = Commands(widget.table("decisions"), "acme").asking(CommandKind.SET_UP, {}, ADMIN)
    widget.store.transact([[write]])
    for command in (other.id, "17"):
        asked = widget.ask("settings", "GET", ROWS, place={"command": command}, query={"group": "0a"})
        assert asked[0] == 404
