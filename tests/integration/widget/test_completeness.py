"""What the widget sees of completeness and of parked work, and what it may ask for."""

from dataclasses import replace
from typing import Any

import pytest

from bookdeal.bookings.commands.store import Commands
from bookdeal.bookings.deals.placing import found_link
from bookdeal.bookings.differences import Difference, DifferenceKind, Differences, Proof, Tally
from bookdeal.bookings.links import Links
from bookdeal.bookings.parking import ParkedWork
from bookdeal.installs.users import User, UserStore
from bookdeal.model.command import Command, CommandKind

from .conftest import ADMIN, WORKER, Widget

HERE, THERE = 900100, 900200
DELETED = Difference(DifferenceKind.DEAL_DELETED, HERE, 640001, 501)
DIFFERS = Difference(DifferenceKind.DEAL_DIFFERS, HERE, 640002, 502, {"fields": ["PRICE", "EMPLOYEE"]})
MOVED = Difference(DifferenceKind.STAGE_MOVED, THERE, 640003, 503, {"pipeline": 100, "stage": 12})
TWIN = Difference(DifferenceKind.TWIN_DEALS, THERE, 640004, 504, {"linked": 505})
REPAIR = "/completeness/differences/{difference}/repair"
ONE = {"location": HERE, "booking": 640001}


@pytest.fixture(autouse=True)
def _stored(widget: Widget) -> None:
    id, now = widget.installation.id, 1_760_000_000
    differences = Differences(widget.table("decisions"), id)
    differences.note([DELETED, DIFFERS, MOVED, TWIN], "c1", now)
    tallies = {HERE: Tally(4_000, 3_997, 1, 0), THERE: Tally(312, 312)}
    differences.keep_proof(Proof(now, now + 60, 31, 180, 5_000, 1, now, tallies))
    parked = ParkedWork(widget.table("parked"), id)
    parked.park((HERE, 640001), "deal_refused", "v", now - 50, code="Invalid", path="price")
    parked.park((HERE, 640002), "deal_refused", "v", now - 90, code="Invalid", path="price")
    parked.park((THERE, 640003), "unreadable", "v", now - 70, part="services")
    parked.park((HERE, 640009), "unreadable", "v", now - 99, part="client")
    parked.drop((HERE, 640009), now)
    links = Links(widget.table("links"), id)
    link = replace(found_link((HERE, 640001), 501, None, None), version=1)
    assert not any(widget.store.transact([[links.change(link, None)]]))


def worker(widget: Widget) -> str:
    """Return a token of somebody who sees one location."""
    store = UserStore(widget.table("installations"), widget.table("credentials"), widget.vault, widget.installation.id)
    if WORKER not in store.read().users:
        store.choose([User(WORKER, locations=frozenset({THERE}))], 0)
    return widget.token(WORKER)


def command(widget: Widget, body: Any) -> Command:
    found = Commands(widget.table("decisions"), widget.installation.id).read(body["command"])
    assert found is not None
    assert found.by == ADMIN
    return found


# -- the proof ---------------------------------------------------------------------------------------------------------


def test_what_was_proved(widget: Widget) -> None:
    status, body = widget.ask("completeness", "GET", "/completeness")
    assert status == 200
    assert (body["ended"], body["back"], body["ahead"], body["running"]) == (1_760_000_060, 31, 180, None)
    here, there = body["locations"]
    assert here == {"location": HERE, "compared": 4000, "agree": 3997, "repaired": 1, "parked": 0, "differ": 2}
    assert there["differ"] == 0
    assert body["differences"] == {"deal_deleted": 1, "deal_differs": 1, "stage_moved": 1, "twin_deals": 1}


def test_who_sees_one_location_sees_its_proof_and_differences_alone(widget: Widget) -> None:
    _, body = widget.ask("completeness", "GET", "/completeness", token=worker(widget))
    assert [one["location"] for one in body["locations"]] == [THERE]
    assert body["differences"] == {"stage_moved": 1, "twin_deals": 1}
    _, body = widget.ask("completeness", "GET", "/completeness/differences", token=worker(widget))
    assert [one["booking"] for one in body["differences"]] == [640003, 640004]
    _, body = widget.ask("completeness", "GET", "/parked", token=worker(widget))
    assert ([one["booking"] for one in body["parked"]], body["reasons"]) == ([640003], {"unreadable": 1})


