"""Making things in Kommo once: in batches, each written down before it is tried and settled with what came of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from bookdeal.bookings.intents import SECOND_LOOK, Intent, Intents, Making
from bookdeal.runtime.clock import Clock, Deadline
from bookdeal.runtime.errors import BatchTooHeavy, RateLimited, Refusal, Rejected, Transient, UnknownOutcome

MOST_AT_ONCE = 250
"""Entities that Kommo takes in one request."""


@dataclass(slots=True)
class BatchSize:
    """How many entities go into one request: doubled while Kommo answers, halved when Kommo gives up."""

    size: int

    def grow(self, used: int) -> None:
        """Grow after an answer to a full batch."""
        if used >= self.size:
            self.size = min(MOST_AT_ONCE, self.size * 2)

    def shrink(self, used: int) -> None:
        """Halve after a batch of this size was too much."""
        self.size = max(1, used // 2)


@dataclass(slots=True)
class Maker:
    """Makes batches of one installation.

    `find` looks among the newest entities for what an intent may have made, takes it over, and returns its marks.
    `uncertain` are the marks, by kind, of what may still turn up: nothing must be made for them yet.
    """

    intents: Intents
    find: Mapping[Making, Callable[[Intent], set[str]]]
    batch: BatchSize
    clock: Clock
    deadline: Deadline
    margin: float
    uncertain: dict[Making, set[str]] = field(default_factory=lambda: {making: set() for making in Making})

    def settle_open(self) -> None:
        """Find out what became of batches that were begun and never answered."""
        for intent in self.intents.open():
            self._settle(intent)

    def make[T](
        self,
        making: Making,
        wanted: Mapping[str, T],
        create: Callable[[Sequence[T]], Mapping[str, int]],
        take: Callable[[Mapping[str, int], Intent], None],
    ) -> dict[str, Refusal]:
        """Make what is wanted, by mark; `take` stores each answered batch and settles its intent.

        Returns the refused marks and why. A mark that is neither taken nor refused is uncertain or was found again:
        its booking has to be read again. Raises RateLimited or Transient when nothing more can be done for now.
        """
        refused: dict[str, Refusal] = {}
        pending = [mark for mark in wanted if mark not in self.uncertain[making]]
        while pending:
            self.deadline.check(self.margin)
            chunk = pending[: self.batch.size]
            intent = self.intents.begin(making, chunk, self.clock.now())
            try:
                made = create([wanted[mark] for mark in chunk])
            except (RateLimited, Transient):
                self.intents.keep(intent, ())
                raise
            except Rejected as error:
                found = self._look_once(intent)
                named = {mark: refusal for mark, refusal in error.elements.items() if mark in chunk}
                if not named and len(chunk) == 1:
                    named = {chunk[0]: Refusal(error.reason)}
                elif not named:
                    self.batch.shrink(len(chunk))
                refused.update({str(mark): refusal for mark, refusal in named.items()})
                pending = [mark for mark in pending if mark not in refused and mark not in found]
            except UnknownOutcome as error:
                if isinstance(error, BatchTooHeavy):
                    self.batch.shrink(len(chunk))
                self._settle(intent)
                pending = pending[len(chunk) :]
            else:
                self.batch.grow(len(chunk))
                take({mark: made[mark] for mark in chunk if mark in made}, intent)
                pending = pending[len(chunk) :]
        return refused

    def _look_once(self, intent: Intent) -> set[str]:
        """A refused batch should have made nothing; this makes sure, and settles it (contract §1.2 infers it only)."""
        found = self.find[intent.making](intent)
        self.intents.keep(intent, ())
        return found

    def _settle(self, intent: Intent) -> None:
        """Look for what an intent has made; keep what may still turn up until it was looked for twice."""
        found = self.find[intent.making](intent)
        missing = [mark for mark in intent.marks if mark not in found]
        now = self.clock.now()
        if missing and not intent.looked_at:
            intent = self.intents.looked(intent, now)
        elif missing and now - intent.looked_at >= SECOND_LOOK:
            missing = []
        self.intents.keep(intent, missing)
        self.uncertain[intent.making].update(missing)
