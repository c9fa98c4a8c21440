"""Time as something that is handed in, so that tests need not wait and no run outlives its Lambda."""

import time
from dataclasses import dataclass
from typing import Protocol

from bookdeal.runtime.errors import Transient


class Clock(Protocol):
    """Where the time comes from."""

    def now(self) -> float:
        """Return unix seconds."""
        ...

    def monotonic(self) -> float:
        """Return seconds of a clock that never jumps; only differences mean something."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait. Zero and less return at once."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> float:
        """Return unix seconds."""
        return time.time()

    def monotonic(self) -> float:
        """Return seconds of the monotonic clock."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        if seconds > 0:
            time.sleep(seconds)


@dataclass(frozen=True, slots=True)
class Deadline:
    """The moment by which work must have ended, on the monotonic clock."""

    clock: Clock
    at_monotonic: float

    @staticmethod
    def within(clock: Clock, seconds: float) -> "Deadline":
        """Return the deadline that many seconds from now."""
        return Deadline(clock, clock.monotonic() + seconds)

    def remaining(self) -> float:
        """Return the seconds left, 0 when it has passed."""
        return max(0.0, self.at_monotonic - self.clock.monotonic())

    def check(self, margin: float = 0.0) -> None:
        """Raise Transient unless more than `margin` seconds are left."""
        if self.remaining() <= margin:
            raise Transient("deadline")
