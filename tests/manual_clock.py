"""A clock for tests: time passes only when somebody sleeps or moves it."""

from dataclasses import dataclass, field


@dataclass
class ManualClock:
    seconds: float = 1_760_000_000.0
    slept: list[float] = field(default_factory=list)

    def now(self) -> float:
        return self.seconds

    def monotonic(self) -> float:
        return self.seconds - 1_000_000_000.0

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += max(seconds, 0.0)

    def move(self, seconds: float) -> None:
        self.seconds += seconds