def test_before_the_first_comparison_there_is_no_proof(widget: Widget) -> None:
    widget.table("decisions").delete(widget.installation.id, "comparison")
    status, body = widget.ask("completeness", "GET", "/completeness")
    assert (status, body["ended"], body["locations"]) == (200, None, [])


def test_a_comparison_is_asked_for_once(widget: Widget) -> None:
    status, body = widget.ask("completeness", "POST", "/completeness/comparisons", {"back": 7})
    assert status == 200
    asked = command(widget, body)
    assert (asked.kind, asked.params) == (CommandKind.COMPARE, {"back": 7, "ahead": 180})
    _, again = widget.ask("completeness", "POST", "/completeness/comparisons", {})
    assert again == body
    assert len(widget.rung()) == 1
    commands = Commands(widget.table("decisions"), widget.installation.id)
    commands.go_on(asked, {"phase": "bookings", "tallies": {str(HERE): [300, 299, 1, 0], str(THERE): [12, 12, 0, 0]}})
    _, shown = widget.ask("completeness", "GET", "/completeness")
    assert (shown["running"]["command"], shown["running"]["compared"]) == (asked.id, 312)


def test_a_window_has_bounds(widget: Widget) -> None:
    for body in ({"back": -1}, {"ahead": 367}, {"days": 3}):
        assert widget.ask("completeness", "POST", "/completeness/comparisons", body)[0] == 422
    assert widget.rung() == []


# -- differences -------------------------------------------------------------------------------------------------------


def test_differences_by_kind_and_location(widget: Widget) -> None:
    table: list[tuple[dict[str, str], list[Difference]]] = [
        ({}, [DELETED, DIFFERS, MOVED, TWIN]),
        ({"location": str(THERE)}, [MOVED, TWIN]),
        ({"kind": "deal_differs"}, [DIFFERS]),
        ({"kind": "twin_deals", "location": str(HERE)}, []),
        ({"after": DIFFERS.id}, [MOVED, TWIN]),
        ({"after": TWIN.id}, []),
    ]
    for query, found in table:
        status, body = widget.ask("completeness", "GET", "/completeness/differences", query=query)
        assert (status, body["next"]) == (200, "")
        assert [one["id"] for one in body["differences"]] == [one.id for one in found], query


def test_a_difference_says_what_can_be_done(widget: Widget) -> None:
    _, body = widget.ask("completeness", "GET", "/completeness/differences")
    deleted, differs, moved, twin = body["differences"]
    assert (deleted["deal"], deleted["is_fault"], deleted["is_repairable"]) == (501, True, True)
    assert differs["params"] == {"fields": ["PRICE", "EMPLOYEE"]}
    assert (moved["is_fault"], moved["is_repairable"]) == (False, True)
    assert (twin["is_fault"], twin["is_repairable"]) == (True, False)


def test_differences_come_a_hundred_at_a_time(widget: Widget) -> None:
    many = [Difference(DifferenceKind.DEAL_DIFFERS, HERE, 700000 + number, number) for number in range(1, 231)]
    Differences(widget.table("decisions"), widget.installation.id).note(many, "c1", 1_760_000_000)
    found, after = [], ""
    for expected in (100, 100, 34):
        _, body = widget.ask("completeness", "GET", "/completeness/differences", query={"after": after})
        assert len(body["differences"]) == expected
        found += [one["id"] for one in body["differences"]]
        after = body["next"]
    assert after == ""
    assert len(set(found)) == 234


def test_one_is_repaired(widget: Widget) -> None:
    for one in (DELETED, DIFFERS, MOVED):
        status, body = widget.ask("completeness", "POST", REPAIR, place={"difference": one.id})
        assert status == 200
        asked = command(widget, body)
        assert (asked.kind, asked.params) == (CommandKind.REPAIR, {"difference": one.id})


def test_all_of_a_kind_are_repaired(widget: Widget) -> None:
    body = {"kind": "deal_differs", "location": HERE}
    status, answer = widget.ask("completeness", "POST", "/completeness/repairs", body)
    assert status == 200
    asked = command(widget, answer)
    assert (asked.kind, asked.params) == (CommandKind.REPAIR_ALL, {"all_of": "deal_differs", "locations": [HERE]})
    _, answer = widget.ask("completeness", "POST", "/completeness/repairs", {"kind": "deal_differs"})
    assert command(widget, answer).params["locations"] == [HERE, THERE]


