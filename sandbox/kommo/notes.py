"""Notes (contract §8.2)."""

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
    write_each,
    written,
)
from .events import SINGULAR
from .filters import numbers, span, texts, within
from .hook_bodies import NOTE_TYPES, note_pairs
from .problems import Errors, Problem, choice, missing, wrong_type
from .state import Note
from .writing import is_int

MANDATORY = {
    "common": ("text",),
    "call_in": ("uniq", "duration", "source", "link", "phone"),
    "call_out": ("uniq", "duration", "source", "link", "phone"),
    "service_message": ("service", "text"),
    "extended_service_message": ("service", "text"),
    "message_cashier": ("status", "text"),
    "geolocation": ("text", "address", "longitude", "latitude"),
    "sms_in": ("text", "phone"),
    "sms_out": ("text", "phone"),
    "attachment": ("file_uuid", "file_name"),
}

type Checked = dict[str, Any]


def render_note(call: Call, note: Note) -> dict[str, Any]:
    """A note as the API reads it."""
    return {
        "id": note.id,
        "entity_id": note.entity_id,
        "created_by": note.created_by,
        "updated_by": note.updated_by,
        "created_at": note.created_at,
        "updated_at": note.updated_at,
        "responsible_user_id": note.responsible_user_id,
        "group_id": note.group_id,
        "note_type": note.note_type,
        "params": note.params,
        "account_id": call.account.id,
        "is_pinned": note.is_pinned,
        "_links": call.href(f"/{note.entity_type}/notes/{note.id}"),
    }


def _check_params(given: dict[str, Any], kind: str, errors: Errors) -> dict[str, Any]:
    params = given.get("params")
    if not isinstance(params, dict):
        errors.append(missing("params"))
        return {}
    errors += [missing(f"params.{key}") for key in MANDATORY[kind] if params.get(key) in (None, "")]
    return params


def _check_new(call: Call, entity_type: str, given: dict[str, Any], entity_id: Any, errors: Errors) -> Checked:
    found: Checked = {"entity_id": entity_id, "entity_type": entity_type}
    if not is_int(entity_id) or call.account.collection(entity_type).get(entity_id) is None:
        errors.append(choice("entity_id"))
    kind = given.get("note_type")
    if kind not in NOTE_TYPES:
        errors.append(choice("note_type"))
    else:
        found["note_type"] = kind
        found["params"] = _check_params(given, str(kind), errors)
    for key in ("created_by", "responsible_user_id"):
        if key in given:
            if given[key] in call.account.users or (given[key] == 0 and key == "created_by"):
                found[key] = given[key]
            else:
                errors.append(choice(key))
    if "created_at" in given:
        if is_int(given["created_at"]):
            found["created_at"] = given["created_at"]
        else:
            errors.append(wrong_type("created_at", "int"))
    return found


def make_note(call: Call, checked: Checked) -> Note:
    """Carry a checked creation out, with its event and hook."""
    now, user = call.stamp(), call.user
    defaults = {"created_at": now, "updated_at": now, "created_by": user.id, "updated_by": user.id}
    defaults |= {"responsible_user_id": user.id, "group_id": user.group_id}
    note = Note(**{"id": call.next_id("note"), **defaults, **checked})
    call.account.notes[note.entity_type][note.id] = note
    told: list[dict[str, Any]] = [{"note": {"id": note.id}}]
    call.account.events.add(
        call.stamp(), f"{note.note_type}_note_added", note.entity_type, note.entity_id, user.id, after=told
    )
    group = "leads" if note.entity_type == "leads" else "contacts"
    call.account.outbox.add(
        f"note_{SINGULAR[note.entity_type]}", f"{group}[note]", note.id, lambda: note_pairs(call.account, note)
    )
    return note


