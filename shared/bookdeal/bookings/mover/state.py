"""What the mover remembers of an installation between runs: how far each location was read, and what is still owed."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from bookdeal.model.client import ClientKey

FIRST_BATCH = 50
MOST_DIRTY = 500
MOST_DEALS = 2000
MOST_CONTACTS = 1000
MOST_COMMANDS = 500
MOST_CLIENTS = 500
"""So many ids are remembered one by one while nothing can be done: the item must stay small.

More bookings are found again by their window of change, more deals by the time since which they changed; a contact that
is gone is noticed without a bell as soon as it is needed; more commands are listed from their table; for more clients
all of them are looked at.
"""

SEEN_LATE = 600
"""Seconds by which a bell may be heard later than its deal was changed."""


@dataclass(frozen=True, slots=True)
class Walk:
    """A closed window of changes that is read slice by slice, latest visit day first.

    `after` and `before` bound the change stamps, in unix seconds (`after` None: from the beginning). `until_day` is
    the visit day down to which it was read; that day itself is read again. `again`: walk it once more when done,
    because more bookings rang than could be remembered one by one, or because rows shifted while they were read.
    `tries` counts how often it was walked before.
    """

    after: int | None
    before: int
    until_day: date | None = None
    again: bool = False
    tries: int = 0


@dataclass(frozen=True, slots=True)
class LocationState:
    """How far a location was read. `cursor`: all changes stamped up to it are done or lie in a walk (unix seconds).

    `walked_to`: changes stamped before it lie in a walk, done or under way, that live reads need not repeat.
    `owed`: its changes are to be read. `dirty` are bookings that must be among what is read, else be read one by one,
    with the stamp they rang with (unix seconds, 0 unknown); `later` are those that first have to wait for certainty.
    `deleted` are those among them that rang because they were deleted.
    `closed` says why the location cannot be read: it is left alone until the next sweep.
    """

    cursor: int | None = None
    walked_to: int = 0
    owed: bool = False
    walks: tuple[Walk, ...] = ()
    dirty: Mapping[int, int] = field(default_factory=dict)
    later: Mapping[int, int] = field(default_factory=dict)
    deleted: frozenset[int] = frozenset()
    closed: str = ""

    @property
    def has_work(self) -> bool:
        """Something of it can be done now."""
        return not self.closed and (self.owed or bool(self.walks) or bool(self.dirty))

    @property
    def owed_since(self) -> int | None:
        """When the oldest work that it owes was rung for, as far as that is known (unix seconds)."""
        stamps = [stamp for stamp in (*self.dirty.values(), *self.later.values()) if stamp]
        return min([*stamps, *(walk.before for walk in self.walks)], default=None)

    def with_dirty(self, bookings: Mapping[int, int]) -> "LocationState":
        """Return it owing these bookings too; when that is too many to list, the window they lie in is walked."""
        dirty = {**self.dirty, **bookings}
        if len(dirty) <= MOST_DIRTY or self.cursor is None:
            return replace(self, dirty=dict(list(dirty.items())[:MOST_DIRTY]))
        if self.walks:
            return replace(self, walks=(*self.walks[:-1], replace(self.walks[-1], again=True)), dirty={})
        since = min((stamp for stamp in dirty.values() if stamp), default=self.cursor)
        return replace(self, walks=(Walk(min(since, self.cursor), self.cursor),), dirty={})

    def without_dirty(self, bookings: Collection[int]) -> "LocationState":
        """Return it with these bookings no longer owed."""
        if not self.dirty or not bookings:
            return self
        dirty = {id: stamp for id, stamp in self.dirty.items() if id not in bookings}
        return replace(self, dirty=dirty, deleted=self.deleted.difference(bookings))

    def with_later(self, bookings: Iterable[int]) -> "LocationState":
        """Return it with these bookings owed once there is certainty."""
        later = {id: self.dirty.get(id, 0) for id in bookings}
        return replace(self.without_dirty(later), later={**self.later, **later})

    def with_later_due(self) -> "LocationState":
        """Return it with all that waited for certainty owed now."""
        return replace(self, later={}).with_dirty(self.later) if self.later else self


@dataclass(frozen=True, slots=True)
class MoverState:
    """The mover's item of an installation: hints are absorbed into it, work takes from it, what is left stays.

    `deals` and `contacts` are ids on Kommo's side to look at; `deals_from` is when the first bell of those deals
    was heard; `deals_later` are looked at again when `later_at` is due; `deals_since` asks to look at all deals
    changed since (unix seconds, 0 none). `tries` counts how often the status that a deal's stage stands for was
    tried to be set without an answer. `events_at` is up to when Kommo's events were read, where it cannot ring
    (unix seconds, 0 never). `commands` are to be carried out in that order, `every_command`: whatever else waits
    too; `resting` are bulk ones that are not to be gone on with before a time (unix seconds). `clients` are those
    whose statistics may have changed, since `clients_from` (unix seconds), `every_client`: too many to list.
    `night` is the last one (ISO date) in which all statistics were compared, `compared` that in which all bookings
    were. `rung_at` is when a location last rang, `missed_at` when a sweep last found what should have rung (unix
    seconds, 0 never). `batch` is the number of deals written in one request, growing while Kommo answers. `due_at`
    is when the sweep has to ring next, `later_at` when what waits for certainty is due (unix seconds, 0 never).
    `continuing`: a continue hint is under way.
    """

    locations: Mapping[int, LocationState] = field(default_factory=dict)
    deals: tuple[int, ...] = ()
    deals_from: int = 0
    deals_later: tuple[int, ...] = ()
    deals_since: int = 0
    tries: Mapping[int, int] = field(default_factory=dict)
    events_at: int = 0
    contacts: tuple[int, ...] = ()
    commands: tuple[str, ...] = ()
    every_command: bool = False
    resting: Mapping[str, int] = field(default_factory=dict)
    clients: tuple[ClientKey, ...] = ()
    clients_from: int = 0
    every_client: bool = False
    night: str = ""
    compared: str = ""
    rung_at: int = 0
    missed_at: int = 0
    batch: int = FIRST_BATCH
    due_at: int = 0
    later_at: int = 0
    continuing: bool = False

    @property
    def has_work(self) -> bool:
        """Something can be done now."""
        return bool(
            self.deals
            or self.contacts
            or self.deals_since
            or self.commands
            or self.every_command
            or self.clients
            or self.every_client
            or any(location.has_work for location in self.locations.values())
        )

    def owed_since(self, locations: Iterable[int]) -> int | None:
        """Return when the oldest work was rung for, of these locations and of deals, as far as that is known."""
        since = [self.location(id).owed_since for id in locations]
        return min((at for at in (*since, self.deals_from or None) if at is not None), default=None)

    def location(self, id: int) -> LocationState:
        """Return a location's state, a fresh one where there is none."""
        return self.locations.get(id, LocationState())

    def with_location(self, id: int, state: LocationState) -> "MoverState":
        """Return it with one location's state replaced."""
        return replace(self, locations={**self.locations, id: state})

    def with_deals(self, deals: Iterable[int], now: float) -> "MoverState":
        """Return it owing a look at these deals too; when that is too many to list, at all that changed since."""
        owed = tuple(dict.fromkeys((*self.deals, *deals)))
        since = self.deals_from or int(now) if owed else 0
        if len(owed) > MOST_DEALS:
            return replace(self, deals=(), deals_from=0, deals_since=_earlier(self.deals_since, since - SEEN_LATE))
        return replace(self, deals=owed, deals_from=since)

    def with_deals_left(self, left: Sequence[int], tries: Mapping[int, int], gone: Sequence[int]) -> "MoverState":
        """Return it after all deals and contacts were looked at: owing those left, tried so often; later those gone."""
        known = {id: tries[id] for id in left if id in tries}
        later = tuple(dict.fromkeys((*self.deals_later, *gone)))[-MOST_DEALS:]
        looked = replace(self, deals=(), deals_from=0, deals_since=0, contacts=(), tries=known, deals_later=later)
        return looked.with_deals(left, _earlier(self.deals_from, self.deals_since))

    def with_rest(self, command: str, until: float) -> "MoverState":
        """Return it leaving a command alone until then."""
        others = tuple(other for other in self.commands if other != command)
        return replace(self, commands=others, resting={**self.resting, command: int(until) + 1})

    def with_clients(self, clients: Iterable[ClientKey], now: float) -> "MoverState":
        """Return it owing the statistics of these clients too."""
        owed = tuple(dict.fromkeys((*self.clients, *clients)))
        if len(owed) > MOST_CLIENTS:
            return replace(self, clients=(), clients_from=0, every_client=True)
        return replace(self, clients=owed, clients_from=self.clients_from or int(now) if owed else 0)


