"""The sweep: every installation is read again now and then, whether a webhook rang or not, and looked after."""

from bookdeal.installs.installation import ACCESS, CONSENT, STATE
from bookdeal.model.hint import Hint, HintKind
from bookdeal.runtime.clock import Clock
from bookdeal.runtime.errors import Conflict
from bookdeal.runtime.queue import Hints
from bookdeal.runtime.store import Table

RING_AGAIN = 120
"""Seconds after which the sweep rings again for a consent, or for a look at access, that nobody has answered."""

DUE = "due"
"""The index of the installations table by what is due when."""


def sweep(
    installations: Table, hints: Hints, clock: Clock, *, interval: float, correlation_id: str, all_of_them: bool = False
) -> int:
    """Ring for every installation that is due, or for all; return how many. Whose access is due is rung for besides.

    `interval` is the time in seconds until the same installation is due again. The bell is rung before the next time
    is set: a sweep that is cut off rings twice rather than never.
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
