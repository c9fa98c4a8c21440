"""A recorded location: files with what live Altegio answered are loaded and served back with the same contents.

The folder holds `records.json`, `clients.json`, `staff.json`, `services.json`, and may hold `resources.json`,
`timetable.json` and `clients-search.json`: bare lists, as the routes' `data`. Clients, staff and services that appear
only inside records are added.
"""

from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from sandbox.simulator import ControlError

from . import times, world_demo
from .account_model import Chain, Wire
from .clients import add, contribution
from .model import (
    Account,
    Category,
    Client,
    Label,
    Line,
    Location,
    Position,
    Record,
    Resource,
    Sale,
    Service,
    Staff,
    Transaction,
)
from .people_view import client_view
from .record_index import RecordIndex
from .record_view import record_view, sale_view, transaction_in_record
from .routes.catalogue import service_view
from .state import World

# The zone for an offset that recordings show; the offset alone does not tell a zone.
ZONES = {"+05:00": "Asia/Almaty", "+01:00": "Europe/Madrid", "+02:00": "Europe/Madrid", "+03:00": "Europe/Istanbul"}
COUNTRIES = {"Asia/Almaty": ("Kazakhstan", 7, "KZT"), "Europe/Madrid": ("Spain", 34, "EUR")}
REQUIRED = ("records", "clients", "staff", "services")


def fill_empty(world: World, folder: Path) -> None:
    """The recorded location with what it offers, but without clients or bookings."""
    fill(world, folder)
    for location in world.locations.values():
        location.clients, location.clients_by_phone, location.records = {}, {}, {}
        location.visits, location.transactions, location.index = {}, {}, RecordIndex()


def fill(world: World, folder: Path) -> None:
    """Load the folder as the only location of the account; raises ControlError when files are missing or unreadable."""
    found = {name: _read(folder / f"{name}.json", required=name in REQUIRED) for name in (*REQUIRED, *OPTIONAL)}
    if not found["records"]:
        raise ControlError(f"{folder}: no records")
    first = found["records"][0]
    zone = zone_of(str(first["datetime"]))
    country, country_id, currency = COUNTRIES.get(zone, ("", 0, ""))
    location = Location(
        id=int(first["company_id"]),
        title="Recorded salon",
        chain_id=world_demo.CHAIN,
        zone_name=zone,
        country=country,
        country_id=country_id,
        city=zone.partition("/")[2],
        currency=currency,
    )
    world.chains[location.chain_id] = Chain(location.chain_id, "Recorded chain", [location.id])
    world.locations[location.id] = location
    world_demo.add_people(world, [location.id])
    for one in found["staff"]:
        _add_staff(location, one)
    for one in found["services"]:
        _add_service(location, one)
    for one in found["resources"]:
        instances = {int(part["id"]): str(part.get("title") or "") for part in one.get("instances") or []}
        location.resources[int(one["id"])] = Resource(int(one["id"]), str(one["title"]), instances, dict(one))
    for one in found["timetable"]:
        hours = [(_minutes(slot["from"]), _minutes(slot["to"])) for slot in one["slots"]]
        location.schedule[int(one["staff_id"]), times.parse_day(one["date"]) or 0] = hours
    for one in found["clients"]:
        _add_client(world, location, one)
    for one in found["clients-search"]:
        if (client := location.clients.get(int(one["id"]))) is not None:
            client.last_visit = str(one.get("last_visit_date") or "")
    made = [_add_record(world, location, one) for one in found["records"]]
    location.index.put_many(made)
    if not location.accounts:
        location.accounts[1] = Account(1, "Cash", True, True)
    for name, highest in _highest(location).items():
        world.sequences.pass_over(name, highest)


OPTIONAL = ("resources", "timetable", "clients-search")


def _read(path: Path, *, required: bool) -> list[Wire]:
    if not path.is_file():
        if required:
            raise ControlError(f"{path} is missing")
        return []
    try:
        found = orjson.loads(path.read_bytes())
    except orjson.JSONDecodeError as error:
        raise ControlError(f"{path}: {error}") from error
    if isinstance(found, dict):
        found = found.get("data")
    if not isinstance(found, list):
        raise ControlError(f"{path}: a list is expected")
    return found


def zone_of(text: str) -> str:
    """The IANA zone that stands for the offset of a recorded date and time."""
    offset = datetime.fromisoformat(text).utcoffset()
    shown = times.offset_text(int(offset.total_seconds()) if offset else 0, True)
    return ZONES.get(shown, "UTC")


