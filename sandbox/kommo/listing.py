"""Lists of leads, contacts and companies: filters, search, order, pages (contract §1.1, §4.2)."""

from collections.abc import Callable, Iterable
from operator import attrgetter
from typing import Any

from aiohttp import web

from .call import Call, call_of, cut, filter_of, page_of, paged, query_of
from .filters import Nested, numbers, pairs, span, texts, within
from .state import Account, Collection, Entity, Lead
from .values import CHOICES, DATES, NOT_DIGITS, NUMBERS, search_text

SPANS = ("created_at", "updated_at", "closed_at", "closest_task_at")
ORDERS = {
    "leads": ("created_at", "updated_at", "id"),
    "contacts": ("updated_at", "id"),
    "companies": ("updated_at", "id"),
}
FEWEST_DIGITS = 4

type Predicate = Callable[[Any], bool]


def list_page(
    request: web.Request, entity_type: str, render: Callable[[Any], dict[str, Any]], *, deleted: bool = False
) -> web.Response:
    """One page of a list as the query string asks for it; each found entity goes through `render`."""
    call = call_of(request)
    page, limit = page_of(request)
    collection: Collection[Any] = call.account.collection(entity_type)
    given, query = filter_of(request), request.query.get("query", "").strip()
    asked = [(key, value) for key, value in request.query.items() if key not in ("page", "limit", "with")]

    def work_out() -> list[Any]:
        return _find(call, entity_type, collection, given, query, _order(request, entity_type), deleted=deleted)

    # While search lags, what it finds depends on the time and cannot be remembered.
    if query and call.simulator.limits.search_lag_seconds > 0:
        found = work_out()
    else:
        key = (entity_type, deleted, call.account.behaviour.api_filter, tuple(asked))
        found = collection.result(key, work_out)
    items, more = cut(found, page, limit)
    return paged(request, entity_type, [render(one) for one in items], page=page, limit=limit, more=more)


def _order(request: web.Request, entity_type: str) -> tuple[str, bool]:
    """The attribute to order by, and whether descending; by id when nothing known is asked."""
    given = query_of(request).get("order")
    if isinstance(given, dict):
        for key, direction in given.items():
            if key in ORDERS[entity_type]:
                return key, str(direction).lower() == "desc"
    return "id", False


def _find(
    call: Call,
    entity_type: str,
    collection: Collection[Any],
    given: Nested,
    query: str,
    order: tuple[str, bool],
    *,
    deleted: bool,
) -> list[Any]:
    found: Iterable[Any]
    if deleted:
        wanted = numbers(given["id"]) if "id" in given else None
        found = (one for one in collection.deleted() if wanted is None or one.id in wanted)
    elif "id" in given:
        found = [one for number in sorted(numbers(given["id"])) if (one := collection.get(number)) is not None]
    else:
        found = collection.alive()
    for predicate in _predicates(call.account, entity_type, given):
        found = filter(predicate, found)
    if query:
        found = filter(_searched(call, entity_type, query), found)
    chosen = list(found)
    if order != ("id", False):
        # Equal keys keep the order of their ids, backwards too.
        chosen.sort(key=attrgetter("id") if order[0] == "id" else attrgetter(order[0], "id"), reverse=order[1])
    return chosen


def _predicates(account: Account, entity_type: str, given: Nested) -> list[Predicate]:
    found: list[Predicate] = []
    if entity_type != "leads":
        found.append(lambda one: not one.is_unsorted)
    for key in ("created_by", "updated_by", "responsible_user_id", "pipeline_id"):
        if key in given and (key != "pipeline_id" or entity_type == "leads"):
            wanted = numbers(given[key])
            found.append(lambda one, key=key, wanted=wanted: getattr(one, key) in wanted)  # type: ignore[misc]
    if names := set(texts(given.get("name"))):
        found.append(lambda one: one.name in names)
    for key in SPANS:
        if (limits := span(given.get(key))) is not None and (entity_type == "leads" or key != "closed_at"):
            found.append(lambda one, key=key, limits=limits: within(getattr(one, key), limits))  # type: ignore[misc]
    if entity_type == "leads":
        found += _lead_predicates(given)
    if isinstance(fields := given.get("custom_fields_values"), dict):
        found += [_field_predicate(account, entity_type, key, wanted) for key, wanted in fields.items()]
    return found


def _lead_predicates(given: Nested) -> list[Predicate]:
    found: list[Predicate] = []
    if "statuses" in given:
        stages = pairs(given["statuses"], "pipeline_id", "status_id")
        found.append(lambda lead: (lead.pipeline_id, lead.status_id) in stages)
    if (prices := span(given.get("price"))) is not None:
        found.append(lambda lead: within(lead.price, prices))
    return found


def _field_predicate(account: Account, entity_type: str, key: str, wanted: Any) -> Predicate:
    """By a custom field: choices by enum id, dates and numbers by value or span, all else by value."""
    field = account.fields[entity_type].get(int(key)) if key.isdigit() else None
    if field is None:
        return lambda _: False
    number, kind = field.id, field.type
    limits = span(wanted) if isinstance(wanted, dict) and ("from" in wanted or "to" in wanted) else None
    if limits is not None and kind in DATES | NUMBERS:
        return lambda one: any(within(float(value["value"]), limits) for value in one.values.get(number, ()))
    if kind in CHOICES:
        enums = numbers(wanted)
        return lambda one: any(value["enum_id"] in enums for value in one.values.get(number, ()))
    values = set(texts(wanted))
    if kind == "checkbox":
        return lambda one: ("1" if any(value["value"] for value in one.values.get(number, ())) else "0") in values
    return lambda one: any(str(value.get("value")) in values for value in one.values.get(number, ()))


def _searched(call: Call, entity_type: str, query: str) -> Predicate:
    """Full-text search over what is filled in; a number of some length is also sought among the phones' digits."""
    needle, digits = query.casefold(), NOT_DIGITS.sub("", query)
    by_digits = len(digits) >= FEWEST_DIGITS and not any(one.isalpha() for one in query)
    lag, now, account = call.simulator.limits.search_lag_seconds, call.simulator.clock.present(), call.account

    def found(one: Entity) -> bool:
        if lag > 0 and now - one.text_at < lag:
            text = one.old_text
        else:
            if one.text is None:
                one.text = search_text(account, entity_type, one)
            text = one.text
        return needle in text or (by_digits and digits in text) or (isinstance(one, Lead) and query == str(one.id))

    return found
