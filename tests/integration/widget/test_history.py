"""The import's routes: what it would take, who may begin it, how it is halted and goes on."""

import json
from collections import Counter
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
import responses

from bookdeal.bookings.commands.store import Commands
from bookdeal.bookings.deals.placing import found_link
from bookdeal.bookings.imports import Imports, ImportState
from bookdeal.bookings.links import Links
from bookdeal.installs.installation import SETTING_UP, Installations
from bookdeal.model.command import CommandKind
from bookdeal.model.settings import Mapping, StatusSync, SyncMode

from . import answers
from .conftest import LOCATIONS, WORKER, Widget

HERE, THERE = (location.id for location in LOCATIONS)
START = date(2026, 5, 1)
WINDOW = {"first": "2026-01-01", "last": "2026-04-30"}
NEW, CONFIRMED, WON, LOST = 11, 12, 142, 143
MAPPING = {"pipeline": 100, "landing": NEW, "stages": {"confirmed": CONFIRMED, "arrived": WON, "cancelled": LOST}}


@pytest.fixture(autouse=True)
def _live_since_may(widget: Widget, providers: responses.RequestsMock) -> None:
    choose(widget, start_from=START)
    answers.lists(providers)


def choose(widget: Widget, paused: str | None = None, **settings: Any) -> None:
    changed = replace(widget.installation.settings, **settings)
    Installations(widget.table("installations")).write(replace(widget.installation, settings=changed, paused=paused))


def counts(providers: responses.RequestsMock, bookings: int, clients: int, deals: int = 0) -> None:
    """Let each location have so many bookings and clients, and the account so many deals and contacts."""
    for location in (HERE, THERE):
        told = {"success": True, "data": [], "meta": {"total_count": bookings}}
        providers.get(answers.altegio(f"records/{location}"), json=told)
        told = {"success": True, "data": [], "meta": {"total_count": clients}}
        providers.post(answers.altegio(f"company/{location}/clients/search"), json=told)

    def page(request: Any) -> tuple[int, dict[str, str], str]:
        name = "leads" if "/leads" in request.url else "contacts"
        number = int(request.params["page"])
        return (200, {}, json.dumps(answers.embedded(name, [{"id": number}]))) if number <= deals else (204, {}, "")

    for name in ("leads", "contacts"):
        providers.add_callback("GET", answers.kommo(name), page)


def estimate(widget: Widget, **query: str) -> Any:
    status, body = widget.ask("history_import", "GET", "/history/estimate", query={**WINDOW, **query})
    assert status == 200, body
    return body


def ask(widget: Widget, path: str = "", body: Any = None, method: str = "POST", **more: Any) -> tuple[int, Any]:
    return widget.ask("history_import", method, f"/history{path}", body, **more)


def code(answer: tuple[int, Any]) -> tuple[int, str]:
    return answer[0], answer[1]["error"]["code"]


def stored(widget: Widget) -> Any:
    return Imports(widget.table("installations"), widget.installation.id).read()


def commands(widget: Widget) -> Commands:
    return Commands(widget.table("decisions"), widget.installation.id)


# -- the estimate --------------------------------------------------------------------------------------------------


def test_an_estimate_counts_with_few_requests(widget: Widget, providers: responses.RequestsMock) -> None:
    counts(providers, bookings=4_000, clients=1_500)
    links = Links(widget.table("links"), widget.installation.id)
    for number, day in enumerate(["2025-12-31", "2026-01-01", "2026-04-30", "2026-05-01"]):
        link = replace(found_link((HERE, number + 1), 500 + number, None, None), day=day)
        assert widget.store.transact([[links.change(link, None)]]) == [None]
    found = estimate(widget)
    assert (found["bookings"], found["linked"], found["deals"], found["contacts"]) == (8_000, 2, 7_998, 3_000)
    assert found["field_changes"] == 7_998 * 8 + 3_000 * 3
    # 2,500 at once and 17,500 an hour from then on: no hour holds more than 20,000.
    assert found["hours"] == pytest.approx((found["field_changes"] - 2_500) / 17_500, abs=0.03)
    # Two active users; what they need passes the smallest plan.
    assert (found["deals_limit"], found["contacts_limit"]) == (10_000, 25_000)
    assert found["warnings"] == []
    asked = Counter("kommo" if "kommo" in str(call.request.url) else "altegio" for call in providers.calls)
    assert asked == {"kommo": 6 + 2, "altegio": 4}, "the account's lists, which are kept for ten minutes, and counting"


