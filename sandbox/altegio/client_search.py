"""Finding clients: `clients/search`, the old list with its traps, and the history of visits (contract §7)."""

from collections.abc import Callable
from typing import Any

from . import clients, loyalty, times
from .account_model import Wire
from .finance import paid_sum, payment_status
from .model import ABSENT, ARRIVED, CONFIRMED, WAITING, Client, Location, Record
from .people_view import client_view
from .record_view import masked
from .state import World
from .wire import Refused, as_id, as_ids, as_number, digits, whole

SORTABLE = ("id", "name", "phone", "email", "discount", "first_visit_date", "last_visit_date", "sold_amount")
# The record filter counts statuses differently from everywhere else (contract §7.1).
SEARCH_STATUS = {1: ABSENT, 2: WAITING, 3: ARRIVED, 4: CONFIRMED}
HISTORY_PAGE = 25
HISTORY_KEYS = ("client_id", "client_phone", "from", "to", "payment_statuses", "attendance")
Test = Callable[[Client], bool]


def search(world: World, location: Location, given: Wire, *, phones: bool) -> tuple[list[Wire], int]:
    """The page that a search body asks for, and how many clients fit in all; 422 for unknown filters or orders."""
    tests = [_test(world, location, one) for one in given.get("filters") or []]
    together = any if str(given.get("operation") or "AND").upper() == "OR" else all
    found = [one for one in location.clients.values() if not tests or together(test(one) for test in tests)]
    order = str(given.get("order_by") or "id")
    order = {"visit_count": "visits_count"}.get(order, order)
    if order not in (*SORTABLE, "visits_count"):
        raise Refused(422, "Validation error", {"order_by": ["unknown value"]})
    down = str(given.get("order_by_direction") or "DESC").upper() == "DESC"
    found.sort(key=lambda one: (_value(location, one, order, phones=True), one.id), reverse=down)
    page, size = max(1, as_id(given.get("page")) or 1), as_id(given.get("page_size")) or 25
    if not 1 <= size <= 200:
        raise Refused(422, "Validation error", {"page_size": ["must be between 1 and 200"]})
    wanted = given.get("fields") or ["id"]
    shown = [
        {name: _value(location, one, name, phones=phones) for name in wanted}
        for one in found[(page - 1) * size : page * size]
    ]
    return shown, len(found)


def _value(location: Location, client: Client, name: str, *, phones: bool) -> Any:
    match name:
        case "first_visit_date":
            return clients.first_visit(location, client)
        case "last_visit_date":
            return clients.last_visit(location, client)
        case "sold_amount":
            return whole(client.spent)
        case "visits_count" | "visit_count":
            return client.success_visits
        case "phone":
            return client.phone if phones else masked(client.phone)
        case "discount":
            return whole(client.discount)
        case "id" | "name" | "surname" | "patronymic" | "display_name" | "email" | "birth_date":
            return getattr(client, name)
        case "sex_id" | "importance_id":
            return getattr(client, name)
        case _:
            raise Refused(422, "Validation error", {"fields": [f"unknown field {name}"]})


def _test(world: World, location: Location, given: Any) -> Test:
    if not isinstance(given, dict) or not isinstance(given.get("state"), dict):
        raise Refused(422, "Validation error", {"filters": ["type and state are expected"]})
    state: Wire = given["state"]
    match given.get("type"):
        case "id":
            ids = set(as_ids(state.get("value")))
            return lambda one: one.id in ids
        case "quick_search":
            return _quick(str(state.get("value") or ""))
        case "birthday":
            return _between(state, lambda one: one.birth_date)
        case "gender":
            genders = set(as_ids(state.get("value"))) | ({0} if 0 in (state.get("value") or []) else set())
            return lambda one: one.sex_id in genders
        case "importance":
            classes = {as_id(one) for one in state.get("value") or []}
            return lambda one: one.importance_id in classes
        case "category":
            labels = set(as_ids(state.get("value")))
            return lambda one: bool(labels & set(one.labels))
        case "has_mobile_app" | "sms_notification":
            return lambda one: bool(one.sms_check) == bool(state.get("value"))
        case "sold_amount":
            return _within(state, lambda one: one.spent)
        case "client":
            ids = set(as_ids(state.get("id")))
            return lambda one: not ids or one.id in ids
        case "record":
            return _by_records(location, state)
        case "sale":
            return _by_membership(world, location, state)
        case other:
            raise Refused(422, "Validation error", {"filters": [f"unknown type {other}"]})


