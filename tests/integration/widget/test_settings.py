import json
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
import responses

from bookdeal.bookings.commands.store import Commands
from bookdeal.installs.installation import Installations
from bookdeal.model.command import CommandKind

from . import answers
from .conftest import ADMIN, LOCATIONS, WORKER, Widget

MAPPING = {"pipeline": 100, "landing": 11, "stages": {"waiting": 11, "confirmed": 12, "arrived": 142}}


def chosen(widget: Widget, **changes: Any) -> dict[str, Any]:
    form: dict[str, Any] = widget.ask("settings", "GET", "/settings")[1]
    return {**form, "status_sync": {"mode": "simple", "mapping": MAPPING}, **changes}


@pytest.fixture(autouse=True)
def _both_sides(providers: responses.RequestsMock) -> None:
    answers.lists(providers)


def test_settings_are_saved_whole_and_over_what_was_seen(widget: Widget) -> None:
    form = chosen(widget, deal_name="{services}")
    status, saved = widget.ask("settings", "PUT", "/settings", form)
    assert (status, saved["version"], saved["deal_name"]) == (200, 1, "{services}")
    assert widget.ask("settings", "GET", "/settings") == (200, saved)
    stale = {**form, "deal_name": "{client}"}
    status, body = widget.ask("settings", "PUT", "/settings", stale)
    assert (status, body["error"]) == (409, {"code": "settings_changed", "params": {"version": 1}})


def test_only_administrators_change_settings(widget: Widget) -> None:
    form = chosen(widget)
    token = widget.token(WORKER)
    for method, route, body in (
        ("PUT", "/settings", form),
        ("GET", "/settings/export", None),
        ("POST", "/settings/import", {}),
        ("GET", "/check", None),
        ("POST", "/setup", {}),
        ("POST", "/live", None),
        ("PUT", "/users", {}),
    ):
        status, told = widget.ask("settings", method, route, body, token=token)
        assert (status, told["error"]["code"]) == (403, "administrators_only"), route
    assert widget.ask("settings", "GET", "/settings", token=token)[0] == 200


def test_every_fault_is_told_at_its_field(widget: Widget, providers: responses.RequestsMock) -> None:
    mapping = {**MAPPING, "stages": {"waiting": 99, "confirmed": 12}}
    form = chosen(widget, status_sync={"mode": "simple", "mapping": mapping}, deal_name="{nobody}")
    status, body = widget.ask("settings", "PUT", "/settings", form)
    assert status == 422
    assert body["error"]["code"] == "unknown_stage"
    assert [(one["code"], one["field"]) for one in body["error"]["faults"]] == [
        ("unknown_stage", "status_sync.mapping.stages.waiting"),
        ("unknown_placeholder", "deal_name"),
    ]
    # What was made in Kommo a moment ago counts: before the refusal all was read once more.
    assert len([call for call in providers.calls if str(call.request.url).endswith("/leads/pipelines")]) == 2


def test_what_is_misspelt_is_refused(widget: Widget) -> None:
    status, body = widget.ask("settings", "PUT", "/settings", {**chosen(widget), "deal_nmae": "x"})
    assert (status, body["error"]["field"]) == (422, "deal_nmae")


def test_settings_that_name_what_is_there_end_a_pause_for_what_was_not(widget: Widget) -> None:
    installations = Installations(widget.table("installations"))
    installations.pause("acme", "stage_gone")
    assert widget.ask("settings", "PUT", "/settings", chosen(widget))[0] == 200
    found = installations.read("acme")
    assert found is not None
    assert found.paused is None
    assert [hint["kind"] for hint in widget.rung()] == ["location"]


def test_a_file_is_looked_at_before_it_is_saved(widget: Widget) -> None:
    widget.ask("settings", "PUT", "/settings", chosen(widget, calendar_pipelines=[100]))
    _, file = widget.ask("settings", "GET", "/settings/export")
    assert file["names"]["pipelines"]["100"]["name"] == "Salon"
    status, seen = widget.ask("settings", "POST", "/settings/import", {"file": file, "version": 1})
    assert (status, seen["saved"], seen["unmatched"], seen["faults"]) == (200, False, [], [])
    status, saved = widget.ask("settings", "POST", "/settings/import", {"file": file, "version": 1, "save": True})
    assert (status, saved["saved"], saved["settings"]["version"]) == (200, True, 2)


def test_what_a_file_names_and_this_account_lacks_is_listed(widget: Widget) -> None:
    widget.ask("settings", "PUT", "/settings", chosen(widget))
    _, file = widget.ask("settings", "GET", "/settings/export")
    file["account"] = 4711
    file["names"]["pipelines"]["100"]["stages"]["12"]["name"] = "Agreed"
    _, seen = widget.ask("settings", "POST", "/settings/import", {"file": file})
    field = "status_sync.mapping.stages.confirmed"
    assert seen["unmatched"] == [{"what": "stage", "name": "Agreed", "field": field}]
    assert [(one["code"], one["field"]) for one in seen["faults"]] == [("unknown_stage", field)]
    refused = widget.ask("settings", "POST", "/settings/import", {"file": file, "version": 1, "save": True})
    assert (refused[0], refused[1]["error"]["field"]) == (422, field)


