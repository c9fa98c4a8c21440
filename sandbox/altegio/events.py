"""Group events and their participants (contract §6)."""

from typing import Any

from . import records, schedule, times
from .account_model import Wire
from .model import WAITING, Event, Location, Record
from .record_view import label_in_record
from .state import World
from .wire import Actor, Refused, as_id, as_ids, digits, not_found


def event_of(location: Location, event_id: int) -> Event:
    """A live event; 404 otherwise."""
    event = location.events.get(event_id)
    if event is None or event.deleted:
        raise not_found()
    return event


def read(location: Location, given: Wire, event: Event | None) -> Event:
    """The event that a body describes, on top of the present one; 422 when something required is missing or wrong."""
    missing = {key: ["This field is required"] for key in ("date", "service_id", "staff_id") if not given.get(key)}
    if event is None and given.get("capacity") is None:
        missing["capacity"] = ["This field is required"]
    if given.get("force") is None:
        missing["force"] = ["This field is required"]
    if missing:
        raise Refused(422, "Validation error", missing)
    starts = times.parse_wall(given["date"], location.zone)
    service = location.services.get(as_id(given["service_id"]))
    staff_id = as_id(given["staff_id"])
    errors: dict[str, list[str]] = {}
    if starts is None:
        errors["date"] = ["must be a date and time"]
    if service is None:
        errors["service_id"] = ["Service not found"]
    if staff_id not in location.staff:
        errors["staff_id"] = ["Team member not found"]
    capacity = as_id(given.get("capacity")) or (event.capacity if event else 0)
    if capacity < 1:
        errors["capacity"] = ["must be at least 1"]
    if errors or service is None or starts is None:
        raise Refused(422, "Validation error", errors)
    return Event(
        id=event.id if event else 0,
        service_id=service.id,
        staff_id=staff_id,
        starts=starts,
        length=as_id(given.get("length")) or (event.length if event else service.duration),
        capacity=capacity,
        color=str(given.get("color") or "").lstrip("#"),
        comment=str(given.get("comment") or ""),
        instructions=str(given.get("instructions") or ""),
        stream_link=str(given.get("stream_link") or ""),
        technical_break_duration=as_id(given.get("technical_break_duration")),
        labels=as_ids(given.get("label_ids")),
        resource_instance_ids=as_ids(given.get("resource_instance_ids")),
        records=event.records if event else set(),
    )


def save(world: World, location: Location, wanted: Event, actor: Actor, *, force: bool) -> Event:
    """Store a new event or move an old one with all its participants; 409 when the team member is busy."""
    if not force and schedule.busy_with(
        location, wanted.staff_id, wanted.starts, wanted.starts + wanted.length, besides_event=wanted.id
    ):
        raise Refused(409, "The team member is busy at this time")
    if wanted.id and records.seats_taken(location, wanted) > wanted.capacity:
        raise Refused(422, "Validation error", {"capacity": ["is less than the places taken"]})
    if not wanted.id:
        wanted.id = world.sequences.next("event")
    location.events[wanted.id] = wanted
    for record in participants(location, wanted):
        inherited = (record.starts, record.staff_id, record.length, [line.id for line in record.services])
        if inherited != (wanted.starts, wanted.staff_id, wanted.length, [wanted.service_id]):
            draft = records.draft_of(record)
            inherit(location, wanted, draft)
            records.replace(world, location, record, draft, actor)
    return wanted


def inherit(location: Location, event: Event, draft: records.Draft) -> None:
    """Give a participant's draft what comes from the event: team member, time, length, service."""
    draft.activity_id, draft.staff_id = event.id, event.staff_id
    draft.starts, draft.length = event.starts, event.length
    if [line.id for line in draft.lines] != [event.service_id]:
        draft.lines = [
            records.priced_line(location, event.staff_id, event.service_id, amount=max(1, draft.clients_count))
        ]
    draft.resource_instance_ids = list(event.resource_instance_ids)


def remove(world: World, location: Location, event: Event, actor: Actor) -> None:
    """Cancel an event: every booking in it is cancelled too, and announced (contract §6.3)."""
    event.deleted = True
    for record in participants(location, event):
        records.remove(world, location, record, actor)


def participants(location: Location, event: Event) -> list[Record]:
    """The live bookings of an event."""
    found = (location.records[one] for one in sorted(event.records))
    return [one for one in found if not one.deleted]


def book(world: World, location: Location, event: Event, given: Wire, actor: Actor) -> Record:
    """A client books himself into an event through the public route; 422 without name, phone, or free places."""
    if not given.get("fullname"):
        raise booking_error(435, 422, "The name is required")
    if len(digits(given.get("phone"))) not in range(9, 16):
        raise booking_error(431, 422, "The phone is wrong")
    client = {"name": given["fullname"], "phone": given["phone"], "email": given.get("email")}
    draft = participant_draft(location, event, client, given)
    draft.online, draft.record_from = True, "Online widget"
    return records.create(world, location, draft, actor)


def participant_draft(location: Location, event: Event, client: Any, given: Wire) -> records.Draft:
    """The draft of a participant's booking from a body with the usual keys."""
    draft = records.Draft(
        staff_id=event.staff_id,
        client_id=0,
        person=client,
        starts=event.starts,
        length=event.length,
        attendance=given["attendance"] if given.get("attendance") is not None else WAITING,
        comment=str(given.get("comment") or ""),
        api_id=str(given.get("api_id") or ""),
        custom_color=str(given.get("custom_color") or given.get("color") or "").lstrip("#"),
        labels=as_ids(given.get("record_labels") or given.get("label_ids") or given.get("labels")),
        comer=given.get("comer") or None,
        clients_count=as_id(given.get("clients_count")) or 1,
        send_sms=bool(given.get("send_sms")),
    )
    inherit(location, event, draft)
    return draft


def booking_error(code: int, status: int, message: str, appointment: Any = None) -> Refused:
    """An error of the public booking routes, with the inner code in both places where it may stand (contract §3.3)."""
    errors: Wire = {"code": code, "message": message}
    if appointment is not None:
        errors["id"] = appointment
    return Refused(status, meta={"message": message, "code": code, "errors": errors})


def event_view(world: World, location: Location, event: Event, *, epoch: bool = False) -> Wire:
    """An event; searches write its date as an epoch (contract §0.5)."""
    moment = times.to_moment(event.starts, location.zone)
    service, staff = location.services.get(event.service_id), location.staff.get(event.staff_id)
    people = participants(location, event)
    seats = sum(one.clients_count for one in people)
    pause = event.technical_break_duration
    return {
        "id": event.id,
        "company_id": location.id,
        "service_id": event.service_id,
        "staff_id": event.staff_id,
        "date": moment if epoch else times.wall_text(event.starts),
        "timestamp": moment,
        "length": event.length,
        "capacity": event.capacity,
        "records_count": seats if world.rules.records_count_seats else len(people),
        "color": event.color,
        "font_color": "ffffff" if event.color else "",
        "instructions": event.instructions,
        "stream_link": event.stream_link,
        "notified": False,
        "comment": event.comment,
        "service": {"id": service.id, "title": service.title, "category_id": service.category_id} if service else [],
        "staff": {
            "id": staff.id,
            "name": staff.name,
            "company_id": location.id,
            "specialization": staff.specialization,
        }
        if staff
        else [],
        "resource_instances": [{"id": one} for one in event.resource_instance_ids],
        "labels": [label_in_record(location, one) for one in event.labels if one in location.labels],
        "duration_details": [{"id": 1, "services_duration": event.length - pause, "technical_break_duration": pause}],
    }
