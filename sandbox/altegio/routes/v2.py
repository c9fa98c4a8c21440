"""REST v2, JSON:API: appointments, events with their appointments, tags, client statistics (contract §4.7, §6.3)."""

from collections.abc import Callable
from typing import Any

from sandbox.altegio import access, clients, events, finance, records, times
from sandbox.altegio.account_model import Wire
from sandbox.altegio.model import ABSENT, ARRIVED, CONFIRMED, WAITING, Client, Event, Location, Record
from sandbox.altegio.state import client_of, record_of
from sandbox.altegio.wire import (
    NO_CONTENT,
    Answer,
    Call,
    Refused,
    Route,
    as_id,
    as_ids,
    digits,
    not_found,
    whole,
)

from .catalogue import label_view

V2 = "/api/v2"
LIMIT = 250
BULK = 50
SLUGS = {ABSENT: "absent", WAITING: "waiting", ARRIVED: "attended", CONFIRMED: "confirmed"}
CLIENT_KEYS = (
    "id",
    "name",
    "phone",
    "email",
    "surname",
    "patronymic",
    "gender",
    "birthday",
    "custom_field_values",
    "agreements",
)


def document(data: Any, meta: Any = None, included: list[Wire] | None = None, status: int = 200) -> Answer:
    """A JSON:API answer: no `success`."""
    return Answer({"data": data, "included": included or [], "meta": meta or {}}, status=status, bare=True)


def appointment_view(location: Location, record: Record) -> Wire:
    paid = finance.paid_sum(location, record)
    return {
        "type": "appointment",
        "id": str(record.id),
        "attributes": {
            "attendance_status_slug": SLUGS[record.attendance],
            "is_paid": bool(record.paid_full),
            "is_overpaid": paid > record.total,
            "paid_full": 2 if paid > record.total else record.paid_full,
            "timestamp": times.to_moment(record.starts, location.zone),
            "date": times.wall_text(record.starts),
            "length": record.length,
            "clients_count": record.clients_count,
            "activity_id": record.activity_id,
            "external_id": record.api_id,
            "client_id": record.client_id or None,
            "staff_id": record.staff_id,
            "comer_id": (record.comer or {}).get("id"),
            "booking_user_id": record.created_user_id,
            "record_from": record.record_from,
            "prepaid_status": "not_required",
            "comment": record.comment,
            "color": f"#{record.custom_color}" if record.custom_color else "",
            "visit_id": record.visit_id,
            "is_deleted": record.deleted,
        },
        "relationships": {
            "labels": {"data": [{"type": "tag", "id": str(one)} for one in record.labels]},
            "client": {"data": {"type": "client", "id": str(record.client_id)} if record.client_id else None},
        },
    }


def appointments(call: Call) -> Answer:
    location = call.location
    first, last = (call.wall(f"filter[date_intersect_{side}]") for side in ("from", "to"))
    client, event = call.integer("filter[client_id]"), call.integer("filter[activity_id]")
    keys = location.index.by_date(
        None if first is None else times.day_start(first) - times.DAY, None, with_deleted=False
    )
    found = [
        one
        for one in location.index.records_of(keys, location.records)
        if (first is None or one.ends >= first)
        and (last is None or one.starts <= last)
        and (client is None or one.client_id == client)
        and (event is None or one.activity_id == event)
    ]
    page, size = call.page(25, LIMIT, size_name="limit")
    shown = [appointment_view(location, one) for one in found[(page - 1) * size : page * size]]
    return document(shown, {"total_count": len(found)})


def _live(call: Call, record_id: int) -> Record:
    record = record_of(call.location, record_id)
    if record.deleted:
        raise not_found()
    return record


def delete_appointment(call: Call) -> Answer:
    records.remove(call.world, call.location, _live(call, call.number("record")), call.actor)
    return NO_CONTENT


def delete_appointments(call: Call) -> Answer:
    wanted = [_live(call, one) for one in as_ids(call.fields().get("appointment_ids"))]
    for record in wanted:
        records.remove(call.world, call.location, record, call.actor)
    return NO_CONTENT


def attendance_appointments(call: Call) -> Answer:
    kind, _, number = call.request.match_info["attendance"].partition("_")
    if kind not in ("record", "visit") or not number.isdigit():
        raise not_found()
    ids = {int(number)} if kind == "record" else call.location.visits.get(int(number), set())
    found = [call.location.records[one] for one in sorted(ids) if one in call.location.records]
    return document([appointment_view(call.location, one) for one in found if not one.deleted])


