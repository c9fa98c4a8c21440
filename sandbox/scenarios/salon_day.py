"""A day of a salon as a list of timed actions: who confirms, comes, pays, moves, cancels or stays away.

`salon_day` only decides what happens and when; the simulator carries it out as the salon's own screens would.
"""

import random
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

SPACING = 60.0
MINUTE = 60
HOUR = 60 * MINUTE


class Kind(StrEnum):
    """What happens to a booking."""

    CONFIRM = "confirm"
    ARRIVE = "arrive"
    NO_SHOW = "no_show"
    PAY = "pay"
    RESCHEDULE = "reschedule"
    CANCEL = "cancel"
    RESTORE = "restore"
    BOOK_ONLINE = "book_online"
    WALK_IN = "walk_in"


@dataclass(frozen=True, slots=True)
class Slot:
    """A booking as the day begins: its id, start and end as seconds of the day, whether it is confirmed."""

    booking: int
    starts: int
    ends: int
    confirmed: bool


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that happens `after` seconds from the beginning at speed 1.

    `booking` is an id, or 0 for a booking that is made during the day: then `guest` names it, 1, 2, 3 …
    """

    after: float
    kind: Kind
    booking: int = 0
    guest: int = 0


# How bookings go, in turn; the numbers in `_story` place each step in the day.
STORIES = (
    (Kind.CONFIRM, Kind.ARRIVE, Kind.PAY),
    (Kind.CONFIRM, Kind.ARRIVE, Kind.PAY),
    (Kind.ARRIVE, Kind.PAY),
    (Kind.CONFIRM, Kind.RESCHEDULE, Kind.ARRIVE, Kind.PAY),
    (Kind.CONFIRM, Kind.NO_SHOW),
    (Kind.CONFIRM, Kind.ARRIVE, Kind.PAY),
    (Kind.CANCEL,),
    (Kind.CONFIRM, Kind.ARRIVE),
    (Kind.CANCEL, Kind.RESTORE, Kind.ARRIVE, Kind.PAY),
)
GUESTS = (
    (Kind.BOOK_ONLINE, Kind.CONFIRM, Kind.ARRIVE, Kind.PAY),
    (Kind.WALK_IN, Kind.PAY),
    (Kind.BOOK_ONLINE, Kind.CANCEL),
    (Kind.WALK_IN, Kind.PAY),
)
LIMIT = 64


def salon_day(slots: Iterable[Slot], seed: int) -> list[Action]:
    """The day's actions in order, `SPACING` seconds apart, the first at once; bookings and seed decide all of it."""
    chance = random.Random(f"{seed}:day")
    steps: list[tuple[float, int, Kind, int, int]] = []
    ordered = sorted(slots, key=lambda one: (one.starts, one.booking))
    # Days with many bookings leave some of them alone, so that a day keeps its length.
    room = LIMIT - sum(len(one) for one in GUESTS)
    for place, slot in enumerate(ordered):
        story = [kind for kind in STORIES[place % len(STORIES)] if not (kind is Kind.CONFIRM and slot.confirmed)]
        if len(story) > room:
            continue
        room -= len(story)
        for step, kind in enumerate(story):
            steps.append((_moment(kind, slot.starts, slot.ends, chance) + step, slot.booking, kind, slot.booking, 0))
    if ordered:
        first, last = ordered[0].starts, max(one.ends for one in ordered)
    else:
        first, last = 9 * HOUR, 19 * HOUR
    for guest, steps_of in enumerate(GUESTS, start=1):
        begins = first + (last - first) * guest / (len(GUESTS) + 1)
        for step, kind in enumerate(steps_of):
            steps.append((begins + step * HOUR * 0.75, 10**12 + guest, kind, 0, guest))
    steps.sort(key=lambda one: one[:2])
    return [Action(place * SPACING, kind, booking, guest) for place, (_, _, kind, booking, guest) in enumerate(steps)]


def _moment(kind: Kind, starts: int, ends: int, chance: random.Random) -> float:
    """Where in the day a step falls, before jitter within the same booking could change its order."""
    jitter = chance.uniform(0, 5 * MINUTE)
    match kind:
        case Kind.CONFIRM:
            return starts - 3 * HOUR + jitter
        case Kind.CANCEL:
            return starts - 2.5 * HOUR + jitter
        case Kind.RESCHEDULE:
            return starts - 2 * HOUR + jitter
        case Kind.RESTORE:
            return starts - 1 * HOUR + jitter
        case Kind.NO_SHOW:
            return starts + 20 * MINUTE + jitter
        case Kind.PAY:
            return max(ends, starts + 10 * MINUTE) + jitter
        case _:
            return starts + jitter
