"""Pipelines and their stages (contract §7, §4.6)."""

from typing import Any

from aiohttp import web

from .call import Call, call_of, hal, nothing, read_elements, read_object, required, whole, write_each
from .problems import Errors, Problem, choice
from .state import INCOMING, LOST, WON, Pipeline, Status
from .writing import embedded, is_int

COLORS = (
    "#fffeb2", "#fffd7f", "#fff000", "#ffeab2", "#ffdc7f", "#ffce5a", "#ffdbdb", "#ffc8c8", "#ff8f92", "#d6eaff",
    "#c1e0ff", "#98cbff", "#ebffb1", "#deff81", "#87f2c0", "#f9deff", "#f3beff", "#ccc8f9", "#eb93ff", "#f2f3f4",
    "#e6e8ea", "#99ccff", "#ffcc66",
)  # fmt: skip
FIXED_COLORS = {WON: "#CCFF66", LOST: "#D5D8DB"}
FIXED_NAMES = {WON: "Closed - won", LOST: "Closed - lost"}
MOST_PIPELINES, MOST_STATUSES = 50, 100


def new_pipeline(number: int, name: str, sort: int, incoming_id: int, *, is_main: bool = False) -> Pipeline:
    """A pipeline with only the stages that every pipeline has."""
    statuses = {
        incoming_id: Status(incoming_id, "Incoming leads", 10, "#c1c1c1", INCOMING, is_editable=False),
        WON: Status(WON, FIXED_NAMES[WON], 10000, FIXED_COLORS[WON], is_editable=False),
        LOST: Status(LOST, FIXED_NAMES[LOST], 11000, FIXED_COLORS[LOST], is_editable=False),
    }
    return Pipeline(number, name, sort, is_main, statuses)


def render_status(call: Call, pipeline: Pipeline, status: Status) -> dict[str, Any]:
    """A stage as the API reads it."""
    return {
        "id": status.id,
        "name": status.name,
        "sort": status.sort,
        "is_editable": status.is_editable,
        "pipeline_id": pipeline.id,
        "color": status.color,
        "type": status.type,
        "account_id": call.account.id,
        "_links": call.href(f"/leads/pipelines/{pipeline.id}/statuses/{status.id}"),
    }


def render_pipeline(call: Call, pipeline: Pipeline) -> dict[str, Any]:
    """A pipeline with its stages as the API reads it."""
    return {
        "id": pipeline.id,
        "name": pipeline.name,
        "sort": pipeline.sort,
        "is_main": pipeline.is_main,
        "is_unsorted_on": pipeline.is_unsorted_on,
        "is_archive": pipeline.is_archive,
        "account_id": call.account.id,
        "_links": call.href(f"/leads/pipelines/{pipeline.id}"),
        "_embedded": {"statuses": [render_status(call, pipeline, status) for status in pipeline.in_order()]},
    }


async def list_pipelines(request: web.Request) -> web.Response:
    """`GET /leads/pipelines`."""
    call = call_of(request)
    found = sorted(call.account.pipelines.values(), key=lambda pipeline: pipeline.sort)
    return whole(request, "pipelines", [render_pipeline(call, pipeline) for pipeline in found])


async def get_pipeline(request: web.Request) -> web.Response:
    """`GET /leads/pipelines/{id}`: 204 for an unknown one."""
    call = call_of(request)
    pipeline = call.account.pipelines.get(int(request.match_info["id"]))
    return nothing() if pipeline is None else hal(render_pipeline(call, pipeline))


def _pipeline(request: web.Request) -> Pipeline:
    call = call_of(request)
    pipeline = call.account.pipelines.get(int(request.match_info["id"]))
    if pipeline is None:
        raise Problem(404, f"Cannot {request.method} {call.base}{request.path}")
    return pipeline


async def create_pipelines(request: web.Request) -> web.Response:
    """`POST /leads/pipelines`; a new main pipeline takes the place of the former one."""
    call, elements = call_of(request), await read_elements(request)
    call.require_admin()
    if len(call.account.pipelines) + len(elements) > MOST_PIPELINES:
        raise Problem(422, f"Limit {MOST_PIPELINES} pipelines per account")

    def check(given: dict[str, Any], errors: Errors) -> dict[str, Any]:
        errors += required(given, "name", "sort", "is_main", "is_unsorted_on")
        for place, one in enumerate(embedded(given, "statuses") or []):
            errors += [
                {**error, "path": f"_embedded.statuses.{place}.{error['path']}"} for error in _status_errors(one)
            ]
        return given

    def commit(given: dict[str, Any]) -> Pipeline:
        pipeline = new_pipeline(call.next_id("pipeline"), given["name"], given["sort"], call.next_id("status"))
        for one in embedded(given, "statuses") or []:
            if one.get("id") in (WON, LOST):
                pipeline.statuses[one["id"]].name = one["name"]
            else:
                _add_status(call, pipeline, one)
        if len(pipeline.statuses) == 3:
            _add_status(call, pipeline, {"name": "First contact", "sort": 20})
        pipeline.is_unsorted_on = bool(given["is_unsorted_on"])
        call.account.pipelines[pipeline.id] = pipeline
        if given["is_main"]:
            _make_main(call, pipeline)
        return pipeline

    made = write_each(call, elements, check, commit)
    return whole(request, "pipelines", [{**render_pipeline(call, one), "request_id": echo} for echo, one in made])


def _make_main(call: Call, pipeline: Pipeline) -> None:
    for other in call.account.pipelines.values():
        other.is_main = other is pipeline


def _status_errors(given: dict[str, Any]) -> Errors:
    errors = required(given, "name")
    if given.get("color") is not None and given["color"].lower() not in COLORS and given.get("id") not in (WON, LOST):
        errors.append(choice("color"))
    return errors


