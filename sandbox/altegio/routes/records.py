"""Records and visits over REST (contract §4, §11)."""

from typing import Any

from sandbox.altegio import access, finance, records, times, visits
from sandbox.altegio.account_model import Wire
from sandbox.altegio.events import event_of, participant_draft
from sandbox.altegio.model import WAITING, Line, Location, Record
from sandbox.altegio.record_index import RecordIndex
from sandbox.altegio.record_view import brief_view, record_view
from sandbox.altegio.state import record_of
from sandbox.altegio.wire import (
    NO_CONTENT,
    Answer,
    Call,
    Refused,
    Route,
    as_id,
    as_ids,
    as_number,
    as_objects,
    not_found,
    whole,
)

V1 = "/api/v1"
PAGE = 50
REQUIRED = ("staff_id", "services", "client", "datetime", "seance_length")
QUICK_PAYMENTS = (1, 2, 129, 130)
PARTNER_LENGTH = 100


def _rights(call: Call, location: Location) -> dict[str, bool | int]:
    if call.user is None:
        raise Refused(401, "Authentication needed.")
    return access.rights(call.user, location.id)


def _shown(call: Call, location: Location, record: Record) -> Wire:
    return record_view(
        location,
        record,
        call.world.rules,
        finance=call.flag("include_finance_transactions"),
        consumables=call.flag("include_consumables"),
        phones=bool(_rights(call, location)["timetable_phones_access"]),
    )


def list_records(call: Call) -> Answer:
    """The list: newest visit first; two equal dates in falling order of id."""
    page, size = call.page(PAGE)
    keys = _matching(call)
    last = len(keys) - (page - 1) * size
    wanted = keys[max(0, last - size) : max(0, last)]
    wanted.reverse()
    found = RecordIndex.records_of(wanted, call.location.records)
    return Answer([_shown(call, call.location, one) for one in found], {"page": page, "total_count": len(keys)})


def _matching(call: Call) -> list[int]:
    """Date keys of all records that the query asks for, oldest visit first."""
    location, index = call.location, call.location.index
    with_deleted = call.flag("with_deleted")
    first, last = call.wall("start_date"), call.wall("end_date")
    first = None if first is None else times.day_start(first)
    last = None if last is None else times.day_start(last) + times.DAY - 1
    after, before = call.wall("changed_after"), call.wall("changed_before")
    made_from, made_to = call.wall("c_start_date"), call.wall("c_end_date")
    staff, creator = call.integer("staff_id"), call.integer("created_user_id")
    client = call.integer("client_id")

    def find() -> list[int]:
        filtered = any(one is not None for one in (staff, creator, made_from, made_to))
        if client is not None:
            card = location.clients.get(client)
            keys = index.date_keys(card.records) if card else []
            filtered = True
        elif after is not None or before is not None:
            keys = index.changed(after, before, with_deleted=with_deleted)
            filtered = filtered or first is not None or last is not None
        else:
            keys = index.by_date(first, last, with_deleted=with_deleted)
        if not filtered:
            return keys

        def fits(record: Record) -> bool:
            return (
                (with_deleted or not record.deleted)
                and (first is None or record.starts >= first)
                and (last is None or record.starts <= last)
                and (after is None or record.changed_wall >= after)
                and (before is None or record.changed_wall <= before)
                and (staff is None or record.staff_id == staff)
                and (creator is None or record.created_user_id == creator)
                and (made_from is None or times.to_wall(record.created, call.zone) >= times.day_start(made_from))
                and (made_to is None or times.to_wall(record.created, call.zone) < times.day_start(made_to) + times.DAY)
            )

        return [key for key, record in zip(keys, index.records_of(keys, location.records), strict=True) if fits(record)]

    query = (with_deleted, first, last, after, before, made_from, made_to, staff, creator, client)
    return call.world.cached_keys(location, query, find)


def partner_records(call: Call) -> Answer:
    """Records that this partner made, in a reduced shape."""
    wanted = call.integer("salon_id")
    size = min(call.integer("editable_length") or 25, PARTNER_LENGTH)
    page = call.integer("page") or 1
    found = [
        (location, record)
        for location in call.world.locations.values()
        if wanted in (None, location.id) and call.user and access.may_enter(call.world, call.user, location.id)
        for record in location.records.values()
        if record.online and not record.deleted
    ]
    shown = [
        {
            "id": record.id,
            "salon_id": location.id,
            "staff_id": record.staff_id,
            "date": times.wall_text(record.starts),
            "length": record.length,
            "attendance": record.attendance,
            "api_id": record.api_id,
        }
        for location, record in found[(page - 1) * size : page * size]
    ]
    return Answer(shown, {"count": len(found)})


def get_record(call: Call) -> Answer:
    record = record_of(call.location, call.number("record"))
    if record.deleted and call.world.rules.deleted_get_status == 404:
        raise not_found()
    return Answer(_shown(call, call.location, record))


