"""Making, changing, cancelling and restoring records, with the rules that Altegio applies (contract §4, §14)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from . import schedule, times, visits
from .account_model import Wire
from .clients import recount, upsert
from .model import ARRIVED, ATTENDANCES, WAITING, Event, Line, Location, Message, Record
from .record_view import hook_view
from .state import World
from .wire import Actor, Refused

BREAK_STEP, BREAK_LIMIT = 300, 3600
LONGEST = times.DAY
SCATTER = 0x9E3779B97F4A7C15F39CC0605CEDC835


@dataclass(slots=True)
class Draft:
    """What a record is to be; starts is a wall, lengths are seconds. `client_id` 0: nobody.

    `person` is a client as a request names him: found or made only when all else has been accepted.
    """

    staff_id: int
    client_id: int
    starts: int
    length: int
    person: Any = None
    lines: list[Line] = field(default_factory=list)
    attendance: int = WAITING
    comment: str = ""
    api_id: str = ""
    custom_color: str = ""
    labels: list[int] = field(default_factory=list)
    custom_fields: Wire = field(default_factory=dict)
    comer: Wire | None = None
    clients_count: int = 1
    activity_id: int = 0
    technical_break_duration: int = 0
    sms_remain_hours: int = 0
    email_remain_hours: int = 0
    resource_instance_ids: list[int] = field(default_factory=list)
    online: bool = False
    record_from: str = ""
    bookform_id: int = 0
    from_url: str = ""
    save_if_busy: bool = False
    send_sms: bool = False


def priced_line(
    location: Location,
    staff_id: int,
    service_id: int,
    *,
    amount: float = 1,
    first_cost: float | None = None,
    discount: float = 0,
    cost: float | None = None,
) -> Line:
    """A service line with its derived prices; 422 for an unknown service (contract §4.3, `services[]`)."""
    service = location.services.get(service_id)
    if service is None:
        raise Refused(422, "Validation error", {"services": [f"Service {service_id} not found"]})
    if amount <= 0 or not 0 <= discount <= 100:
        raise Refused(422, "Validation error", {"services": ["amount or discount out of range"]})
    unit = service.price_with(staff_id) if first_cost is None else first_cost / amount
    full = round(unit * amount, 2)
    final = round(full * (1 - discount / 100), 2) if cost is None else cost
    return Line(service_id, service.title, amount, round(unit, 2), full, discount, final, final)


def create(world: World, location: Location, draft: Draft, actor: Actor) -> Record:
    """Store a new record, ring its hook; refuses a busy time (contract §14) unless the draft says otherwise."""
    _check(location, draft)
    event = location.events.get(draft.activity_id)
    if event is not None:
        _check_seats(location, event, draft.clients_count)
    elif not draft.save_if_busy:
        _check_free(world, location, draft, besides=0)
    _find_person(world, location, draft, actor)
    record = new_record(world, location, draft, actor.user_id)
    visits.join(world, location, record)
    location.records[record.id] = record
    location.index.put(record)
    if event is not None:
        event.records.add(record.id)
    if client := location.clients.get(record.client_id):
        client.records.add(record.id)
    recount(location, record)
    announce(world, location, record, "create", actor)
    _tell(world, location, record, draft)
    return record


def new_record(world: World, location: Location, draft: Draft, user_id: int) -> Record:
    """The record of a draft with fresh ids and stamps, not yet stored."""
    moment = world.clock.stamp()
    record = Record(
        id=world.sequences.next("record"),
        company_id=location.id,
        staff_id=draft.staff_id,
        client_id=draft.client_id,
        starts=draft.starts,
        length=draft.length,
        created=moment,
        changed=moment,
        changed_wall=times.to_wall(moment, location.zone),
        visit_id=0,
        document_id=world.sequences.next("document"),
        created_user_id=0 if draft.online else user_id,
    )
    _fill(record, draft)
    # Live records carry a UUID also when nobody set one (contract §4.3).
    record.api_id = draft.api_id or _uuid(record.id)
    record.visit_attendance = record.attendance
    return record


def _uuid(number: int) -> str:
    """Something that looks like a random UUID, the same for the same number."""
    text = f"{number * SCATTER % (1 << 128):032x}"
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"


def replace(world: World, location: Location, record: Record, draft: Draft, actor: Actor) -> None:
    """Make the record what the draft says, wholly: what the draft leaves out falls to its default (contract §4.5)."""
    _check(location, draft)
    moved = (record.staff_id, record.starts, record.length) != (draft.staff_id, draft.starts, draft.length)
    event = location.events.get(record.activity_id)
    if event is not None:
        _check_seats(location, event, draft.clients_count - record.clients_count)
    elif moved and not draft.save_if_busy:
        _check_free(world, location, draft, besides=record.id)
    _find_person(world, location, draft, actor)
    other_day = record.starts // times.DAY != draft.starts // times.DAY or record.client_id != draft.client_id
    if other_day:
        visits.leave(location, record)
        if client := location.clients.get(record.client_id):
            client.records.discard(record.id)
    record.staff_id, record.client_id = draft.staff_id, draft.client_id
    record.starts, record.length = draft.starts, draft.length
    _fill(record, draft)
    if draft.api_id:
        record.api_id = draft.api_id
    if other_day:
        if client := location.clients.get(record.client_id):
            client.records.add(record.id)
        visits.join(world, location, record, keep=record.visit_id)
    visits.follow(location, record)
    record.as_given = None
    changed(world, location, record, actor)
    _tell(world, location, record, draft)


def _fill(record: Record, draft: Draft) -> None:
    record.services = draft.lines
    record.attendance = draft.attendance
    record.comment = draft.comment
    record.custom_color = draft.custom_color
    record.custom_font_color = "ffffff" if draft.custom_color else ""
    record.labels = draft.labels
    record.custom_fields = draft.custom_fields
    record.comer = draft.comer
    record.clients_count = draft.clients_count
    record.activity_id = draft.activity_id
    record.technical_break_duration = draft.technical_break_duration
    record.sms_remain_hours = draft.sms_remain_hours
    record.email_remain_hours = draft.email_remain_hours
    record.resource_instance_ids = draft.resource_instance_ids
    record.online = draft.online
    record.record_from = draft.record_from
    record.bookform_id = draft.bookform_id
    record.from_url = draft.from_url


def _tell(world: World, location: Location, record: Record, draft: Draft) -> None:
    """Tell the client of his record, if the draft says so and he has a phone."""
    client = location.clients.get(record.client_id)
    if draft.send_sms and client is not None and client.phone:
        world.messages.append(Message(world.clock.stamp(), location.id, record.id, client.phone, record.starts))


def _find_person(world: World, location: Location, draft: Draft, actor: Actor) -> None:
    if draft.person is not None and (found := upsert(world, location, draft.person, actor)) is not None:
        draft.client_id = found.id


def keep_origin(draft: Draft, record: Record) -> None:
    """Give a draft what no request can change: how the record came into being and who comes."""
    draft.online, draft.record_from = record.online, record.record_from
    draft.bookform_id, draft.from_url = record.bookform_id, record.from_url
    draft.comer = draft.comer or record.comer


def draft_of(record: Record) -> Draft:
    """The draft that would leave a record as it is, for changes of single things."""
    return Draft(
        staff_id=record.staff_id,
        client_id=record.client_id,
        starts=record.starts,
        length=record.length,
        lines=list(record.services),
        attendance=record.attendance,
        comment=record.comment,
        api_id=record.api_id,
        custom_color=record.custom_color,
        labels=list(record.labels),
        custom_fields=dict(record.custom_fields),
        comer=record.comer,
        clients_count=record.clients_count,
        activity_id=record.activity_id,
        technical_break_duration=record.technical_break_duration,
        sms_remain_hours=record.sms_remain_hours or 0,
        email_remain_hours=record.email_remain_hours or 0,
        resource_instance_ids=list(record.resource_instance_ids),
        online=record.online,
        record_from=record.record_from,
        bookform_id=record.bookform_id,
        from_url=record.from_url,
        save_if_busy=True,
    )


def move(world: World, location: Location, record: Record, starts: int, staff_id: int, actor: Actor) -> None:
    """Reschedule, also into a busy time, as the salon's own screens allow."""
    draft = draft_of(record)
    draft.starts, draft.staff_id = starts, staff_id
    replace(world, location, record, draft, actor)


