"""Clients of a location: finding by phone, making, changing, and the counters on their cards (contract §7, §14)."""

from typing import Any

from . import times
from .account_model import Wire
from .model import ABSENT, ARRIVED, Client, Counted, Location, Record
from .people_view import client_view
from .state import World, client_by_phone
from .wire import Actor, Refused, as_id, as_ids, as_number, digits

PHONE_DIGITS = range(9, 16)
COMMENT_LIMIT = 255


def recount(location: Location, record: Record) -> None:
    """Bring the counters of the record's client up to the record's present state."""
    before = record.counted
    now = contribution(record)
    if now == before:
        return
    _add(location, before, -1)
    _add(location, now, 1)
    record.counted = now


def contribution(record: Record) -> Counted:
    """What a record adds to its client: visits by attendance, spending once it is arrived or paid."""
    if record.deleted or not record.client_id:
        return Counted(record.client_id)
    arrived = record.attendance == ARRIVED
    spent = record.total if arrived or record.paid_full else 0
    return Counted(record.client_id, int(arrived), int(record.attendance == ABSENT), spent)


def _add(location: Location, counted: Counted, sign: int) -> None:
    client = location.clients.get(counted.client_id)
    if client is None:
        return
    client.success_visits += sign * counted.success
    client.fail_visits += sign * counted.fail
    client.spent = round(client.spent + sign * counted.spent, 2)
    for key in ("visits", "spent", "balance"):
        client.as_given.pop(key, None)
    for one in client.records:
        location.records[one].forget_given("client")


def check_phone(phone: Any) -> str:
    """The phone as cards carry it (`+` and digits); 422 unless it has 9 to 15 digits."""
    only = digits(phone)
    if len(only) not in PHONE_DIGITS:
        raise Refused(422, "Validation error", {"phone": ["The phone must contain 9 to 15 digits"]})
    return f"+{only}"


def create(world: World, location: Location, given: Wire, actor: Actor) -> Client:
    """A new card from the keys of `POST /clients`; 422 without name or phone, or when the phone is taken."""
    _require(given)
    phone = check_phone(given["phone"])
    if client_by_phone(location, phone) is not None:
        raise Refused(422, "Validation error", {"phone": ["A client with this phone already exists"]})
    client = add(world, location, Client(world.sequences.next("client"), str(given["name"]), phone))
    _fill(location, client, given, labels_key="categories")
    announce(world, location, client, "create", actor)
    return client


def add(world: World, location: Location, client: Client) -> Client:
    """Store a card without announcing it."""
    client.changed = client.changed or world.clock.stamp()
    client.created = client.created or client.changed
    location.clients[client.id] = client
    if client.phone:
        location.clients_by_phone.setdefault(digits(client.phone), client.id)
    return client


def upsert(world: World, location: Location, given: Any, actor: Actor) -> Client | None:
    """The client of a booking: by id, else by phone, else a new one; None when nobody is named (contract §4.4)."""
    if given in (None, [], {}):
        return None
    if not isinstance(given, dict):
        raise Refused(422, "Validation error", {"client": ["must be an object"]})
    if client_id := as_id(given.get("id")):
        client = location.clients.get(client_id)
        if client is None:
            raise Refused(422, "Validation error", {"client": [f"Client {client_id} not found"]})
        return client
    name = str(given.get("name") or "").strip()
    if not digits(given.get("phone")):
        if name:
            raise Refused(422, "Validation error", {"client": {"phone": ["The phone is required"]}})
        return None
    phone = check_phone(given["phone"])
    if (known := client_by_phone(location, phone)) is not None:
        return known
    client = add(world, location, Client(world.sequences.next("client"), name or phone, phone))
    _fill(location, client, given, labels_key="categories")
    announce(world, location, client, "create", actor)
    return client


