"""Lists and their elements, the plain parts (contract §8.7)."""

from typing import Any

from aiohttp import web

from .call import (
    Call,
    call_of,
    cut,
    filter_of,
    hal,
    nothing,
    page_of,
    paged,
    read_elements,
    required,
    write_each,
    written,
)
from .filters import numbers
from .problems import Errors, Problem, choice, missing
from .writing import is_int

TYPES = ("regular", "invoices", "products", "suppliers")
MOST = 10

type Entry = dict[str, Any]


def _links(call: Call, entry: Entry) -> dict[str, Any]:
    if "catalog_id" in entry:
        return call.href(f"/catalogs/{entry['catalog_id']}/elements/{entry['id']}")
    return call.href(f"/catalogs/{entry['id']}")


def _render(call: Call, entry: Entry) -> Entry:
    return {**entry, "_links": _links(call, entry)}


def _stamped(call: Call) -> Entry:
    now = call.stamp()
    stamps = {"created_by": call.user.id, "updated_by": call.user.id, "created_at": now, "updated_at": now}
    return {**stamps, "account_id": call.account.id}


def _check(given: Entry, known: dict[int, Entry], errors: Errors, *, new: bool) -> Entry:
    if new:
        errors += required(given, "name")
    elif not is_int(given.get("id")) or given["id"] not in known:
        errors.append(choice("id") if "id" in given else missing("id"))
    if given.get("type") is not None and given["type"] not in TYPES:
        errors.append(choice("type"))
    return given


def _update(call: Call, known: dict[int, Entry], given: Entry, keys: tuple[str, ...]) -> Entry:
    entry = known[given["id"]]
    entry |= {key: given[key] for key in keys if key in given}
    entry |= {"updated_at": call.stamp(), "updated_by": call.user.id}
    return entry


def _page(request: web.Request, key: str, found: list[Entry]) -> web.Response:
    call, ids = call_of(request), numbers(filter_of(request).get("id"))
    page, limit = page_of(request)
    items, more = cut([one for one in found if not ids or one["id"] in ids], page, limit)
    return paged(request, key, [_render(call, one) for one in items], page=page, limit=limit, more=more)


async def list_catalogs(request: web.Request) -> web.Response:
    """`GET /catalogs`."""
    return _page(request, "catalogs", list(call_of(request).account.catalogs.values()))


async def get_catalog(request: web.Request) -> web.Response:
    """`GET /catalogs/{id}`."""
    call = call_of(request)
    entry = call.account.catalogs.get(int(request.match_info["id"]))
    return nothing() if entry is None else hal(_render(call, entry))


async def create_catalogs(request: web.Request) -> web.Response:
    """`POST /catalogs`: ten at most."""
    call, elements = call_of(request), await read_elements(request)
    call.require_admin()
    known = call.account.catalogs
    if len(known) + len(elements) > MOST:
        raise Problem(422, f"Limit {MOST} catalogs per account")

    def commit(given: Entry) -> Entry:
        entry = {
            "id": call.next_id("catalog"),
            "name": given["name"],
            "type": given.get("type") or "regular",
            "sort": int(given.get("sort") or 10),
            "can_add_elements": bool(given.get("can_add_elements")),
            "can_show_in_cards": False,
            "can_link_multiple": bool(given.get("can_link_multiple", True)),
            "can_be_deleted": True,
            "sdk_widget_code": None,
            **_stamped(call),
        }
        call.account.catalog_elements[entry["id"]] = {}
        return known.setdefault(entry["id"], entry)

    made = write_each(call, elements, lambda given, errors: _check(given, known, errors, new=True), commit)
    return written(request, "catalogs", [{**_render(call, one), "request_id": echo} for echo, one in made])


async def change_catalogs(request: web.Request) -> web.Response:
    """`PATCH /catalogs`."""
    call, elements = call_of(request), await read_elements(request)
    call.require_admin()
    known, keys = call.account.catalogs, ("name", "sort", "can_add_elements", "can_link_multiple")
    made = write_each(
        call,
        elements,
        lambda given, errors: _check(given, known, errors, new=False),
        lambda given: _update(call, known, given, keys),
    )
    return written(request, "catalogs", [_render(call, one) for _, one in made])


def _elements(request: web.Request) -> dict[int, Entry]:
    call = call_of(request)
    found = call.account.catalog_elements.get(int(request.match_info["id"]))
    if found is None:
        raise Problem(404, f"Cannot {request.method} {call.base}{request.path}")
    return found


async def list_elements(request: web.Request) -> web.Response:
    """`GET /catalogs/{id}/elements`."""
    found, query = list(_elements(request).values()), request.query.get("query", "").casefold()
    return _page(request, "elements", [one for one in found if query in one["name"].casefold()])


async def get_element(request: web.Request) -> web.Response:
    """`GET /catalogs/{id}/elements/{element}`."""
    entry = _elements(request).get(int(request.match_info["element"]))
    return nothing() if entry is None else hal(_render(call_of(request), entry))


async def create_elements(request: web.Request) -> web.Response:
    """`POST /catalogs/{id}/elements`."""
    call, elements = call_of(request), await read_elements(request)
    known = _elements(request)

    def commit(given: Entry) -> Entry:
        entry = {
            "id": call.next_id("element"),
            "name": given["name"],
            "catalog_id": int(request.match_info["id"]),
            "is_deleted": False,
            "custom_fields_values": given.get("custom_fields_values") or None,
            **_stamped(call),
        }
        return known.setdefault(entry["id"], entry)

    made = write_each(call, elements, lambda given, errors: _check(given, known, errors, new=True), commit)
    return written(request, "elements", [{**_render(call, one), "request_id": echo} for echo, one in made])


async def change_elements(request: web.Request) -> web.Response:
    """`PATCH /catalogs/{id}/elements`."""
    call, elements = call_of(request), await read_elements(request)
    known, keys = _elements(request), ("name", "custom_fields_values")
    made = write_each(
        call,
        elements,
        lambda given, errors: _check(given, known, errors, new=False),
        lambda given: _update(call, known, given, keys),
    )
    return written(request, "elements", [_render(call, one) for _, one in made])


ROUTES = [
    web.get("/api/v4/catalogs", list_catalogs),
    web.post("/api/v4/catalogs", create_catalogs),
    web.patch("/api/v4/catalogs", change_catalogs),
    web.get(r"/api/v4/catalogs/{id:\d+}", get_catalog),
    web.get(r"/api/v4/catalogs/{id:\d+}/elements", list_elements),
    web.post(r"/api/v4/catalogs/{id:\d+}/elements", create_elements),
    web.patch(r"/api/v4/catalogs/{id:\d+}/elements", change_elements),
    web.get(r"/api/v4/catalogs/{id:\d+}/elements/{element:\d+}", get_element),
]