REFUSED: list[tuple[str, str, dict[str, Any], Any, int, str]] = [
    ("POST", REPAIR, {"difference": TWIN.id}, None, 409, "not_repairable"),
    ("POST", REPAIR, {"difference": f"{HERE}.deal_deleted.1.1"}, None, 404, "difference"),
    ("POST", REPAIR, {"difference": "1.2"}, None, 422, "does_not_fit"),
    ("POST", "/completeness/repairs", {}, {"kind": "twin_deals"}, 409, "not_repairable"),
    ("POST", "/completeness/repairs", {}, {"kind": "not_read"}, 409, "not_repairable"),
    ("POST", "/completeness/repairs", {}, {"kind": "nonsense"}, 422, "does_not_fit"),
    ("POST", "/completeness/repairs", {}, {"kind": "deal_differs", "location": 1}, 404, "location"),
    ("POST", "/parked/{location}/{booking}/send", {"location": THERE, "booking": 640001}, None, 404, "parked"),
    ("POST", "/parked/{location}/{booking}/drop", {"location": 1, "booking": 640001}, None, 404, "parked"),
    ("GET", "/parked/{location}/{booking}", {"location": HERE, "booking": 1}, None, 404, "parked"),
    ("POST", "/parked/send", {}, {"reason": "deal_refused", "location": 1}, 404, "location"),
    ("POST", "/parked/drop", {}, {"reason": "No such reason"}, 422, "does_not_fit"),
]


def test_what_cannot_be_asked(widget: Widget) -> None:
    for method, path, place, body, status, code in REFUSED:
        got, answer = widget.ask("completeness", method, path, body, place=place)
        assert (got, answer["error"]["code"]) == (status, code), (path, place, body)
    assert widget.rung() == []


# -- parked work -------------------------------------------------------------------------------------------------------


def test_parked_work_the_oldest_first(widget: Widget) -> None:
    table: list[tuple[dict[str, str], list[int]]] = [
        ({}, [640002, 640003, 640001]),
        ({"reason": "deal_refused"}, [640002, 640001]),
        ({"location": str(THERE)}, [640003]),
        ({"dropped": "true"}, [640009]),
        ({"after": f"1759999930.{THERE}.640003"}, [640001]),
    ]
    for query, bookings in table:
        status, body = widget.ask("completeness", "GET", "/parked", query=query)
        assert (status, body["next"], body["held"]) == (200, "", None)
        assert [one["booking"] for one in body["parked"]] == bookings, query


def test_one_that_is_parked(widget: Widget) -> None:
    status, body = widget.ask("completeness", "GET", "/parked/{location}/{booking}", place=ONE)
    assert status == 200
    assert body == {
        **ONE,
        "deal": 501,
        "reason": "deal_refused",
        "params": {"code": "Invalid", "path": "price"},
        "since": 1_759_999_950,
        "dropped": False,
    }


def test_what_holds_all_work_is_one_entry(widget: Widget) -> None:
    installations = widget.table("installations")
    installations.put(
        {
            "installation": widget.installation.id,
            "part": "profile",
            **{
                name: value
                for name, value in (installations.get(widget.installation.id, "profile") or {}).items()
                if name not in ("installation", "part")
            },
            "paused": "stage_gone",
            "paused_at": 1_760_000_000,
        }
    )
    _, body = widget.ask("completeness", "GET", "/parked")
    assert body["held"] == {"reason": "stage_gone", "since": 1_760_000_000, "bookings": 0}


SENT: list[tuple[str, dict[str, int], Any, CommandKind, dict[str, Any]]] = [
    ("/parked/{location}/{booking}/send", ONE, None, CommandKind.SEND_PARKED, {"booking": [HERE, 640001]}),
    ("/parked/{location}/{booking}/drop", ONE, None, CommandKind.DROP_PARKED, {"booking": [HERE, 640001]}),
    (
        "/parked/send",
        {},
        {"reason": "deal_refused"},
        CommandKind.SEND_ALL_PARKED,
        {"reason": "deal_refused", "locations": [HERE, THERE]},
    ),
    (
        "/parked/drop",
        {},
        {"reason": "unreadable", "location": THERE},
        CommandKind.DROP_PARKED,
        {"reason": "unreadable", "locations": [THERE]},
    ),
]


def test_parked_work_is_sent_again_or_dropped(widget: Widget) -> None:
    for path, place, body, kind, params in SENT:
        status, answer = widget.ask("completeness", "POST", path, body, place=place)
        assert status == 200
        asked = command(widget, answer)
        assert (asked.kind, asked.params) == (kind, params)
    assert len(widget.rung()) == len(SENT)
