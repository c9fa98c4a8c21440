"""The sweep: every installation is read again now and then, whether a webhook rang or not, and looked after.

How soon again, the mover says when a run ends (`next_sweep`); until it has, the sweep's own interval counts.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

from bookdeal.installs.installation import ACCESS, CONSENT, STATE
from bookdeal.model.booking import Location
from bookdeal.model.hint import Hint, HintKind
from bookdeal.runtime.clock import Clock
from bookdeal.runtime.errors import Conflict
from bookdeal.runtime.queue import Hints
from bookdeal.runtime.store import Table

RING_AGAIN = 120
"""Seconds after which the sweep rings again for a consent, or for a look at access, that nobody has answered."""

SHORTEST, LONGEST = 60, 1800
"""Seconds between two sweeps of an installation, whatever speaks for more or for less."""

LATELY = 900
"""So long, in seconds, a bell or a missed change says something about how it is now."""

SECONDS_A_LOCATION = 3
"""An installation with so many locations that reading them takes more than a request in this time is swept less."""

OPENS, CLOSES = time(7), time(22)
"""When somebody may work at a location, by its own clock: wide, for opening hours would cost requests to know."""

DUE = "due"
"""The index of the installations table by what is due when."""


@dataclass(frozen=True, slots=True)
class Lately:
    """What an installation was like. `rung_at` is when a location last rang, `missed_at` when a sweep last found what
    should have rung (unix seconds, 0 never). `is_open`: somebody may be at work at one of its `locations`.
    `is_unheard`: Kommo cannot ring.

    `was_put_off`: the run had to end because the request budget was spent or a provider could not be reached.
    """

    rung_at: int
    missed_at: int
    is_open: bool
    is_unheard: bool
    locations: int
    was_put_off: bool


def next_sweep(lately: Lately, now: float, interval: float) -> int:
    """Return the seconds until an installation is swept again; `interval` is meant for one whose hooks are heard.

    Where bells get lost it is swept often, for the sweep is all that it has. What is quiet is swept less.
    """
    if 0 <= now - lately.missed_at < LATELY:
        wanted = interval / 5
    elif 0 <= now - lately.rung_at < LATELY or lately.is_unheard or (lately.is_open and not lately.rung_at):
        wanted = interval
    else:
        wanted = interval * (2 if lately.is_open else 6)
    if lately.was_put_off:
        wanted *= 2
    return int(min(LONGEST, max(SHORTEST, SECONDS_A_LOCATION * lately.locations, wanted)))


def is_any_open(locations: Iterable[Location], now: float) -> bool:
    """Tell whether somebody may be at work at one of these locations."""
    clocks = (datetime.fromtimestamp(now, ZoneInfo(location.timezone or "UTC")).time() for location in locations)
    return any(OPENS <= clock < CLOSES for clock in clocks)


def sweep(
    installations: Table, hints: Hints, clock: Clock, *, interval: float, correlation_id: str, all_of_them: bool = False
) -> int:
    """Ring for every installation that is due, or for all; return how many. Whose access is due is rung for besides.

    `interval` is the time in seconds until the same installation is due again, unless the mover says so. The bell
    is rung before the next time is set: a sweep that is cut off rings twice rather than never.
    """
    now = int(clock.now())
    due = None if all_of_them else ("due_at", now)
    items = list(installations.query_index(DUE, ("part", STATE), at_most=due))
    hints.send(
        Hint(
            kind=HintKind.LOCATION,
            source="sweep",
            installation=str(item["installation"]),
            seen_at=now,
            correlation_id=correlation_id,
        )
        for item in items
    )
    for item in items:
        try:
            installations.update(
                str(item["installation"]),
                STATE,
                change="SET #due_at = :next",
                when="#due_at = :seen",
                values={"next": now + int(interval), "seen": item["due_at"]},
            )
        except Conflict:
            continue  # the mover has just set a time of its own
    _ring_for(installations, hints, ACCESS, HintKind.ACCESS, now, correlation_id)
    _ring_for(installations, hints, CONSENT, HintKind.CONSENT, now, correlation_id)
    return len(items)


def _ring_for(installations: Table, hints: Hints, part: str, kind: HintKind, now: int, correlation_id: str) -> None:
    """Ring for what is due of another part; who answers says when it is due again, else it is after a while."""
    items = list(installations.query_index(DUE, ("part", part), at_most=("due_at", now)))
    hints.send(
        Hint(kind, "sweep", str(item["installation"]), seen_at=now, correlation_id=correlation_id) for item in items
    )
    for item in items:
        try:
            installations.update(
                str(item["installation"]),
                part,
                change="SET #due_at = :next",
                when="#due_at = :seen",
                values={"next": now + RING_AGAIN, "seen": item["due_at"]},
            )
        except Conflict:
            continue