def test_setting_up_is_asked_of_the_mover(widget: Widget) -> None:
    status, asked = widget.ask("settings", "POST", "/setup", {})
    assert (status, asked["kind"], asked["state"]) == (200, "set_up", "waiting")
    command = Commands(widget.table("decisions"), "acme").read(asked["id"])
    assert command is not None
    params = {"pipeline": True, "fields": True, "optional": []}
    assert (command.kind, command.params, command.by) == (CommandKind.SET_UP, params, ADMIN)
    assert [hint["kind"] for hint in widget.rung()] == ["command"]
    seen = widget.ask("settings", "GET", "/commands/{command}", place={"command": asked["id"]})
    assert seen == (200, asked)


def test_optional_fields_are_asked_for_by_their_code(widget: Widget) -> None:
    body: dict[str, Any] = {"pipeline": False, "fields": False, "optional": ["VISITOR", "PAID", "PAID"]}
    _, asked = widget.ask("settings", "POST", "/setup", body)
    command = Commands(widget.table("decisions"), "acme").read(asked["id"])
    assert command is not None
    assert command.params == {"pipeline": False, "fields": False, "optional": ["PAID", "VISITOR"]}
    for other in ("BOOKING_ID", "VISITS", "paid"):
        assert widget.ask("settings", "POST", "/setup", {**body, "optional": [other]})[0] == 422, other


def test_the_room_for_fields_is_that_beside_the_fields_of_all_entities(
    widget: Widget, providers: responses.RequestsMock
) -> None:
    for entity, some in {"leads": 40, "contacts": 3, "companies": 55}.items():
        rows = [{"id": number, "name": "x", "type": "text"} for number in range(some)]
        providers.replace("GET", answers.kommo(f"{entity}/custom_fields"), json=answers.embedded("custom_fields", rows))
    assert widget.ask("settings", "GET", "/account")[1]["fields_left"] == 2


def test_a_token_asks_for_one_set_up(widget: Widget) -> None:
    token = widget.token()
    assert widget.ask("settings", "POST", "/setup", {}, token=token)[0] == 200
    assert widget.ask("settings", "POST", "/setup", {}, token=token)[1]["error"]["code"] == "token_used"
    assert widget.ask("settings", "POST", "/setup", {"pipelines": True}, token=widget.token())[0] == 422


def test_others_commands_are_not_shown(widget: Widget) -> None:
    asked = widget.ask("settings", "POST", "/setup", {})[1]["id"]
    place, token = {"command": asked}, widget.token(WORKER)
    assert widget.ask("settings", "GET", "/commands/{command}", place=place, token=token)[0] == 404
    assert widget.ask("settings", "GET", "/commands/{command}", place={"command": "0" * 29})[0] == 404


@pytest.mark.parametrize(
    ("now", "zones", "day"),
    [
        ("2026-05-04T12:00:00+00:00", ("Europe/Madrid", "Europe/Lisbon"), "2026-05-04"),
        ("2026-05-05T02:00:00+00:00", ("America/Mexico_City",), "2026-05-04"),
        ("2026-05-04T23:30:00+00:00", ("Europe/Madrid", "Europe/Lisbon"), "2026-05-05"),
        ("2026-05-04T22:30:00+00:00", ("Europe/Madrid", "Europe/Lisbon"), "2026-05-04"),
        ("2026-05-04T22:30:00+00:00", (), "2026-05-04"),
    ],
)
def test_today_is_the_locations_own_day(widget: Widget, now: str, zones: tuple[str, ...], day: str) -> None:
    """The earlier one where they differ: nobody who comes today is left out."""
    locations = tuple(replace(LOCATIONS[0], id=number, timezone=zone) for number, zone in enumerate(zones, 1))
    installation = replace(widget.installation, locations=locations)
    assert installation.today(datetime.fromisoformat(now).timestamp()).isoformat() == day


def test_going_live_begins_today_and_rings(widget: Widget) -> None:
    installations = Installations(widget.table("installations"))
    installations.pause("acme", "setting_up")
    widget.ask("settings", "PUT", "/settings", chosen(widget))
    status, body = widget.ask("settings", "POST", "/live")
    today = widget.installation.today(widget.store.clock.now()).isoformat()
    assert (status, body["start_from"]) == (200, today)
    found = installations.read("acme")
    assert found is not None
    assert found.paused == "rebuilding"
    (hint,) = widget.rung()
    # Deals that are there from an earlier time are found before anything is made.
    (command,) = Commands(widget.table("decisions"), "acme").waiting()
    assert (command.kind, command.params, hint["commands"]) == (CommandKind.REBUILD_LINKS, {}, [command.id])
    assert json.dumps(body)
