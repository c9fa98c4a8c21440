"""Visits: a client's records of one day, and what is done to all of them at once (contract §11)."""

from . import times
from .account_model import Wire
from .model import Location, Record
from .state import World


def join(world: World, location: Location, record: Record, *, keep: int = 0) -> None:
    """Put a record into its client's visit of that day; without one, into a visit of its own.

    Nobody's record has no visit; a participant of an event has one of his own. `keep` names the visit to go on with
    when no other fits and nothing else is in it.
    """
    if not record.client_id:
        record.visit_id = 0
        return
    record.visit_id = _companion(location, record)
    if not record.visit_id and keep and not location.visits.get(keep):
        record.visit_id = keep
    record.visit_id = record.visit_id or world.sequences.next("visit")
    location.visits.setdefault(record.visit_id, set()).add(record.id)


def _companion(location: Location, record: Record) -> int:
    client = location.clients.get(record.client_id)
    if record.activity_id or client is None:
        return 0
    day = record.starts // times.DAY
    for other_id in sorted(client.records):
        other = location.records[other_id]
        if other_id == record.id or other.deleted or other.activity_id:
            continue
        if other.starts // times.DAY == day:
            return other.visit_id
    return 0


def leave(location: Location, record: Record) -> None:
    """Take a record out of its visit."""
    members = location.visits.get(record.visit_id)
    if members is not None:
        members.discard(record.id)


def live_records(location: Location, visit_id: int) -> list[Record]:
    """The visit's records that are not cancelled, in order of time."""
    found = [location.records[one] for one in location.visits.get(visit_id, ())]
    return sorted((one for one in found if not one.deleted), key=lambda one: (one.starts, one.id))


def follow(location: Location, record: Record) -> None:
    """Let the visit's status follow: it is the records' one when they agree, else each shows its own."""
    members = live_records(location, record.visit_id) if record.visit_id else []
    statuses = {one.attendance for one in members}
    for one in members or [record]:
        one.visit_attendance = one.attendance if len(statuses) != 1 else next(iter(statuses))


def location_of(world: World, visit_id: int) -> Location | None:
    """The location whose visit this is; None for a visit that is unknown or has nothing left."""
    for location in world.locations.values():
        if live_records(location, visit_id):
            return location
    return None


def details_items(records: list[Record]) -> list[Wire]:
    """The items of `visit/details`: one per service line and product."""
    items: list[Wire] = []
    for record in records:
        items.extend(
            {
                "item_id": line.id,
                "item_type_id": 1,
                "record_id": record.id,
                "item_title": line.title,
                "amount": line.amount,
                "first_cost": line.first_cost,
                "manual_cost": line.manual_cost,
                "discount": line.discount,
                "cost": line.cost,
                "master_id": record.staff_id,
                "good_id": 0,
                "service_id": line.id,
                "is_service": True,
                "is_good": False,
            }
            for line in record.services
        )
        items.extend(
            {
                "item_id": sale.id,
                "item_type_id": 2,
                "record_id": record.id,
                "item_title": sale.title,
                "amount": sale.amount,
                "first_cost": round(sale.cost_per_unit * abs(sale.amount), 2),
                "manual_cost": sale.manual_cost,
                "discount": sale.discount,
                "cost": sale.cost,
                "master_id": sale.master_id,
                "good_id": sale.good_id,
                "service_id": 0,
                "is_service": False,
                "is_good": True,
            }
            for sale in record.sales
        )
    return items
