"""The simulated world: who may do what, which switches are set, and where everything is found."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from typing import Any

from sandbox.simulator import Clock, ControlError, Sequences

from . import times
from .account_model import Application, Chain, HookSettings, Installation, User
from .model import Client, Label, Location, Message, Record, Service, Staff
from .wire import Actor, digits, not_found

# First ids, of the size that live accounts show.
FIRST_IDS = {
    "record": 640_000_001,
    "visit": 549_000_001,
    "document": 736_000_001,
    "client": 880_001,
    "transaction": 561_000_001,
    "sale": 619_000_001,
    "event": 3_101,
    "label": 1_400,
    "custom_field": 5_001,
    "location": 900_200,
    "staff": 52_001,
    "service": 7_501,
    "membership": 659_001,
    "comment": 41_001,
    "comer": 90_001,
    "payment": 15_001,
    "deposit": 21_001,
    "user": 300_600,
}
PAGE_CACHE = 8


@dataclass(slots=True)
class Rules:
    """What the sources leave open, as switches (contract §15); the defaults are the likelier or the harsher reading."""

    deleted_get_status: int = 404
    busy_status: int = 409
    put_lenient: bool = False
    create_answer: str = "object"
    payment_changes_stamp: bool = False
    clients_list_traps: bool = True
    wrong_offset: bool = True
    finance_hour_off: bool = True
    records_count_seats: bool = False

    def update(self, given: Any) -> None:
        """Set the switches that are named; raises ControlError for unknown ones."""
        known = {one.name for one in fields(self)}
        if not isinstance(given, dict) or (unknown := set(given) - known):
            raise ControlError(f"known rules: {sorted(known)}" + (f", not {sorted(unknown)}" if given else ""))
        for name, value in given.items():
            setattr(self, name, type(getattr(self, name))(value))

    def report(self) -> dict[str, Any]:
        """All switches."""
        return {one.name: getattr(self, one.name) for one in fields(self)}


Ring = Callable[[Location, str, int, str, Callable[[], Any], Actor], None]


@dataclass
class World:
    """Everything the simulator knows. `ring` announces a change: where, resource, id, status, its data, who did it."""

    clock: Clock
    sequences: Sequences
    seed: int
    ring: Ring
    rules: Rules = field(default_factory=Rules)
    chains: dict[int, Chain] = field(default_factory=dict)
    locations: dict[int, Location] = field(default_factory=dict)
    users: dict[int, User] = field(default_factory=dict)
    applications: dict[int, Application] = field(default_factory=dict)
    installations: dict[tuple[int, int], Installation] = field(default_factory=dict)
    messages: list[Message] = field(default_factory=list)
    # Hook settings of all locations, also of those that the present scenario does not have.
    kept_hooks: dict[int, HookSettings] = field(default_factory=dict)
    _pages: dict[tuple[Any, ...], tuple[int, list[int]]] = field(default_factory=dict)

    def secret(self, *parts: object) -> str:
        """A token that is the same for the same seed and parts."""
        return hashlib.sha256(":".join(map(str, (self.seed, *parts))).encode()).hexdigest()[:32]

    @property
    def partner_token(self) -> str:
        """The token of the partner who made the demo application."""
        return f"partner{self.secret('partner')[:20]}"

    @property
    def look_token(self) -> str:
        """The administrator's token for looking from outside."""
        return f"look{self.secret('look')[:28]}"

    @property
    def partners(self) -> set[str]:
        """All partner tokens that are accepted."""
        return {self.partner_token, *(one.partner_token for one in self.applications.values())}

    @property
    def administrator(self) -> User:
        """The account's main administrator."""
        return next(user for user in self.users.values() if user.role == "owner")

    def user_of(self, token: str) -> User | None:
        """Whose token this is."""
        if token == self.look_token:
            return self.administrator
        return next((user for user in self.users.values() if user.token == token), None)

    def location(self, location_id: int) -> Location:
        """A location; 404 when there is none."""
        if (found := self.locations.get(location_id)) is None:
            raise not_found()
        return found

    @property
    def first_location(self) -> Location:
        """The location that bulk work goes to; raises ControlError when the account has none."""
        if not self.locations:
            raise ControlError("the account has no location")
        return next(iter(self.locations.values()))

    def chain_of(self, location: Location) -> Chain:
        """The chain that a location belongs to."""
        return self.chains[location.chain_id]

    def wall(self, location: Location) -> int:
        """What the location's clock shows now."""
        return times.to_wall(self.clock.stamp(), location.zone)

    def stamp(self, location: Location, record: Record) -> None:
        """Note that a record has changed now."""
        record.changed = self.clock.stamp()
        record.changed_wall = times.to_wall(record.changed, location.zone)
        record.forget_given("last_change_date")
        location.index.put(record)

    def cached_keys(self, location: Location, query: tuple[Any, ...], find: Callable[[], list[int]]) -> list[int]:
        """The answer of `find`, remembered for the further pages of the same query while no record changes."""
        key, version = (location.id, *query), location.index.version
        if (known := self._pages.get(key)) and known[0] == version:
            return known[1]
        if len(self._pages) >= PAGE_CACHE:
            self._pages.clear()
        self._pages[key] = (version, found := find())
        return found

    def keep_from(self, former: "World") -> None:
        """Take over what integrations and people set up in a former world: passwords, hooks, installations."""
        for user_id, user in former.users.items():
            if user_id in self.users:
                self.users[user_id].password, self.users[user_id].token = user.password, user.token
        self.installations = former.installations
        self.kept_hooks = {**former.kept_hooks, **{one.id: one.hooks for one in former.locations.values()}}
        for location in self.locations.values():
            if location.id in self.kept_hooks:
                location.hooks = self.kept_hooks[location.id]


def staff_of(location: Location, staff_id: int) -> Staff:
    """A team member; 404 when there is none."""
    if (found := location.staff.get(staff_id)) is None:
        raise not_found()
    return found


def service_of(location: Location, service_id: int) -> Service:
    """A service; 404 when there is none."""
    if (found := location.services.get(service_id)) is None:
        raise not_found()
    return found


def client_of(location: Location, client_id: int) -> Client:
    """A client; 404 when there is none."""
    if (found := location.clients.get(client_id)) is None:
        raise not_found()
    return found


def record_of(location: Location, record_id: int) -> Record:
    """A record, deleted or not; 404 when there is none."""
    if (found := location.records.get(record_id)) is None:
        raise not_found()
    return found


def client_by_phone(location: Location, phone: Any) -> Client | None:
    """The client with this phone, compared by digits (contract §7.6)."""
    found = location.clients_by_phone.get(digits(phone))
    return None if found is None else location.clients.get(found)


def labels_of(location: Location, ids: list[int]) -> list[Label]:
    """The labels with these ids that still exist, in the given order."""
    return [location.labels[one] for one in ids if one in location.labels and not location.labels[one].deleted]
