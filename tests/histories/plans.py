"""A plan: many histories at once in one installation, and what goes wrong meanwhile. All of it follows from a seed."""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from .lives import Bell
from .steps import History, history
from .troubles import Fault, some_faults

ROUNDS = 4
RESTS = (1, 3)
"""The rounds after which all comes to rest: people do something with deals that they have seen."""
FAULT_TIMES = 3
MOST_MOMENTS = 40
ATTEMPTS = 120
"""So often a failing plan is tried to be made smaller."""


@dataclass(frozen=True)
class Trouble:
    """What goes wrong in one round: faults by provider, and the moments at which the mover is killed, in turn."""

    faults: Mapping[str, Sequence[Fault]] = field(default_factory=dict)
    kills: tuple[int, ...] = ()


@dataclass(frozen=True)
class Plan:
    """`histories` by their number, which with the seed tells how the bells of each are delivered."""

    seed: str
    by_visit: bool
    histories: Mapping[int, History]
    troubles: tuple[Trouble, ...]
    joined: bool = False
    """Bells that come at one time come as one, as when a provider's hook names many."""

    @staticmethod
    def of(seed: str, histories: int) -> "Plan":
        """Return the plan of a seed, with so many histories."""
        chance = random.Random(seed)
        troubles = [
            Trouble(
                some_faults(chance, FAULT_TIMES) if chance.random() < 0.8 else {},
                tuple(chance.randint(1, MOST_MOMENTS) for _ in range(chance.choice((0, 1, 1, 2, 5)))),
            )
            for _ in range(ROUNDS)
        ]
        lives = {number: history(f"{seed}/{number}", ROUNDS) for number in range(histories)}
        return Plan(seed, chance.random() < 0.5, lives, tuple(troubles), joined=chance.random() < 0.25)

    def delivered(self, number: int, round_: int, bells: Sequence[Bell]) -> Iterator[tuple[float, Bell]]:
        """Yield the bells of a history's round that arrive, with their places in the line of all: some are lost, some
        come twice, none knows of the others.
        """
        chance = random.Random(f"{self.seed}/{number}/{round_}")
        for bell in bells:
            copies = chance.choice((0, 1, 1, 1, 2))
            # A payment that rings for nobody is found by no reading of changes: its bell comes once at least.
            for _ in range(max(copies, bell.is_needed)):
                yield chance.random(), bell

    def __str__(self) -> str:
        lines = [f"seed {self.seed!r}, a deal for a {'visit' if self.by_visit else 'booking'}"]
        lines += ["bells are joined"] if self.joined else []
        for number, trouble in enumerate(self.troubles):
            lines.append(f"round {number}" + (", then rest" if number in RESTS else ""))
            for life, rounds in self.histories.items():
                if rounds[number]:
                    lines.append(f"  {life}: " + "; ".join(" ".join(map(str, step)) for step in rounds[number]))
            faults = [f"{side} {fault}" for side, theirs in trouble.faults.items() for fault in theirs]
            lines += [f"  fault: {one}" for one in faults]
            lines += [f"  killed at moment {moment}" for moment in trouble.kills]
        return "\n".join(lines)


def shrunk(plan: Plan, fails: Callable[[Plan], bool]) -> Plan:
    """Return the smallest plan found that still fails."""
    left = ATTEMPTS
    is_smaller = True
    while is_smaller and left > 0:
        is_smaller = False
        for candidate in _smaller(plan):
            left -= 1
            if fails(candidate):
                plan, is_smaller = candidate, True
                break
            if left <= 0:
                break
    return plan


def _smaller(plan: Plan) -> Iterator[Plan]:
    numbers = list(plan.histories)
    size = len(numbers) // 2
    while size:
        for start in range(0, len(numbers), size):
            without = set(numbers[start : start + size])
            yield replace(plan, histories={one: plan.histories[one] for one in numbers if one not in without})
        size //= 2
    for number, trouble in enumerate(plan.troubles):
        lighter = [Trouble(), Trouble(trouble.faults), Trouble(kills=trouble.kills)]
        for side, faults in trouble.faults.items():
            lighter += [
                replace(trouble, faults={**trouble.faults, side: [one for one in faults if one is not fault]})
                for fault in faults
            ]
        for one in lighter:
            if one != trouble:
                yield replace(plan, troubles=(*plan.troubles[:number], one, *plan.troubles[number + 1 :]))
    for life, rounds in plan.histories.items():
        for number, steps in enumerate(rounds):
            for place in range(len(steps)):
                fewer = (*rounds[:number], (*steps[:place], *steps[place + 1 :]), *rounds[number + 1 :])
                yield replace(plan, histories={**plan.histories, life: fewer})
