"""The simulator's time: real time plus a shift, and things that happen at a moment of it."""

import asyncio
import heapq
import itertools
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

log = logging.getLogger(__name__)

# Set while a late commit runs: what it stamps must carry the moment at which the request came in.
_as_of: ContextVar[float | None] = ContextVar("as_of", default=None)


class Clock:
    """Unix time plus `shift_seconds`; everything a simulator stamps, expires or retries goes by it."""

    def __init__(self) -> None:
        self.shift_seconds = 0.0
        self._listeners: list[Callable[[], None]] = []

    def now(self) -> float:
        """The moment to stamp with: the present, or the moment of the request inside a late commit."""
        moment = _as_of.get()
        return self.present() if moment is None else moment

    def stamp(self) -> int:
        """`now` in whole unix seconds, as the providers write it."""
        return int(self.now())

    def present(self) -> float:
        """The present moment, also inside a late commit: for schedules and expiry."""
        return time.time() + self.shift_seconds

    def shift(self, seconds: float) -> None:
        """Let the clock run `seconds` ahead of real time (negative: behind); replaces the former shift."""
        self.shift_seconds = seconds
        for listener in self._listeners:
            listener()

    def on_shift(self, listener: Callable[[], None]) -> None:
        """Call `listener` after every shift."""
        self._listeners.append(listener)

    @contextmanager
    def as_of(self, moment: float) -> Iterator[None]:
        """Inside, `now` and `stamp` are `moment`."""
        token = _as_of.set(moment)
        try:
            yield
        finally:
            _as_of.reset(token)


class Timetable:
    """Calls functions at moments of the simulator's clock, so that a shifted clock brings them forward."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._entries: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._changed = asyncio.Event()
        clock.on_shift(self._changed.set)

    def at(self, moment: float, call: Callable[[], None]) -> None:
        """Call `call` when the clock shows `moment` (unix seconds); equal moments keep their order."""
        heapq.heappush(self._entries, (moment, next(self._order), call))
        if self._entries[0][2] is call:
            self._changed.set()

    def after(self, seconds: float, call: Callable[[], None]) -> None:
        """Call `call` in `seconds` of the clock."""
        self.at(self._clock.present() + seconds, call)

    def clear(self) -> None:
        """Forget everything that has not happened yet."""
        self._entries.clear()

    async def run(self) -> None:
        """Work the entries off until cancelled."""
        while True:
            self._changed.clear()
            while self._entries and self._entries[0][0] <= self._clock.present():
                self._call(heapq.heappop(self._entries)[2])
            wait = max(0.0, self._entries[0][0] - self._clock.present()) if self._entries else None
            try:
                async with asyncio.timeout(wait):
                    await self._changed.wait()
            except TimeoutError:
                continue

    def _call(self, call: Callable[[], None]) -> None:
        try:
            call()
        except Exception:
            log.exception("an entry of the timetable failed")
