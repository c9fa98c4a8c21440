"""Preview: what settings that are not saved yet would do; it says so before, and it does so then."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from itertools import count
from typing import Any

import pytest

from bookdeal.bookings.commands import previewing
from bookdeal.bookings.previews import Previews
from bookdeal.installs.installation import SETTING_UP
from bookdeal.installs.settings import mapping_from
from bookdeal.installs.settings_form import SettingsForm
from bookdeal.model.booking import BookingStatus
from bookdeal.model.command import Command, CommandKind, CommandState
from bookdeal.model.settings import Conditions, Rule, Settings, SyncMode
from sandbox.stack import demo

from .bed import BERTA, CONFIRMED, DANI, TABLES, Bed, person
from .conftest import Beds, MakeBed
from .test_replay import place, replayed, swapped

numbers = count(100)


@pytest.fixture
def bed(beds: Beds) -> Bed:
    return beds.take()


def asked(bed: Bed, settings: Settings, days: int = 7, ahead: int = 30) -> Command:
    body = SettingsForm.of(settings).to_json()
    return bed.ask(CommandKind.PREVIEW, by=1, settings=body, days=days, ahead=ahead)


def previewed(bed: Bed, settings: Settings, **window: int) -> Command:
    command = asked(bed, settings, **window)
    bed.drain()
    outcome = bed.outcome(command)
    assert outcome.state is CommandState.DONE, outcome.result
    return outcome


def rows(bed: Bed, command: Command) -> dict[int, tuple[str, Any, Any, str]]:
    """Return what is said of each booking: its deal's fate, from where to where, and by which rule."""
    table = bed.store.table(bed.deployment.table("Decisions"), *TABLES["Decisions"])
    previews = Previews(table, demo.INSTALLATION)
    found = {}
    for group in command.result["groups"]:
        theirs = list(previews.rows(command.id, group["id"]))
        assert len(theirs) == group["count"]
        for row in theirs:
            found[row.booking[1]] = (group["fate"], group["before"], group["after"], group["rule"])
    return found


def everything(bed: Bed) -> Mapping[str, Any]:
    """Return all that both sides and the tables hold, but for what a preview may write: itself, and who works."""
    kept = [item for item in bed.items("Decisions") if not item["key"].startswith(("preview#", "command#"))]
    return {"deals": bed.deals(), "tasks": bed.look("tasks"), "links": bed.items("Links"), "decisions": kept}


def test_what_is_foreseen_is_what_happens_once_it_is_saved(bed: Bed) -> None:
    moves, confirmed, by_person, stays = (
        bed.book(person(next(numbers)), day, staff_id=DANI if day == 5 else BERTA) for day in (2, 3, 4, 5)
    )
    bed.work(moves, confirmed, by_person, stays)
    bed.set_status(confirmed, CONFIRMED)
    bed.work(confirmed)
    bed.move(bed.deal_of(by_person), "Call back")
    bed.hint_of_deals(bed.deal_of(by_person))
    bed.drain()
    new = bed.book(person(next(numbers)), 6)
    settings = bed.installation.settings
    mapping = swapped(bed).mapping
    assert mapping is not None
    former = settings.status_sync.mapping
    assert former is not None
    bertas = Rule("bertas", Conditions(employees=frozenset({BERTA})), mapping)
    sync = replace(settings.status_sync, mode=SyncMode.CONDITIONAL, mapping=None, rules=(bertas,), otherwise=former)
    before, places = everything(bed), {one["id"]: place(bed, one) for one in (moves, confirmed, by_person, stays)}
    with bed.counted() as counted:
        command = previewed(bed, replace(settings, status_sync=sync))
    assert everything(bed) == before
    assert not [route for route in counted.kommo + counted.altegio if not route.startswith("GET")]
    told = rows(bed, command)
    waiting, then = ([mapping.pipeline, mapping.stages[status]] for status in (BookingStatus.WAITING, "confirmed"))
    assert told[moves["id"]] == ("moves", list(places[moves["id"]]), waiting, "rule.bertas.waiting")
    assert told[confirmed["id"]] == ("moves", list(places[confirmed["id"]]), then, "rule.bertas.confirmed")
    assert told[by_person["id"]] == ("held", list(places[by_person["id"]]), None, "rule.bertas.waiting")
    assert told[new["id"]] == ("made", None, waiting, "rule.bertas.waiting")
    assert stays["id"] not in told
    assert command.result["counts"]["stay"] >= 1
    bed.choose(status_sync=sync)
    replayed(bed, moves, confirmed, by_person, stays, new)
    for record in (moves, confirmed, new):
        assert list(place(bed, record)) == told[record["id"]][2]
    for record in (by_person, stays):
        assert place(bed, record) == places[record["id"]]
    bed.choose(status_sync=settings.status_sync)
    replayed(bed, moves, confirmed, new)


