"""Stand-ins for what the providers' clients are given."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from bookdeal.runtime.clock import Deadline
from bookdeal.runtime.limiter import Lane, Rate


@dataclass
class SpyLimiter:
    """Grants everything and remembers what was asked."""

    asked: list[tuple[Sequence[Rate], Lane]] = field(default_factory=list)
    penalties: list[tuple[str, float]] = field(default_factory=list)

    def acquire(self, rates: Sequence[Rate], lane: Lane, deadline: Deadline) -> None:
        self.asked.append((rates, lane))

    def penalise(self, rate: Rate, seconds: float) -> None:
        self.penalties.append((rate.key, seconds))


@dataclass
class SpyTokens:
    """Gives the first token until it is rejected, then the next one, and so on."""

    given: list[str] = field(default_factory=lambda: ["token-1", "token-2"])
    rejections: int = 0

    def access(self) -> str:
        return self.given[min(self.rejections, len(self.given) - 1)]

    def rejected(self) -> None:
        self.rejections += 1
