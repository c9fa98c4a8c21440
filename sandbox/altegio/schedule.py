"""Working hours, busy intervals and free times (contract §3.3, §3.4)."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from . import times
from .model import Event, Location, Record

GRID = 15
Interval = tuple[int, int]


def slots(location: Location, staff_id: int, day: int) -> list[Interval]:
    """The working hours of a team member on the day of a wall, in minutes of the day; empty: a day off."""
    midnight = times.day_start(day)
    if (own := location.schedule.get((staff_id, midnight))) is not None:
        return own
    staff = location.staff.get(staff_id)
    if staff is None or staff.fired or times.day_of(midnight).weekday() in location.days_off.get(staff_id, ()):
        return []
    return [(location.opens, location.closes)]


def works(location: Location, staff_id: int, starts: int, ends: int) -> bool:
    """Whether the whole interval of walls lies within one stretch of working hours."""
    midnight = times.day_start(starts)
    return any(
        midnight + first * 60 <= starts and ends <= midnight + last * 60
        for first, last in slots(location, staff_id, starts)
    )


def records_of_day(location: Location, staff_id: int, day: int) -> list[Record]:
    """The live individual records of a team member on a day, in order of time."""
    found = (location.records[one] for one in location.index.of_day(staff_id, day))
    return sorted((one for one in found if not one.activity_id), key=lambda one: (one.starts, one.id))


def events_of_day(location: Location, staff_id: int, day: int) -> list[Event]:
    """The events that a team member holds on a day."""
    midnight = times.day_start(day)
    found = (one for one in location.events.values() if one.staff_id == staff_id and not one.deleted)
    return sorted((one for one in found if times.day_start(one.starts) == midnight), key=lambda one: one.starts)


def busy_with(
    location: Location, staff_id: int, starts: int, ends: int, *, besides: int = 0, besides_event: int = 0
) -> Record | Event | None:
    """What keeps a team member busy within [starts, ends), except the named record or event."""
    for record in records_of_day(location, staff_id, starts):
        if record.id != besides and record.starts < ends and starts < record.ends:
            return record
    for event in events_of_day(location, staff_id, starts):
        if event.id != besides_event and event.starts < ends and starts < event.ends:
            return event
    return None


def resource_taken(location: Location, wanted: list[int], starts: int, ends: int, *, besides: int = 0) -> bool:
    """Whether one of these resource instances is in use within [starts, ends)."""
    if not wanted:
        return False
    midnight = times.day_start(starts)
    keys = location.index.by_date(midnight, midnight + times.DAY - 1, with_deleted=False)
    for record in location.index.records_of(keys, location.records):
        if record.id == besides or record.starts >= ends or starts >= record.ends:
            continue
        if set(record.resource_instance_ids) & set(wanted):
            return True
    return False


def free_starts(
    location: Location, staff_id: int, day: int, length: int, not_before: int = 0, step: int = GRID
) -> Iterator[int]:
    """Walls on the grid at which a visit of `length` seconds fits on the day."""
    midnight = times.day_start(day)
    taken: list[Interval] = [(one.starts, one.ends) for one in records_of_day(location, staff_id, day)]
    taken += [(one.starts, one.ends) for one in events_of_day(location, staff_id, day)]
    for first, last in slots(location, staff_id, day):
        for minute in range(first, last, step):
            start = midnight + minute * 60
            end = start + length
            if end > midnight + last * 60:
                break
            if start >= not_before and not any(start < busy_to and busy_from < end for busy_from, busy_to in taken):
                yield start


def length_of(location: Location, staff_id: int, service_ids: Iterable[int]) -> int | None:
    """How long a team member takes for these services together; None when one is not done by him."""
    total = 0
    for service_id in service_ids:
        service = location.services.get(service_id)
        if service is None or staff_id not in service.lengths:
            return None
        total += service.lengths[staff_id]
    return total


def bookable_staff(location: Location, service_ids: list[int]) -> list[int]:
    """Team members shown for online booking who do all these services."""
    return [
        one.id
        for one in location.staff.values()
        if not one.fired and not one.hidden and length_of(location, one.id, service_ids) is not None
    ]


def days(first: date, last: date) -> Iterator[date]:
    """The days from first to last, both included."""
    day = first
    while day <= last:
        yield day
        day += timedelta(days=1)
