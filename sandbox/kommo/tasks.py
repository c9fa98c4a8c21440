"""Tasks (contract §8.1)."""

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
    query_of,
    read_elements,
    read_object,
    required,
    write_each,
    written,
)
from .filters import number, numbers, span, texts, within
from .hook_bodies import Pairs, task_pairs
from .problems import Errors, choice, missing, wrong_type
from .state import Task
from .writing import is_int

ORDERS = ("created_at", "complete_till", "id")
ENTITY_TYPES = ("leads", "contacts", "companies")

type Checked = dict[str, Any]


def render_task(call: Call, task: Task) -> dict[str, Any]:
    """A task as the API reads it; without a result PHP's empty array stands there."""
    return {
        "id": task.id,
        "created_by": task.created_by,
        "updated_by": task.updated_by,
        "created_at": task.created_at,
        "updated_at": task.updated_at,
        "responsible_user_id": task.responsible_user_id,
        "group_id": task.group_id,
        "entity_id": task.entity_id,
        "entity_type": task.entity_type,
        "duration": task.duration,
        "is_completed": task.is_completed,
        "task_type_id": task.task_type_id,
        "text": task.text,
        "result": [] if task.result is None else {"text": task.result},
        "complete_till": task.complete_till,
        "account_id": call.account.id,
        "_links": call.href(f"/tasks/{task.id}"),
    }


async def list_tasks(request: web.Request) -> web.Response:
    """`GET /tasks`."""
    call, given = call_of(request), filter_of(request)
    page, limit = page_of(request)
    ids, kinds = numbers(given.get("entity_id")), texts(given.get("entity_type"))
    if ids and len(kinds) == 1:
        found = [task for one in ids for task in call.account.tasks_of.get((kinds[0], one), [])]
    else:
        found = [task for task in call.account.tasks.values() if not kinds or task.entity_type in kinds]
        found = [task for task in found if not ids or task.entity_id in ids]
    for key, attribute in (("id", "id"), ("responsible_user_id", "responsible_user_id"), ("task_type", "task_type_id")):
        if wanted := numbers(given.get(key)):
            found = [task for task in found if getattr(task, attribute) in wanted]
    if (done := number(given.get("is_completed"))) is not None:
        found = [task for task in found if task.is_completed == bool(done)]
    if (since := _since(given.get("updated_at"))) is not None:
        found = [task for task in found if within(task.updated_at, since)]
    key, backwards = "id", False
    if isinstance(order := query_of(request).get("order"), dict):
        for name, direction in order.items():
            if name in ORDERS:
                key, backwards = name, str(direction).lower() == "desc"
    found.sort(key=lambda task: (getattr(task, key), task.id), reverse=backwards)
    items, more = cut(found, page, limit)
    return paged(request, "tasks", [render_task(call, task) for task in items], page=page, limit=limit, more=more)


def _since(given: Any) -> tuple[float, float] | None:
    """`updated_at`: a span, or a bare number that means since then."""
    limits = span(given)
    return limits if limits is None or isinstance(given, dict) else (limits[0], float("inf"))


async def get_task(request: web.Request) -> web.Response:
    """`GET /tasks/{id}`."""
    call = call_of(request)
    task = call.account.tasks.get(int(request.match_info["id"]))
    return nothing() if task is None else hal(render_task(call, task))


def _check(call: Call, given: dict[str, Any], errors: Errors) -> Checked:
    found: Checked = {}
    for key, kind in (("text", str), ("complete_till", int), ("duration", int), ("is_completed", bool)):
        if key in given:
            if isinstance(given[key], kind) and (kind is not int or is_int(given[key])):
                found[key] = given[key]
            else:
                errors.append(wrong_type(key, kind.__name__))
    if "task_type_id" in given:
        if any(one["id"] == given["task_type_id"] for one in call.account.task_types):
            found["task_type_id"] = given["task_type_id"]
        else:
            errors.append(choice("task_type_id"))
    for key in ("responsible_user_id", "created_by", "updated_by"):
        if key in given:
            if given[key] in call.account.users or (given[key] == 0 and key != "responsible_user_id"):
                found[key] = given[key]
            else:
                errors.append(choice(key))
    for key in ("created_at", "updated_at"):
        if is_int(given.get(key)):
            found[key] = given[key]
    if given.get("entity_type") is not None or given.get("entity_id") is not None:
        _check_entity(call, given, found, errors)
    result = given.get("result")
    if isinstance(result, dict) and isinstance(result.get("text"), str):
        found["result"] = result["text"]
    elif result:
        errors.append(wrong_type("result.text", "string"))
    return found


def _check_entity(call: Call, given: dict[str, Any], found: Checked, errors: Errors) -> None:
    kind, entity_id = given.get("entity_type"), given.get("entity_id")
    if kind not in ENTITY_TYPES:
        errors.append(choice("entity_type"))
    elif not is_int(entity_id) or call.account.collection(str(kind)).get(int(str(entity_id))) is None:
        errors.append(choice("entity_id"))
    else:
        found.update(entity_type=kind, entity_id=entity_id)


