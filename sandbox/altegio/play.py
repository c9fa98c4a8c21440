"""Playing a day: carrying out the actions of `scenarios.salon_day` in the first salon as its staff would."""

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox.scenarios.salon_day import Action, Kind, Slot, salon_day
from sandbox.simulator import ControlError

from . import finance, loyalty, records, schedule, times
from .model import ABSENT, ARRIVED, CONFIRMED, Location, Record
from .state import World
from .wire import Actor, Refused

if TYPE_CHECKING:
    from .app import Altegio

FASTEST = 10_000
GUEST_PHONE = "+34600000{0}"
FIRST_GUEST = 900
GUEST_NAMES = ("Olga Guest", "Victor Guest", "Wanda Guest", "Xavi Guest", "Yara Guest", "Zaida Guest")
REFUSED = "refused"


@dataclass(slots=True)
class Done:
    """What became of one action; `booking` 0 when nothing could be made."""

    kind: str
    booking: int
    at: float
    outcome: str = "done"


class Player:
    """Plays one day at a time, in a task of its own."""

    def __init__(self, simulator: "Altegio") -> None:
        self._simulator = simulator
        self._task: asyncio.Task[None] | None = None
        self._actions: list[Action] = []
        self._done: list[Done] = []
        self._speed = 1.0

    def start(self, speed: float) -> None:
        """Begin the day anew at this speed; the first action comes at once. Raises ControlError for a wrong speed."""
        if not 0 < speed <= FASTEST:
            raise ControlError(f"speed must be above 0 and at most {FASTEST}")
        self.stop()
        world = self._simulator.world
        location = world.first_location
        self._actions = salon_day(day_slots(world, location), world.seed)
        self._done, self._speed = [], speed
        self._task = asyncio.get_running_loop().create_task(self._run(world, location))

    def stop(self) -> None:
        """End the day; what has happened stays."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    @property
    def playing(self) -> bool:
        """Whether a day is going on."""
        return self._task is not None and not self._task.done()

    def report(self) -> dict[str, Any]:
        """How far the day is, with the last action."""
        last = self._done[-1] if self._done else None
        return {
            "playing": self.playing,
            "speed": self._speed,
            "done": len(self._done),
            "total": len(self._actions),
            "refused": sum(1 for one in self._done if one.outcome == REFUSED),
            "last": None
            if last is None
            else {"kind": last.kind, "booking": last.booking, "at": last.at, "outcome": last.outcome},
        }

    async def _run(self, world: World, location: Location) -> None:
        began = time.monotonic()
        guests: dict[int, int] = {}
        for action in self._actions:
            await asyncio.sleep(max(0.0, began + action.after / self._speed - time.monotonic()))
            done = Done(action.kind, action.booking, time.time())
            try:
                done.booking = act(world, location, action, guests)
            except Refused:
                done.outcome = REFUSED
            self._done.append(done)


def day_slots(world: World, location: Location) -> list[Slot]:
    """The bookings to play with: today's, or those of the latest day that has any."""
    today = times.day_start(world.wall(location))
    keys = location.index.by_date(today, today + times.DAY - 1, with_deleted=False)
    if not keys and (every := location.index.by_date(None, None, with_deleted=False)):
        latest = times.day_start(location.index.records_of(every[-1:], location.records)[0].starts)
        keys = location.index.by_date(latest, latest + times.DAY - 1, with_deleted=False)
    return [
        Slot(one.id, one.starts % times.DAY, one.starts % times.DAY + one.length, one.attendance == CONFIRMED)
        for one in location.index.records_of(keys, location.records)
        if one.client_id
    ]


def act(world: World, location: Location, action: Action, guests: dict[int, int]) -> int:
    """Carry out one action through the same functions as requests do; gives the booking's id.

    What the day's course has made impossible (a booking gone meanwhile) is `Refused`.
    """
    salon = Actor(world.administrator.id)
    if action.kind in (Kind.BOOK_ONLINE, Kind.WALK_IN):
        record = _new_guest(world, location, action, salon)
        guests[action.guest] = record.id
        return record.id
    number = action.booking or guests.get(action.guest, 0)
    record_or_none = location.records.get(number)
    if record_or_none is None or record_or_none.deleted != (action.kind is Kind.RESTORE):
        raise Refused(404)
    record = record_or_none
    match action.kind:
        case Kind.CONFIRM:
            records.set_visit_attendance(world, location, record, CONFIRMED, salon)
        case Kind.ARRIVE:
            records.set_visit_attendance(world, location, record, ARRIVED, salon)
        case Kind.NO_SHOW:
            records.set_attendance(world, location, record, ABSENT, salon)
        case Kind.CANCEL:
            records.remove(world, location, record, salon)
        case Kind.RESTORE:
            records.restore(world, location, record, salon)
        case Kind.RESCHEDULE:
            records.move(world, location, record, _later(location, record), record.staff_id, salon)
        case Kind.PAY:
            _pay(world, location, record, salon)
    return record.id


def _later(location: Location, record: Record) -> int:
    """The next free time of the same employee, today or tomorrow; else the same time tomorrow."""
    for day in (record.starts, record.starts + times.DAY):
        for start in schedule.free_starts(location, record.staff_id, day, record.length, record.ends):
            return start
    return record.starts + times.DAY


def _pay(world: World, location: Location, record: Record, actor: Actor) -> None:
    """Pay by membership where there is one, else money; now and then a product goes with it."""
    client = location.clients.get(record.client_id)
    category = location.services[record.services[0].id].category_id if record.services else 0
    if client is not None and record.activity_id and loyalty.write_off(world, location, client.phone, category):
        finance.pay(world, location, [record], actor, cost_to_pay=0)
        return
    if location.goods and record.id % 5 == 0:
        finance.sell(world, location, record, next(iter(location.goods)), 1, record.staff_id, actor)
    finance.pay(world, location, [record], actor)


def _new_guest(world: World, location: Location, action: Action, actor: Actor) -> Record:
    """A booking of someone new: online for later today or tomorrow, a walk-in for now."""
    online = action.kind is Kind.BOOK_ONLINE
    now = world.wall(location)
    quarter = now - now % (schedule.GRID * 60)
    services = [one for one in location.services.values() if one.active and not one.is_group and one.lengths]
    if not services:
        raise Refused(422, "The salon offers nothing")
    service = services[action.guest % len(services)]
    staff = next((one for one in service.lengths if one in location.staff), 0)
    length = service.lengths.get(staff, service.duration)
    starts = quarter
    if online:
        free = (
            start
            for day in (now, now + times.DAY, now + 2 * times.DAY)
            for start in schedule.free_starts(location, staff, day, length, now)
        )
        starts = next(free, quarter + times.DAY)
    name = GUEST_NAMES[(action.guest - 1) % len(GUEST_NAMES)]
    draft = records.Draft(
        staff_id=staff,
        client_id=0,
        person={"name": name, "phone": GUEST_PHONE.format(FIRST_GUEST + action.guest)},
        starts=starts,
        length=length,
        lines=[records.priced_line(location, staff, service.id)],
        attendance=0 if online else ARRIVED,
        online=online,
        record_from="Online widget" if online else "",
        bookform_id=1 if online else 0,
        save_if_busy=True,
    )
    return records.create(world, location, draft, Actor() if online else actor)