def create_record(call: Call) -> Answer:
    given = call.fields()
    record = records.create(call.world, call.location, _draft(call, given, None), call.actor)
    shown = _shown(call, call.location, record)
    return Answer([shown] if call.world.rules.create_answer == "array" else shown, status=201)


def replace_record(call: Call) -> Answer:
    record = _live(call)
    records.check_editable(record, _rights(call, call.location), call.world.wall(call.location))
    given = call.fields()
    payment = as_id(given.get("fast_payment"))
    records.replace(call.world, call.location, record, _draft(call, given, record), call.actor)
    if payment in QUICK_PAYMENTS:
        finance.pay(call.world, call.location, [record], call.actor)
        record.is_sale_bill_printed = payment in (129, 130)
    return Answer(brief_view(record, call.location, call.world.rules), status=201)


def _draft(call: Call, given: Wire, present: Record | None) -> records.Draft:
    """What POST or PUT describes; 422 with every missing required parameter (contract §4.4, §4.5)."""
    if event_id := as_id(given.get("activity_id")):
        if not given.get("client"):
            raise Refused(422, "Validation error", {"client": ["This field is required"]})
        event = event_of(call.location, event_id)
        draft = participant_draft(call.location, event, given["client"], given)
        draft.custom_fields = _custom_fields(given)
        if present is not None:
            records.keep_origin(draft, present)
        return draft
    required = REQUIRED if present is not None else (*REQUIRED, "save_if_busy")
    missing = [name for name in required if name not in given or (given[name] is None and name != "client")]
    if missing and (present is None or not call.world.rules.put_lenient):
        raise Refused(422, "Validation error", {name: ["This field is required"] for name in missing})
    base = records.draft_of(present) if present is not None and missing else None
    if base is not None:
        given = {**_as_body(base, call.location), **given}
    starts = times.parse_wall(given["datetime"], call.zone)
    if starts is None:
        raise Refused(422, "Validation error", {"datetime": ["must be a date and time"]})
    staff_id = as_id(given["staff_id"])
    lines = _lines(call.location, staff_id, given["services"])
    attendance = given.get("attendance")
    draft = records.Draft(
        staff_id=staff_id,
        client_id=0,
        person=given["client"],
        starts=starts,
        length=as_id(given["seance_length"]),
        lines=lines,
        attendance=WAITING if attendance is None else _code(attendance),
        comment=str(given.get("comment") or ""),
        api_id=str(given.get("api_id") or ""),
        custom_color=str(given.get("custom_color") or "").lstrip("#"),
        labels=as_ids(given.get("record_labels")),
        custom_fields=_custom_fields(given),
        comer=given.get("comer") or None,
        technical_break_duration=as_id(given.get("technical_break_duration")),
        sms_remain_hours=as_id(given.get("sms_remain_hours")),
        email_remain_hours=as_id(given.get("email_remain_hours")),
        resource_instance_ids=as_ids(given.get("resource_instance_ids")),
        save_if_busy=bool(given.get("save_if_busy")),
        send_sms=bool(given.get("send_sms")),
    )
    if present is not None:
        records.keep_origin(draft, present)
    return draft


