"""What was decided, and what is asked to be undone or replayed."""

from dataclasses import replace
from typing import Any

import pytest

from bookdeal.bookings.commands.store import Commands
from bookdeal.bookings.deals import decision_screens
from bookdeal.bookings.deals.placing import found_link
from bookdeal.bookings.decisions import Decision, Decisions
from bookdeal.bookings.links import Links
from bookdeal.bookings.undo import PLACE, PRICE, Entity, Undo
from bookdeal.installs.users import User, UserStore
from bookdeal.model.command import Command, CommandKind
from bookdeal.model.deal import Place

from .conftest import ADMIN, WORKER, Widget

HERE, THERE, BOOKING, DEAL, OTHER_DEAL = 900100, 900200, 640001, 501, 502
OF_DEAL, OF_BOOKING = "/deals/{deal}/decisions", "/bookings/{location}/{booking}/decisions"
UNDO_ONE, UNDO_BATCH = "/deals/{deal}/decisions/{decision}/undo", "/batches/{batch}/undo"
DECISION = Decision(
    deal=DEAL,
    location=HERE,
    booking=BOOKING,
    event="booking_changed",
    rule="simple.confirmed",
    before=Place(20, 1),
    after=Place(20, 2),
    fields=("PRICE", "EMPLOYEE"),
    skipped=None,
    at=1000.0,
    correlation_id="c",
    why={"code": "simple", "status": "confirmed", "stage": 2},
    undo=Undo(
        Entity.DEAL,
        DEAL,
        {PLACE: [20, 1], PRICE: 30, "field:7": "~0a1b"},
        {PLACE: [20, 2], PRICE: 40, "field:7": "~2c3d"},
    ),
)


@pytest.fixture
def decisions(widget: Widget) -> Decisions:
    return Decisions(widget.table("decisions"), widget.installation.id)


def decide(widget: Widget, decisions: Decisions, *made: Decision) -> None:
    assert not any(widget.store.transact([decisions.record(decision) for decision in made]))


def ask(widget: Widget, method: str, route: str, body: Any = None, user: int = ADMIN, **more: Any) -> tuple[int, Any]:
    query = {"after": more.pop("after")} if more.get("after") else None
    return widget.ask("deal_decisions", method, route, body, place=more, token=widget.token(user), query=query)


def command(widget: Widget, answer: Any) -> Command:
    """Return the command that was asked for; it was rung for."""
    found = Commands(widget.table("decisions"), widget.installation.id).read(answer["command"])
    assert found is not None
    assert [hint["commands"] for hint in widget.rung()] == [[found.id]]
    assert found.by == ADMIN
    return found


def link(widget: Widget, deal: int = DEAL) -> None:
    links = Links(widget.table("links"), widget.installation.id)
    made = found_link((HERE, BOOKING), deal, None, None)
    assert not any(widget.store.transact([[links.change(made, None), links.claim(made)]]))


def test_a_decision_is_told_with_its_reason_and_without_what_may_name_somebody(
    widget: Widget, decisions: Decisions
) -> None:
    decide(widget, decisions, DECISION)
    status, answer = ask(widget, "GET", OF_DEAL, deal=DEAL)
    assert status == 200
    (told,) = answer["decisions"]
    assert told.pop("id").isalnum()
    assert told == {
        "deal": DEAL,
        "location": HERE,
        "booking": BOOKING,
        "event": "booking_changed",
        "rule": "simple.confirmed",
        "why": {"code": "simple", "status": "confirmed", "stage": 2},
        "before": {"pipeline": 20, "stage": 1},
        "after": {"pipeline": 20, "stage": 2},
        "fields": ["PRICE", "EMPLOYEE"],
        "changes": [
            {"name": "place", "before": [20, 1], "after": [20, 2], "is_kept": True},
            {"name": "price", "before": 30, "after": 40, "is_kept": True},
            {"name": "field:7", "before": None, "after": None, "is_kept": False},
        ],
        "skipped": None,
        "at": 1000,
        "other_deal": 0,
        "batch": "",
        "undone": "",
        "can_be_undone": True,
    }
    assert answer["more"] == ""


def test_pages_go_from_the_newest_to_the_oldest(
    widget: Widget, decisions: Decisions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decision_screens, "PAGE", 2)
    decide(widget, decisions, *(replace(DECISION, at=float(at)) for at in range(1, 6)))
    link(widget)
    for route, place in ((OF_DEAL, {"deal": DEAL}), (OF_BOOKING, {"location": HERE, "booking": BOOKING})):
        seen, after, pages = [], "", 0
        while pages == 0 or after:
            _, answer = ask(widget, "GET", route, after=after, **place)
            seen += [one["at"] for one in answer["decisions"]]
            after, pages = answer["more"], pages + 1
        assert (seen, pages) == ([5, 4, 3, 2, 1], 3)


def test_who_is_no_administrator_sees_what_is_about_his_locations(widget: Widget, decisions: Decisions) -> None:
    store = UserStore(widget.table("installations"), widget.table("credentials"), widget.vault, "acme")
    store.choose([User(WORKER, locations=frozenset({THERE}))], 0)
    mine, of_none = replace(DECISION, location=THERE, at=2.0), replace(DECISION, location=0, booking=0, at=3.0)
    decide(widget, decisions, DECISION, mine, of_none)
    _, answer = ask(widget, "GET", OF_DEAL, user=WORKER, deal=DEAL)
    assert [one["location"] for one in answer["decisions"]] == [0, THERE]
    _, answer = ask(widget, "GET", OF_DEAL, deal=DEAL)
    assert len(answer["decisions"]) == 3
    link(widget)
    assert ask(widget, "GET", OF_BOOKING, user=WORKER, location=HERE, booking=BOOKING)[0] == 404


