"""Online booking by clients, with the partner token alone (contract §3.3)."""

from datetime import timedelta
from typing import Any

from sandbox.altegio import records, schedule, times
from sandbox.altegio.account_model import Wire
from sandbox.altegio.clients import PHONE_DIGITS
from sandbox.altegio.events import booking_error
from sandbox.altegio.model import Location, Record
from sandbox.altegio.state import client_by_phone, record_of
from sandbox.altegio.wire import (
    NO_CONTENT,
    PARTNER,
    Answer,
    Call,
    Refused,
    Route,
    as_id,
    as_ids,
    as_objects,
    digits,
    not_found,
    whole,
)

V1 = "/api/v1"
AHEAD = timedelta(days=30)


def book_services(call: Call) -> Answer:
    staff = call.integer("staff_id") or 0
    found = [
        one
        for one in call.location.services.values()
        if one.active and not one.is_group and (not staff or staff in one.lengths)
    ]
    categories = {one.category_id for one in found}
    return Answer(
        {
            "events": [],
            "services": [
                {
                    "id": one.id,
                    "title": one.title,
                    "category_id": one.category_id,
                    "price_min": whole(one.price),
                    "price_max": whole(one.price),
                    "discount": 0,
                    "active": 1,
                    "seance_length": one.lengths.get(staff, one.duration),
                    "sex": 0,
                    "image": "",
                }
                for one in found
            ],
            "category": [
                {"id": one.id, "title": one.title, "sex": 0, "api_id": "0", "weight": one.weight}
                for one in call.location.categories.values()
                if one.id in categories
            ],
        }
    )


def book_staff(call: Call) -> Answer:
    services = call.integers("service_ids")
    able = set(schedule.bookable_staff(call.location, services))
    moment = call.wall("datetime")
    shown = []
    for one in call.location.staff.values():
        if one.fired or one.hidden:
            continue
        length = schedule.length_of(call.location, one.id, services) or 0
        free = one.id in able and (moment is None or _fits(call.location, one.id, moment, length))
        nearest = _nearest_day(call, one.id, length) if free else None
        shown.append(
            {
                "id": one.id,
                "name": one.name,
                "bookable": free,
                "specialization": one.specialization,
                "position": {"id": one.position.id, "title": one.position.title} if one.position else [],
                "seance_date": nearest,
                "weight": one.weight,
                "rating": one.rating,
                "avatar": "",
            }
        )
    return Answer(shown)


def _fits(location: Location, staff_id: int, start: int, length: int) -> bool:
    return schedule.works(location, staff_id, start, start + length) and not schedule.busy_with(
        location, staff_id, start, start + length
    )


def _wanted_staff(call: Call, staff_id: int, services: list[int]) -> list[int]:
    able = schedule.bookable_staff(call.location, services)
    return able if staff_id == 0 else [staff_id] if staff_id in able else []


def _starts(call: Call, staff_id: int, day: int, services: list[int]) -> list[tuple[int, int]]:
    """(start wall, length) of the free times of one team member on a day."""
    length = schedule.length_of(call.location, staff_id, services)
    if length is None:
        return []
    found = schedule.free_starts(
        call.location, staff_id, day, length or schedule.GRID * 60, call.world.wall(call.location)
    )
    return [(start, length) for start in found]


def _nearest_day(call: Call, staff_id: int, length: int) -> str | None:
    now = call.world.wall(call.location)
    start = times.day_of(now)
    for day in schedule.days(start, start + AHEAD):
        wall = times.wall_of(day)
        if next(schedule.free_starts(call.location, staff_id, wall, length or schedule.GRID * 60, now), None):
            return day.isoformat()
    return None


def book_dates(call: Call) -> Answer:
    services = call.integers("service_ids")
    staff = _wanted_staff(call, call.integer("staff_id") or 0, services)
    first = times.parse_day(call.text("date_from", "date")) or times.day_start(call.world.wall(call.location))
    last = times.parse_day(call.text("date_to"))
    start = times.day_of(first)
    days = list(schedule.days(start, times.day_of(last) if last else start + AHEAD))
    working = [day for day in days if any(schedule.slots(call.location, one, times.wall_of(day)) for one in staff)]
    free = [day for day in working if any(_starts(call, one, times.wall_of(day), services) for one in staff)]

    def by_month(found: list[Any]) -> dict[str, list[str]]:
        grouped: dict[str, list[str]] = {}
        for day in found:
            grouped.setdefault(str(day.month), []).append(str(day.day))
        return grouped

    return Answer(
        {
            "booking_days": by_month(free),
            "booking_dates": [day.isoformat() for day in free],
            "working_days": by_month(working),
            "working_dates": [day.isoformat() for day in working],
        }
    )


