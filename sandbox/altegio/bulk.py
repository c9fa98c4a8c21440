"""Many bookings and clients at once, for benchmarks and tests with size (`POST /load`)."""

import gc
import random
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sandbox.simulator import ControlError

from . import records, schedule, times, world_demo
from .clients import recount
from .model import ABSENT, ARRIVED, CONFIRMED, WAITING, Client, Location, Record
from .state import World
from .wire import Actor, digits

SPREAD = 60
STATUSES = (WAITING, CONFIRMED, ARRIVED, ABSENT)
WEIGHTS = (70, 15, 12, 3)
LOADED_PREFIX = "+3466"


def load(world: World, given: Mapping[str, Any]) -> dict[str, Any]:
    """Make `clients` clients and `bookings` bookings in the first location, within sixty days of now.

    All carry the present stamp and ring their hooks unless hooks are paused. Times are within working hours and may
    collide. Bookings go round the location's clients, who are made when there are none.
    """
    if unknown := set(given) - {"bookings", "clients"}:
        raise ControlError(f"known: bookings, clients, not {sorted(unknown)}")
    location = world.first_location
    chance = random.Random(f"{world.seed}:load:{len(location.records)}:{len(location.clients)}")
    number = int(given.get("bookings") or 0)
    gc.disable()  # nothing of what is made here is garbage
    try:
        return _load(world, location, number, int(given.get("clients") or 0), chance)
    finally:
        gc.enable()


def _load(world: World, location: Location, number: int, clients: int, chance: random.Random) -> dict[str, Any]:
    people = make_clients(world, location, clients)
    if number and not location.clients:
        people = make_clients(world, location, max(1, number // 4))
    made = make_records(world, location, number, people or list(location.clients.values()), chance)
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


def make_records(
    world: World, location: Location, count: int, people: list[Client], chance: random.Random
) -> list[Record]:
    """Individual bookings of these people on working days around now, in no particular order of time."""
    able = [
        (staff, service)
        for service in location.services.values()
        if service.active and not service.is_group
        for staff in service.lengths
        if staff in location.staff and not location.staff[staff].fired
    ]
    if count and not able:
        raise ControlError("the location has no services to book")
    today = times.day_of(world.wall(location))
    days = [times.wall_of(today + timedelta(days=shift)) for shift in range(-SPREAD, SPREAD + 1)]
    hours = {
        (staff, day): slots for staff, _ in able for day in days if (slots := schedule.slots(location, staff, day))
    }
    working = {staff: [day for day in days if (staff, day) in hours] for staff, _ in able}
    able = [one for one in able if working[one[0]]]
    made: list[Record] = []
    visits: dict[tuple[int, int], int] = {}
    for place in range(count):
        staff, service = chance.choice(able)
        day = chance.choice(working[staff])
        first, last = chance.choice(hours[staff, day])
        length = service.lengths[staff]
        quarters = max(1, (last - first - length // 60) // schedule.GRID)
        client = people[place % len(people)]
        draft = records.Draft(
            staff_id=staff,
            client_id=client.id,
            starts=day + (first + chance.randrange(quarters) * schedule.GRID) * 60,
            length=length,
            lines=[records.priced_line(location, staff, service.id)],
            attendance=chance.choices(STATUSES, WEIGHTS)[0],
        )
        record = records.new_record(world, location, draft, world.administrator.id)
        key = (client.id, day)
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