def absorbed(state: MoverState, demand: MoverState, swept: Collection[int], now: float) -> MoverState:
    """Return the state owing what a demand asks for too, and what has waited long enough.

    `swept` are locations that are to be tried again even if they were closed.
    """
    due = bool(state.later_at) and now >= state.later_at
    locations = dict(state.locations)
    for id in {*locations, *demand.locations}:
        here, asked = state.location(id), demand.location(id)
        deleted = here.deleted | asked.deleted
        here = replace(here.with_dirty(asked.dirty) if asked.dirty else here, owed=here.owed or asked.owed)
        here = replace(here, deleted=deleted.intersection(here.dirty) if deleted else deleted)
        here = replace(here, closed="") if id in swept else here
        locations[id] = here.with_later_due() if due else here
    state = replace(state, deals_since=_earlier(state.deals_since, demand.deals_since))
    state = replace(state, deals_from=_earlier(state.deals_from, demand.deals_from)).with_deals(demand.deals, now)
    if due:
        state = replace(state.with_deals(state.deals_later, now), deals_later=())
    rested = tuple(command for command, until in state.resting.items() if until <= now)
    commands = tuple(dict.fromkeys((*state.commands, *demand.commands, *rested)))
    state = state.with_clients(demand.clients, now)
    return replace(
        state,
        locations=locations,
        contacts=tuple(dict.fromkeys((*state.contacts, *demand.contacts)))[-MOST_CONTACTS:],
        commands=commands[:MOST_COMMANDS],
        resting={command: until for command, until in state.resting.items() if until > now},
        every_client=state.every_client or demand.every_client,
        every_command=state.every_command or demand.every_command or len(commands) > MOST_COMMANDS,
        later_at=0 if due else state.later_at,
    )


