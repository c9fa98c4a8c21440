"""The bodies of the booking routes. Times are the location's wall clock, lengths seconds, colours six hex digits."""

from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, Field, NaiveDatetime

from bookdeal.bookings.card.attempts import Attempt, Part, PartState
from bookdeal.bookings.card.availability import EventPlaces, FreeTime
from bookdeal.bookings.card.booking import Booked, Move, Order, Outcome, WantedPart, outcome_of
from bookdeal.bookings.card.calendar import CalendarPage
from bookdeal.bookings.card.catalogue import COLOURS, Catalogue
from bookdeal.bookings.card.editing import Edit, Edited
from bookdeal.bookings.card.habits import LastBooking
from bookdeal.bookings.card.scheduling import CommonSchedule, EmployeeTimes
from bookdeal.installs.choices import ServiceCategory
from bookdeal.model.booking import BookingStatus, Client, Employee, Location, ProductLine
from bookdeal.model.journal import BookableEmployee, BookingCategory, BookingSheet, Line, OfferedService, Person
from bookdeal.runtime.api import Body, Id, Text

type Colour = Annotated[str, Field(pattern=r"^([0-9a-f]{6})?$")]
type Name = Annotated[str, Field(min_length=1, max_length=200)]
type Seconds = Annotated[int, Field(ge=300, le=86_400, multiple_of=60)]
type Seats = Annotated[int, Field(ge=1, le=100)]
type Request = Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{8,64}$")]
"""Made by the widget, a new one for each thing that a person asks."""


class LocationsScreen(BaseModel):
    """The locations that the user may book at, the colours that a booking can be given, and what a client had last.

    The calendar appears in `calendar_pipelines` only; none means all. `last` is null where no contact was named, or he
    never came.
    """

    locations: tuple[Location, ...]
    calendar_pipelines: tuple[int, ...]
    colours: tuple[str, ...] = COLOURS
    last: LastBooking | None = None


class CatalogueScreen(BaseModel):
    """What can be booked at a location, and with whom."""

    location: int
    categories: tuple[ServiceCategory, ...]
    services: tuple[OfferedService, ...]
    employees: tuple[BookableEmployee, ...]
    booking_categories: tuple[BookingCategory, ...]

    @staticmethod
    def of(location: Location, catalogue: Catalogue) -> "CatalogueScreen":
        """Return the body for a location's catalogue."""
        return CatalogueScreen(
            location=location.id,
            categories=catalogue.categories,
            services=catalogue.services,
            employees=catalogue.employees,
            booking_categories=catalogue.booking_categories,
        )


class EventScreen(BaseModel):
    """A group event and its free places."""

    id: int
    title: str
    service: int
    employee: int
    starts_at: datetime
    length: int
    capacity: int
    free: int
    colour: str

    @staticmethod
    def of(places: EventPlaces) -> "EventScreen":
        """Return the body for an event."""
        event = places.event
        return EventScreen(
            id=event.id,
            title=event.title,
            service=event.service,
            employee=event.employee,
            starts_at=event.starts_at,
            length=event.length,
            capacity=event.capacity,
            free=places.free,
            colour=event.colour,
        )


class ScheduleScreen(BaseModel):
    """Who is free when, side by side, and the group events of these days."""

    location: int
    timezone: str
    employees: tuple[EmployeeTimes, ...]
    events: tuple[EventScreen, ...]

    @staticmethod
    def of(location: Location, schedule: CommonSchedule) -> "ScheduleScreen":
        """Return the body for a location's schedule."""
        return ScheduleScreen(
            location=location.id,
            timezone=location.timezone,
            employees=schedule.employees,
            events=tuple(EventScreen.of(places) for places in schedule.events),
        )


class PersonBody(Body):
    """Who is booked in."""

    name: Name
    phone: Annotated[str, Field(min_length=7, max_length=40)]
    email: Annotated[str, Field(max_length=200)] = ""


class PartBody(Body):
    """One booking: services with an employee at a time, or seats in an event, whose time helps to say if it is full."""

    employee: Id | None = None
    starts_at: NaiveDatetime | None = None
    services: Annotated[tuple[Id, ...], Field(max_length=20)] = ()
    length: Seconds | None = None
    event: Id | None = None
    seats: Seats = 1


class BookBody(Body):
    """What is to be booked: one booking, or several of one visit."""

    request: Request
    location: Id
    deal: Id | None = None
    person: PersonBody
    visitor: Annotated[str, Field(max_length=200)] = ""
    parts: Annotated[tuple[PartBody, ...], Field(min_length=1, max_length=10)]
    comment: Text = ""
    colour: Colour = ""
    categories: Annotated[tuple[Id, ...], Field(max_length=20)] = ()
    status: Literal["waiting", "confirmed"] = "waiting"
    notify: bool = False

    def order(self, location: Location) -> Order:
        """Return the order at its location."""
        return Order(
            request=self.request,
            location=location,
            deal=self.deal,
            person=Person(self.person.name.strip(), self.person.phone, self.person.email.strip()),
            parts=tuple(WantedPart(**dict(part)) for part in self.parts),
            visitor=self.visitor.strip(),
            comment=self.comment,
            colour=self.colour,
            categories=self.categories,
            status=BookingStatus(self.status),
            notify=self.notify,
        )


class PlaceBody(Body):
    """The event in which a participant is to have his place, and when it begins, which helps to say if it is full."""

    request: Request
    event: Id
    starts_at: NaiveDatetime | None = None

    def move(self, location: Location, booking: int) -> Move:
        """Return the move of a location's booking."""
        return Move(location=location, booking=booking, **dict(self))


