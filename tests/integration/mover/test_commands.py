"""Commands: asked once, carried out to their end whatever happens on the way, answered where they can be read."""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest

from bookdeal.bookings.commands.executors import EXECUTE
from bookdeal.bookings.deals.run import Run
from bookdeal.bookings.mover import carrying_out, state
from bookdeal.model.command import Command, CommandKind, CommandState, Done, GoesOn
from bookdeal.model.hint import HintKind
from bookdeal.runtime.errors import BookdealError, NotFound, RateLimited, Rejected, Revoked, Transient, UnknownOutcome
from sandbox.stack import demo

from .bed import CONFIRMED, Bed, person
from .conftest import Beds

KIND, LONG = CommandKind.SET_UP, CommandKind.REFRESH_CLIENTS
numbers = count(100)


@pytest.fixture
def bed(beds: Beds) -> Bed:
    return beds.take()


@dataclass
class Executor:
    """Stands in for a feature: does one thing in Kommo for each step, and remembers which it was asked for."""

    answers: list[BookdealError | Exception] = field(default_factory=list)
    steps: int = 1
    seen: list[Command] = field(default_factory=list)

    def __call__(self, command: Command, run: Run) -> Done | GoesOn:
        self.seen.append(command)
        if self.answers:
            raise self.answers.pop(0)
        step = int((command.progress or {}).get("step", 0)) + 1
        return Done({"steps": step}) if step >= self.steps else GoesOn({"step": step})


type Install = Callable[..., Executor]


@pytest.fixture
def executor(monkeypatch: pytest.MonkeyPatch) -> Install:
    def install(*answers: Exception, steps: int = 1, kind: CommandKind = KIND) -> Executor:
        executor = Executor(list(answers), steps)
        monkeypatch.setitem(EXECUTE, kind, executor)
        return executor

    return install


def test_a_command_is_carried_out_and_answered(bed: Bed, executor: Install) -> None:
    stand_in = executor()
    command = bed.ask(KIND, by=501, who=[1, 2])
    assert bed.outcome(command) == command
    bed.drain()
    done = bed.outcome(command)
    assert (done.state, done.result, done.by) == (CommandState.DONE, {"steps": 1}, 501)
    assert [seen.params for seen in stand_in.seen] == [{"who": [1, 2]}]
    bed.sweep()
    assert len(stand_in.seen) == 1, "what is done is not done again"
    (item,) = bed.items("Decisions", f"command#{command.id}")
    assert item["expires_at"] > bed.clock.now()


def test_only_what_waits_is_never_dropped_by_its_age(bed: Bed, executor: Install) -> None:
    command = bed.ask(KIND)
    (item,) = bed.items("Decisions", f"command#{command.id}")
    assert "expires_at" not in item
    executor()
    bed.drain()


@pytest.mark.parametrize("kind", [KIND, LONG])
def test_a_long_command_goes_on_where_it_stopped(bed: Bed, executor: Install, kind: CommandKind) -> None:
    stand_in = executor(steps=4, kind=kind)
    command = bed.ask(kind)
    bed.drain()
    assert [seen.progress for seen in stand_in.seen] == [None, {"step": 1}, {"step": 2}, {"step": 3}]
    assert bed.outcome(command).result == {"steps": 4}


def test_live_bells_pass_between_the_slices_of_a_long_command(bed: Bed, executor: Install) -> None:
    executor(steps=5, kind=LONG)
    command = bed.ask(LONG)
    bed.serve()
    record = bed.book(person(next(numbers)))
    bed.hint(record)
    bed.serve()
    bed.assert_right(only=[record])
    assert bed.outcome(command).state is CommandState.WAITING
    bed.drain()
    assert bed.outcome(command).state is CommandState.DONE


@pytest.mark.parametrize("error", [RateLimited("budget", wait=3), Transient("kommo"), UnknownOutcome("kommo")])
def test_one_that_has_to_wait_is_tried_again_and_holds_no_booking_back(
    bed: Bed, executor: Install, error: BookdealError
) -> None:
    stand_in = executor(error, error)
    record = bed.book(person(next(numbers)))
    command = bed.ask(KIND)
    bed.hint(record)
    bed.serve()
    bed.assert_right(only=[record])
    assert bed.outcome(command).state is CommandState.WAITING
    bed.drain()
    assert len(stand_in.seen) == 3
    assert bed.outcome(command).state is CommandState.DONE