def test_the_reason_is_told_with_what_each_condition_met(bed: Bed) -> None:
    record = bed.book(person(next(numbers)), staff_id=DANI)
    bed.work(record)
    settings = bed.installation.settings
    mapping = swapped(bed).mapping
    assert mapping is not None
    rules = tuple(Rule(f"of-{id}", Conditions(employees=frozenset({id})), mapping) for id in (BERTA, DANI))
    sync = replace(settings.status_sync, mode=SyncMode.CONDITIONAL, mapping=None, rules=rules)
    command = previewed(bed, replace(settings, status_sync=sync))
    (item,) = [
        one for one in bed.items("Decisions", f"preview#{command.id}") if one["key"].endswith(f"#{record['id']}")
    ]
    assert [trial["matches"] for trial in item["why"]["trials"]] == [False, True]


def test_visits_outside_the_days_are_left_out(bed: Bed) -> None:
    near, far = bed.book(person(next(numbers)), 2), bed.book(person(next(numbers)), 40)
    bed.work(near, far)
    settings = replace(bed.installation.settings, status_sync=swapped(bed))
    assert far["id"] not in rows(bed, previewed(bed, settings, days=1, ahead=30))
    told = rows(bed, previewed(bed, settings, days=1, ahead=60))
    assert {near["id"], far["id"]} <= told.keys()


def test_what_belongs_to_further_groups_is_counted(bed: Bed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(previewing, "MOST_GROUPS", 0)
    bed.work(bed.book(person(next(numbers))))
    result = previewed(bed, replace(bed.installation.settings, status_sync=swapped(bed))).result
    assert result["groups"] == []
    assert result["counts"]["further"] > 0


def test_a_stage_that_is_gone_refuses_the_preview_and_stops_nothing_else(bed: Bed) -> None:
    bed.work(bed.book(person(next(numbers))))
    sync = bed.installation.settings.status_sync
    assert sync.mapping is not None
    broken = replace(sync, mapping=replace(sync.mapping, stages={BookingStatus.WAITING: 7}))
    command = asked(bed, replace(bed.installation.settings, status_sync=broken))
    bed.drain()
    outcome = bed.outcome(command)
    assert (outcome.state, outcome.result["code"]) == (CommandState.REFUSED, "stage_gone")
    assert bed.installation.paused is None


def test_a_pipeline_that_was_made_a_moment_ago_is_known(bed: Bed) -> None:
    bed.work(bed.book(person(next(numbers))))
    made = bed.ask(CommandKind.SET_UP, by=1, pipeline=True, fields=False)
    bed.drain()
    mapping = mapping_from(bed.outcome(made).result["mapping"])
    sync = replace(bed.installation.settings.status_sync, mapping=mapping)
    result = previewed(bed, replace(bed.installation.settings, status_sync=sync)).result
    assert mapping is not None
    assert {group["after"][0] for group in result["groups"] if group["after"]} == {mapping.pipeline}


def test_before_going_live_it_shows_the_deals_that_would_be_made(make_bed: MakeBed) -> None:
    bed = make_bed()
    bed.installations.pause(demo.INSTALLATION, SETTING_UP)
    record = bed.book(person(1))
    told = rows(bed, previewed(bed, bed.installation.settings))
    assert told[record["id"]][0] == "made"
    assert bed.deals() == []


def test_killed_between_any_two_slices_it_counts_nothing_twice(bed: Bed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(previewing, "SLICE_SECONDS", 0.0)
    records = [bed.book(person(next(numbers)), 8) for _ in range(3)]
    bed.work(*records)
    settings = replace(bed.installation.settings, status_sync=swapped(bed))
    whole = previewed(bed, settings)
    for moment in count(1):
        command = asked(bed, settings)
        with bed.wire.killing(moment):
            bed.drain()
        was_killed = bed.wire.killed
        bed.drain()
        outcome = bed.outcome(command)
        assert outcome.result == whole.result
        assert rows(bed, outcome) == rows(bed, whole)
        if not was_killed:
            break
    assert moment > 3


def test_six_hundred_bookings_take_few_requests(make_bed: MakeBed) -> None:
    bed = make_bed()
    bed.admin("load", bookings=600, clients=300)
    bed.sweep()
    linked = bed.items("Links", "booking#")
    settings = replace(bed.installation.settings, status_sync=swapped(bed))
    with bed.counted() as counted:
        command = previewed(bed, settings, days=90, ahead=180)
    assert command.result["bookings"] >= len(linked)
    told = Counter(group["fate"] for group in command.result["groups"])
    assert told["moves"]
    pages = -(-command.result["bookings"] // 300)
    assert counted.altegio.total() <= pages + len(bed.altegio.locations)
    assert counted.kommo.total() <= command.result["bookings"] // 75 + len(bed.altegio.locations)
    assert not [route for route in counted.kommo if not route.startswith("GET")]
