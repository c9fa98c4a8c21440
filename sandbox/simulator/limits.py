"""Request limits per client address, as sliding windows."""

from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from .answers import ControlError
from .clock import Clock

REFUSALS_COUNTED_FOR = 60.0


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request is refused: over a limit, or its address blocked; `wait`: seconds until one would pass."""

    kind: Literal["limited", "blocked"]
    wait: float


class Limits:
    """The limits in force and what each address has used of them.

    `per_second` and `per_minute` count accepted requests (None: no such limit). An address that is refused more than
    `block_after` times within a minute is blocked for `block_seconds` (None: never). `extras` are further settings of
    one simulator, with their defaults; `POST /limits` may set each of them.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        per_second: float | None,
        per_minute: float | None,
        block_after: int | None = None,
        block_seconds: float = 60.0,
        extras: Mapping[str, Any] | None = None,
    ) -> None:
        self._clock = clock
        self._defaults: dict[str, Any] = {
            "enforce": True,
            "per_second": per_second,
            "per_minute": per_minute,
            "search_lag_seconds": 0.0,
            "block_after": block_after,
            "block_seconds": block_seconds,
            **(extras or {}),
        }
        self.settings: dict[str, Any] = dict(self._defaults)
        self._accepted: defaultdict[str, deque[float]] = defaultdict(deque)
        self._refused: defaultdict[str, deque[float]] = defaultdict(deque)
        self._blocked_until: dict[str, float] = {}

    def update(self, given: Any) -> None:
        """Change the settings named in `POST /limits`; all windows start empty."""
        if not isinstance(given, dict):
            raise ControlError("an object is expected")
        if unknown := set(given) - set(self.settings):
            raise ControlError(f"unknown limits {sorted(unknown)}; known: {sorted(self.settings)}")
        self.settings.update(given)
        self._forget()

    def reset(self) -> None:
        """Back to the settings of the start."""
        self.settings = dict(self._defaults)
        self._forget()

    @property
    def search_lag_seconds(self) -> float:
        """How long a write stays unseen by full-text search."""
        return float(self.settings["search_lag_seconds"] or 0.0)

    def admit(self, address: str) -> Refusal | None:
        """Count a request of `address`, or say why it is refused."""
        if not self.settings["enforce"]:
            return None
        now = self._clock.present()
        if (until := self._blocked_until.get(address, 0.0)) > now:
            return Refusal("blocked", until - now)
        accepted = self._accepted[address]
        if accepted and accepted[-1] > now:  # the clock was shifted back
            accepted.clear()
        while accepted and accepted[0] <= now - 60.0:
            accepted.popleft()
        wait = max(self._wait(accepted, now, 1.0, "per_second"), self._wait(accepted, now, 60.0, "per_minute"))
        if wait <= 0:
            accepted.append(now)
            return None
        self._note_refusal(address, now)
        return Refusal("limited", wait)

    def _wait(self, accepted: deque[float], now: float, window: float, setting: str) -> float:
        limit = self.settings[setting]
        if limit is None or len(accepted) < limit:
            return 0.0
        if limit < 1:
            return window
        # The request may pass when the one `limit` places back has left the window.
        return accepted[-int(limit)] + window - now

    def _note_refusal(self, address: str, now: float) -> None:
        if self.settings["block_after"] is None:
            return
        refused = self._refused[address]
        refused.append(now)
        while refused[0] <= now - REFUSALS_COUNTED_FOR:
            refused.popleft()
        if len(refused) > self.settings["block_after"]:
            self._blocked_until[address] = now + float(self.settings["block_seconds"])
            refused.clear()

    def _forget(self) -> None:
        self._accepted.clear()
        self._refused.clear()
        self._blocked_until.clear()
