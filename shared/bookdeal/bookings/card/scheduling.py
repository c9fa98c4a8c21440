"""The common schedule: who is free when, side by side, and the group events with the places that are left."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Protocol
from zoneinfo import ZoneInfo

from bookdeal.bookings.card import availability
from bookdeal.bookings.card.availability import EventPlaces, FreeDay, FreeTime
from bookdeal.bookings.card.catalogue import Catalogue, offers_with
from bookdeal.model.booking import Location
from bookdeal.model.journal import BookingSheet, GroupEvent, WorkingDay
from bookdeal.runtime.errors import Invalid

MOST_DAYS = 31
DEFAULT_LENGTH, DEFAULT_STEP = 3600, 900
"""Seconds, where no service says them."""

_DAYS_AROUND = 3
"""Days on both sides of a time that is taken in which another one is looked for."""


class ScheduleReader(Protocol):
    """What is asked of the journal here."""

    def schedule(self, location: int, first: date, last: date, employees: Collection[int]) -> tuple[WorkingDay, ...]:
        """Return the days of these employees."""

    def events(self, location: Location, first: date, last: date) -> tuple[GroupEvent, ...]:
        """Return the group events of these days."""

    def sheets(self, location: int, first: date, last: date) -> Iterable[BookingSheet]:
        """Return the bookings of these days."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for: these services, together, with these employees (none named: anyone), on these days.

    `length` in seconds takes the place of what the services say. The booking `besides` is the one to be moved.
    """

    first: date
    last: date
    services: tuple[int, ...] = ()
    employees: tuple[int, ...] = ()
    length: int | None = None
    besides: int | None = None


@dataclass(frozen=True, slots=True)
class EmployeeTimes:
    """When an employee could begin with the services: `length` in seconds and `price` are his own."""

    employee: int
    length: int
    price: Decimal
    days: tuple[FreeDay, ...]


@dataclass(frozen=True, slots=True)
class CommonSchedule:
    """Who is free when; only employees who do all that is wanted are named. `events` of the same days."""

    employees: tuple[EmployeeTimes, ...]
    events: tuple[EventPlaces, ...]


@dataclass(frozen=True, slots=True)
class Scheduling:
    """Looks into the schedule of one location. `now` in unix seconds: what has passed is not free."""

    journal: ScheduleReader
    catalogue: Catalogue
    location: Location
    now: float

    @property
    def zone(self) -> ZoneInfo:
        """The location's time zone."""
        return ZoneInfo(self.location.timezone)

    def common(self, wanted: Wanted) -> CommonSchedule:
        """Return the common schedule: one request, and where there are group events two more.

        Raises Invalid: "range", "unknown_service".
        """
        check_range(wanted.first, wanted.last)
        able = self._able(wanted)
        days = self._days(wanted.first, wanted.last, able)
        step = min((service.step for service in self.catalogue.chosen(wanted.services)), default=DEFAULT_STEP)
        by_employee: dict[int, list[FreeDay]] = {}
        for day in days:
            length, _ = able[day.employee]
            free = availability.free_day(day, length, step, self.zone, self.now, wanted.besides)
            by_employee.setdefault(day.employee, []).append(free)
        return CommonSchedule(
            employees=tuple(
                EmployeeTimes(id, *able[id], tuple(sorted(by_employee.get(id, ()), key=lambda free: free.day)))
                for id in able
            ),
            events=self.events(wanted.first, wanted.last),
        )

    def events(self, first: date, last: date) -> tuple[EventPlaces, ...]:
        """Return the group events of these days with the places that are left."""
        if not any(service.is_group for service in self.catalogue.services):
            return ()
        events = self.journal.events(self.location, first, last)
        if not events:
            return ()
        first, last = events[0].starts_at.date(), events[-1].starts_at.date()
        return availability.places(events, (sheet.booking for sheet in self._sheets(first, last)))

    def near(
        self,
        employee: int,
        starts_at: datetime,
        length: int,
        services: Collection[int] = (),
        besides: int | None = None,
    ) -> tuple[bool, tuple[FreeTime, ...]]:
        """Tell whether an employee is free at a time, and the free times that are nearest to it."""
        first = max(starts_at.date() - timedelta(days=_DAYS_AROUND), datetime.fromtimestamp(self.now, self.zone).date())
        last = max(first, starts_at.date() + timedelta(days=_DAYS_AROUND))
        days = self._days(first, last, (employee,))
        known = {service.id: service.step for service in self.catalogue.services}
        step = min((known[id] for id in services if id in known), default=DEFAULT_STEP)
        free = availability.free_times(days, length, step, self.zone, self.now, besides)
        is_free = availability.is_free(days, starts_at, length, besides)
        return is_free, availability.nearest(starts_at, (one for one in free if one.starts_at != starts_at))

    def _able(self, wanted: Wanted) -> dict[int, tuple[int, Decimal]]:
        """Return length and price of what is wanted, by each employee who does it."""
        services = self.catalogue.chosen(wanted.services)
        named = set(wanted.employees)
        able = {}
        for employee in self.catalogue.employees:
            offers = offers_with(services, employee.id)
            if offers is None or (named and employee.id not in named):
                continue
            length = wanted.length or sum(offer.length for offer in offers) or DEFAULT_LENGTH
            able[employee.id] = length, sum((offer.price for offer in offers), Decimal(0))
        return able

    def _days(self, first: date, last: date, employees: Collection[int]) -> Sequence[WorkingDay]:
        if not employees:
            return ()
        days = self.journal.schedule(self.location.id, first, last, employees)
        if all(day.busy is not None for day in days):
            return days
        return availability.with_busy(days, availability.taken_by(sheet.booking for sheet in self._sheets(first, last)))

    def _sheets(self, first: date, last: date) -> Iterable[BookingSheet]:
        return self.journal.sheets(self.location.id, first, last)


def check_range(first: date, last: date) -> None:
    """Raise Invalid("range") for days in the wrong order, or too many of them."""
    if not 0 <= (last - first).days < MOST_DAYS:
        raise Invalid("range", field="until", params={"most": MOST_DAYS})
