"""A history is data, made from a seed: rounds of steps, each of which is something that a person does."""

import random
from collections.abc import Callable
from typing import Any, NamedTuple

from tests.sides import ARRIVED, BERTA, BLOW_DRY, COLOURING, CONFIRMED, DANI, ELENA, HAIRCUT, NO_SHOW, WAITING

BOOKINGS = 3
PEOPLE = 2
STATUSES = (WAITING, CONFIRMED, ARRIVED, NO_SHOW)
SERVICES = (HAIRCUT, COLOURING, BLOW_DRY)
DAYS = (2, 3, 4)
"""Few days, so that bookings of one visit are common."""


class Step(NamedTuple):
    """What happens to which booking (which of those that there are), and a detail of it."""

    what: str
    which: int
    detail: Any = None


type Round = tuple[Step, ...]
type History = tuple[Round, ...]


def _time(chance: random.Random) -> tuple[int, int]:
    return chance.choice(DAYS), chance.randint(9, 18)


DETAILS: dict[str, tuple[int, Callable[[random.Random], Any]]] = {
    "book": (5, lambda chance: (chance.randrange(PEOPLE), *_time(chance), chance.choice(SERVICES))),
    "reschedule": (4, _time),
    "employee": (2, lambda chance: chance.choice((BERTA, DANI, ELENA))),
    "services": (2, lambda chance: chance.sample(SERVICES, chance.randint(0, 3))),
    "client": (2, lambda chance: chance.randrange(PEOPLE)),
    "status": (6, lambda chance: chance.choice(STATUSES)),
    "cancel": (3, lambda _: None),
    "restore": (3, lambda _: None),
    "pay": (2, lambda chance: chance.randint(0, 10)),
    "phone": (1, lambda _: None),
    "move": (3, lambda _: None),
    "delete": (1, lambda _: None),
    "merge": (1, lambda _: None),
    "give": (1, lambda chance: chance.randrange(BOOKINGS)),
}
"""How often each kind of step is taken, and what it needs beside the booking.

`move`, `delete`, `merge` and `give` are done in Kommo: to the booking's deal, to its contact (a person merges it with
one made by hand), and by asking for the booking to be put on another one's deal.
"""
KINDS, WEIGHTS = list(DETAILS), [weight for weight, _ in DETAILS.values()]


def history(seed: str, rounds: int) -> History:
    """Return the history of a seed. It begins with a booking."""
    chance = random.Random(seed)

    def step(what: str) -> Step:
        return Step(what, chance.randrange(BOOKINGS), DETAILS[what][1](chance))

    made = [[step(what) for what in chance.choices(KINDS, WEIGHTS, k=chance.randint(0, 4))] for _ in range(rounds)]
    made[0].insert(0, step("book"))
    return tuple(map(tuple, made))
