"""What a function's runs cost, added up from the lines that they log."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

APPLIED = ("Links", "Decisions", "Parked")
"""The tables that hold what was done about a booking. The others cost per run or per request, not per booking."""


@dataclass(frozen=True, slots=True)
class Spent:
    """The sum over some runs: times in milliseconds, items by table, answers keyed "provider METHOD /route"."""

    runs: int = 0
    duration_ms: float = 0.0
    cpu_ms: float = 0.0
    waited_ms: float = 0.0
    answered_ms: Counter[str] = field(default_factory=Counter)
    reads: Counter[str] = field(default_factory=Counter)
    writes: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)

    @staticmethod
    def of(lines: Iterable[Mapping[str, Any]], table_names: Mapping[str, str]) -> "Spent":
        """Add up log lines; `table_names` maps the tables' names in AWS to the template's."""
        known = list(lines)

        def total(key: str) -> Counter[str]:
            counts: Counter[str] = Counter()
            for line in known:
                counts.update(line.get(key, {}))
            return counts

        def by_table(key: str) -> Counter[str]:
            return Counter({table_names[name]: count for name, count in total(key).items()})

        return Spent(
            runs=len(known),
            duration_ms=sum(line["duration_ms"] for line in known),
            cpu_ms=sum(line["cpu_ms"] for line in known),
            waited_ms=sum(line.get("waited_ms", 0) for line in known),
            answered_ms=total("answered_ms"),
            reads=by_table("reads"),
            writes=by_table("writes"),
            outcomes=Counter(line["outcome"] for line in known),
        )

    @property
    def applied(self) -> int:
        """Items written about bookings."""
        return sum(self.writes[table] for table in APPLIED)

    def shares(self) -> dict[str, float]:
        """Where the time of the runs went, in milliseconds; the parts add up to `duration_ms`."""
        parts: Counter[str] = Counter()
        for key, spent in self.answered_ms.items():
            provider, _, request = key.partition(" ")
            if provider == "tables":
                parts["tables"] += spent
            elif provider == "altegio":
                parts["reading Altegio"] += spent
            else:
                parts["reading Kommo" if request.startswith("GET ") else "writing Kommo"] += spent
        parts["waiting for the request budget"] = round(self.waited_ms)
        named = ("reading Altegio", "reading Kommo", "writing Kommo", "tables", "waiting for the request budget")
        shares = {name: float(parts[name]) for name in named}
        return {**shares, "own computing in between": max(0.0, self.duration_ms - sum(shares.values()))}
