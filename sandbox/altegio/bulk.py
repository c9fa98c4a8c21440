"""Many bookings and clients at once, for benchmarks and tests with size (`POST /load`)."""

import gc
import random
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sandbox.simulator import ControlError

from . import records, schedule, times, world_demo
from .clients import recount
from .model import ABSENT, ARRIVED, CONFIRMED, WAITING, Client, Location, Record, Service
from .state import World
from .wire import Actor, digits

SPREAD = 60
TRIES = 1000
STATUSES = (WAITING, CONFIRMED, ARRIVED, ABSENT)
WEIGHTS = (70, 15, 12, 3)
LOADED_PREFIX = "+3466"


def load(world: World, given: Mapping[str, Any]) -> dict[str, Any]:
    """Make `clients` clients and `bookings` bookings in `location` (the first one), within sixty days of now.

    `days` are other days, `[first, last]` counted from today; with `apart` no booking collides with another one. All
    carry the present stamp and ring their hooks unless hooks are paused. Times are within working hours. Bookings go
    round the location's clients, who are made when there are none.
    """
    if unknown := set(given) - {"bookings", "clients", "location", "days", "apart"}:
        raise ControlError(f"known: bookings, clients, location, days, apart, not {sorted(unknown)}")
    location = world.first_location
    if (wanted := given.get("location")) is not None:
        if int(wanted) not in world.locations:
            raise ControlError(f"no location {wanted}; there are {list(world.locations)}")
        location = world.locations[int(wanted)]
    chance = random.Random(f"{world.seed}:load:{len(location.records)}:{len(location.clients)}")
    number = int(given.get("bookings") or 0)
    gc.disable()  # nothing of what is made here is garbage
    try:
        people = make_clients(world, location, int(given.get("clients") or 0))
        if number and not location.clients:
            people = make_clients(world, location, max(1, number // 4))
        first, last = given.get("days") or (-SPREAD, SPREAD)
        places = Places(world, location, range(int(first), int(last) + 1), chance, apart=bool(given.get("apart")))
        return _load(world, location, number, people or list(location.clients.values()), places)
    finally:
        gc.enable()


def _load(world: World, location: Location, number: int, people: list[Client], places: "Places") -> dict[str, Any]:
    made = make_records(world, location, number, people, places)
    for record in made:
        records.announce(world, location, record, "create", Actor())
    return {
        "bookings": len(made),
        "clients": len(people),
        "location": location.id,
        "first_booking": made[0].id if made else None,
        "last_booking": made[-1].id if made else None,
    }


def make_clients(world: World, location: Location, count: int) -> list[Client]:
    """Clients with invented names and phones of their own."""
    start = len(location.clients)
    found = []
    now = world.clock.stamp()
    for place, number in enumerate(world.sequences.take("client", count)):
        name = world_demo.NAMES[(start + place) % len(world_demo.NAMES)]
        phone = f"{LOADED_PREFIX}{number % 10_000_000:07d}"
        client = Client(number, f"{name} {number}", phone, f"client{number}@example.test", changed=now, created=now)
        location.clients[number] = client
        location.clients_by_phone.setdefault(digits(phone), number)
        found.append(client)
    return found


class Places:
    """Where and when bookings are put: with an employee who does the service, in his hours, in no order of time."""

    def __init__(
        self, world: World, location: Location, shifts: range, chance: random.Random, *, apart: bool = False
    ) -> None:
        self._location, self.chance = location, chance
        able = [
            (staff, service)
            for service in location.services.values()
            if service.active and not service.is_group
            for staff in service.lengths
            if staff in location.staff and not location.staff[staff].fired
        ]
        today = times.day_of(world.wall(location))
        days = [times.wall_of(today + timedelta(days=shift)) for shift in shifts]
        self._hours = {
            (staff, day): slots for staff, _ in able for day in days if (slots := schedule.slots(location, staff, day))
        }
        self._days = {staff: [day for day in days if (staff, day) in self._hours] for staff, _ in able}
        self._able = [one for one in able if self._days[one[0]]]
        self._taken: dict[tuple[int, int], list[schedule.Interval]] | None = {} if apart else None

    def next(self) -> tuple[int, Service, int]:
        """Who, what and when; ControlError where there is no room."""
        for _ in range(TRIES):
            if not self._able:
                break
            staff, service = self.chance.choice(self._able)
            day = self.chance.choice(self._days[staff])
            first, last = self.chance.choice(self._hours[staff, day])
            length = service.lengths[staff]
            quarters = max(1, (last - first - length // 60) // schedule.GRID)
            starts = day + (first + self.chance.randrange(quarters) * schedule.GRID) * 60
            if self._takes(staff, day, starts, starts + length):
                return staff, service, starts
        raise ControlError("the location has no room, or nothing to book")

    def _takes(self, staff: int, day: int, starts: int, ends: int) -> bool:
        if self._taken is None:
            return True
        if (staff, day) not in self._taken:
            known = [(one.starts, one.ends) for one in schedule.records_of_day(self._location, staff, day)]
            events = [(one.starts, one.ends) for one in schedule.events_of_day(self._location, staff, day)]
            self._taken[staff, day] = known + events
        taken = self._taken[staff, day]
        if any(starts < until and since < ends for since, until in taken):
            return False
        taken.append((starts, ends))
        return True


def make_records(world: World, location: Location, count: int, people: list[Client], places: Places) -> list[Record]:
    """Individual bookings of these people."""
    made: list[Record] = []
    visits: dict[tuple[int, int], int] = {}
    for place in range(count):
        staff, service, starts = places.next()
        client = people[place % len(people)]
        draft = records.Draft(
            staff_id=staff,
            client_id=client.id,
            starts=starts,
            length=service.lengths[staff],
            lines=[records.priced_line(location, staff, service.id)],
            attendance=places.chance.choices(STATUSES, WEIGHTS)[0],
        )
        record = records.new_record(world, location, draft, world.administrator.id)
        key = (client.id, times.day_start(starts))
        if key not in visits:
            visits[key] = world.sequences.next("visit")
        record.visit_id = visits[key]
        location.visits.setdefault(record.visit_id, set()).add(record.id)
        location.records[record.id] = record
        client.records.add(record.id)
        recount(location, record)
        made.append(record)
    location.index.put_many(made)
    return made