def test_a_bookings_decisions_are_told_from_all_deals_that_it_was_on(widget: Widget, decisions: Decisions) -> None:
    link(widget, OTHER_DEAL)
    moved = replace(DECISION, deal=OTHER_DEAL, rule="booking_moved_here", other_deal=DEAL, at=2000.0)
    another = replace(DECISION, booking=7, at=1500.0)
    decide(widget, decisions, DECISION, moved, another)
    _, answer = ask(widget, "GET", OF_BOOKING, location=HERE, booking=BOOKING)
    assert [(one["deal"], one["at"]) for one in answer["decisions"]] == [(OTHER_DEAL, 2000), (DEAL, 1000)]


def test_a_booking_without_a_deal_has_none(widget: Widget) -> None:
    status, answer = ask(widget, "GET", OF_BOOKING, location=HERE, booking=BOOKING)
    assert (status, answer["error"]["code"]) == (404, "no_such_booking")


def batch_of(widget: Widget, decisions: Decisions, count: int, at: float = 5000.0) -> str:
    commands = Commands(widget.table("decisions"), widget.installation.id)
    asked, write = commands.asking(CommandKind.MOVE_BOOKING, {}, ADMIN)
    asked = replace(asked, id=f"{int(at):013d}{asked.id[13:]}", at=at)
    widget.store.transact([[write]])
    made = [replace(DECISION, deal=DEAL + number, batch=asked.id) for number in range(count)]
    decide(widget, decisions, *made)
    decisions.keep_batch(asked)
    return asked.id


def test_batches_and_what_is_in_them(widget: Widget, decisions: Decisions, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decision_screens, "PAGE", 2)
    older, newer = batch_of(widget, decisions, 3, at=1000.0), batch_of(widget, decisions, 1, at=2000.0)
    third = batch_of(widget, decisions, 1, at=3000.0)
    status, answer = ask(widget, "GET", "/batches")
    assert status == 200
    assert [(one["id"], one["count"], one["by"], one["kind"]) for one in answer["batches"]] == [
        (third, 1, ADMIN, "move_booking"),
        (newer, 1, ADMIN, "move_booking"),
    ]
    _, answer = ask(widget, "GET", "/batches", after=answer["more"])
    assert [one["id"] for one in answer["batches"]] == [older]
    seen, after, is_first = [], "", True
    while is_first or after:
        _, answer = ask(widget, "GET", "/batches/{batch}/decisions", batch=older, after=after)
        seen += [one["deal"] for one in answer["decisions"]]
        after, is_first = answer["more"], False
    assert sorted(seen) == [DEAL, DEAL + 1, DEAL + 2]


def test_a_batch_can_be_undone(widget: Widget, decisions: Decisions) -> None:
    batch = batch_of(widget, decisions, 2)
    _, answer = ask(widget, "POST", UNDO_BATCH, batch=batch)
    asked = command(widget, answer)
    assert (asked.kind, asked.params) == (CommandKind.UNDO, {"batch": batch})


def test_what_wrote_something_can_be_undone(widget: Widget, decisions: Decisions) -> None:
    decide(widget, decisions, DECISION)
    (stored,) = decisions.of_deal(DEAL)
    id = stored["key"].rpartition("#")[2]
    status, answer = ask(widget, "POST", UNDO_ONE, deal=DEAL, decision=id)
    assert status == 200
    asked = command(widget, answer)
    assert (asked.kind, asked.params) == (CommandKind.UNDO, {"decision": stored["key"]})


def test_what_wrote_nothing_cannot_be_undone(widget: Widget, decisions: Decisions) -> None:
    decide(widget, decisions, replace(DECISION, undo=None))
    (stored,) = decisions.of_deal(DEAL)
    id = stored["key"].rpartition("#")[2]
    status, answer = ask(widget, "POST", UNDO_ONE, deal=DEAL, decision=id)
    assert (status, answer["error"]["code"]) == (409, "not_undoable")
    assert ask(widget, "POST", UNDO_ONE, deal=OTHER_DEAL, decision=id)[0] == 404
    assert ask(widget, "POST", UNDO_BATCH, batch="17")[0] == 404
    assert widget.rung() == []


@pytest.mark.parametrize(
    ("route", "place", "body"),
    [
        ("/bookings/{location}/{booking}/replay", {"location": HERE, "booking": BOOKING}, None),
        ("/deals/{deal}/replay", {"deal": DEAL}, None),
        ("/replay", {}, {"bookings": [{"location": HERE, "booking": BOOKING}] * 2}),
    ],
)
def test_bookings_are_replayed(widget: Widget, route: str, place: dict[str, Any], body: Any) -> None:
    link(widget)
    status, answer = ask(widget, "POST", route, body, **place)
    assert status == 200
    asked = command(widget, answer)
    assert (asked.kind, asked.params) == (CommandKind.REPLAY, {"bookings": [[HERE, BOOKING]]})


@pytest.mark.parametrize(
    ("route", "place", "body"),
    [
        ("/deals/{deal}/replay", {"deal": OTHER_DEAL}, None),
        ("/bookings/{location}/{booking}/replay", {"location": 7, "booking": BOOKING}, None),
        ("/replay", {}, {"bookings": [{"location": 7, "booking": BOOKING}]}),
    ],
)
def test_nothing_foreign_is_replayed(widget: Widget, route: str, place: dict[str, Any], body: Any) -> None:
    assert ask(widget, "POST", route, body, **place)[0] == 404
    assert widget.rung() == []