def set_attendance(world: World, location: Location, record: Record, attendance: Any, actor: Actor) -> None:
    """Write the status of one record only."""
    _write_attendance(record, attendance)
    visits.follow(location, record)
    changed(world, location, record, actor)


def set_visit_attendance(
    world: World, location: Location, record: Record, attendance: Any, actor: Actor
) -> list[Record]:
    """Write a status on all records of the record's visit (contract §14); gives the records it reached."""
    members = visits.live_records(location, record.visit_id) if record.visit_id else [record]
    for one in members:
        _write_attendance(one, attendance)
        one.visit_attendance = one.attendance
    for one in members:
        changed(world, location, one, actor)
    return members


def _write_attendance(record: Record, attendance: Any) -> None:
    """Put a status into a record; 422 for a code that does not exist."""
    if attendance not in ATTENDANCES:
        raise Refused(422, "Validation error", {"attendance": ["must be one of -1, 0, 1, 2"]})
    record.attendance = int(attendance)
    record.forget_given("attendance", "visit_attendance")


def remove(world: World, location: Location, record: Record, actor: Actor) -> None:
    """Cancel: the record stays, marked as deleted."""
    record.deleted = True
    _change(world, location, record)
    announce(world, location, record, "delete", actor)


def erase(location: Location, record: Record) -> None:
    """Take a record away for good, as if it had never been there."""
    visits.leave(location, record)
    location.index.drop(record)
    del location.records[record.id]
    if event := location.events.get(record.activity_id):
        event.records.discard(record.id)
    if client := location.clients.get(record.client_id):
        client.records.discard(record.id)


