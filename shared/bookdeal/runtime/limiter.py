"""The request budget: everything that runs, wherever it runs, keeps a provider's limit together.

One number per key in DynamoDB, the theoretical arrival time `tat` in milliseconds (GCRA): the moment at which the
budget is whole again. Each request moves it on by one interval; how far it lies ahead is the queue, and so the wait.
The number only ever grows, so what a process saw last tells it which write to try first, and when none is worth
trying. Two conditional writes do it: one joins a queue, the other begins a new one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from math import ceil
from typing import NamedTuple

from bookdeal.runtime.clock import Clock, Deadline
from bookdeal.runtime.errors import Conflict, RateLimited
from bookdeal.runtime.observe import Counters
from bookdeal.runtime.store import Table

_ATTEMPTS = 12
_KEPT_SECONDS = 3600


class Lane(Enum):
    """Who asks. The value is the longest queue, in milliseconds, that such a request joins.

    That of bulk work is a little longer than one interval of the slowest budget: one request may follow another, but
    any queue of others makes it wait.
    """

    PERSON = 5000
    LIVE = 2000
    BULK = 500


@dataclass(frozen=True, slots=True)
class Rate:
    """A budget: one unit each `interval_ms`, up to `burst` at once when it has been idle; a request takes `cost`.

    `key` begins with "rate#" and says whose budget it is.
    """

    key: str
    interval_ms: int
    burst: int = 1
    cost: int = 1

    @staticmethod
    def per(seconds: float, units: float, key: str, *, burst: int = 1, cost: int = 1) -> "Rate":
        """Return the rate of that many units in that many seconds, rounded to the careful side."""
        return Rate(key, ceil(seconds * 1000 / units), burst, cost)

    def seconds(self, units: int) -> float:
        """Return the seconds in which so many units are granted, when nothing else is asked for."""
        return max(0, units - self.burst) * self.interval_ms / 1000


class Step(Enum):
    """What to do about a request."""

    BEGIN = "begin"
    JOIN = "join"
    REFUSE = "refuse"


class Place(NamedTuple):
    """A request's place: when it may go, the `tat` it leaves behind (unchanged when refused), in unix milliseconds."""

    step: Step
    slot: int
    tat: int


def place(tat: int | None, now: int, rate: Rate, tolerance_ms: int) -> Place:
    """Return a request's place in the queue that `tat` stands for (None: no queue yet), all in unix milliseconds."""
    taken = rate.cost * rate.interval_ms
    if tat is None or tat < now:
        return Place(Step.BEGIN, now, now + taken)
    slot = max(now, tat + taken - rate.burst * rate.interval_ms)
    if slot - now > tolerance_ms:
        return Place(Step.REFUSE, slot, tat)
    return Place(Step.JOIN, slot, tat + taken)


@dataclass(slots=True)
class Limiter:
    """Grants requests their time. `scratch` is keyed by `key`; each item has `tat` and, for clean-up, `expires_at`.

    `seen` is what was last seen of each key; one that outlives the unit of work saves writes.
    """

    scratch: Table
    clock: Clock
    counters: Counters
    seen: dict[str, int] = field(default_factory=dict)

    def acquire(self, rates: Sequence[Rate], lane: Lane, deadline: Deadline) -> None:
        """Return when a request may be sent; order the rates from the narrowest budget to the widest.

        Each budget is waited for before the next is asked, so that the widest, which many share, is exact. Raises
        RateLimited with the wait in seconds when the queue is longer than the lane or the deadline allows; budgets
        asked before keep what they gave. Raises Transient when the table cannot be asked.
        """
        for rate in rates:
            tolerance = min(lane.value, int(deadline.remaining() * 1000))
            wait = self._reserve(rate, tolerance) / 1000 - self.clock.now()
            if wait > 0:
                self.counters.waited_ms += round(wait * 1000)
                self.clock.sleep(wait)

    def penalise(self, rate: Rate, seconds: float) -> None:
        """Let nobody spend this budget for that many seconds: the provider has said that it is overspent."""
        tat = self._now() + round(seconds * 1000) + rate.burst * rate.interval_ms
        try:
            self.scratch.update(
                rate.key,
                change="SET #tat = :tat, #expires_at = :expires_at",
                when="attribute_not_exists(#tat) OR #tat < :tat",
                values={"tat": tat, "expires_at": tat // 1000 + _KEPT_SECONDS},
            )
            self.seen[rate.key] = tat
        except Conflict as conflict:
            self._remember(rate, conflict)

    def _reserve(self, rate: Rate, tolerance_ms: int) -> int:
        """Take a place in the rate's queue and return its slot in unix milliseconds."""
        for _ in range(_ATTEMPTS):
            now = self._now()
            expected = place(self.seen.get(rate.key), now, rate, tolerance_ms)
            if expected.step is Step.REFUSE:
                raise RateLimited("budget", wait=(expected.slot - now) / 1000)
            try:
                return self._begin(rate, now) if expected.step is Step.BEGIN else self._join(rate, now, tolerance_ms)
            except Conflict as conflict:
                self._remember(rate, conflict)
        raise RateLimited("budget", wait=1.0)

    def _begin(self, rate: Rate, now: int) -> int:
        tat = now + rate.cost * rate.interval_ms
        self.scratch.update(
            rate.key,
            change="SET #tat = :tat, #expires_at = :expires_at",
            when="attribute_not_exists(#tat) OR #tat < :now",
            values={"tat": tat, "now": now, "expires_at": tat // 1000 + _KEPT_SECONDS},
        )
        self.seen[rate.key] = tat
        return now

    def _join(self, rate: Rate, now: int, tolerance_ms: int) -> int:
        taken = rate.cost * rate.interval_ms
        latest = now + tolerance_ms + rate.burst * rate.interval_ms - taken
        item = self.scratch.update(
            rate.key,
            change="SET #tat = #tat + :taken, #expires_at = :expires_at",
            when="#tat BETWEEN :now AND :latest",
            values={"taken": taken, "now": now, "latest": latest, "expires_at": latest // 1000 + _KEPT_SECONDS},
        )
        self.seen[rate.key] = tat = int(item["tat"])
        return max(now, tat - rate.burst * rate.interval_ms)

    def _remember(self, rate: Rate, conflict: Conflict) -> None:
        if conflict.item is None:
            self.seen.pop(rate.key, None)
        else:
            self.seen[rate.key] = int(conflict.item["tat"])

    def _now(self) -> int:
        return int(self.clock.now() * 1000)