def test_room_is_judged_beside_what_is_there(widget: Widget, providers: responses.RequestsMock) -> None:
    counts(providers, bookings=4_000, clients=100, deals=2_001)
    found = estimate(widget, locations=str(HERE))
    assert (found["deals"], found["deals_limit"], found["contacts_limit"]) == (4_000, 10_000, 25_000)


def test_more_than_any_plan_holds_is_a_warning(widget: Widget, providers: responses.RequestsMock) -> None:
    counts(providers, bookings=10_001, clients=100)
    found = estimate(widget)
    assert (found["deals_limit"], found["warnings"]) == (None, ["plan_full"])


def test_a_pipeline_of_ones_own_choice_is_warned_of(widget: Widget, providers: responses.RequestsMock) -> None:
    counts(providers, bookings=10, clients=10)
    assert estimate(widget, pipeline="100")["warnings"] == ["automations"]
    choose(widget, start_from=START, status_sync=StatusSync(SyncMode.SIMPLE, Mapping(100)))
    assert estimate(widget, pipeline="100")["warnings"] == ["automations", "shared_pipeline"]
    assert estimate(widget)["warnings"] == []


def test_where_clients_may_not_be_seen_contacts_are_unknown(widget: Widget, providers: responses.RequestsMock) -> None:
    counts(providers, bookings=10, clients=10)
    url = answers.altegio(f"company/{THERE}/clients/search")
    providers.replace("POST", url, status=403, json={"success": False})
    assert estimate(widget)["contacts"] is None


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        ({"last": "2026-05-01"}, ("not_before_start", "last")),
        ({"first": "2026-04-30", "last": "2026-04-29"}, ("days_in_wrong_order", "first")),
    ],
)
def test_only_days_before_going_live_are_imported(
    widget: Widget, window: dict[str, str], expected: tuple[str, str]
) -> None:
    for answer in (
        widget.ask("history_import", "GET", "/history/estimate", query=WINDOW | window),
        ask(widget, body=WINDOW | window),
    ):
        assert answer[0] == 400
        assert (answer[1]["error"]["code"], answer[1]["error"]["field"]) == expected
    assert stored(widget) is None


def test_where_everything_is_live_there_is_nothing_to_import(widget: Widget) -> None:
    choose(widget)
    assert code(ask(widget, body=WINDOW)) == (400, "everything_is_live")


# -- steering ------------------------------------------------------------------------------------------------------


def test_an_import_is_begun_once_and_rung_for(widget: Widget) -> None:
    assert code(ask(widget, method="GET")) == (404, "import")
    status, begun = ask(widget, body={**WINDOW, "locations": [THERE], "mapping": MAPPING})
    assert status == 200
    assert (begun["state"], begun["locations"], begun["mapping"]["pipeline"]) == ("running", [THERE], 100)
    assert (begun["total"], begun["seen"], begun["left"], begun["made"], begun["skipped"]) == (0, 0, 0, 0, {})
    (command,) = commands(widget).waiting()
    assert (command.kind, command.id) == (CommandKind.IMPORT_HISTORY, stored(widget).command)
    assert [hint["commands"] for hint in widget.rung()] == [[command.id]]
    assert code(ask(widget, body=WINDOW)) == (409, "import_under_way")
    assert len(commands(widget).waiting()) == 1
    assert ask(widget, method="GET") == (200, begun)


