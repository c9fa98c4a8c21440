"""Group events over REST v1 (contract §6.1)."""

from sandbox.altegio import events, records, schedule, times
from sandbox.altegio.model import Event
from sandbox.altegio.wire import PARTNER, Answer, Call, Refused, Route, accepted, as_id

from .online import record_hash

V1 = "/api/v1"
PAGE = 25
DUPLICATION = [{"id": 1, "title": "Every day"}, {"id": 2, "title": "Every week"}]


def create_event(call: Call) -> Answer:
    given = call.fields()
    wanted = events.read(call.location, given, None)
    made = events.save(call.world, call.location, wanted, call.actor, force=bool(given["force"]))
    return Answer(events.event_view(call.world, call.location, made))


def change_event(call: Call) -> Answer:
    given, present = call.fields(), events.event_of(call.location, call.number("event"))
    wanted = events.read(call.location, given, present)
    made = events.save(call.world, call.location, wanted, call.actor, force=bool(given["force"]))
    return Answer(events.event_view(call.world, call.location, made))


def get_event(call: Call) -> Answer:
    return Answer(events.event_view(call.world, call.location, events.event_of(call.location, call.number("event"))))


def delete_event(call: Call) -> Answer:
    events.remove(call.world, call.location, events.event_of(call.location, call.number("event")), call.actor)
    return Answer(accepted(202), status=202, bare=True)


def _found(call: Call) -> list[Event]:
    first, last = times.parse_day(call.text("from")), times.parse_day(call.text("till"))
    services, staff = call.integers("service_ids"), call.integers("staff_ids")
    resources = set(call.integers("resource_ids"))
    wanted = {number for one in resources for number in call.location.resources[one].instances} if resources else set()
    found = [
        one
        for one in call.location.events.values()
        if not one.deleted
        and (first is None or one.starts >= first)
        and (last is None or one.starts < last + times.DAY)
        and (not services or one.service_id in services)
        and (not staff or one.staff_id in staff)
        and (not wanted or wanted & set(one.resource_instance_ids))
    ]
    return sorted(found, key=lambda one: (one.starts, one.id))


def search(call: Call) -> Answer:
    found = _found(call)
    page, size = call.page(PAGE)
    shown = [
        events.event_view(call.world, call.location, one, epoch=True) for one in found[(page - 1) * size : page * size]
    ]
    return Answer(shown, {"count": len(found)})


def search_dates(call: Call) -> Answer:
    return Answer(sorted({times.day_text(one.starts) for one in _found(call)}))


def search_dates_range(call: Call) -> Answer:
    days = [times.day_text(one.starts) for one in _found(call)]
    return Answer({"min_date": min(days), "max_date": max(days)} if days else [])


def filters(call: Call) -> Answer:
    found = _found(call)
    staff = {one.staff_id for one in found}
    return Answer(
        [
            {
                "type": "service",
                "title": "Services",
                "data": [
                    {"id": one, "title": call.location.services[one].title, "is_available": True}
                    for one in sorted({event.service_id for event in found})
                ],
            },
            {
                "type": "staff",
                "title": "Team members",
                "data": [
                    {"id": one, "name": call.location.staff[one].name, "is_available": True} for one in sorted(staff)
                ],
            },
        ]
    )


def services(call: Call) -> Answer:
    staff, term = call.integer("staff_id"), call.text("term").casefold()
    found = [
        one
        for one in call.location.services.values()
        if one.is_group and (staff is None or staff in one.lengths) and term in one.title.casefold()
    ]
    return Answer([{"id": one.id, "title": one.title, "category_id": one.category_id} for one in found])


def duplication_strategies(_: Call) -> Answer:
    return Answer(DUPLICATION)


def duplicate(call: Call) -> Answer:
    """Copies of an event on other dates; they answer with the old key names (contract §6.1)."""
    event = events.event_of(call.location, call.number("event"))
    given = call.fields()
    made = []
    for day in given.get("dates") or []:
        first = times.parse_day(day)
        if first is None:
            raise Refused(422, "Validation error", {"dates": ["must be dates"]})
        start = first + event.starts % times.DAY
        if schedule.busy_with(call.location, event.staff_id, start, start + event.length) and not given.get("force"):
            raise Refused(409, "The team member is busy at this time")
        copy = Event(
            0, event.service_id, event.staff_id, start, event.length, event.capacity, event.color, event.comment
        )
        saved = events.save(call.world, call.location, copy, call.actor, force=True)
        made.append(
            {
                "id": saved.id,
                "salon_id": call.location.id,
                "service_id": saved.service_id,
                "master_id": saved.staff_id,
                "date": times.wall_text(saved.starts),
                "length": saved.length,
                "capacity": saved.capacity,
            }
        )
    return Answer(made)


def book(call: Call) -> Answer:
    event = events.event_of(call.location, call.number("event"))
    given = call.fields()
    if as_id(given.get("clients_count") or 1) + records.seats_taken(call.location, event) > event.capacity:
        raise events.booking_error(433, 422, "There are not enough free places")
    record = events.book(call.world, call.location, event, given, call.actor)
    return Answer({"id": record.id, "hash": record_hash(call, record)})


ROUTES = [
    Route("GET", f"{V1}/activity/{{company}}/search", search, PARTNER),
    Route("GET", f"{V1}/activity/{{company}}/search_dates", search_dates, PARTNER),
    Route("GET", f"{V1}/activity/{{company}}/search_dates_range", search_dates_range, PARTNER),
    Route("GET", f"{V1}/activity/{{company}}/filters", filters, PARTNER),
    Route("GET", f"{V1}/activity/{{company}}/services", services, PARTNER),
    Route("GET", f"{V1}/activity/{{company}}/duplication_strategy", duplication_strategies),
    Route("POST", f"{V1}/activity/{{company}}/{{event}}/duplicate", duplicate, right="create_records_access"),
    Route("POST", f"{V1}/activity/{{company}}/{{event}}/book", book, PARTNER),
    Route("POST", f"{V1}/activity/{{company}}", create_event, right="create_records_access"),
    Route("GET", f"{V1}/activity/{{company}}/{{event}}", get_event, right="timetable_access"),
    Route("PUT", f"{V1}/activity/{{company}}/{{event}}", change_event, right="edit_records_access"),
    Route("DELETE", f"{V1}/activity/{{company}}/{{event}}", delete_event, right="delete_records_access"),
]
