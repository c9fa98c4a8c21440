"""What one run of the mover has before it, and how much time it has for it."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date

from bookdeal.bookings.deals.making import BatchSize
from bookdeal.bookings.links import BookingKey, Links
from bookdeal.bookings.mover.reading import MOST_TRIES
from bookdeal.bookings.mover.state import LocationState, MoverState, state_from
from bookdeal.bookings.parking import ParkedWork
from bookdeal.installs.installation import Installation
from bookdeal.model.booking import Location
from bookdeal.runtime.clock import Clock, Deadline
from bookdeal.runtime.errors import NotFound, RateLimited, Rejected, Revoked, Transient, closes_location

SLICE_SECONDS = 5.0
"""A run begins no further slice after so long, so that live hints pass between."""

MARGIN = 1.5
"""Seconds before its deadline from which on a run begins no further batch: one that is begun has to be remembered."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How far a run's time has gone. `started` is the monotonic clock at its beginning."""

    clock: Clock
    deadline: Deadline
    started: float

    @property
    def elapsed(self) -> float:
        """The seconds since the run began."""
        return self.clock.monotonic() - self.started

    @property
    def is_half_spent(self) -> bool:
        """Whether half of a slice's time is over."""
        return self.elapsed > SLICE_SECONDS / 2

    @property
    def has_time_for_a_slice(self) -> bool:
        """Whether another slice may be begun."""
        return self.elapsed < SLICE_SECONDS and self.deadline.remaining() > 2 * MARGIN


class LinksLost(Exception):
    """Bookings were read before, and no links are there: each booking would get a second deal."""


@dataclass(slots=True)
class Desk:
    """What one run has before it. `deferral` is why a command has to wait, raised when all else is done.

    `is_held`: nothing but commands of the `FIRST` kinds may be done. `is_rebuilding`: one of them is under way.
    `has_links`: it is sure that the table of links was not lost. `save` stores a state while the run goes on.
    """

    installation: Installation
    state: MoverState
    links: Links
    parked: ParkedWork
    batch: BatchSize
    pace: Pace
    save: Callable[[MoverState], None]
    deferral: RateLimited | Transient | None = None
    is_held: bool = False
    is_rebuilding: bool = False
    has_links: bool = False

    @property
    def was_read(self) -> bool:
        """Whether bookings were read before, since the links were begun or rebuilt."""
        return any(location.cursor is not None for location in self.state.locations.values())

    def be_sure_of_links(self) -> None:
        """Make sure, once in a run, that a booking without a link has none. Raises LinksLost."""
        self.has_links = self.has_links or self.links.have_begun()
        if not self.has_links:
            raise LinksLost

    def keep(self) -> None:
        """Store how far the run has come: one that is killed now does not begin anew. Raises Conflict."""
        self.save(replace(self.state, batch=self.batch.size))

    def put(self, location: Location, state: LocationState) -> None:
        """Put a location's next state down."""
        self.state = self.state.with_location(location.id, state)

    def is_open(self, location: int) -> bool:
        """Tell whether a location is the installation's and can be worked with."""
        return self.installation.location(location) is not None and not self.state.location(location).closed

    def open_locations(self) -> list[Location]:
        """Return the locations that can be read."""
        return [location for location in self.installation.locations if self.is_open(location.id)]

    @property
    def has_closed_more(self) -> bool:
        """Whether a location turned out closed that was not known to be, or for another reason."""
        before = state_from(self.installation.state)
        closed = {location.id: self.state.location(location.id).closed for location in self.installation.locations}
        return any(reason and before.location(id).closed != reason for id, reason in closed.items())

    def walk_to(self, location: Location, day: date) -> None:
        """Put down how far the location's oldest walk has come."""
        state = self.state.location(location.id)
        walk, *others = state.walks
        self.put(location, replace(state, walks=(replace(walk, until_day=day), *others)))

    def walk_again(self, location: Location) -> None:
        """Put down that the location's oldest walk may have missed something, unless it has been tried often enough."""
        state = self.state.location(location.id)
        walk, *others = state.walks
        self.put(location, replace(state, walks=(replace(walk, again=walk.tries < MOST_TRIES), *others)))

    def owe(self, bookings: Iterable[BookingKey]) -> None:
        """Store that bookings have to be read again, before what is the reason for it is done. Raises Conflict."""
        wanted = list(bookings)
        for location in self.installation.locations:
            ids = {id: 0 for at, id in wanted if at == location.id}
            if ids:
                self.put(location, self.state.location(location.id).with_dirty(ids))
        self.keep()

    def put_off(self, bookings: Iterable[BookingKey]) -> None:
        """Put bookings off until there is certainty about them."""
        for location in self.installation.locations:
            ids = [id for at, id in bookings if at == location.id]
            if ids:
                self.put(location, self.state.location(location.id).with_later(ids))


@contextmanager
def closing(desk: Desk, location: Location) -> Iterator[None]:
    """Leave a location alone that Altegio closes to us: the others go on."""
    try:
        yield
    except (NotFound, Rejected, Revoked) as error:
        if not closes_location(error):
            raise
        desk.put(location, replace(desk.state.location(location.id), closed=error.reason))