def _quick(text: str) -> Test:
    folded, number = text.strip().casefold(), digits(text)
    by_phone = bool(number) and len(number) >= len(text.strip()) - 3

    def test(client: Client) -> bool:
        if by_phone and number in digits(client.phone):
            return True
        return folded in client.display_name.casefold() or (bool(folded) and folded in client.email.casefold())

    return test


def _between(state: Wire, value: Callable[[Client], str]) -> Test:
    first, last = str(state.get("from") or ""), str(state.get("to") or "9999")
    return lambda one: bool(value(one)) and first <= value(one) <= last


def _within(state: Wire, value: Callable[[Client], float]) -> Test:
    first = as_number(state.get("from"), float("-inf"))
    last = as_number(state.get("to"), float("inf"))
    return lambda one: first <= value(one) <= last


def _by_records(location: Location, state: Wire) -> Test:
    """Clients by their records: staff, service, service_category, status, created, records_count, sold_amount."""
    wanted = {name: set(_values(state.get(name))) for name in ("staff", "service", "service_category", "status")}
    statuses = {SEARCH_STATUS.get(code) for code in wanted["status"]}
    created = state.get("created") or {}
    first, last = times.parse_day(created.get("from")), times.parse_day(created.get("to"))
    count, amount = state.get("records_count") or {}, state.get("sold_amount") or {}

    def fits(record: Record) -> bool:
        services = {line.id for line in record.services}
        categories = {location.services[one].category_id for one in services if one in location.services}
        made = times.to_wall(record.created, location.zone)
        return (
            not record.deleted
            and (not wanted["staff"] or record.staff_id in wanted["staff"])
            and (not wanted["service"] or bool(services & wanted["service"]))
            and (not wanted["service_category"] or bool(categories & wanted["service_category"]))
            and (not statuses or record.attendance in statuses)
            and (first is None or made >= first)
            and (last is None or made < last + times.DAY)
        )

    def test(client: Client) -> bool:
        fitting = [one for one in (location.records[number] for number in client.records) if fits(one)]
        total = sum(one.total for one in fitting)
        return max(1, as_number(count.get("from"), 1)) <= len(fitting) <= as_number(
            count.get("to"), float("inf")
        ) and as_number(amount.get("from"), float("-inf")) <= total <= as_number(amount.get("to"), float("inf"))

    return test


def _by_membership(world: World, location: Location, state: Wire) -> Test:
    """Clients by the visits left on their memberships, `abonement_balance`; one who has none never fits."""
    limits = state.get("abonement_balance")
    if not isinstance(limits, dict):
        raise Refused(422, "Validation error", {"filters": ["abonement_balance is expected"]})
    left = loyalty.balances(world, world.chain_of(location))
    fits = _within(limits, lambda one: left.get(digits(one.phone), 0))
    return lambda one: digits(one.phone) in left and fits(one)


def _values(given: Any) -> list[int]:
    if isinstance(given, dict):
        given = given.get("value")
    return as_ids(given) if isinstance(given, list) else [as_id(given)] if given else []


def old_list(world: World, location: Location, query: dict[str, str], ids: list[int]) -> list[Client]:
    """The clients of the deprecated list, in order of id; with the switch on, its known traps happen.

    Traps (contract §7.2): when nothing fits name, phone, e-mail or card the unfiltered base comes back; `paid_min`
    without `paid_max` drops everyone. `changed_after` and `changed_before` are the location's wall clock.
    """
    everyone = sorted(location.clients.values(), key=lambda one: one.id)
    found = [one for one in everyone if not ids or one.id in ids]
    traps = world.rules.clients_list_traps
    if query.get("paid_min") or query.get("paid_max"):
        if traps and not query.get("paid_max"):
            return []
        limits = {"from": query.get("paid_min"), "to": query.get("paid_max")}
        found = list(filter(_within(limits, lambda one: one.paid), found))
    for name, sign in (("changed_after", 1), ("changed_before", -1)):
        if (wall := times.parse_wall(query.get(name), location.zone)) is not None:
            found = [one for one in found if sign * (times.to_wall(one.changed, location.zone) - wall) >= 0]
    by_text = [one for one in found if _matches(one, query)]
    if traps and not by_text and any(query.get(name) for name in ("fullname", "phone", "email", "card")):
        return everyone
    return by_text