class EditBody(Body):
    """What is to be different about a booking; what is not named stays. `seen` is the version that was looked at."""

    employee: Id | None = None
    starts_at: NaiveDatetime | None = None
    services: Annotated[tuple[Id, ...], Field(max_length=20)] | None = None
    length: Seconds | None = None
    seats: Seats | None = None
    comment: Text | None = None
    colour: Colour | None = None
    categories: Annotated[tuple[Id, ...], Field(max_length=20)] | None = None
    notify: bool = False
    seen: Annotated[str, Field(max_length=40)] = ""

    def edit(self) -> Edit:
        """Return the edit."""
        return Edit(**dict(self))


class CancelBody(Body):
    """Why a booking is cancelled: it is added to the booking's comment."""

    reason: Text = ""


class StatusBody(Body):
    """The status that a booking is to have. Cancelling is a request of its own."""

    status: Literal["waiting", "confirmed", "arrived", "no_show"]


class AttemptPartScreen(BaseModel):
    """What became of one booking; `not_tried` after one that failed. `nearest` are other free times."""

    outcome: Literal["done", "busy", "refused", "unknown", "not_tried"]
    booking: int | None
    reason: str
    field: str
    nearest: tuple[FreeTime, ...]

    @staticmethod
    def of(part: Part, nearest: tuple[FreeTime, ...]) -> "AttemptPartScreen":
        """Return the body for a part."""
        return AttemptPartScreen(
            outcome=_OUTCOMES[part.state],
            booking=part.booking,
            reason=part.reason,
            field=part.field,
            nearest=nearest,
        )


_OUTCOMES: dict[PartState, Literal["done", "busy", "refused", "unknown", "not_tried"]] = {
    PartState.PLANNED: "not_tried",
    PartState.SENT: "unknown",
    PartState.MADE: "done",
    PartState.BUSY: "busy",
    PartState.REFUSED: "refused",
    PartState.ABSENT: "refused",
}


class ReplacedScreen(BaseModel):
    """The booking in whose place others are: whether it is cancelled, and why it cannot be, "" where it can."""

    booking: int
    is_cancelled: bool
    reason: str


class AttemptScreen(BaseModel):
    """What became of a request to book: done, partial, busy, refused, or unknown for now.

    `replaced` is the booking in whose place the others are, null where they are in none's.
    """

    request: str
    location: int
    deal: int | None
    outcome: Outcome
    parts: tuple[AttemptPartScreen, ...]
    replaced: ReplacedScreen | None

    @staticmethod
    def of(attempt: Attempt, booked: Booked | None = None) -> "AttemptScreen":
        """Return the body for an attempt."""
        nearest = booked.nearest if booked else {}
        return AttemptScreen(
            request=attempt.request,
            location=attempt.location,
            deal=attempt.deal,
            outcome=outcome_of(attempt),
            parts=tuple(
                AttemptPartScreen.of(part, nearest.get(number, ())) for number, part in enumerate(attempt.parts)
            ),
            replaced=ReplacedScreen(**asdict(attempt.replaced)) if attempt.replaced else None,
        )


class BookingScreen(BaseModel):
    """A booking with all that can be edited. `changed` is its version; `total` is what the client pays."""

    location: int
    id: int
    deal: int | None
    status: BookingStatus
    starts_at: datetime
    length: int
    employee: Employee | None
    services: tuple[Line, ...]
    products: tuple[ProductLine, ...]
    total: Decimal
    client: Client | None
    visitor: str
    seats: int
    event: int | None
    visit: int | None
    comment: str
    colour: str
    categories: tuple[BookingCategory, ...]
    is_paid: bool
    is_online: bool
    is_locked: bool
    changed: str

    @staticmethod
    def of(sheet: BookingSheet, deal: int | None) -> "BookingScreen":
        """Return the body for a booking."""
        booking = sheet.booking
        return BookingScreen(
            location=booking.location,
            id=booking.id,
            deal=deal,
            status=booking.status,
            starts_at=booking.starts_at,
            length=booking.length,
            employee=booking.employee,
            services=sheet.lines,
            products=booking.products,
            total=booking.total,
            client=booking.client,
            visitor=booking.visitor,
            seats=booking.seats,
            event=booking.event,
            visit=booking.visit,
            comment=sheet.comment,
            colour=sheet.colour,
            categories=sheet.categories,
            is_paid=booking.paid_in_full,
            is_online=booking.online,
            is_locked=sheet.is_locked,
            changed=booking.changed,
        )


class EditScreen(BaseModel):
    """What became of an edit, and the booking as it is now, where that is known."""

    outcome: Outcome
    reason: str
    field: str
    nearest: tuple[FreeTime, ...]
    booking: BookingScreen | None

    @staticmethod
    def of(edited: Edited, deal: int | None) -> "EditScreen":
        """Return the body for an edit."""
        return EditScreen(
            outcome=edited.outcome,
            reason=edited.reason,
            field=edited.field,
            nearest=edited.nearest,
            booking=None if edited.sheet is None else BookingScreen.of(edited.sheet, deal),
        )


class BookingsScreen(BaseModel):
    """Bookings in their order. `closed` are locations that could not be looked at; `is_cut`: there is more."""

    bookings: tuple[BookingScreen, ...]
    closed: tuple[int, ...]
    is_cut: bool

    @staticmethod
    def of(page: CalendarPage) -> "BookingsScreen":
        """Return the body for a page."""
        return BookingsScreen(
            bookings=tuple(BookingScreen.of(one.sheet, one.deal) for one in page.shown),
            closed=page.closed,
            is_cut=page.is_cut,
        )