def _minutes(text: str) -> int:
    hours, _, minutes = text.partition(":")
    return int(hours) * 60 + int(minutes)


def _position(location: Location, given: Any) -> Position | None:
    if not given:
        return None
    number = int(given["id"])
    return location.positions.setdefault(number, Position(number, str(given["title"])))


def _add_staff(location: Location, given: Wire) -> Staff:
    number = int(given["id"])
    staff = Staff(
        id=number,
        name=str(given["name"]),
        specialization=str(given.get("specialization") or ""),
        position=_position(location, given.get("position")),
        user_id=given.get("user_id"),
        rating=given.get("rating") or 0,
        fired=int(given.get("fired") or 0),
        hidden=int(given.get("hidden") or 0),
        weight=int(given.get("weight") or 0),
        as_given=dict(given),
    )
    return location.staff.setdefault(number, staff)


def _add_service(location: Location, given: Wire) -> None:
    number, category = int(given["id"]), int(given.get("category_id") or 0)
    location.categories.setdefault(category, Category(category, f"Category {category}"))
    duration = int(given.get("duration") or 0)
    lengths = {int(one["id"]): int(one.get("seance_length") or duration) for one in given.get("staff") or []}
    service = Service(
        id=number,
        title=str(given["title"]),
        category_id=category,
        price=float(given.get("price_min") or 0),
        duration=duration,
        lengths=lengths,
        prices={int(one["id"]): float(one["price"]) for one in given.get("staff") or [] if one.get("price")},
        capacity=int(given.get("capacity") or 0),
        active=int(given.get("active") or 0),
        weight=int(given.get("weight") or 0),
    )
    service.as_given = _differences(service_view(location, service), given)
    location.services[number] = service


def _labels(location: Location, given: list[Wire], entity: int) -> list[int]:
    for one in given:
        number = int(one["id"])
        location.labels.setdefault(
            number,
            Label(
                number,
                str(one["title"]),
                str(one.get("color") or "").lstrip("#"),
                str(one.get("font_color") or "").lstrip("#"),
                str(one.get("icon") or "tag"),
                entity,
                system=bool(one.get("not_editable")),
            ),
        )
    return [int(one["id"]) for one in given]


def _add_client(world: World, location: Location, given: Wire) -> Client:
    client = Client(
        id=int(given["id"]),
        name=str(given.get("name") or ""),
        surname=str(given.get("surname") or ""),
        patronymic=str(given.get("patronymic") or ""),
        phone=str(given.get("phone") or ""),
        email=str(given.get("email") or ""),
        discount=given.get("discount") or 0,
        card=str(given.get("card") or ""),
        sex_id=int(given.get("sex_id") or 0),
        importance_id=int(given.get("importance_id") or 0),
        comment=str(given.get("comment") or ""),
        birth_date=str(given.get("birth_date") or ""),
        sms_check=int(given.get("sms_check") or 0),
        labels=_labels(location, given.get("categories") or given.get("client_tags") or [], 1),
        custom_fields=dict(given.get("custom_fields") or {}),
        success_visits=int(given.get("visits") or given.get("success_visits_count") or 0),
        fail_visits=int(given.get("fail_visits_count") or 0),
        spent=given.get("spent") or 0,
        paid=given.get("paid") or 0,
        changed=times.parse_stamp(given["last_change_date"]) if given.get("last_change_date") else 0,
    )
    if "last_change_date" in given:
        client.as_given = _differences(client_view(location, client), given)
    return add(world, location, client)