def _earlier(time: int, other: int) -> int:
    """Return the earlier of two times, of which 0 is none."""
    return min(filter(None, (time, other)), default=0)


def state_item(state: MoverState) -> dict[str, Any]:
    """Return the stored form, without the item's key and `due_at`, which the sweep sets too."""
    return {
        "locations": {str(id): _location_item(location) for id, location in state.locations.items()},
        "deals": list(state.deals),
        "deals_from": state.deals_from,
        "deals_later": list(state.deals_later),
        "deals_since": state.deals_since,
        "events_at": state.events_at,
        "tries": {str(deal): tries for deal, tries in state.tries.items()},
        "contacts": list(state.contacts),
        "commands": list(state.commands),
        "every_command": state.every_command,
        "resting": dict(state.resting),
        "clients": [list(key) for key in state.clients],
        "clients_from": state.clients_from,
        "every_client": state.every_client,
        "night": state.night,
        "compared": state.compared,
        "rung_at": state.rung_at,
        "missed_at": state.missed_at,
        "batch": state.batch,
        "later_at": state.later_at,
        "continuing": state.continuing,
    }


def state_from(item: Mapping[str, Any] | None) -> MoverState:
    """Read the stored form; None is an installation that was never worked on."""
    if item is None or "locations" not in item:
        return MoverState()
    return MoverState(
        locations={int(id): _location_from(location) for id, location in item["locations"].items()},
        deals=tuple(item["deals"]),
        deals_from=item["deals_from"],
        deals_later=tuple(item.get("deals_later", ())),
        deals_since=item["deals_since"],
        events_at=item.get("events_at", 0),
        tries={int(deal): tries for deal, tries in item.get("tries", {}).items()},
        contacts=tuple(item["contacts"]),
        commands=tuple(item.get("commands", ())),
        every_command=item.get("every_command", False),
        resting=item.get("resting", {}),
        clients=tuple((int(location), int(client)) for location, client in item.get("clients", ())),
        clients_from=item.get("clients_from", 0),
        every_client=item.get("every_client", False),
        night=item.get("night", ""),
        compared=item.get("compared", ""),
        rung_at=item.get("rung_at", 0),
        missed_at=item.get("missed_at", 0),
        batch=item["batch"],
        due_at=item.get("due_at", 0),
        later_at=item["later_at"],
        continuing=item["continuing"],
    )


def _location_item(location: LocationState) -> dict[str, Any]:
    return {
        "cursor": location.cursor,
        "walked_to": location.walked_to,
        "owed": location.owed,
        "walks": [
            [walk.after, walk.before, walk.until_day.isoformat() if walk.until_day else None, walk.again, walk.tries]
            for walk in location.walks
        ],
        "dirty": {str(booking): stamp for booking, stamp in location.dirty.items()},
        "closed": location.closed,
        "later": {str(booking): stamp for booking, stamp in location.later.items()},
        "deleted": sorted(location.deleted),
    }


def _location_from(item: Mapping[str, Any]) -> LocationState:
    return LocationState(
        cursor=item["cursor"],
        walked_to=item["walked_to"],
        owed=item["owed"],
        walks=tuple(
            Walk(after, before, date.fromisoformat(day) if day else None, again, tries)
            for after, before, day, again, tries in item["walks"]
        ),
        dirty={int(booking): stamp for booking, stamp in item["dirty"].items()},
        closed=item["closed"],
        later={int(booking): stamp for booking, stamp in item["later"].items()},
        deleted=frozenset(item.get("deleted", ())),
    )