def _change_each(call: Call, entity_type: str, elements: list[dict[str, Any]]) -> list[dict[str, Any]]:
    def check_one(given: dict[str, Any], errors: Errors) -> tuple[Note, Checked] | None:
        note = call.account.notes[entity_type].get(given["id"]) if is_int(given.get("id")) else None
        if note is None:
            errors.append(choice("id") if "id" in given else missing("id"))
            return None
        return note, {"params": _check_params(given, note.note_type, errors)} if "params" in given else {}

    def commit(plan: tuple[Note, Checked] | None) -> Note:
        assert plan is not None
        note, checked = plan
        note.params = checked.get("params", note.params)
        note.updated_at, note.updated_by = call.stamp(), call.user.id
        return note

    return [
        {
            "id": note.id,
            "entity_id": note.entity_id,
            "updated_at": note.updated_at,
            "_links": call.href(f"/{entity_type}/notes/{note.id}"),
        }
        for _, note in write_each(call, elements, check_one, commit)
    ]


def routes_of(entity_type: str) -> list[web.RouteDef]:
    """The note routes of one entity type, for one entity and for all."""

    async def list_notes(request: web.Request) -> web.Response:
        call, given = call_of(request), filter_of(request)
        page, limit = page_of(request)
        found = list(call.account.notes[entity_type].values())
        entity_ids = {int(request.match_info["id"])} if "id" in request.match_info else numbers(given.get("entity_id"))
        if entity_ids:
            found = [note for note in found if note.entity_id in entity_ids]
        if ids := numbers(given.get("id")):
            found = [note for note in found if note.id in ids]
        if kinds := texts(given.get("note_type")):
            found = [note for note in found if note.note_type in kinds]
        if (limits := span(given.get("updated_at"))) is not None:
            found = [note for note in found if within(note.updated_at, limits)]
        if isinstance(order := query_of(request).get("order"), dict):
            key = "updated_at" if "updated_at" in order else "id"
            found.sort(key=lambda note: (getattr(note, key), note.id), reverse="desc" in order.values())
        items, more = cut(found, page, limit)
        return paged(request, "notes", [render_note(call, note) for note in items], page=page, limit=limit, more=more)

    async def get_note(request: web.Request) -> web.Response:
        note = call_of(request).account.notes[entity_type].get(int(request.match_info["note"]))
        return nothing() if note is None else hal(render_note(call_of(request), note))

    async def create_notes(request: web.Request) -> web.Response:
        call, elements = call_of(request), await read_elements(request)
        own = request.match_info.get("id")
        made = write_each(
            call,
            elements,
            lambda given, errors: _check_new(
                call, entity_type, given, given.get("entity_id") if own is None else int(own), errors
            ),
            lambda checked: make_note(call, checked),
        )
        return written(
            request,
            "notes",
            [
                {
                    "id": note.id,
                    "entity_id": note.entity_id,
                    "request_id": echo,
                    "_links": call.href(f"/{entity_type}/{note.entity_id}/notes/{note.id}"),
                }
                for echo, note in made
            ],
        )

    async def change_notes(request: web.Request) -> web.Response:
        call, elements = call_of(request), await read_elements(request)
        return written(request, "notes", _change_each(call, entity_type, elements))

    async def change_note(request: web.Request) -> web.Response:
        call, given = call_of(request), await read_object(request)
        return hal(_change_each(call, entity_type, [{**given, "id": int(request.match_info["note"])}])[0])

    async def pin(request: web.Request) -> web.Response:
        note = call_of(request).account.notes[entity_type].get(int(request.match_info["note"]))
        if note is None:
            raise Problem(404, f"Cannot POST {call_of(request).base}{request.path}")
        note.is_pinned = request.path.endswith("/pin")
        return nothing()

    whole_path, own_path = f"/api/v4/{entity_type}/notes", rf"/api/v4/{entity_type}/{{id:\d+}}/notes"
    return [
        route
        for path in (whole_path, own_path)
        for route in (
            web.get(path, list_notes),
            web.post(path, create_notes),
            web.patch(path, change_notes),
            web.get(rf"{path}/{{note:\d+}}", get_note),
            web.patch(rf"{path}/{{note:\d+}}", change_note),
            web.post(rf"{path}/{{note:\d+}}/pin", pin),
            web.post(rf"{path}/{{note:\d+}}/unpin", pin),
        )
    ]


ROUTES = [route for entity_type in ("leads", "contacts", "companies") for route in routes_of(entity_type)]
