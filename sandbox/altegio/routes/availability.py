"""The journal's view of time: working days, free quarters, the common schedule (contract §3.4)."""

from datetime import timedelta
from typing import Any

from sandbox.altegio import schedule, times
from sandbox.altegio.account_model import Wire
from sandbox.altegio.model import Location
from sandbox.altegio.state import staff_of
from sandbox.altegio.wire import Answer, Call, Refused, Route, as_id, as_objects

V1 = "/api/v1"
AHEAD = timedelta(days=30)
LONGEST_RANGE = timedelta(days=92)


def working_days(call: Call) -> Answer:
    first = times.parse_day(call.request.match_info["date"])
    if first is None:
        raise Refused(400, "Malformed parameters", {"date": ["must be a date"]})
    staff = call.integer("staff_id")
    wanted = [staff] if staff else list(call.location.staff)
    start = times.day_of(first)
    found = [
        day.isoformat()
        for day in schedule.days(start, start + AHEAD)
        if any(schedule.slots(call.location, one, times.wall_of(day)) for one in wanted)
    ]
    return Answer(found)


def seances(call: Call) -> Answer:
    staff = staff_of(call.location, call.number("staff"))
    day = times.parse_day(call.request.match_info["date"])
    if day is None:
        raise Refused(400, "Malformed parameters", {"date": ["must be a date"]})
    grid = []
    for first, last in schedule.slots(call.location, staff.id, day):
        for minute in range(first, last, schedule.GRID):
            start = day + minute * 60
            busy = schedule.busy_with(call.location, staff.id, start, start + schedule.GRID * 60)
            grid.append({"time": times.clock_text(start), "is_free": busy is None})
    return Answer(grid)


def common_schedule(call: Call) -> Answer:
    first, last = _range(call.text("start_date"), call.text("end_date"))
    wanted = call.integers("staff_ids", "staff_id") or [one.id for one in call.location.staff.values() if not one.fired]
    include = call.many("include")
    rows = []
    for staff_id in wanted:
        for day in schedule.days(times.day_of(first), times.day_of(last)):
            wall = times.wall_of(day)
            row: Wire = {"staff_id": staff_id, "date": day.isoformat(), "slots": _slots(call.location, staff_id, wall)}
            if "busy_intervals" in include:
                row["busy_intervals"] = busy_intervals(call.location, staff_id, wall)
            if "off_day_type" in include:
                row["off_day_type"] = None
            rows.append(row)
    return Answer(rows, {"count": len(rows)})


def _slots(location: Location, staff_id: int, wall: int) -> list[Wire]:
    return [
        {"from": times.clock_text(first * 60), "to": _end(last)}
        for first, last in schedule.slots(location, staff_id, wall)
    ]


def _end(minutes: int) -> str:
    return "24:00" if minutes == 24 * 60 else times.clock_text(minutes * 60)


def busy_intervals(location: Location, staff_id: int, wall: int) -> list[Wire]:
    shown = [("record", one.id, one.starts, one.ends) for one in schedule.records_of_day(location, staff_id, wall)]
    shown += [("activity", one.id, one.starts, one.ends) for one in schedule.events_of_day(location, staff_id, wall)]
    shown.sort(key=lambda one: one[2])
    return [
        {"entity_type": kind, "entity_id": number, "from": times.clock_text(start), "to": times.clock_text(end)}
        for kind, number, start, end in shown
    ]


def set_schedule(call: Call) -> Answer:
    given = call.fields()
    for one in as_objects(given.get("schedules_to_set"), "schedules_to_set"):
        staff = staff_of(call.location, as_id(one.get("staff_id") or one.get("team_member_id")))
        hours = [
            (_minutes(slot.get("from")), _minutes(slot.get("to"))) for slot in as_objects(one.get("slots"), "slots")
        ]
        for day in one.get("dates") or []:
            call.location.schedule[staff.id, _day(day)] = sorted(hours)
    for one in as_objects(given.get("schedules_to_delete"), "schedules_to_delete"):
        staff = staff_of(call.location, as_id(one.get("staff_id") or one.get("team_member_id")))
        for day in one.get("dates") or []:
            call.location.schedule[staff.id, _day(day)] = []
    changed = {
        as_id(one.get("staff_id") or one.get("team_member_id"))
        for name in ("schedules_to_set", "schedules_to_delete")
        for one in given.get(name) or []
    }
    for staff_id in sorted(changed):
        call.world.ring(call.location, "schedule", staff_id, "update", list, call.actor)
    return Answer([], {"count": len(changed)})


def _minutes(text: Any) -> int:
    hours, _, minutes = str(text or "").partition(":")
    if not hours.isdigit() or not minutes.isdigit() or int(hours) > 24 or int(minutes) > 59:
        raise Refused(422, "Validation error", {"slots": ["from and to must be HH:MM"]})
    return int(hours) * 60 + int(minutes)


def _day(text: Any) -> int:
    day = times.parse_day(text)
    if day is None:
        raise Refused(422, "Validation error", {"dates": ["must be dates"]})
    return day


def old_schedule(call: Call) -> Answer:
    staff = staff_of(call.location, call.number("staff"))
    first, last = _range(call.request.match_info["start"], call.request.match_info["end"])
    shown = []
    for day in schedule.days(times.day_of(first), times.day_of(last)):
        slots = _slots(call.location, staff.id, times.wall_of(day))
        shown.append({"date": day.isoformat(), "is_working": int(bool(slots)), "slots": slots})
    return Answer(shown)


def _range(start: str, end: str) -> tuple[int, int]:
    first, last = times.parse_day(start), times.parse_day(end)
    if first is None or last is None or not 0 <= last - first <= LONGEST_RANGE.total_seconds():
        raise Refused(400, "Malformed parameters", {"start_date": ["a range of days is expected"]})
    return first, last


ROUTES = [
    Route("GET", f"{V1}/timetable/dates/{{company}}/{{date}}", working_days, right="timetable_access"),
    Route("GET", f"{V1}/timetable/seances/{{company}}/{{staff}}/{{date}}", seances, right="timetable_access"),
    Route("GET", f"{V1}/company/{{company}}/staff/schedule", common_schedule, right="timetable_access"),
    Route("PUT", f"{V1}/company/{{company}}/staff/schedule", set_schedule, right="schedule_edit_access"),
    Route("GET", f"{V1}/schedule/{{company}}/{{staff}}/{{start}}/{{end}}", old_schedule, right="timetable_access"),
]