def _matches(client: Client, query: dict[str, str]) -> bool:
    return (
        (query.get("fullname") or "").casefold() in client.display_name.casefold()
        and digits(query.get("phone")) in digits(client.phone)
        and (query.get("email") or "").casefold() in client.email.casefold()
        and (query.get("card") or "") in client.card
    )


def visit_history(location: Location, given: Wire) -> tuple[Wire, Wire]:
    """`visits/search`: the records of a client, newest first, and the cursor (contract §7.4).

    A page ends at the end of a day, so that the next one, which starts the day before, loses and repeats nothing.
    """
    if missing := [key for key in HISTORY_KEYS if key not in given]:
        raise Refused(422, "Validation error", {key: ["This field is required"] for key in missing})
    client = location.clients.get(as_id(given["client_id"]))
    if client is None and given["client_phone"]:
        number = location.clients_by_phone.get(digits(given["client_phone"]))
        client = location.clients.get(number or 0)
    first, last = times.parse_day(given["from"]), times.parse_day(given["to"])
    attendance, statuses = given["attendance"], given["payment_statuses"] or []
    found = [location.records[one] for one in client.records] if client is not None else []
    fitting = [
        one
        for one in sorted(found, key=lambda one: (one.starts, one.id), reverse=True)
        if not one.deleted
        and (attendance is None or one.attendance == attendance)
        and (not statuses or payment_status(location, one) in statuses)
    ]
    window = [
        one
        for one in fitting
        if (first is None or one.starts >= first) and (last is None or one.starts < last + times.DAY)
    ]
    page = window[:HISTORY_PAGE]
    while len(page) < len(window) and _same_day(window[len(page)], page[-1]):
        page.append(window[len(page)])
    rest = window[len(page) :]
    cursor = {
        "previous": None,
        "current": {"from": given["from"], "to": given["to"], "count": len(page)},
        "next": None if not rest else {"from": given["from"], "to": times.day_text(rest[0].starts), "count": len(rest)},
    }
    data = {
        "goods_transactions": [
            {"id": sale.id, "title": sale.title, "amount": sale.amount, "cost_to_pay": whole(sale.cost)}
            for record in page
            for sale in record.sales
        ],
        "records": [_history_entry(location, one) for one in page],
    }
    return data, {"dateCursor": cursor}


def _same_day(one: Record, other: Record) -> bool:
    return one.starts // times.DAY == other.starts // times.DAY


def _history_entry(location: Location, record: Record) -> Wire:
    staff = location.staff.get(record.staff_id)
    status = payment_status(location, record)
    paid = paid_sum(location, record)
    share = 0 if not record.total else paid / record.total
    return {
        "id": record.id,
        "comment": record.comment,
        "date": times.wall_text(record.starts),
        "visit_id": record.visit_id,
        "attendance": record.attendance,
        "services": [
            {
                "id": line.id,
                "title": line.title,
                "first_cost": whole(line.first_cost),
                "discount_percent": whole(line.discount),
                "cost_to_pay": whole(line.cost),
                "paid_sum": whole(round(line.cost * share, 2)),
                "payment_status": status,
                "consumables": [],
            }
            for line in record.services
        ],
        "staff": {"id": record.staff_id, "name": staff.name if staff else ""},
        "company": {"id": location.id, "title": location.title},
        "tips": {"has_tips": False, "sum": 0},
        "comer": record.comer,
    }


def card_views(location: Location, found: list[Client], *, phones: bool) -> list[Wire]:
    """Full cards of several clients."""
    return [client_view(location, one, phones=phones) for one in found]