def event_view(call: Call, event: Event) -> Wire:
    return {
        "type": "event",
        "id": str(event.id),
        "attributes": {
            "staff_id": event.staff_id,
            "service_id": event.service_id,
            "timestamp": times.to_moment(event.starts, call.zone),
            "date": times.wall_text(event.starts),
            "length": event.length,
            "capacity": event.capacity,
            "clients_count": records.seats_taken(call.location, event),
            "color": f"#{event.color}" if event.color else "",
            "comment": event.comment,
            "instructions": event.instructions,
            "stream_link": event.stream_link,
            "schedule_id": None,
            "schedule_till": None,
            "is_deleted": event.deleted,
        },
        "relationships": {},
    }


def list_events(call: Call) -> Answer:
    first, last = call.wall("filter[from]"), call.wall("filter[to]")
    deleted = call.flag("include_deleted") or call.flag("filter[include_deleted]")
    if first is not None and first < times.day_start(call.world.wall(call.location)) and not deleted:
        raise Refused(422, "Validation error", {"filter.from": ["must not be in the past"]})
    found = sorted(
        (
            one
            for one in call.location.events.values()
            if (deleted or not one.deleted)
            and (first is None or one.starts >= first)
            and (last is None or one.starts <= last)
        ),
        key=lambda one: (one.starts, one.id),
    )
    page, size = call.page(25, LIMIT, size_name="limit")
    return document(
        [event_view(call, one) for one in found[(page - 1) * size : page * size]], {"total_count": len(found)}
    )


def get_event(call: Call) -> Answer:
    return document(event_view(call, events.event_of(call.location, call.number("event"))))


def _participant(call: Call, event: Event, given: Any) -> Record:
    """One appointment of an event from its v2 body; 422 unless all keys of the client are there (contract §6.3)."""
    client = given.get("client") if isinstance(given, dict) else None
    if not isinstance(client, dict):
        raise Refused(422, "Validation error", {"client": ["This field is required"]})
    if missing := [name for name in CLIENT_KEYS if name not in client]:
        raise Refused(422, "Validation error", {f"client.{name}": ["This field is required"] for name in missing})
    if not client["id"] and len(digits(client["phone"])) not in clients.PHONE_DIGITS:
        raise Refused(422, "Validation error", {"client.phone": ["must have 9 to 15 digits"]})
    draft = events.participant_draft(call.location, event, client, given)
    return records.create(call.world, call.location, draft, call.actor)


def book_event(call: Call) -> Answer:
    event = events.event_of(call.location, call.number("event"))
    record = _participant(call, event, call.fields())
    return document(appointment_view(call.location, record), status=201)


def book_event_bulk(call: Call) -> Answer:
    """Up to fifty clients at once; each that is refused is listed in `meta.errors` by its place."""
    event = events.event_of(call.location, call.number("event"))
    given = call.body if isinstance(call.body, list) else call.fields().get("appointments")
    if not isinstance(given, list) or not 1 <= len(given) <= BULK:
        raise Refused(422, "Validation error", {"appointments": [f"must have 1 to {BULK} entries"]})
    made: list[Wire] = []
    errors: list[Wire] = []
    for place, one in enumerate(given):
        try:
            made.append(appointment_view(call.location, _participant(call, event, one)))
        except Refused as error:
            errors.append({"index": place, "status": error.status, "meta": error.meta})
    return document(made, {"errors": errors}, status=201)


def _of_event(call: Call) -> tuple[Event, Record]:
    event = events.event_of(call.location, call.number("event"))
    record = _live(call, call.number("record"))
    if record.activity_id != event.id:
        raise not_found()
    return event, record


def change_appointment(call: Call) -> Answer:
    event, record = _of_event(call)
    given = call.fields()
    draft = events.participant_draft(call.location, event, given.get("client"), given)
    if draft.person is None:
        draft.client_id = record.client_id
    records.keep_origin(draft, record)
    records.replace(call.world, call.location, record, draft, call.actor)
    return document(appointment_view(call.location, record))


def move_appointment(call: Call) -> Answer:
    """Reschedule into another event; only while waiting and unpaid (contract §6.3)."""
    event, record = _of_event(call)
    target = events.event_of(call.location, as_id(call.fields().get("event_id") or call.fields().get("activity_id")))
    if record.attendance != WAITING or record.paid_full:
        raise Refused(422, "Only waiting and unpaid appointments can be rescheduled")
    if records.seats_taken(call.location, target) + record.clients_count > target.capacity:
        raise Refused(422, "There are not enough free places in the event")
    event.records.discard(record.id)
    target.records.add(record.id)
    draft = records.draft_of(record)
    events.inherit(call.location, target, draft)
    record.activity_id, record.clients_count = target.id, draft.clients_count
    records.replace(call.world, call.location, record, draft, call.actor)
    return document(appointment_view(call.location, record))


