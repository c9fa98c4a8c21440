"""What a person books with: a location's offer, its employees' days, its events, and bookings as he edits them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from bookdeal.model.booking import Booking, BookingStatus


@dataclass(frozen=True, slots=True)
class Offer:
    """What a service is with one employee: its length in seconds, its price in the location's currency."""

    employee: int
    length: int
    price: Decimal


@dataclass(frozen=True, slots=True)
class OfferedService:
    """A service that can be booked. `category` 0: none. `step` is the distance of its starts, in seconds.

    `is_group`: it is booked by taking part in an event.
    """

    id: int
    title: str
    category: int
    step: int
    is_group: bool
    offers: tuple[Offer, ...]

    def with_employee(self, employee: int) -> Offer | None:
        """Return what it is with this employee, None when he does not do it."""
        return next((offer for offer in self.offers if offer.employee == employee), None)


@dataclass(frozen=True, slots=True)
class BookableEmployee:
    """Who serves. `is_hidden`: clients who book for themselves do not see him."""

    id: int
    name: str
    specialization: str
    is_hidden: bool


@dataclass(frozen=True, slots=True)
class BookingCategory:
    """A category that bookings can be given. `colour` is six hexadecimal digits or ""."""

    id: int
    title: str
    colour: str


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a day by the location's clock, in minutes since its midnight; `until` is not part of it."""

    since: int
    until: int


@dataclass(frozen=True, slots=True)
class Busy:
    """A part of a day that is taken: by the booking or the event of this id, the other is None."""

    span: Span
    booking: int | None
    event: int | None


@dataclass(frozen=True, slots=True)
class WorkingDay:
    """One employee's day: no `hours` is a day off. `busy` None: the location did not say."""

    employee: int
    day: date
    hours: tuple[Span, ...]
    busy: tuple[Busy, ...] | None


@dataclass(frozen=True, slots=True)
class GroupEvent:
    """A group event. `starts_at` is the location's wall clock, `length` in seconds.

    `counted` is the location's own count of who takes part: of seats, or of bookings that may take several.
    """

    id: int
    title: str
    service: int
    employee: int
    starts_at: datetime
    length: int
    capacity: int
    counted: int
    colour: str


@dataclass(frozen=True, slots=True)
class Line:
    """One service of a booking as it is written: `first_cost` before and `cost` after `discount` (percent)."""

    service: int
    title: str
    amount: Decimal
    first_cost: Decimal
    discount: Decimal
    cost: Decimal


@dataclass(frozen=True, slots=True)
class BookingSheet:
    """A booking with all that a person can edit. `kept` is what has to go back with it unread.

    `is_locked`: the location lets nobody change it any more.
    """

    booking: Booking
    lines: tuple[Line, ...]
    comment: str
    colour: str
    categories: tuple[BookingCategory, ...]
    is_locked: bool
    kept: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, repr=False)
class Person:
    """Who is booked in. `phone` is digits with the country's code; `client` is his id where he is known."""

    name: str
    phone: str
    email: str = ""
    client: int | None = None


@dataclass(frozen=True, slots=True, repr=False)
class BookingDraft:
    """A booking that is to be made, found again by its `external_id`. With an `event`, that says when and what.

    `starts_at` is the location's wall clock, `length` in seconds; `visitor` names who comes in the person's place.
    """

    person: Person
    external_id: str
    employee: int = 0
    starts_at: datetime | None = None
    length: int = 0
    lines: tuple[Line, ...] = ()
    event: int | None = None
    seats: int = 1
    visitor: str = ""
    comment: str = ""
    colour: str = ""
    categories: tuple[int, ...] = ()
    status: BookingStatus = BookingStatus.WAITING
    notify: bool = False


@dataclass(frozen=True, slots=True, repr=False)
class SheetChange:
    """What is to be different about a booking; None leaves it as it is. `notify`: its client is told of it."""

    employee: int | None = None
    starts_at: datetime | None = None
    length: int | None = None
    lines: tuple[Line, ...] | None = None
    seats: int | None = None
    comment: str | None = None
    colour: str | None = None
    categories: tuple[int, ...] | None = None
    status: BookingStatus | None = None
    notify: bool = False
