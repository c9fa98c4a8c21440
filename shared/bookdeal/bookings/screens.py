"""The bodies of the booking routes. Times are the location's wall clock, lengths seconds, colours six hex digits."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from bookdeal.bookings.availability import EventPlaces
from bookdeal.bookings.catalogue import COLOURS, Catalogue
from bookdeal.bookings.scheduling import CommonSchedule, EmployeeTimes
from bookdeal.installs.choices import ServiceCategory
from bookdeal.model.booking import Location
from bookdeal.model.journal import BookableEmployee, BookingCategory, OfferedService

type Ids = Annotated[str, Field(pattern=r"^(\d{1,15}(,\d{1,15}){0,99})?$")]
"""Ids in a query, with commas between them."""


def ids(text: str) -> tuple[int, ...]:
    """Return the ids of a query, each once."""
    return tuple(dict.fromkeys(int(part) for part in text.split(",") if part))


class LocationsScreen(BaseModel):
    """The locations that the user may book at, and the colours that a booking can be given."""

    locations: tuple[Location, ...]
    colours: tuple[str, ...] = COLOURS


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