def tags(call: Call) -> Answer:
    wanted = call.text("entity", "filter[entity]")
    entity = {"client": 1, "appointment": 2, "record": 2, "event": 3}.get(wanted, wanted)
    found = [one for one in call.location.labels.values() if not one.deleted]
    if wanted:
        found = [one for one in found if str(one.entity) == str(entity)]
    return document(
        [
            {"type": "tag", "id": str(one.id), "attributes": label_view(call.location, one), "relationships": {}}
            for one in found
        ]
    )


def _statistic(location: Location, client: Client) -> Wire:
    last = clients.last_visit(location, client)
    wall = times.parse_wall(last, location.zone)
    moment = None if wall is None else times.stamp_text(times.to_moment(wall, location.zone), location.zone)
    return {
        "type": "client_attendances_statistic",
        "id": str(client.id),
        "attributes": {
            "company_id": location.id,
            "successful_attendances_count": client.success_visits,
            "failed_attendances_count": client.fail_visits,
            "balance_amount": whole(round(client.paid - client.spent, 2)),
            "spent_amount": whole(client.spent),
            "paid_amount": whole(client.paid),
            "last_successful_attendance_datetime": moment,
        },
        "relationships": {},
    }


def _deposits(call: Call, location: Location, test: Callable[[int], bool]) -> list[Wire]:
    chain = call.world.chain_of(location)
    return [
        {"type": "deposit", "id": str(one.id), "attributes": {"balance": whole(one.balance)}}
        for one in chain.deposits.values()
        if test(one.client_id)
    ]


def statistic(call: Call) -> Answer:
    client = client_of(call.location, call.number("client"))
    included = _deposits(call, call.location, lambda one: one == client.id)
    return document(_statistic(call.location, client), included=included)


def chain_statistic(call: Call) -> Answer:
    """The statistic of a client in every location of the chain where his phone is known."""
    chain = call.world.chains.get(call.number("chain"))
    if chain is None:
        raise not_found()
    if not any(call.user and access.may_enter(call.world, call.user, one) for one in chain.locations):
        raise Refused(403, "Access denied.")
    number = call.number("client")
    phone = next(
        (digits(one.clients[number].phone) for one in call.world.locations.values() if number in one.clients), ""
    )
    if not phone:
        raise not_found()
    shown = []
    for one in chain.locations:
        location = call.world.locations[one]
        if (known := location.clients_by_phone.get(phone)) is not None:
            shown.append(_statistic(location, location.clients[known]))
    return document(shown)


_EVENT = f"{V2}/locations/{{company}}/events/{{event:\\d+}}"
ROUTES = [
    Route("GET", f"{V2}/locations/{{company}}/appointments", appointments, right="timetable_access"),
    Route(
        "DELETE",
        f"{V2}/locations/{{company}}/appointments/{{record}}",
        delete_appointment,
        right="delete_records_access",
    ),
    Route(
        "POST",
        f"{V2}/locations/{{company}}/timetable/appointments/delete",
        delete_appointments,
        right="delete_records_access",
    ),
    Route(
        "GET",
        f"{V2}/locations/{{company}}/attendances/{{attendance}}/appointments",
        attendance_appointments,
        right="timetable_access",
    ),
    Route("GET", f"{V2}/locations/{{company}}/events", list_events, right="timetable_access"),
    Route("GET", _EVENT, get_event, right="timetable_access"),
    Route("POST", f"{_EVENT}/appointments", book_event, right="create_records_access"),
    Route("POST", f"{_EVENT}/appointments/bulk", book_event_bulk, right="create_records_access"),
    Route("PUT", f"{_EVENT}/appointments/{{record}}", change_appointment, right="edit_records_access"),
    Route("PATCH", f"{_EVENT}/appointments/{{record}}", move_appointment, right="edit_records_access"),
    Route("GET", f"{V2}/locations/{{company}}/tags", tags),
    Route(
        "GET", f"{V2}/locations/{{company}}/clients/{{client}}/attendances_statistic", statistic, right="clients_access"
    ),
    Route("GET", f"{V2}/chains/{{chain}}/clients/{{client}}/attendances_statistic", chain_statistic),
]