def _code(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        raise Refused(422, "Validation error", {"attendance": ["must be one of -1, 0, 1, 2"]}) from None


def _as_body(draft: records.Draft, location: Location) -> Wire:
    client = location.clients.get(draft.client_id)
    return {
        "staff_id": draft.staff_id,
        "services": [
            {
                "id": one.id,
                "first_cost": one.first_cost,
                "discount": one.discount,
                "cost": one.cost,
                "amount": one.amount,
            }
            for one in draft.lines
        ],
        "client": {"id": client.id} if client else None,
        "datetime": times.wall_text(draft.starts),
        "seance_length": draft.length,
        "attendance": draft.attendance,
        "comment": draft.comment,
        "record_labels": draft.labels,
        "custom_color": draft.custom_color,
        "custom_fields": draft.custom_fields,
    }


def _custom_fields(given: Wire) -> Wire:
    found = given.get("custom_fields")
    return dict(found) if isinstance(found, dict) else {}


def _lines(location: Location, staff_id: int, given: Any) -> list[Line]:
    if not isinstance(given, list):
        raise Refused(422, "Validation error", {"services": ["must be a list"]})
    return [
        records.priced_line(
            location,
            staff_id,
            as_id(one.get("id") if isinstance(one, dict) else one),
            amount=as_number(one.get("amount"), 1) if isinstance(one, dict) else 1,
            first_cost=_given(one, "first_cost"),
            discount=as_number(one.get("discount")) if isinstance(one, dict) else 0,
            cost=_given(one, "cost"),
        )
        for one in given
    ]


def _given(line: Any, name: str) -> float | None:
    return as_number(line[name]) if isinstance(line, dict) and line.get(name) is not None else None


def _live(call: Call) -> Record:
    record = record_of(call.location, call.number("record"))
    if record.deleted:
        raise not_found()
    return record


def delete_record(call: Call) -> Answer:
    record = _live(call)
    records.check_removable(record, _rights(call, call.location))
    records.remove(call.world, call.location, record, call.actor)
    return NO_CONTENT


def attend(call: Call) -> Answer:
    """`POST .../attendance`: the whole visit follows; the answer is timetable data, not a result per id."""
    record = _live(call)
    given = call.fields()
    if "attendance" not in given:
        raise Refused(422, "Validation error", {"attendance": ["This field is required"]})
    records.check_editable(record, _rights(call, call.location), call.world.wall(call.location))
    reached = records.set_visit_attendance(call.world, call.location, record, _code(given["attendance"]), call.actor)
    shown = [
        {"id": one.id, "staff_id": one.staff_id, "date": times.wall_text(one.starts), "length": one.length}
        for one in reached
    ]
    return Answer({"records": shown})


def _visit(call: Call) -> tuple[Location, list[Record]]:
    number = call.number("visit")
    location = visits.location_of(call.world, number)
    if location is None:
        raise not_found()
    if call.user is None or not access.may_enter(call.world, call.user, location.id):
        raise Refused(403, "Access denied.")
    return location, visits.live_records(location, number)


def get_visit(call: Call) -> Answer:
    location, members = _visit(call)
    first = members[0]
    return Answer(
        {
            "attendance": first.visit_attendance,
            "datetime": times.wall_text(first.starts),
            "comment": first.comment,
            "records": [_shown(call, location, one) for one in members],
        }
    )


def change_visit(call: Call) -> Answer:
    """`PUT /visits/{visit}/{record}`: attendance and comment are required; the status reaches the whole visit."""
    location, members = _visit(call)
    record = next((one for one in members if one.id == call.number("record")), None)
    if record is None:
        raise not_found()
    if not _rights(call, location)["edit_records_access"]:
        raise Refused(403, "Access denied.")
    given = call.fields()
    missing = [name for name in ("attendance", "comment") if given.get(name) is None]
    if missing:
        raise Refused(422, "Validation error", {name: ["This field is required"] for name in missing})
    records.check_editable(record, _rights(call, location), call.world.wall(location))
    attendance = _code(given["attendance"])
    taken_back = as_ids(given.get("deleted_transaction_ids"))
    sold = as_objects(given.get("goods_transactions"), "goods_transactions")
    paid = as_objects(given.get("new_transactions"), "new_transactions")
    lines = _lines(location, record.staff_id, given["services"]) if given.get("services") else None
    if lines is not None:
        record.services = lines
        record.forget_given("services")
    record.comment = str(given["comment"])
    record.forget_given("comment")
    records.set_visit_attendance(call.world, location, record, attendance, call.actor)
    for number in taken_back:
        if (payment := location.transactions.get(number)) is not None and not payment.deleted:
            finance.take_back(call.world, location, payment, call.actor)
    for one in sold:
        finance.sell(
            call.world,
            location,
            record,
            as_id(one.get("good_id")),
            abs(as_number(one.get("amount"), 1)),
            as_id(one.get("master_id")),
            call.actor,
        )
    for one in paid:
        finance.pay(
            call.world,
            location,
            [record],
            call.actor,
            account_id=as_id(one.get("account_id")),
            amount=as_number(one.get("amount")),
        )
    if as_id(given.get("fast_payment")) in QUICK_PAYMENTS:
        finance.pay(call.world, location, members, call.actor)
    return Answer(_shown(call, location, record))


def visit_details(call: Call) -> Answer:
    record, number = _live(call), call.number("visit")
    if record.visit_id != number:
        raise not_found()
    members = visits.live_records(call.location, number) if number else [record]
    payments = [
        finance.finance_view(call.location, call.location.transactions[one])
        for member in members
        for one in member.transactions
        if not call.location.transactions[one].deleted
    ]
    items = [
        {name: whole(value) if isinstance(value, float) else value for name, value in one.items()}
        for one in visits.details_items(members)
    ]
    return Answer(
        {
            "payment_transactions": payments,
            "loyalty_transactions": [],
            "kkm_transaction_details_container": [],
            "items": items,
        }
    )


ROUTES = [
    Route("GET", f"{V1}/records/partner", partner_records),
    Route("GET", f"{V1}/records/{{company}}", list_records, right="timetable_access"),
    Route("POST", f"{V1}/records/{{company}}", create_record, right="create_records_access"),
    Route("GET", f"{V1}/record/{{company}}/{{record}}", get_record, right="timetable_access"),
    Route("PUT", f"{V1}/record/{{company}}/{{record}}", replace_record, right="edit_records_access"),
    Route("DELETE", f"{V1}/record/{{company}}/{{record}}", delete_record, right="delete_records_access"),
    Route("POST", f"{V1}/company/{{company}}/records/{{record}}/attendance", attend, right="edit_records_access"),
    Route("GET", f"{V1}/visits/{{visit}}", get_visit),
    Route("PUT", f"{V1}/visits/{{visit}}/{{record}}", change_visit),
    Route("GET", f"{V1}/visit/details/{{company}}/{{record}}/{{visit}}", visit_details, right="timetable_access"),
]
