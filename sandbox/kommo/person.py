"""What a person does in Kommo's own screens, some of which no API can: control calls of the simulator."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from aiohttp import web

from sandbox.simulator import ControlError, json_answer, read_json

from .call import Call
from .contacts import change_people
from .events import SINGULAR
from .leads import change_lead_elements
from .linking import link
from .problems import Problem
from .state import Contact, Entity, Lead
from .tasks import set_closest
from .writing import GROUPS, note_removed, pairs_of, ring

if TYPE_CHECKING:
    from .app import KommoSimulator

TYPES = ("leads", "contacts", "companies")

type Act = Callable[[Call, dict[str, Any]], dict[str, Any]]


def delete(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    """`{"entity": "leads", "ids": [...]}`."""
    for entity in _entities(call, given):
        entity.is_deleted = True
        _stamp(call, given["entity"], entity)
        note_removed(call, given["entity"], entity)
    return {"deleted": given["ids"]}


def restore(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    """`{"entity": "leads", "ids": [...]}`: out of the bin, with their links."""
    for entity in _entities(call, given, deleted=True):
        entity.is_deleted = False
        _stamp(call, given["entity"], entity)
        single = SINGULAR[given["entity"]]
        call.account.events.add(call.stamp(), f"{single}_restored", given["entity"], entity.id, call.user.id)
        pairs = [
            pair for pair in pairs_of(call, entity) if pair[0] in ("[id]", "[status_id]", "[pipeline_id]", "[type]")
        ]
        call.account.outbox.add(
            f"restore_{single}",
            f"{GROUPS[given['entity']]}[restore]",
            entity.id,
            lambda kept=pairs: kept,  # type: ignore[misc]
        )
    return {"restored": given["ids"]}


def merge(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    """`{"entity", "winner": id, "losers": [...]}`: the losers are deleted, the winner takes what it lacks from them.

    Hooks: an update of the winner, a deletion for each loser. Event: `entity_merged` with empty values.
    """
    kind = given["entity"]
    (winner,) = _entities(call, {"entity": kind, "ids": [given["winner"]]})
    losers = _entities(call, {"entity": kind, "ids": given["losers"]})
    for loser in losers:
        _take_over(call, kind, winner, loser)
        loser.is_deleted = True
        _stamp(call, kind, loser)
        note_removed(call, kind, loser)
    winner.text = None
    _stamp(call, kind, winner)
    call.account.events.add(call.stamp(), "entity_merged", kind, winner.id, call.user.id)
    ring(call, kind, winner, "update")
    return {"winner": winner.id, "merged": given["losers"]}


def _take_over(call: Call, kind: str, winner: Entity, loser: Entity) -> None:
    fields = call.account.fields[kind]
    for number, stored in loser.values.items():
        kept = winner.values.setdefault(number, [])
        if not kept:
            kept.extend(stored)
        elif fields[number].type == "multitext":
            # Phones and e-mails of both are kept.
            kept.extend(one for one in stored if one["value"] not in {other["value"] for other in kept})
    winner.tags = list(dict.fromkeys([*winner.tags, *loser.tags]))
    if isinstance(loser, Lead):
        for contact in loser.contacts:
            link(call.account, winner, call.account.contacts.get(contact))
    elif isinstance(loser, Contact):
        for lead in list(loser.leads):
            link(call.account, winner, call.account.leads.get(lead))
    account = call.account
    for task in account.tasks_of.pop((kind, loser.id), []):
        task.entity_id = winner.id
        account.tasks_of.setdefault((kind, winner.id), []).append(task)
    set_closest(call, kind, winner.id)
    for note in account.notes[kind].values():
        if note.entity_id == loser.id:
            note.entity_id = winner.id


def move(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    """`{"lead": id, "status_id", "pipeline_id"}`; the pipeline may be left out."""
    changes = {key: given[key] for key in ("status_id", "pipeline_id", "loss_reason_id") if key in given}
    return edit(call, {"entity": "leads", "id": given["lead"], "changes": changes})


def edit(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    """`{"entity", "id", "changes": {...}}`: the changes as `PATCH` takes them."""
    element = {**given["changes"], "id": given["id"]}
    if given["entity"] == "leads":
        return change_lead_elements(call, [element])[0]
    return change_people(call, _kind(given), [element])[0]


def _kind(given: dict[str, Any]) -> str:
    if given.get("entity") not in TYPES:
        raise ControlError(f"entity must be one of {', '.join(TYPES)}")
    return str(given["entity"])


def _entities(call: Call, given: dict[str, Any], *, deleted: bool = False) -> list[Entity]:
    collection = call.account.collection(_kind(given))
    find = collection.get_deleted if deleted else collection.get
    found = [find(number) for number in given["ids"]]
    if absent := [number for number, one in zip(given["ids"], found, strict=True) if one is None]:
        raise ControlError(f"no such {given['entity']}: {absent}")
    return [one for one in found if one is not None]


def _stamp(call: Call, kind: str, entity: Entity) -> None:
    entity.updated_at, entity.updated_by = call.stamp(), call.user.id
    call.account.collection(kind).changed()


def routes(simulator: "KommoSimulator") -> list[web.RouteDef]:
    """The control calls; each acts as the user `user_id`, else as the first administrator."""

    def route(act: Act) -> web.RouteDef:
        async def handle(request: web.Request) -> web.Response:
            given = await read_json(request)
            call = simulator.call_of_person(given)
            try:
                return json_answer(act(call, given))
            except Problem as problem:
                raise ControlError(f"{problem.detail} {problem.more or ''}".strip()) from problem
            finally:
                call.account.outbox.flush()

        return web.post(f"/{act.__name__}", handle)

    return [route(act) for act in (delete, restore, merge, move, edit)]