def restore(world: World, location: Location, record: Record, actor: Actor) -> None:
    """Take a cancelled record back, as the salon's own screens can; its time is not checked again."""
    record.deleted = False
    visits.follow(location, record)
    changed(world, location, record, actor)


def changed(world: World, location: Location, record: Record, actor: Actor) -> None:
    """Stamp, count and announce a record that was just changed."""
    _change(world, location, record)
    announce(world, location, record, "update", actor)


def _change(world: World, location: Location, record: Record) -> None:
    record.forget_given("deleted")
    recount(location, record)
    world.stamp(location, record)


def announce(world: World, location: Location, record: Record, status: str, actor: Actor) -> None:
    """Ring the record's hook with its full data."""
    data: Callable[[], Wire] = lambda: hook_view(location, record, world.rules)  # noqa: E731
    world.ring(location, "record", record.id, status, data, actor)


def check_editable(record: Record, rights: dict[str, bool | int], today: int) -> None:
    """Refuse the change of a record that is blocked, outside the user's window, paid or arrived (contract §4.5)."""
    if record.is_update_blocked or record.is_sale_bill_printed:
        raise Refused(422, "The appointment cannot be changed")
    window = int(rights["records_edit_last_days_count"])
    if window >= 0 and record.starts < times.day_start(today) - window * times.DAY:
        raise Refused(403, f"You cannot manage record {record.id}")
    if record.paid_full and not rights["record_edit_full_paid_access"]:
        raise Refused(403, "Paid appointments cannot be changed")
    if record.attendance == ARRIVED and not rights["edit_records_attendance_access"]:
        raise Refused(403, "The client has already arrived")


def check_removable(record: Record, rights: dict[str, bool | int]) -> None:
    """Refuse the deletion of a record that the user may not delete."""
    if record.attendance == ARRIVED and not rights["delete_customer_came_records_access"]:
        raise Refused(403, "Appointments of clients who came cannot be deleted")
    if record.paid_full and not rights["delete_paid_records_access"]:
        raise Refused(403, "Paid appointments cannot be deleted")


def _check(location: Location, draft: Draft) -> None:
    errors: dict[str, list[str]] = {}
    if draft.staff_id not in location.staff:
        errors["staff_id"] = ["Team member not found"]
    if draft.length <= 0 or draft.length > LONGEST:
        errors["seance_length"] = ["out of range"]
    if draft.attendance not in ATTENDANCES:
        errors["attendance"] = ["must be one of -1, 0, 1, 2"]
    pause = draft.technical_break_duration
    if pause % BREAK_STEP or not 0 <= pause <= BREAK_LIMIT:
        errors["technical_break_duration"] = ["must be a multiple of 300 up to 3600"]
    if unknown := [one for one in draft.labels if one not in location.labels]:
        errors["record_labels"] = [f"Category {one} not found" for one in unknown]
    if draft.clients_count < 1:
        errors["clients_count"] = ["must be at least 1"]
    if errors:
        raise Refused(422, "Validation error", errors)


def _check_seats(location: Location, event: Event, wanted: int) -> None:
    if event.deleted or seats_taken(location, event) + wanted > event.capacity:
        raise Refused(422, "There are not enough free places in the event")


def seats_taken(location: Location, event: Event) -> int:
    """Places of an event that its live records take."""
    return sum(location.records[one].clients_count for one in event.records if not location.records[one].deleted)


def _check_free(world: World, location: Location, draft: Draft, *, besides: int) -> None:
    ends = draft.starts + draft.length
    if not schedule.works(location, draft.staff_id, draft.starts, ends):
        raise Refused(world.rules.busy_status, "The team member does not work at this time")
    if schedule.busy_with(location, draft.staff_id, draft.starts, ends, besides=besides):
        raise Refused(world.rules.busy_status, "The selected time is already booked")
    if schedule.resource_taken(location, draft.resource_instance_ids, draft.starts, ends, besides=besides):
        raise Refused(world.rules.busy_status, "The resource is already booked")