@pytest.mark.parametrize(
    ("error", "code", "params"),
    [
        (NotFound("no_such_deal", params={"deal": 7}), "no_such_deal", {"deal": 7}),
        (Rejected("stage_gone"), "stage_gone", {}),
        (Revoked(Revoked.RIGHTS, params={"location": 5}), "location_closed", {"location": 5}),
        (ZeroDivisionError(), "failed", {"error": "ZeroDivisionError"}),
    ],
)
def test_one_that_is_refused_says_why_and_stops_no_other(
    bed: Bed, executor: Install, error: Exception, code: str, params: dict[str, Any]
) -> None:
    stand_in = executor(error)
    refused, other = bed.ask(KIND), bed.ask(KIND)
    bed.drain()
    outcome = bed.outcome(refused)
    assert (outcome.state, outcome.result) == (CommandState.REFUSED, {"code": code, "params": params})
    assert bed.outcome(other).state is CommandState.DONE
    assert len(stand_in.seen) == 2


def test_lost_access_keeps_commands_until_it_is_back(bed: Bed, executor: Install) -> None:
    stand_in = executor()
    bed.installations.pause(demo.INSTALLATION, "kommo_token")
    command = bed.ask(KIND)
    bed.drain()
    assert bed.outcome(command).state is CommandState.WAITING
    bed.let_go_on()
    bed.drain()
    assert bed.outcome(command).state is CommandState.DONE
    assert len(stand_in.seen) == 1


def test_one_that_met_lost_access_is_carried_out_when_all_is_found_well(bed: Bed, executor: Install) -> None:
    stand_in = executor(Revoked(Revoked.TOKEN, provider="kommo"))
    command = bed.ask(KIND)
    bed.drain()
    assert bed.installation.paused is None
    assert bed.outcome(command).state is CommandState.DONE
    assert len(stand_in.seen) == 2


def test_a_bell_that_was_lost_is_made_good_by_one_that_asks_for_all(bed: Bed, executor: Install) -> None:
    executor()
    command = bed.ask(KIND)
    bed.queue.waiting.clear()
    bed.ring(HintKind.COMMAND, source="person")
    bed.drain()
    assert bed.outcome(command).state is CommandState.DONE


def test_a_kind_that_only_a_later_version_knows_stops_no_other_and_waits_for_that(bed: Bed, executor: Install) -> None:
    later, now = bed.ask(KIND, number=1), bed.ask(KIND, number=2)
    table = bed.commands._table
    key = f"command#{later.id}"
    table.update(
        demo.INSTALLATION,
        key,
        change="SET #kind = :kind",
        when="#state = :state",
        values={"kind": "dance", "state": "waiting"},
    )
    stand_in = executor()
    bed.drain()
    assert [seen.id for seen in stand_in.seen] == [now.id]
    assert bed.commands.read(later.id) is None
    stored = table.get(demo.INSTALLATION, key, consistent=True)
    assert stored is not None
    assert stored["state"] == "waiting"


def test_more_than_can_be_listed_are_all_carried_out(
    bed: Bed, executor: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (state, carrying_out):
        monkeypatch.setattr(module, "MOST_COMMANDS", 2)
    stand_in = executor()
    commands = [bed.ask(KIND, number=number) for number in range(7)]
    bed.drain()
    assert {bed.outcome(command).state for command in commands} == {CommandState.DONE}
    assert [seen.params["number"] for seen in stand_in.seen] == list(range(7))


def test_killed_at_any_moment(bed: Bed, executor: Install) -> None:
    """A command whose end was noted is not carried out again; one under way is, from where it was noted to be."""
    for moment in count(1):
        stand_in = executor(steps=3)
        record = bed.book(person(next(numbers)))
        bed.work(record)
        bed.set_status(record, CONFIRMED)
        command = bed.ask(KIND)
        bed.hint(record)
        with bed.wire.killing(moment):
            bed.drain()
        was_killed = bed.wire.killed
        bed.drain()
        assert bed.outcome(command).result == {"steps": 3}
        steps = [(seen.progress or {"step": 0})["step"] for seen in stand_in.seen]
        assert steps == sorted(steps)
        assert len(steps) <= 4
        bed.come_to_rest()
        bed.assert_right(only=[record])
        if not was_killed:
            break
    assert moment > 7
