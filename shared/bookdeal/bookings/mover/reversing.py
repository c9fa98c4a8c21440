"""A person moves a deal to a stage that stands for a status: the deal's booking gets it, where the settings say so.

Nothing is written down before: what was done is seen by reading the booking, which shows the status or does not. Only
then the move counts as noticed, so that a run which is killed in between begins again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from bookdeal.bookings import rules
from bookdeal.bookings.card.settling import Cancelling
from bookdeal.bookings.deals.holding import read_linked
from bookdeal.bookings.deals.run import Run
from bookdeal.bookings.links import BookingKey, BookingLink
from bookdeal.bookings.rules import Meaning
from bookdeal.bookings.visits import current
from bookdeal.model.booking import BookingStatus
from bookdeal.model.deal import Place
from bookdeal.model.journal import BookingSheet
from bookdeal.runtime.errors import Conflict, NotFound, Rejected, Transient, UnknownOutcome

MOST_TRIES = 5
"""How often a status is tried to be set that nobody answers for."""

STATUS = "STATUS"
"""The code of the booking's status among what a decision has written."""


class Journal(Cancelling, Protocol):
    """Altegio's journal, as setting a status needs it, and finishing what people have left half-done."""

    def sheet(self, location: int, booking: int) -> BookingSheet:
        """Return one booking. Raises NotFound, Rejected."""

    def set_status(self, sheet: BookingSheet, status: BookingStatus) -> tuple[int, ...]:
        """Set a booking's status; return the bookings of the location that this may have reached."""


@dataclass(frozen=True, slots=True)
class Reversal:
    """What came of a person's move: of which booking what was meant, and why that was not written.

    Where nothing was skipped the booking has the status; `written` tells that it was set just now. `reached` are
    bookings that have to be read again.
    """

    booking: BookingKey
    meant: Meaning
    skipped: str | None = None
    written: bool = False
    reached: tuple[BookingKey, ...] = ()


@dataclass(slots=True)
class Reversing:
    """Sets the statuses of bookings whose deals people moved, within one run.

    `is_open` tells whether a location can be worked with. `tries` counts how often each deal was tried before.
    """

    run: Run
    journal: Journal
    is_open: Callable[[int], bool]
    tries: dict[int, int]

    def meant(self, link: BookingLink, place: Place) -> Meaning | None:
        """Return what a person means by having moved a link's deal to this place, None for nothing."""
        sync = self.run.installation.settings.status_sync
        if not sync.reverse or link.known in (None, place) or link.inputs is None:
            return None
        meant = rules.status_meant(link.inputs, sync, place)
        return None if meant is None or meant.status is link.inputs.status else meant

    def reverse(self, links: Sequence[BookingLink], meant: Meaning) -> Reversal:
        """Do what is meant by moving the deal that these links share.

        Raises RateLimited, Transient and UnknownOutcome where it has to be tried again, and Revoked.
        """
        link = links[0]
        shown = self._shown(links)
        if meant.status is BookingStatus.CANCELLED:
            # A booking is cancelled for good, and its client may be told: that is nobody's intention by the way.
            return Reversal(shown, meant, "stage_cancels_nothing")
        if link.inputs is not None and link.inputs.status is BookingStatus.CANCELLED:
            return Reversal(shown, meant, "booking_cancelled")
        if not self.is_open(shown[0]):
            return Reversal(shown, meant, "location_closed")
        try:
            return self._set(shown, link, meant)
        except NotFound:
            return Reversal(shown, meant, "booking_gone", reached=(shown,))
        except (Rejected, Conflict) as error:
            return Reversal(shown, meant, error.reason or error.code, reached=(shown,))
        except (Transient, UnknownOutcome) as error:
            tries = self.tries[link.deal] = self.tries.get(link.deal, 0) + 1
            if tries < MOST_TRIES:
                raise
            del self.tries[link.deal]
            return Reversal(shown, meant, error.reason or error.code, reached=(shown,))

    def _set(self, shown: BookingKey, link: BookingLink, meant: Meaning) -> Reversal:
        sheet = self.journal.sheet(*shown)
        now = rules.inputs_of(sheet.booking)
        if now.status is meant.status:
            return Reversal(shown, meant)
        if link.inputs is None or not now.equals(link.inputs):
            # It has changed meanwhile: that is worked off first, and counts for more than the stage of before.
            return Reversal(shown, meant, "booking_changed", reached=(shown,))
        reached = self.journal.set_status(sheet, meant.status)
        self.run.counts["statuses_set"] += 1
        others = tuple((shown[0], id) for id in reached if id != shown[1])
        return Reversal(shown, meant, written=True, reached=others)

    def _shown(self, links: Sequence[BookingLink]) -> BookingKey:
        """Return the booking that the deal shows: that one alone is meant."""
        if len(links) == 1:
            return links[0].key
        bookings = list(read_linked(self.run, links).values())
        shown = current(bookings, self.run.instant) if bookings else None
        return (shown.location, shown.id) if shown else links[0].key