def _check_new(call: Call, given: dict[str, Any], errors: Errors) -> Checked:
    errors += required(given, "text", "complete_till")
    return _check(call, given, errors) if not errors else {}


def _make(call: Call, checked: Checked) -> Task:
    now, user = call.stamp(), call.user
    defaults = {"created_at": now, "updated_at": now, "created_by": user.id, "updated_by": user.id}
    defaults |= {"responsible_user_id": user.id, "group_id": user.group_id}
    task = Task(**{"id": call.next_id("task"), **defaults, **checked})
    call.account.tasks[task.id] = task
    _attach(call, task)
    _announce(call, task, "task_added")
    call.account.outbox.add("add_task", "task[add]", task.id, lambda: task_pairs(call.account, task))
    return task


def _attach(call: Call, task: Task) -> None:
    if task.entity_type is not None and task.entity_id is not None:
        call.account.tasks_of.setdefault((task.entity_type, task.entity_id), []).append(task)
        set_closest(call, task.entity_type, task.entity_id)


def set_closest(call: Call, entity_type: str, entity_id: int) -> None:
    """Work out an entity's next open task anew."""
    collection = call.account.collection(entity_type)
    entity = collection.get(entity_id)
    if entity is not None:
        tasks = call.account.tasks_of.get((entity_type, entity_id), [])
        entity.closest_task_at = min((task.complete_till for task in tasks if not task.is_completed), default=None)
        collection.changed()


def _change(call: Call, task: Task, checked: Checked) -> Task:
    was_completed, old_text, old_user = task.is_completed, task.text, task.responsible_user_id
    former = (task.entity_type, task.entity_id)
    for key, value in checked.items():
        setattr(task, key, value)
    task.updated_at = checked.get("updated_at", call.stamp())
    task.updated_by = checked.get("updated_by", call.user.id)
    if former[0] is not None and former[1] is not None:
        call.account.tasks_of[(former[0], former[1])].remove(task)
        set_closest(call, former[0], former[1])
    _attach(call, task)
    if task.is_completed and not was_completed:
        _announce(call, task, "task_completed")
    old = old_text if task.text != old_text else None
    moved: Pairs = []
    if task.responsible_user_id != old_user:
        moved = [("[old_responsible_user_id]", str(old_user))]
        call.account.outbox.add(
            "responsible_task", "task[update]", task.id, lambda: [*task_pairs(call.account, task), *moved]
        )
    call.account.outbox.add(
        "update_task", "task[update]", task.id, lambda: [*task_pairs(call.account, task, old_text=old), *moved]
    )
    return task


def _announce(call: Call, task: Task, kind: str) -> None:
    if task.entity_type is not None and task.entity_id is not None:
        told: list[dict[str, Any]] = [{"task": {"id": task.id, "text": task.text}}]
        call.account.events.add(call.stamp(), kind, task.entity_type, task.entity_id, call.user.id, after=told)


async def create_tasks(request: web.Request) -> web.Response:
    """`POST /tasks`: `text` and `complete_till` are mandatory."""
    call, elements = call_of(request), await read_elements(request)
    made = write_each(
        call,
        elements,
        lambda given, errors: _check_new(call, given, errors),
        lambda checked: _make(call, checked),
    )
    items = [{"id": task.id, "request_id": echo, "_links": call.href(f"/tasks/{task.id}")} for echo, task in made]
    return written(request, "tasks", items)


def _change_each(call: Call, elements: list[dict[str, Any]]) -> list[dict[str, Any]]:
    def check_one(given: dict[str, Any], errors: Errors) -> tuple[Task, Checked] | None:
        task = call.account.tasks.get(given["id"]) if is_int(given.get("id")) else None
        if task is None:
            errors.append(choice("id") if "id" in given else missing("id"))
            return None
        return task, _check(call, given, errors)

    def commit(plan: tuple[Task, Checked] | None) -> Task:
        assert plan is not None
        return _change(call, *plan)

    return [
        {"id": task.id, "updated_at": task.updated_at, "request_id": echo, "_links": call.href(f"/tasks/{task.id}")}
        for echo, task in write_each(call, elements, check_one, commit)
    ]


async def change_tasks(request: web.Request) -> web.Response:
    """`PATCH /tasks`: a batch."""
    call, elements = call_of(request), await read_elements(request)
    return written(request, "tasks", _change_each(call, elements))


async def change_task(request: web.Request) -> web.Response:
    """`PATCH /tasks/{id}`."""
    call, given = call_of(request), await read_object(request)
    return hal(_change_each(call, [{**given, "id": int(request.match_info["id"])}])[0])


ROUTES = [
    web.get("/api/v4/tasks", list_tasks),
    web.post("/api/v4/tasks", create_tasks),
    web.patch("/api/v4/tasks", change_tasks),
    web.get(r"/api/v4/tasks/{id:\d+}", get_task),
    web.patch(r"/api/v4/tasks/{id:\d+}", change_task),
]