def book_times(call: Call) -> Answer:
    day = times.parse_day(call.request.match_info["date"])
    if day is None:
        raise Refused(400, "Malformed parameters", {"date": ["must be a date"]})
    services = call.integers("service_ids")
    found: dict[int, int] = {}
    for one in _wanted_staff(call, call.number("staff"), services):
        for start, length in _starts(call, one, day, services):
            found.setdefault(start, length)
    return Answer([_seance(call.location, start, length) for start, length in sorted(found.items())])


def _seance(location: Location, start: int, length: int) -> Wire:
    return {
        "time": times.clock_text(start).removeprefix("0"),
        "seance_length": length or schedule.GRID * 60,
        "datetime": times.to_moment(start, location.zone),
    }


def book_staff_seances(call: Call) -> Answer:
    services, staff = call.integers("service_ids"), call.number("staff")
    now = times.day_of(call.world.wall(call.location))
    for day in schedule.days(now, now + AHEAD):
        if found := _starts(call, staff, times.wall_of(day), services):
            shown = [_seance(call.location, start, length) for start, length in found]
            return Answer({"seance_date": day.isoformat(), "seances": shown})
    return Answer({"seance_date": None, "seances": []})


def _drafts(call: Call, given: Wire) -> list[tuple[Any, records.Draft]]:
    """(caller's own id, draft) of each appointment of a request; the errors carry the id of the failing one."""
    drafts: list[tuple[Any, records.Draft]] = []
    appointments = as_objects(given.get("appointments"), "appointments")
    if not appointments:
        raise Refused(422, "Validation error", {"appointments": ["This field is required"]})
    for one in appointments:
        mark, services = one.get("id"), as_ids(one.get("services"))
        start = times.parse_wall(one.get("datetime"), call.zone)
        if start is None:
            raise booking_error(433, 422, "The time is wrong", mark)
        if any(number not in call.location.services for number in services):
            raise booking_error(438, 422, "There is no such service", mark)
        staff = _choose(call.location, as_id(one.get("staff_id")), services, start, mark)
        length = schedule.length_of(call.location, staff, services)
        if length is None:
            raise booking_error(438, 422, "The team member does not do this service", mark)
        for _, other in drafts:
            if other.staff_id == staff and other.starts < start + length and start < other.starts + other.length:
                raise booking_error(437, 422, "The appointments overlap", mark)
        drafts.append(
            (
                mark,
                records.Draft(
                    staff_id=staff,
                    client_id=0,
                    starts=start,
                    length=length or schedule.GRID * 60,
                    lines=[records.priced_line(call.location, staff, number) for number in services],
                    comment=str(given.get("comment") or ""),
                    api_id=str(given.get("api_id") or ""),
                    custom_fields=one.get("custom_fields") or given.get("custom_fields") or {},
                    sms_remain_hours=as_id(given.get("notify_by_sms")),
                    email_remain_hours=as_id(given.get("notify_by_email")),
                    online=True,
                    record_from="Online widget",
                    bookform_id=as_id(given.get("bookform_id")) or 1,
                    from_url="https://booking.example.test/",
                ),
            )
        )
    return drafts


def _choose(location: Location, staff_id: int, services: list[int], start: int, mark: Any) -> int:
    if staff_id:
        length = schedule.length_of(location, staff_id, services) or schedule.GRID * 60
        if not _fits(location, staff_id, start, length):
            raise booking_error(433, 422, "The time is already taken", mark)
        return staff_id
    for one in schedule.bookable_staff(location, services):
        length = schedule.length_of(location, one, services) or schedule.GRID * 60
        if _fits(location, one, start, length):
            return one
    raise booking_error(436, 422, "Nobody is free at this time", mark)


def book_check(call: Call) -> Answer:
    _drafts(call, call.fields())
    return Answer([], status=201)


