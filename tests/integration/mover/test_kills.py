"""The mover is killed at every moment at which it writes something, anywhere: the next run goes on, and makes nothing
twice."""

import random
from collections.abc import Sequence
from itertools import count

import pytest

from .bed import CONFIRMED, ELENA, Bed, person
from .conftest import MakeBed
from .oracle import Raw

numbers = count(100)


class Scene:
    """Three bookings that have deals, and again and again three that change and three new ones."""

    def __init__(self, bed: Bed) -> None:
        self.bed = bed
        self.known: list[Raw] = []
        self._made()
        bed.work(*self.known)

    def _made(self) -> None:
        bed, (new, found, visitor) = self.bed, (person(next(numbers)) for _ in range(3))
        bed.make_contact("Known by phone", f"+{found['phone']}")
        self.known = [
            bed.book(new),
            bed.book(found, 3),
            bed.book(visitor, 4, comer={"id": 1, "name": "Nil", "surname": ""}),
        ]

    def changes(self) -> Sequence[Raw]:
        """Change the three in three ways, make three, and ring for all; returns the six."""
        bed, (moved, given_away, cheaper) = self.bed, self.known
        bed.set_status(moved, CONFIRMED)
        bed.change(given_away, client=person(next(numbers)), staff_id=ELENA)
        bed.admin("pay", location=bed.location, ids=[cheaper["id"]], cost_to_pay=5)
        self._made()
        rung = [moved, given_away, cheaper, *self.known]
        bed.set_status(cheaper, CONFIRMED)
        bed.hint(*rung)
        return rung

    def assert_right(self, rung: Sequence[Raw]) -> None:
        bed = self.bed
        deals = bed.assert_right(only=rung)
        tasks = [task["entity_id"] for task in bed.look("tasks")]
        assert all(tasks.count(deals[record["id"]]["id"]) == 1 for record in rung)
        assert bed.parked() == {}
        assert bed.items("Installations", "intent#") == []


@pytest.fixture(scope="module")
def scene(make_bed: MakeBed) -> Scene:
    return Scene(make_bed())


def killed(bed: Bed, at: int) -> bool:
    """Work, and be killed at that moment; tells whether there was such a moment."""
    bed.batch(2)
    with bed.wire.killing(at):
        bed.drain()
    return bed.wire.killed


def test_killed_at_any_moment(scene: Scene) -> None:
    bed = scene.bed
    for moment in count(1):
        rung = scene.changes()
        was_killed = killed(bed, moment)
        bed.drain()
        bed.come_to_rest()
        scene.assert_right(rung)
        if not was_killed:
            break
    assert moment > 15, "a run has more moments than that"


@pytest.mark.parametrize("seed", range(5))
def test_killed_again_and_again(scene: Scene, seed: int) -> None:
    bed, chance = scene.bed, random.Random(seed)
    rung = scene.changes()
    for _ in range(10):
        killed(bed, chance.randint(1, 13))
        bed.pass_time(chance.choice((0, 5, 40)))
        bed.sweep() if chance.random() < 0.2 else None
    bed.drain()
    bed.come_to_rest()
    scene.assert_right(rung)


def test_killed_at_any_moment_of_a_move_whose_booking_then_goes_back(scene: Scene) -> None:
    bed, record = scene.bed, scene.bed.book(person(next(numbers)))
    bed.work(record)
    for moment in count(1):
        bed.cancel(record)
        bed.hint(record)
        was_killed = killed(bed, moment)
        bed.admin("restore", location=bed.location, ids=[record["id"]])
        bed.work(record)
        bed.come_to_rest()
        scene.assert_right([record])
        if not was_killed:
            break
    assert moment > 5, "a move has more moments than that"
