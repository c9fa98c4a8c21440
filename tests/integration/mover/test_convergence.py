"""Whatever happens on both sides, whatever goes wrong meanwhile, wherever the mover is killed: once all is quiet both
sides agree, as an oracle sees it that knows nothing of the product's rules.

Many histories are lived at once in one installation. One that fails is shown by its seed, with the smallest plan that
still fails, found in beds of its own.
"""

import os
import re
from collections.abc import Sequence
from datetime import datetime
from functools import reduce
from itertools import count

import pytest

from bookdeal.model.command import CommandKind
from bookdeal.model.settings import Grouping
from tests.histories.judging import Look, judge
from tests.histories.lives import Bell, Life
from tests.histories.plans import RESTS, Plan, Trouble, shrunk

from .bed import Bed
from .conftest import Beds, MakeBed

AT_ONCE = 25
PARTS = 4
"""The tests may be shared out to so many processes."""
PLANS, PLANS_OF_SOAK = 20, 500
"""For each part: 2,000 histories in all, and 50,000."""

lives = count(1)


def failures(bed: Bed, plan: Plan) -> dict[int, str]:
    """Live a plan's histories in a bed; returns what is wrong afterwards, by history."""
    bed.choose(grouping=Grouping.VISIT if plan.by_visit else Grouping.BOOKING)
    living = {
        number: Life(bed, Life.numbers(next(lives)), bed.day(0), by_visit=plan.by_visit) for number in plan.histories
    }
    wrong: dict[int, str] = {}
    for number, trouble in enumerate(plan.troubles):
        line: list[tuple[float, Bell]] = []
        for id, life in living.items():
            rung = [bell for step in plan.histories[id][number] for bell in life.take(step)]
            line += plan.delivered(id, number, rung)
        for life in living.values():
            while life.given:
                (location, booking), deal = life.given.pop()
                bed.ask(CommandKind.MOVE_BOOKING, location=location, booking=booking, deal=deal)
        bells = [bell for _, bell in sorted(line, key=lambda one: one[0])]
        ring(bed, joined(bells) if plan.joined else bells)
        work(bed, trouble)
        if number in RESTS:
            bed.come_to_rest()
            look = Look.at(bed, bed.items)
            for id, life in living.items():
                life.came_to_rest(look.deals_of(life))
                try:
                    judge(life, look)
                except AssertionError as error:
                    wrong.setdefault(id, f"after round {number}: {error}")
    return wrong


def joined(bells: Sequence[Bell]) -> list[Bell]:
    """Return one bell of each kind."""
    kinds = {bell.kind: [one for one in bells if one.kind is bell.kind] for bell in bells}
    return [reduce(Bell.with_those_of, theirs) for theirs in kinds.values()]


def ring(bed: Bed, bells: Sequence[Bell]) -> None:
    for bell in bells:
        source, location = ("altegio", bed.location) if not (bell.deals or bell.contacts) else ("kommo", None)
        bed.ring(
            bell.kind,
            source=source,
            location=location,
            bookings=bell.bookings,
            deals=bell.deals,
            contacts=bell.contacts,
            clients=bell.clients,
            generation=1,
        )


def work(bed: Bed, trouble: Trouble) -> None:
    """Work off what rang, with this trouble; afterwards there is none."""
    for provider, faults in trouble.faults.items():
        bed.fault(provider, *faults)
    for moment in trouble.kills:
        with bed.wire.killing(moment):
            bed.drain()
    bed.drain()
    for provider in trouble.faults:
        bed.fault(provider)


def assert_converges(beds: Beds, make_bed: MakeBed, plan: Plan) -> None:
    wrong = failures(beds.take(), plan)
    if wrong:
        beds.spoil()
        kind = _kind(next(iter(wrong.values())))

        def fails(candidate: Plan) -> bool:
            """Fail in the same way: a smaller plan that fails otherwise would hide what was found."""
            return kind in {_kind(text) for text in failures(make_bed(), candidate).values()}

        smallest = shrunk(plan, fails)
        still = failures(make_bed(), smallest) or wrong
        pytest.fail(f"{wrong}\n\nThe smallest plan that fails: {smallest}\n\n{still}")


def _kind(failure: str) -> str:
    return re.sub(r"\d+", "0", failure)


@pytest.fixture(scope="module")
def beds(make_bed: MakeBed) -> Beds:
    return Beds(make_bed, uses=8)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("part", range(PARTS))
def test_both_sides_agree_after_any_history(beds: Beds, make_bed: MakeBed, part: int) -> None:
    for number in range(PLANS):
        assert_converges(beds, make_bed, Plan.of(f"{part}/{number}", AT_ONCE))


@pytest.mark.soak
@pytest.mark.timeout(0)
@pytest.mark.parametrize("part", range(PARTS))
def test_both_sides_agree_after_very_many(beds: Beds, make_bed: MakeBed, part: int) -> None:
    """Other histories each day, unless SEED names a day's."""
    seed = os.environ.get("SEED") or f"{datetime.now():%Y-%m-%d}"
    for number in range(PLANS_OF_SOAK):
        assert_converges(beds, make_bed, Plan.of(f"{seed}/{part}/{number}", AT_ONCE))
