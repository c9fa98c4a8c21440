from dataclasses import replace
from typing import Any

import pytest

from sandbox.board.mirror import Deal, Mirror
from sandbox.board.trails import KEPT, Trails

ONE, OTHER = (1, 10), (1, 20)
DEAL = Deal(id=1, name="Haircut – Carla", price=30, place=ONE, updated_at=100, booking=7)
NOW = 1_000_000.0


def hook(outcome: str = "delivered", at: float = NOW, **more: Any) -> dict[str, Any]:
    return {"at": at, "resource": "record", "action": "update", "ids": [7], "outcome": outcome, **more}


def decision(at: float, **more: Any) -> dict[str, Any]:
    return {"at": at, "rule": "simple.confirmed", "before": ONE, "after": OTHER, "skipped": None, **more}


@pytest.fixture
def mirror() -> Mirror:
    mirror = Mirror()
    mirror.put(DEAL)
    return mirror


@pytest.fixture
def trails(mirror: Mirror) -> Trails:
    return Trails(mirror)


def last(trails: Trails) -> dict[str, Any]:
    return list(trails.shown().values())[-1]


def test_a_deal_that_moves_ends_the_trail(trails: Trails, mirror: Mirror) -> None:
    trails.hooks_of_altegio([hook()])
    assert last(trails)["outcome"] == ""
    change = mirror.put(replace(DEAL, place=OTHER))
    assert change
    trails.settle_by_deals([change], NOW + 0.8)
    found = last(trails)
    assert (found["outcome"], found["before"], found["after"], found["deal"]) == ("moved", ONE, OTHER, 1)
    assert found["seconds"] == 0.8
    assert found["name"] == DEAL.name


def test_a_decision_says_why_and_when(trails: Trails) -> None:
    trails.hooks_of_altegio([hook()])
    assert trails.deals_to_ask_about(NOW, 5) == [1]
    trails.settle_by_decisions(1, [decision(NOW + 0.5), decision(NOW - 60, rule="older")])
    found = last(trails)
    assert (found["outcome"], found["rule"], found["seconds"]) == ("moved", "simple.confirmed", 0.5)
    assert trails.deals_to_ask_about(NOW, 5) == []


def test_a_decision_may_leave_the_deal_alone(trails: Trails) -> None:
    trails.hooks_of_altegio([hook()])
    trails.settle_by_decisions(1, [decision(NOW, after=None, skipped="moved_by_person")])
    assert (last(trails)["outcome"], last(trails)["skipped"]) == ("skipped", "moved_by_person")


def test_without_consequence_there_was_nothing_to_do(trails: Trails) -> None:
    trails.hooks_of_altegio([hook()])
    trails.give_up(NOW + 5)
    assert last(trails)["outcome"] == ""
    trails.give_up(NOW + 20)
    assert last(trails)["outcome"] == "nothing"


def test_a_lost_hook_waits_for_the_sweep(trails: Trails, mirror: Mirror) -> None:
    trails.hooks_of_altegio([hook("dropped")])
    trails.give_up(NOW + 300)
    assert last(trails)["outcome"] == ""
    change = mirror.put(replace(DEAL, place=OTHER))
    assert change
    trails.settle_by_deals([change], NOW + 400)
    assert (last(trails)["hook"], last(trails)["outcome"]) == ("dropped", "moved")


def test_of_kommos_hooks_only_a_persons_moves_are_shown(trails: Trails, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.time", lambda: NOW)
    status = hook(resource="lead", action="status", ids=[1, 2])
    trails.hooks_of_kommo([status])
    assert trails.shown() == {}
    trails.hand(1)
    trails.hooks_of_kommo([status, hook(resource="lead", action="update", ids=[1])])
    assert [(one["source"], one["deal"]) for one in trails.shown().values()] == [("kommo", 1)]


def test_only_the_latest_are_kept(trails: Trails) -> None:
    trails.hooks_of_altegio([hook(at=NOW + one) for one in range(KEPT + 5)])
    found = [one["at"] for one in trails.shown().values()]
    assert found == [NOW + one for one in range(5, KEPT + 5)]
