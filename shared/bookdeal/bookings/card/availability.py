"""When somebody is free. Pure: from working hours and what is taken, by the clock of the location.

What is offered is a help, not a promise: the location itself decides when the booking is made.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bookdeal.model.booking import Booking, BookingStatus
from bookdeal.model.journal import Busy, GroupEvent, Span, WorkingDay

NEAREST = 3
"""So many other times are offered in place of one that is taken."""

_MINUTE = 60
_DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class FreeDay:
    """One employee's day: his hours as (from, until), and when a booking could start, all as HH:MM."""

    day: date
    hours: tuple[tuple[str, str], ...]
    times: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FreeTime:
    """A time at which an employee is free, by the location's clock."""

    employee: int
    starts_at: datetime


@dataclass(frozen=True, slots=True)
class EventPlaces:
    """A group event with the places that are left."""

    event: GroupEvent
    free: int


def free_day(day: WorkingDay, length: int, step: int, zone: ZoneInfo, now: float, besides: int | None) -> FreeDay:
    """Return when a booking of `length` seconds could start on a day, every `step` seconds, from `now` on.

    The time of the booking `besides` counts as free: it is the one that is to be moved.
    """
    starts = _starts(day, length, step, besides)
    return FreeDay(
        day=day.day,
        hours=tuple((clock(span.since), clock(span.until)) for span in day.hours),
        times=tuple(clock(start) for start in starts if _is_to_come(at(day.day, start), zone, now)),
    )


def free_times(
    days: Iterable[WorkingDay], length: int, step: int, zone: ZoneInfo, now: float, besides: int | None = None
) -> Iterator[FreeTime]:
    """Yield all times at which a booking could start on these days, as in `free_day`."""
    for day in days:
        for start in _starts(day, length, step, besides):
            moment = at(day.day, start)
            if _is_to_come(moment, zone, now):
                yield FreeTime(day.employee, moment)


def nearest(wanted: datetime, free: Iterable[FreeTime]) -> tuple[FreeTime, ...]:
    """Return those that are nearest to a time that is taken, in the order of time; of two as near the later one."""

    def distance(one: FreeTime) -> tuple[timedelta, bool]:
        return abs(one.starts_at - wanted), one.starts_at < wanted

    chosen = sorted(free, key=distance)[:NEAREST]
    return tuple(sorted(chosen, key=lambda one: one.starts_at))


def is_free(days: Iterable[WorkingDay], starts_at: datetime, length: int, besides: int | None = None) -> bool:
    """Tell whether an employee whose days these are works at a time and has nothing else then."""
    start = starts_at.hour * 60 + starts_at.minute
    wanted = Span(start, start + _minutes(length))
    return any(
        day.day == starts_at.date()
        and any(hours.since <= wanted.since and wanted.until <= hours.until for hours in joined(day.hours))
        and not any(_overlap(wanted, taken) for taken in _taken(day, besides))
        for day in days
    )


def taken_by(bookings: Iterable[Booking]) -> dict[tuple[int, date], list[Busy]]:
    """Return what bookings take of their employees' days, for locations that do not say it with the schedule."""
    found: dict[tuple[int, date], list[Busy]] = {}
    for booking in bookings:
        if booking.employee is None or booking.status is BookingStatus.CANCELLED:
            continue
        start = booking.starts_at.hour * 60 + booking.starts_at.minute
        until = min(start + _minutes(booking.length), _DAY)
        busy = Busy(Span(start, until), booking.id, booking.event)
        found.setdefault((booking.employee.id, booking.starts_at.date()), []).append(busy)
    return found


def places(events: Iterable[GroupEvent], bookings: Iterable[Booking]) -> tuple[EventPlaces, ...]:
    """Return events with the places left: the capacity less the seats taken by their participants' bookings.

    The location's own count may be one of bookings, not of seats; where it is the larger, bookings are not all seen.
    """
    seats: dict[int, int] = {}
    for booking in bookings:
        if booking.event is not None and booking.status is not BookingStatus.CANCELLED:
            seats[booking.event] = seats.get(booking.event, 0) + booking.seats
    return tuple(
        EventPlaces(event, max(0, event.capacity - max(event.counted, seats.get(event.id, 0)))) for event in events
    )


def joined(spans: Collection[Span]) -> tuple[Span, ...]:
    """Return spans in order, those that touch or overlap as one."""
    found: list[Span] = []
    for span in sorted(spans, key=lambda span: (span.since, span.until)):
        if found and span.since <= found[-1].until:
            found[-1] = Span(found[-1].since, max(found[-1].until, span.until))
        else:
            found.append(span)
    return tuple(found)


def with_busy(days: Sequence[WorkingDay], taken: Mapping[tuple[int, date], Sequence[Busy]]) -> tuple[WorkingDay, ...]:
    """Return days that did not say what is taken of them so that they do."""
    return tuple(
        day
        if day.busy is not None
        else WorkingDay(day.employee, day.day, day.hours, tuple(taken.get((day.employee, day.day), ())))
        for day in days
    )


def clock(minutes: int) -> str:
    """Return minutes of a day as HH:MM; the end of the day is 24:00."""
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def at(day: date, minutes: int) -> datetime:
    """Return a minute of a day as a wall clock."""
    return datetime.combine(day, time()) + timedelta(minutes=minutes)


def exists(moment: datetime, zone: ZoneInfo) -> bool:
    """Tell whether clocks ever show this time: those that summer time leaves out they do not."""
    return moment.replace(tzinfo=zone).astimezone(UTC).astimezone(zone).replace(tzinfo=None) == moment


def _starts(day: WorkingDay, length: int, step: int, besides: int | None) -> Iterator[int]:
    minutes, every = _minutes(length), max(1, _minutes(step))
    taken = _taken(day, besides)
    for hours in joined(day.hours):
        for start in range(hours.since, hours.until - minutes + 1, every):
            if start < _DAY and not any(_overlap(Span(start, start + minutes), one) for one in taken):
                yield start


def _taken(day: WorkingDay, besides: int | None) -> tuple[Span, ...]:
    return joined([one.span for one in day.busy or () if besides is None or one.booking != besides])


def _overlap(one: Span, other: Span) -> bool:
    return one.since < other.until and other.since < one.until


def _is_to_come(moment: datetime, zone: ZoneInfo, now: float) -> bool:
    # Of a doubled time the first one is meant.
    return exists(moment, zone) and moment.replace(tzinfo=zone).timestamp() > now


def _minutes(seconds: int) -> int:
    return -(-seconds // _MINUTE)
