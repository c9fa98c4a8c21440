"""Sources of an integration (contract §8.6)."""

from typing import Any

from aiohttp import web

from .call import Call, call_of, hal, nothing, read_elements, read_object, required, whole, write_each
from .problems import Errors, Problem, choice, missing
from .writing import is_int

MOST_AT_ONCE, MOST = 50, 100

type Source = dict[str, Any]


def _own(call: Call) -> dict[int, Source]:
    """The sources of the calling integration: nobody sees another's."""
    return {number: one for number, one in call.account.sources.items() if one["client_id"] == call.client_id}


def _render(call: Call, source: Source) -> Source:
    shown = {key: value for key, value in source.items() if key != "client_id"}
    return {**shown, "_links": call.href(f"/sources/{source['id']}")}


def _check(call: Call, given: dict[str, Any], own: Source | None, errors: Errors) -> dict[str, Any]:
    if own is None:
        errors += required(given, "name", "external_id")
    if given.get("pipeline_id") is not None and given["pipeline_id"] not in call.account.pipelines:
        errors.append(choice("pipeline_id"))
    for other in _own(call).values():
        if other is not own and other["external_id"] == given.get("external_id"):
            errors.append(choice("external_id"))
    return given


def _make(call: Call, given: dict[str, Any]) -> Source:
    source: Source = {
        "id": call.next_id("source"),
        "name": given["name"],
        "pipeline_id": given.get("pipeline_id") or call.account.main_pipeline().id,
        "external_id": given["external_id"],
        "default": bool(given.get("default")),
        "origin_code": given.get("origin_code"),
        "services": given.get("services") or [],
        "client_id": call.client_id,
    }
    call.account.sources[source["id"]] = source
    return source


def _known(request: web.Request) -> Source:
    call = call_of(request)
    source = _own(call).get(int(request.match_info["id"]))
    if source is None:
        raise Problem(404, f"Cannot {request.method} {call.base}{request.path}")
    return source


async def list_sources(request: web.Request) -> web.Response:
    """`GET /sources`: 204 when the integration has none."""
    call = call_of(request)
    call.require_admin()
    items = [_render(call, one) for one in _own(call).values()]
    return whole(request, "sources", items) if items else nothing()


async def get_source(request: web.Request) -> web.Response:
    """`GET /sources/{id}`."""
    call_of(request).require_admin()
    return hal(_render(call_of(request), _known(request)))


async def create_sources(request: web.Request) -> web.Response:
    """`POST /sources`: up to 50 at once, 100 in all."""
    call, elements = call_of(request), await read_elements(request, most=MOST_AT_ONCE)
    call.require_admin()
    if len(_own(call)) + len(elements) > MOST:
        raise Problem(422, f"Limit {MOST} sources per integration")
    made = write_each(
        call, elements, lambda given, errors: _check(call, given, None, errors), lambda given: _make(call, given)
    )
    return whole(request, "sources", [{**_render(call, one), "request_id": echo} for echo, one in made])


def _change(call: Call, elements: list[dict[str, Any]]) -> list[Source]:
    def check_one(given: dict[str, Any], errors: Errors) -> tuple[Source, dict[str, Any]] | None:
        source = _own(call).get(given["id"]) if is_int(given.get("id")) else None
        if source is None:
            errors.append(choice("id") if "id" in given else missing("id"))
            return None
        return source, _check(call, given, source, errors)

    def commit(plan: tuple[Source, dict[str, Any]] | None) -> Source:
        assert plan is not None
        source, given = plan
        source |= {key: given[key] for key in source if key in given and key not in ("id", "client_id")}
        return source

    return [_render(call, source) for _, source in write_each(call, elements, check_one, commit)]


async def change_sources(request: web.Request) -> web.Response:
    """`PATCH /sources`."""
    call, elements = call_of(request), await read_elements(request, most=MOST_AT_ONCE)
    call.require_admin()
    return whole(request, "sources", _change(call, elements))


async def change_source(request: web.Request) -> web.Response:
    """`PATCH /sources/{id}`."""
    call, given = call_of(request), await read_object(request)
    call.require_admin()
    return hal(_change(call, [{**given, "id": _known(request)["id"]}])[0])


async def delete_source(request: web.Request) -> web.Response:
    """`DELETE /sources/{id}`."""
    call, source = call_of(request), _known(request)
    call.require_admin()
    del call.account.sources[source["id"]]
    return nothing()


async def delete_sources(request: web.Request) -> web.Response:
    """`DELETE /sources`: those named by id in the body."""
    call, elements = call_of(request), await read_elements(request, most=MOST_AT_ONCE)
    call.require_admin()
    own = _own(call)
    for given in elements:
        if given.get("id") in own:
            del call.account.sources[given["id"]]
    return nothing()


ROUTES = [
    web.get("/api/v4/sources", list_sources),
    web.post("/api/v4/sources", create_sources),
    web.patch("/api/v4/sources", change_sources),
    web.delete("/api/v4/sources", delete_sources),
    web.get(r"/api/v4/sources/{id:\d+}", get_source),
    web.patch(r"/api/v4/sources/{id:\d+}", change_source),
    web.delete(r"/api/v4/sources/{id:\d+}", delete_source),
]