def test_an_import_rests_goes_on_and_ends(widget: Widget) -> None:
    for path in ("/pause", "/continue", "/stop"):
        assert code(ask(widget, path)) == (404, "import")
    ask(widget, body=WINDOW)
    assert [ask(widget, "/pause")[1]["state"] for _ in range(2)] == ["paused", "paused"]
    assert code(ask(widget, body=WINDOW)) == (409, "import_under_way")
    first = stored(widget).command
    assert [ask(widget, "/continue")[1]["state"] for _ in range(2)] == ["running", "running"]
    assert stored(widget).command != first, "what was asked before it rested does nothing any more"
    assert len(commands(widget).waiting()) == 2
    assert ask(widget, "/stop")[1]["state"] == "stopped"
    assert code(ask(widget, "/continue")) == (409, "import_ended")
    assert ask(widget, "/pause")[1]["state"] == "stopped"
    assert ask(widget, body=WINDOW)[1]["state"] == "running"


def test_a_bell_that_was_lost_is_rung_again(widget: Widget) -> None:
    ask(widget, body=WINDOW)
    ask(widget, "/continue")
    (command,) = commands(widget).waiting()
    assert [hint["commands"] for hint in widget.rung()] == [[command.id], [command.id]]


def test_one_that_failed_says_why_and_can_go_on(widget: Widget) -> None:
    ask(widget, body=WINDOW)
    (command,) = commands(widget).waiting()
    commands(widget).refuse(command, "stage_gone", {"pipeline": 100})
    found = ask(widget, method="GET")[1]
    assert (found["state"], found["failure"]) == ("failed", {"code": "stage_gone", "params": {"pipeline": 100}})
    assert ask(widget, "/continue")[1]["state"] == "running"
    (other,) = commands(widget).waiting()
    assert other.id == stored(widget).command != command.id
    widget.table("decisions").delete(widget.installation.id, f"command#{other.id}")
    assert ask(widget, method="GET")[1]["failure"]["code"] == "failed"
    assert ask(widget, body=WINDOW)[1]["state"] == "running", "another may be begun in its place"


def test_an_import_keeps_the_mappings_of_those_before(widget: Widget) -> None:
    ask(widget, body={**WINDOW, "mapping": MAPPING})
    imports = Imports(widget.table("installations"), widget.installation.id)
    known = imports.read()
    assert known is not None
    assert known.wanted.mapping is not None
    assert imports.place(known.command, known.wanted.mapping, known)
    ask(widget, "/stop")
    ask(widget, body=WINDOW)
    known = stored(widget)
    assert [one.pipeline for one in known.mappings] == [100]
    assert known.state is ImportState.RUNNING
    found = Installations(widget.table("installations")).read(widget.installation.id)
    assert found is not None
    assert found.settings.status_sync.imports == known.mappings


def test_nothing_is_imported_before_going_live(widget: Widget) -> None:
    choose(widget, SETTING_UP, start_from=START)
    assert code(ask(widget, body=WINDOW)) == (409, "not_live")
    assert stored(widget) is None


def test_stages_that_are_not_there_are_faults_at_their_field(widget: Widget) -> None:
    wrong = {"pipeline": 100, "landing": 10, "stages": {"arrived": 77}}
    status, answer = ask(widget, body={**WINDOW, "mapping": wrong})
    assert status == 422
    assert [(fault["code"], fault["field"]) for fault in answer["error"]["faults"]] == [
        ("incoming_stage", "mapping.landing"),
        ("unknown_stage", "mapping.stages.arrived"),
    ]
    assert stored(widget) is None


def test_a_location_of_nobody_is_not_found(widget: Widget) -> None:
    assert code(ask(widget, body={**WINDOW, "locations": [7]})) == (404, "location")


def test_only_administrators_import(widget: Widget) -> None:
    ask(widget, body=WINDOW)
    token = widget.token(user=WORKER)
    for method, path in (("GET", ""), ("POST", ""), ("POST", "/pause"), ("POST", "/continue"), ("POST", "/stop")):
        body = None if path or method == "GET" else WINDOW
        assert code(ask(widget, path, body, method, token=token)) == (403, "administrators_only")
    assert stored(widget).state is ImportState.RUNNING