def update(world: World, location: Location, client: Client, given: Wire, actor: Actor) -> None:
    """Change a card by the keys of `PUT /client`; its categories are called `labels` there (contract §15.22)."""
    _require(given)
    phone = check_phone(given["phone"])
    holder = client_by_phone(location, phone)
    if holder is not None and holder.id != client.id:
        raise Refused(422, "Validation error", {"phone": ["A client with this phone already exists"]})
    _release_phone(location, client)
    client.name, client.phone = str(given["name"]), phone
    location.clients_by_phone[digits(phone)] = client.id
    client.as_given.clear()
    _fill(location, client, given, labels_key="labels")
    for one in client.records:
        location.records[one].forget_given("client")
    client.changed = world.clock.stamp()
    announce(world, location, client, "update", actor)


def remove(world: World, location: Location, client: Client, actor: Actor) -> None:
    """Delete a card; the client's records stay, without a client."""
    announce(world, location, client, "delete", actor)
    del location.clients[client.id]
    _release_phone(location, client)
    for one in client.records:
        record = location.records[one]
        record.client_id, record.counted = 0, Counted()
        record.forget_given("client")


def _release_phone(location: Location, client: Client) -> None:
    """Find the phone's next holder: imported families share one."""
    phone = digits(client.phone)
    if location.clients_by_phone.get(phone) != client.id:
        return
    del location.clients_by_phone[phone]
    for other in location.clients.values():
        if other.id != client.id and digits(other.phone) == phone:
            location.clients_by_phone[phone] = other.id
            return


def _require(given: Wire) -> None:
    missing = {key: ["This field is required"] for key in ("name", "phone") if not given.get(key)}
    if missing:
        raise Refused(422, "Validation error", missing)


def _fill(location: Location, client: Client, given: Wire, *, labels_key: str) -> None:
    for key in ("surname", "patronymic", "email", "comment", "card"):
        if given.get(key) is not None:
            setattr(client, key, str(given[key]))
    if given.get("birth_date"):
        client.birth_date = str(given["birth_date"])
    if given.get("discount") is not None:
        client.discount = as_number(given["discount"])
    if (sex := as_id(given.get("sex_id"))) in (1, 2):
        client.sex_id = sex
    if (importance := as_id(given.get("importance_id"))) in (1, 2, 3):
        client.importance_id = importance
    if labels_key in given:
        client.labels = [one for one in as_ids(given[labels_key]) if one in location.labels]
    if isinstance(given.get("custom_fields"), dict):
        client.custom_fields = dict(given["custom_fields"])


def announce(world: World, location: Location, client: Client, status: str, actor: Actor) -> None:
    """Ring the client's hook; the phone is always in it (contract §9.2)."""
    world.ring(location, "client", client.id, status, lambda: client_view(location, client), actor)


def last_visit(location: Location, client: Client) -> str:
    """The date of the last visit that took place, "" when there was none."""
    arrived = [location.records[one].starts for one in client.records if _came(location.records[one])]
    return max(times.wall_text(max(arrived)) if arrived else "", client.last_visit)


def first_visit(location: Location, client: Client) -> str:
    """The date of the first visit that took place, "" when there was none."""
    arrived = [location.records[one].starts for one in client.records if _came(location.records[one])]
    return times.wall_text(min(arrived)) if arrived else ""


def _came(record: Record) -> bool:
    return record.attendance == ARRIVED and not record.deleted


def comment(world: World, client: Client, text: Any, author: Wire, moment: str) -> Wire:
    """Add a comment to a card; 422 when it is blank or too long."""
    if not isinstance(text, str) or not text.strip() or len(text) > COMMENT_LIMIT:
        raise Refused(422, "Validation error", {"text": ["must have 1 to 255 characters"]})
    made: Wire = {
        "id": world.sequences.next("comment"),
        "create_date": moment,
        "update_date": moment,
        "type": "default",
        "text": text,
        "files": [],
        "user": author,
    }
    client.comments.append(made)
    return made