def book_record(call: Call) -> Answer:
    given = call.fields()
    if len(digits(given.get("phone"))) not in PHONE_DIGITS:
        raise booking_error(431, 422, "The phone is wrong")
    if not str(given.get("fullname") or "").strip():
        raise booking_error(435, 422, "The name is required")
    if "email" not in given:
        raise Refused(422, "Validation error", {"email": ["This field is required"]})
    if given.get("code") and str(given["code"]) != sms_code(digits(given["phone"])):
        raise booking_error(432, 422, "The code is wrong")
    drafts = _drafts(call, given)
    known = client_by_phone(call.location, given["phone"])
    if known is not None and known.id in call.location.blacklist:
        raise booking_error(434, 403, "The client may not book online")
    made = []
    for mark, draft in drafts:
        draft.person = {"name": given["fullname"], "phone": given["phone"], "email": given["email"]}
        record = records.create(call.world, call.location, draft, call.actor)
        made.append({"id": mark, "record_id": record.id, "record_hash": record_hash(call, record)})
    return Answer(made, status=201)


def sms_code(phone: str) -> str:
    """The code that an SMS to this phone would carry."""
    return f"{int(phone[-4:]) % 9000 + 1000}"


def record_hash(call: Call, record: Record) -> str:
    return call.world.secret("record", record.id)[:16]


def book_code(call: Call) -> Answer:
    if len(digits(call.fields().get("phone"))) not in PHONE_DIGITS:
        raise booking_error(431, 422, "The phone is wrong")
    return Answer({"success": True}, {"message": "The code was sent"})


def book_move(call: Call) -> Answer:
    record = record_of(call.location, call.number("record"))
    given = call.fields()
    start = times.parse_wall(given.get("datetime"), call.zone)
    if record.deleted or start is None:
        raise not_found() if record.deleted else booking_error(433, 422, "The time is wrong")
    busy = schedule.busy_with(call.location, record.staff_id, start, start + record.length, besides=record.id)
    if busy or not schedule.works(call.location, record.staff_id, start, start + record.length):
        raise booking_error(433, 422, "The time is already taken")
    if given.get("comment") is not None:
        record.comment = str(given["comment"])
    records.move(call.world, call.location, record, start, record.staff_id, call.actor)
    return Answer({"id": record.id, "datetime": times.wall_text(record.starts)})


def _by_hash(call: Call) -> tuple[Location, Record]:
    number = call.number("record")
    for location in [call.here] if call.here else call.world.locations.values():
        record = location.records.get(number)
        if record is not None and not record.deleted and call.request.match_info["hash"] == record_hash(call, record):
            return location, record
    raise not_found()


def own_record(call: Call) -> Answer:
    location, record = _by_hash(call)
    staff = location.staff.get(record.staff_id)
    return Answer(
        {
            "id": record.id,
            "company": {"id": location.id, "title": location.title},
            "staff": {"id": record.staff_id, "name": staff.name if staff else ""},
            "services": [{"id": line.id, "title": line.title, "cost": whole(line.cost)} for line in record.services],
            "date": times.wall_text(record.starts),
            "length": record.length,
            "comment": record.comment,
            "allow_delete_record": True,
            "allow_change_record": True,
        }
    )


def cancel_own(call: Call) -> Answer:
    location, record = _by_hash(call)
    records.remove(call.world, location, record, call.actor)
    return NO_CONTENT


ROUTES = [
    Route("GET", f"{V1}/book_services/{{company}}", book_services, PARTNER),
    Route("GET", f"{V1}/book_staff/{{company}}", book_staff, PARTNER),
    Route("GET", f"{V1}/book_dates/{{company}}", book_dates, PARTNER),
    Route("GET", f"{V1}/book_times/{{company}}/{{staff}}/{{date}}", book_times, PARTNER),
    Route("GET", f"{V1}/book_staff_seances/{{company}}/{{staff}}", book_staff_seances, PARTNER),
    Route("POST", f"{V1}/book_check/{{company}}", book_check, PARTNER),
    Route("POST", f"{V1}/book_record/{{company}}", book_record, PARTNER),
    Route("PUT", f"{V1}/book_record/{{company}}/{{record}}", book_move, PARTNER),
    Route("GET", f"{V1}/book_record/{{company}}/{{record}}/{{hash}}", own_record, PARTNER),
    Route("POST", f"{V1}/book_code/{{company}}", book_code, PARTNER),
    Route("GET", f"{V1}/user/records/{{record}}/{{hash}}", own_record, PARTNER),
    Route("DELETE", f"{V1}/user/records/{{record}}/{{hash}}", cancel_own, PARTNER),
]