def _add_record(world: World, location: Location, given: Wire) -> Record:
    if (staff_id := int(given["staff_id"])) not in location.staff:
        _add_staff(location, {**given["staff"], "id": staff_id})
    person = given.get("client") or None
    if person and int(person["id"]) not in location.clients:
        _add_client(world, location, person)
    created = times.parse_stamp(given["create_date"])
    changed = times.parse_stamp(given["last_change_date"])
    record = Record(
        id=int(given["id"]),
        company_id=location.id,
        staff_id=staff_id,
        client_id=int(person["id"]) if person else 0,
        starts=times.parse_wall(given["date"], location.zone) or 0,
        length=int(given["length"]),
        created=created,
        changed=changed,
        changed_wall=times.to_wall(changed, location.zone),
        visit_id=int(given["visit_id"]),
        document_id=int(given["documents"][0]["id"]) if given.get("documents") else 0,
        services=[_line(location, staff_id, one) for one in given["services"]],
        sales=[_sale(location, one) for one in given["goods_transactions"]],
        comer=given["comer"],
        clients_count=int(given["clients_count"]),
        attendance=int(given["attendance"]),
        visit_attendance=int(given["visit_attendance"]),
        confirmed=int(given["confirmed"]),
        deleted=bool(given["deleted"]),
        paid_full=int(given["paid_full"]),
        comment=str(given["comment"] or ""),
        online=bool(given["online"]),
        api_id=str(given["api_id"] or ""),
        created_user_id=int(given["created_user_id"]),
        custom_color=str(given["custom_color"]),
        custom_font_color=str(given["custom_font_color"]),
        labels=_labels(location, given["record_labels"], 2),
        activity_id=int(given["activity_id"]),
        custom_fields=dict(given["custom_fields"] or {}),
        sms_remain_hours=given["sms_remain_hours"],
        email_remain_hours=given["email_remain_hours"],
        master_request=int(given["master_request"]),
        from_url=str(given["from_url"]),
        record_from=str(given["record_from"]),
        bookform_id=int(given["bookform_id"]),
        resource_instance_ids=list(given["resource_instance_ids"]),
    )
    for one in given.get("finance_transactions") or []:
        payment = _payment(location, record, one)
        location.transactions[payment.id] = payment
        record.transactions.append(payment.id)
    location.records[record.id] = record
    if client := location.clients.get(record.client_id):
        client.records.add(record.id)
    if record.visit_id:
        location.visits.setdefault(record.visit_id, set()).add(record.id)
    # The recorded card already contains what this record contributed.
    record.counted = contribution(record)
    shown = record_view(location, record, world.rules, finance=True)
    record.as_given = _differences(shown, given)
    return record


def _line(location: Location, staff_id: int, given: Wire) -> Line:
    number = int(given["id"])
    if number not in location.services:
        # The service is known only from the record: enough of it to be booked again.
        location.categories.setdefault(0, Category(0, "Other"))
        location.services[number] = Service(
            number, str(given["title"]), 0, float(given["cost_per_unit"]), 3600, {staff_id: 3600}
        )
    return Line(
        id=number,
        title=str(given["title"]),
        amount=given["amount"],
        cost_per_unit=given["cost_per_unit"],
        first_cost=given["first_cost"],
        discount=given["discount"],
        manual_cost=given["manual_cost"],
        cost=given["cost"],
    )


def _sale(location: Location, given: Wire) -> Sale:
    location.goods[int(given["good_id"])] = (str(given["title"]), float(given["cost_per_unit"]))
    sale = Sale(
        id=int(given["id"]),
        good_id=int(given["good_id"]),
        title=str(given["title"]),
        amount=given["amount"],
        cost_per_unit=given["cost_per_unit"],
        discount=given["discount"],
        manual_cost=given["manual_cost"],
        cost=given["cost"],
        master_id=int(given["master_id"]),
    )
    sale.as_given = _differences(sale_view(sale), given)
    return sale


def _payment(location: Location, record: Record, given: Wire) -> Transaction:
    account = given["account"]
    number = int(account["id"])
    location.accounts.setdefault(
        number, Account(number, str(account["title"]), bool(account["is_cash"]), bool(account["is_default"]))
    )
    payment = Transaction(
        id=int(given["id"]),
        document_id=int(given["document_id"]),
        wall=times.parse_wall(given["date"], location.zone) or 0,
        expense_id=int(given["expense_id"]),
        account_id=number,
        amount=given["amount"],
        client_id=int(given["client_id"]),
        master_id=int(given["master_id"]),
        supplier_id=int(given["supplier_id"]),
        comment=str(given["comment"]),
        item_id=int(given["item_id"]),
        sale_id=int(given["goods_transaction_id"]),
        record_id=record.id,
        visit_id=record.visit_id,
        changed=record.changed,
    )
    payment.as_given = _differences(transaction_in_record(location, payment), given)
    return payment


def _differences(shown: Wire, given: Wire) -> Wire:
    """The keys of a recorded element that the simulator would write differently."""
    return {key: value for key, value in given.items() if key not in shown or shown[key] != value}


def _highest(location: Location) -> dict[str, int]:
    everything: dict[str, list[int]] = {
        "record": list(location.records),
        "client": list(location.clients),
        "visit": list(location.visits),
        "document": [one.document_id for one in location.records.values()],
        "transaction": list(location.transactions),
        "sale": [sale.id for one in location.records.values() for sale in one.sales],
        "label": list(location.labels),
        "staff": list(location.staff),
        "service": list(location.services),
    }
    return {name: max(ids, default=0) for name, ids in everything.items()}
