"""From a hook over its hint to what became of the deal: the board's strip."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from .mirror import Change, Mirror
from .wire import Wire

KEPT = 60
PATIENCE = 10.0
HAND_SECONDS = 15.0
ASKED_SECONDS = 30.0
SLACK = 1.0
DELIVERED, DROPPED = "delivered", "dropped"
BOOKING = "record"
MOVE = ("lead", "status")
MADE, MOVED, CHANGED, SKIPPED, NOTHING = "made", "moved", "changed", "skipped", "nothing"


@dataclass(slots=True)
class Trail:
    """One hook and its consequences.

    `hook` is how its delivery ended; `outcome` is empty while nothing is known: then made, moved, changed, skipped, or
    nothing (there was nothing to do). `seconds` is the time from the hook to the outcome; places are (pipeline, stage).
    """

    id: int
    at: float
    source: str
    resource: str
    action: str
    subject: int
    hook: str
    deal: int = 0
    outcome: str = ""
    before: Sequence[int] | None = None
    after: Sequence[int] | None = None
    rule: str = ""
    skipped: str = ""
    seconds: float = 0.0

    def shown(self, mirror: Mirror) -> Wire:
        """What the page gets."""
        deal = mirror.get(self.deal)
        return {
            "id": self.id,
            "at": self.at,
            "source": self.source,
            "resource": self.resource,
            "action": self.action,
            "subject": self.subject,
            "hook": self.hook,
            "deal": self.deal,
            "name": deal.name if deal else "",
            "outcome": self.outcome,
            "before": self.before,
            "after": self.after,
            "rule": self.rule,
            "skipped": self.skipped,
            "seconds": round(self.seconds, 2),
        }


class Trails:
    """The latest trails."""

    def __init__(self, mirror: Mirror) -> None:
        self.mirror = mirror
        self._trails: dict[int, Trail] = {}
        self._hands: dict[int, float] = {}
        self._next = 1

    def hand(self, deal: int) -> None:
        """Remember that a person is moving a deal on the page: only hooks of such deals are shown for Kommo."""
        self._hands[deal] = time.time()

    def hooks_of_altegio(self, deliveries: Iterable[Wire]) -> None:
        """Note deliveries of Altegio."""
        for one in deliveries:
            self._add("altegio", one, int(one["ids"][0]) if one["ids"] else 0)

    def hooks_of_kommo(self, deliveries: Iterable[Wire]) -> None:
        """Note deliveries of Kommo as far as a person on this page caused them; the others are echoes of the mover."""
        for one in deliveries:
            for number in one["ids"] if (one["resource"], one["action"]) == MOVE else ():
                if one["at"] - self._hands.get(number, 0.0) < HAND_SECONDS:
                    self._add("kommo", one, number)

    def _add(self, source: str, delivery: Wire, subject: int) -> None:
        trail = Trail(
            id=self._next,
            at=delivery["at"],
            source=source,
            resource=str(delivery["resource"]),
            action=str(delivery["action"]),
            subject=subject,
            hook=str(delivery["outcome"]),
            deal=subject if source == "kommo" else 0,
        )
        self._next += 1
        self._trails[trail.id] = trail
        while len(self._trails) > KEPT:
            del self._trails[next(iter(self._trails))]

    def deals_to_ask_about(self, now: float, most: int) -> list[int]:
        """Deals of trails that wait for a decision, the latest first."""
        found: dict[int, None] = {}
        for trail in reversed(self._trails.values()):
            fresh = now - trail.at - trail.seconds < ASKED_SECONDS
            if fresh and not trail.rule and (deal := self._deal_of(trail)):
                found[deal] = None
        return list(found)[:most]

    def settle_by_deals(self, changes: Iterable[Change], now: float) -> None:
        """Say of each trail that waits for it what was just seen to happen to its deal."""
        by_deal = {one.after.id: one for one in changes}
        for trail in self._trails.values():
            change = by_deal.get(self._deal_of(trail))
            if trail.outcome or change is None or trail.source == "kommo":
                continue
            trail.deal, trail.seconds = change.after.id, now - trail.at
            trail.after = change.after.place
            trail.before = change.before.place if change.before else None
            if change.before is None:
                trail.outcome = MADE
            else:
                trail.outcome = CHANGED if change.before.place == change.after.place else MOVED

    def settle_by_decisions(self, deal: int, decisions: Sequence[Wire]) -> None:
        """Add what Bookdeal decided about a deal: the first decision after the hook."""
        for trail in self._trails.values():
            if trail.rule or self._deal_of(trail) != deal:
                continue
            decision = next((one for one in reversed(decisions) if one["at"] >= trail.at - SLACK), None)
            if decision is not None:
                self._apply(trail, deal, decision)

    def _apply(self, trail: Trail, deal: int, decision: dict[str, Any]) -> None:
        trail.deal, trail.rule = deal, str(decision["rule"] or "")
        trail.skipped = str(decision["skipped"] or "")
        trail.seconds = max(0.0, decision["at"] - trail.at)
        trail.before, trail.after = decision["before"], decision["after"] or decision["before"]
        if trail.skipped:
            trail.outcome = SKIPPED
        elif trail.before is None:
            trail.outcome = MADE
        else:
            trail.outcome = MOVED if trail.before != trail.after else CHANGED

    def give_up(self, now: float) -> None:
        """Trails whose hook came in long ago changed nothing; a lost hook waits on for the sweep."""
        for trail in self._trails.values():
            if not trail.outcome and trail.hook == DELIVERED and now - trail.at > PATIENCE:
                trail.outcome = NOTHING

    def shown(self) -> dict[str, Wire]:
        """The trails by id."""
        return {str(number): trail.shown(self.mirror) for number, trail in self._trails.items()}

    def _deal_of(self, trail: Trail) -> int:
        if trail.deal or trail.resource != BOOKING:
            return trail.deal
        deal = self.mirror.of_booking(trail.subject)
        return deal.id if deal else 0
