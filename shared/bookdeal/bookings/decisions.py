"""Decisions: what was done to a deal, by which rule, and what was skipped and why."""

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bookdeal.model.deal import Place
from bookdeal.runtime.store import Item, Table, Write

KEPT_SECONDS = 90 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision about one deal. Codes and ids only: the reader's screen has the words.

    `event` is what set it off, `rule` which rule spoke, `fields` the codes of the fields written, `skipped` why a stage
    that the rules wanted was not written. `at` in unix seconds. `why` tells which rules were tried and what each of
    their conditions met (`rules.Explanation.to_json`), None where no conditions were asked.
    """

    deal: int
    location: int
    booking: int
    event: str
    rule: str
    before: Place | None
    after: Place | None
    fields: tuple[str, ...]
    skipped: str | None
    at: float
    correlation_id: str
    why: Mapping[str, object] | None = None


class Decisions:
    """One installation's decisions, kept 90 days, newest last within a deal."""

    def __init__(self, table: Table, installation: str) -> None:
        """Bind the table to one installation."""
        self._table = table
        self._installation = installation

    def record(self, decision: Decision) -> Write:
        """Return the write of one decision."""
        key = f"deal#{decision.deal}#{int(decision.at * 1000):013d}{secrets.token_hex(3)}"
        item: Item = {
            "installation": self._installation,
            "key": key,
            "location": decision.location,
            "booking": decision.booking,
            "event": decision.event,
            "rule": decision.rule,
            "before": _place(decision.before),
            "after": _place(decision.after),
            "fields": list(decision.fields),
            "skipped": decision.skipped,
            "at": int(decision.at),
            "correlation_id": decision.correlation_id,
            "expires_at": int(decision.at) + KEPT_SECONDS,
        }
        if decision.why is not None:
            item["why"] = dict(decision.why)
        return self._table.putting(item)

    def all(self, after: str = "") -> Iterator[Item]:
        """Yield all decisions as stored whose keys follow `after`, deal by deal, oldest first within a deal."""
        return self._table.query(self._installation, "deal#", after=after)

    def of_deal(self, deal: int) -> list[Item]:
        """Return a deal's decisions as stored, oldest first."""
        return list(self._table.query(self._installation, f"deal#{deal}#"))

    def forget(self, deal: int, booking: tuple[int, int]) -> None:
        """Remove what was decided about a deal for one of its bookings (location, booking id)."""
        theirs = [item for item in self.of_deal(deal) if (item["location"], item["booking"]) == booking]
        self._table.store.transact([[self._table.deleting(self._installation, str(item["key"]))] for item in theirs])


def _place(place: Place | None) -> list[int] | None:
    return [place.pipeline, place.stage] if place else None
