"""Requests that a provider received from Bookdeal, second by second."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

SECONDS = 60
TOO_MANY = 429
FIRST_FAILURE = 500


class Traffic:
    """Counts one provider's requests; the administrator's own (this board's) are left out."""

    def __init__(self, per_second: float | None) -> None:
        """`per_second` is the provider's limit."""
        self._per_second = per_second
        self._seconds: Counter[int] = Counter()
        self._total = self._limited = self._failed = 0

    def add(self, requests: Iterable[dict[str, Any]]) -> None:
        """Count requests as the simulator's journal lists them."""
        for one in requests:
            if one["administrator"]:
                continue
            self._total += 1
            self._seconds[int(one["at"])] += 1
            self._limited += one["status"] == TOO_MANY
            self._failed += one["status"] >= FIRST_FAILURE or one["status"] == 0

    def shown(self, now: float) -> dict[str, Any]:
        """What the page gets; `seconds` are the counts of the last minute, the present second last."""
        last = int(now)
        for second in [one for one in self._seconds if one <= last - SECONDS]:
            del self._seconds[second]
        return {
            "total": self._total,
            "limited": self._limited,
            "failed": self._failed,
            "limit": self._per_second,
            "seconds": [self._seconds[second] for second in range(last - SECONDS + 1, last + 1)],
        }