def _add_status(call: Call, pipeline: Pipeline, given: dict[str, Any]) -> Status:
    number = call.next_id("status")
    after = max((one.sort for one in pipeline.statuses.values() if one.sort < 10000), default=10) + 10
    sort = given["sort"] if is_int(given.get("sort")) else after
    status = Status(number, str(given["name"]), sort, str(given.get("color") or COLORS[len(pipeline.statuses)]))
    pipeline.statuses[number] = status
    return status


async def change_pipeline(request: web.Request) -> web.Response:
    """`PATCH /leads/pipelines/{id}`."""
    call, given = call_of(request), await read_object(request)
    call.require_admin()
    pipeline = _pipeline(request)
    pipeline.name = str(given.get("name", pipeline.name))
    pipeline.sort = int(given.get("sort", pipeline.sort))
    pipeline.is_unsorted_on = bool(given.get("is_unsorted_on", pipeline.is_unsorted_on))
    if given.get("is_main"):
        _make_main(call, pipeline)
    return hal(render_pipeline(call, pipeline))


async def delete_pipeline(request: web.Request) -> web.Response:
    """`DELETE /leads/pipelines/{id}`: refused while it holds deals or is the last."""
    call, pipeline = call_of(request), _pipeline(request)
    call.require_admin()
    if len(call.account.pipelines) == 1 or any(lead.pipeline_id == pipeline.id for lead in call.account.leads.alive()):
        raise Problem(422, "The pipeline holds leads or is the only one")
    del call.account.pipelines[pipeline.id]
    if pipeline.is_main:
        _make_main(call, min(call.account.pipelines.values(), key=lambda one: one.sort))
    return nothing()


async def list_statuses(request: web.Request) -> web.Response:
    """`GET /leads/pipelines/{id}/statuses`."""
    call, pipeline = call_of(request), _pipeline(request)
    return whole(request, "statuses", [render_status(call, pipeline, status) for status in pipeline.in_order()])


async def get_status(request: web.Request) -> web.Response:
    """`GET /leads/pipelines/{id}/statuses/{status}`: 204 for an unknown one."""
    call, pipeline = call_of(request), _pipeline(request)
    status = pipeline.statuses.get(int(request.match_info["status"]))
    return nothing() if status is None else hal(render_status(call, pipeline, status))


async def create_statuses(request: web.Request) -> web.Response:
    """`POST /leads/pipelines/{id}/statuses`."""
    call, elements = call_of(request), await read_elements(request)
    call.require_admin()
    pipeline = _pipeline(request)
    if len(pipeline.statuses) + len(elements) > MOST_STATUSES:
        raise Problem(422, f"Limit {MOST_STATUSES} statuses per pipeline")

    def check(given: dict[str, Any], errors: Errors) -> dict[str, Any]:
        errors += _status_errors(given)
        return given

    made = write_each(call, elements, check, lambda given: _add_status(call, pipeline, given))
    items = [{**render_status(call, pipeline, status), "request_id": echo} for echo, status in made]
    return whole(request, "statuses", items)


async def change_status(request: web.Request) -> web.Response:
    """`PATCH /leads/pipelines/{id}/statuses/{status}`; of 142 and 143 only the name changes."""
    call, given = call_of(request), await read_object(request)
    call.require_admin()
    pipeline = _pipeline(request)
    status = pipeline.statuses.get(int(request.match_info["status"]))
    if status is None:
        raise Problem(404, f"Cannot PATCH {call.base}{request.path}")
    status.name = str(given.get("name", status.name))
    if status.is_editable:
        status.sort = int(given.get("sort", status.sort))
        status.color = str(given.get("color", status.color))
    return hal(render_status(call, pipeline, status))


async def delete_status(request: web.Request) -> web.Response:
    """`DELETE /leads/pipelines/{id}/statuses/{status}`: its deals go to the stage before it."""
    call, pipeline = call_of(request), _pipeline(request)
    call.require_admin()
    status = pipeline.statuses.get(int(request.match_info["status"]))
    stages = [one for one in pipeline.in_order() if one.is_editable]
    if status is None or not status.is_editable:
        raise Problem(404, f"Cannot DELETE {call.base}{request.path}")
    if len(stages) == 1:
        raise Problem(422, "The pipeline's only stage")
    place = stages.index(status)
    heir = stages[place - 1] if place else stages[1]
    for lead in call.account.leads.alive():
        if (lead.pipeline_id, lead.status_id) == (pipeline.id, status.id):
            lead.status_id = heir.id
    call.account.leads.changed()
    del pipeline.statuses[status.id]
    return nothing()


ROUTES = [
    web.get("/api/v4/leads/pipelines", list_pipelines),
    web.post("/api/v4/leads/pipelines", create_pipelines),
    web.get(r"/api/v4/leads/pipelines/{id:\d+}", get_pipeline),
    web.patch(r"/api/v4/leads/pipelines/{id:\d+}", change_pipeline),
    web.delete(r"/api/v4/leads/pipelines/{id:\d+}", delete_pipeline),
    web.get(r"/api/v4/leads/pipelines/{id:\d+}/statuses", list_statuses),
    web.post(r"/api/v4/leads/pipelines/{id:\d+}/statuses", create_statuses),
    web.get(r"/api/v4/leads/pipelines/{id:\d+}/statuses/{status:\d+}", get_status),
    web.patch(r"/api/v4/leads/pipelines/{id:\d+}/statuses/{status:\d+}", change_status),
    web.delete(r"/api/v4/leads/pipelines/{id:\d+}/statuses/{status:\d+}", delete_status),
]
