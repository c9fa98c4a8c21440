"""Deals with the bookings that they hold: what one shows depends on all of them, also on those that did not ring."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from bookdeal.altegio.client import Row
from bookdeal.bookings.deals.protocols import Altegio
from bookdeal.bookings.deals.run import Change, Run
from bookdeal.bookings.links import BookingKey, BookingLink
from bookdeal.bookings.visits import current, visit_of
from bookdeal.model.booking import Booking, BookingStatus
from bookdeal.runtime.errors import NotFound, Rejected, Revoked, closes_location

WORTH_A_DAY = 3
"""So many bookings of one visit day are read by that day: one request instead of as many."""

BESIDE = "beside"
"""The event of a booking that did not ring: another one of its deal did."""


@dataclass(frozen=True, slots=True)
class Held:
    """A deal with its bookings. `changes` are those that are known as they are now, `links` those of all of them.

    `lead` is the booking that the deal shows, `visit` are the bookings that make one visit with it.
    """

    deal: int
    changes: tuple[Change, ...]
    links: Mapping[BookingKey, BookingLink]
    lead: Change
    visit: tuple[Booking, ...]

    @property
    def link(self) -> BookingLink:
        """The link of the booking that it shows."""
        return self.links[self.lead.key]

    @property
    def rung(self) -> tuple[Change, ...]:
        """The bookings for which this is done."""
        return tuple(change for change in self.changes if change.event != BESIDE)

    @property
    def may_show_another(self) -> bool:
        """The deal may have shown another booking before, of another client."""
        return len(self.links) > 1 or not self.link.digest


def held_by_deal(run: Run, known: Sequence[tuple[Change, BookingLink]]) -> list[Held]:
    """Return the deals of these bookings, each with all that it holds; the others are read.

    One that cannot be read is left out of what its deal shows.
    """
    links = run.records.links.with_others(link for _, link in known)
    at_hand = {change.key: change for change, _ in known}
    by_deal: dict[int, list[BookingLink]] = defaultdict(list)
    for link in links.values():
        by_deal[link.deal].append(link)

    def read(missing: Iterable[BookingLink], *, worth_a_day: int) -> None:
        unread = [link for link in missing if link.key not in at_hand]
        for key, booking in read_linked(run, unread, worth_a_day).items():
            at_hand[key] = Change(run.with_categories(booking), links[key], BESIDE, links[key].read_at)

    read(links.values(), worth_a_day=WORTH_A_DAY)
    # Asked for alone a cancelled booking may be denied; it matters only where all are cancelled.
    cancelled = [theirs for theirs in by_deal.values() if _are_all_cancelled(theirs, at_hand)]
    read([link for theirs in cancelled for link in theirs], worth_a_day=1)
    return [_held(run, deal, theirs, at_hand) for deal, theirs in by_deal.items()]


def _held(run: Run, deal: int, links: Sequence[BookingLink], at_hand: Mapping[BookingKey, Change]) -> Held:
    changes = tuple(at_hand[link.key] for link in links if link.key in at_hand)
    bookings = [change.booking for change in changes]
    shown = current(bookings, run.instant) if len(bookings) > 1 else bookings[0]
    lead = next(change for change in changes if change.booking is shown)
    whole = [change.booking for change in changes if not change.is_vanished or change is lead]
    return Held(deal, changes, {link.key: link for link in links}, lead, visit_of(shown, whole))


def _are_all_cancelled(links: Iterable[BookingLink], at_hand: Mapping[BookingKey, Change]) -> bool:
    known = (at_hand[link.key].booking for link in links if link.key in at_hand)
    return all(booking.status is BookingStatus.CANCELLED for booking in known)


def read_linked(run: Run, links: Sequence[BookingLink], worth_a_day: int = WORTH_A_DAY) -> dict[BookingKey, Booking]:
    """Read these bookings as they are now, without those that cannot be read."""
    found: dict[BookingKey, Booking] = {}
    for location in {link.location for link in links}:
        days = {link.booking: link.day for link in links if link.location == location}
        run.deadline.check(run.margin)
        try:
            rows = list(read_bookings(run.altegio, location, days, worth_a_day))
        except (NotFound, Rejected, Revoked) as error:
            if not closes_location(error):
                raise
            continue  # closed to us: what is known of its bookings stands
        found.update({(location, row.id): row for row in rows if isinstance(row, Booking) and row.id in days})
    return found


def read_bookings(
    altegio: Altegio, location: int, days: Mapping[int, str], worth_a_day: int = WORTH_A_DAY
) -> Iterable[Row]:
    """Yield these bookings of a location and their neighbours: by visit day from so many on of one day, else alone.

    `days` has their last known visit day by id, "" unknown.
    """
    seen: set[int] = set()
    for day, bookings in Counter(day for day in days.values() if day).most_common():
        if bookings < worth_a_day:
            break
        for page in altegio.visit_bookings(location, date.fromisoformat(day)):
            seen.update(row.id for row in page.rows)
            yield from page.rows
    for id in days:
        if id not in seen:
            row = altegio.booking(location, id)
            if row is not None:
                yield row
