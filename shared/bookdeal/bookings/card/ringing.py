"""Ringing for bookings that a person has just made or changed, so that their deals follow at once."""

from contextlib import suppress
from dataclasses import dataclass

from bookdeal.model.hint import Hint, HintKind, SeenBooking
from bookdeal.runtime.clock import Clock
from bookdeal.runtime.errors import Transient
from bookdeal.runtime.queue import Hints


@dataclass(frozen=True, slots=True)
class Bell:
    """The bell of one installation. What cannot be rung for is not lost: the location's own hook rings too."""

    hints: Hints
    clock: Clock
    installation: str
    correlation_id: str

    def ring(self, location: int, *bookings: int, changed: str = "", deleted: bool = False) -> None:
        """Ring for bookings of a location; `changed` is their stamp where it is known."""
        if not bookings:
            return
        hint = Hint(
            kind=HintKind.BOOKING,
            source="person",
            installation=self.installation,
            location=location,
            bookings=tuple(SeenBooking(booking, changed, deleted) for booking in bookings),
            seen_at=self.clock.now(),
            correlation_id=self.correlation_id,
        )
        with suppress(Transient):
            self.hints.send([hint])
