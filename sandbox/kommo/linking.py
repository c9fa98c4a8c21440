"""Links between leads, contacts and companies, and to list elements (contract §5.4)."""

from typing import Any

from aiohttp import web

from .call import Call, call_of, filter_of, nothing, read_elements, whole, write_each, written
from .events import SINGULAR
from .filters import number, numbers, texts
from .problems import Errors, choice, missing
from .state import Account, Company, Contact, Entity, Lead
from .writing import Change, is_int, update

TYPES = ("leads", "contacts", "companies")

type Ends = tuple[str, Entity, dict[str, Any]]


def link(account: Account, one: Entity | None, other: Entity | None, *, is_main: bool = False) -> None:
    """Join two entities, whichever way round, if both are there; a main contact becomes the deal's first."""
    match one, other:
        case Lead(), Contact():
            if other.id not in one.contacts:
                one.contacts.append(other.id)
            if is_main:
                one.contacts.remove(other.id)
                one.contacts.insert(0, other.id)
            other.leads[one.id] = None
        case Lead(), Company():
            if one.company_id is not None and (former := account.companies.get(one.company_id)) is not None:
                former.leads.pop(one.id, None)
            one.company_id = other.id
            other.leads[one.id] = None
        case Contact(), Company():
            if one.company_id is not None and (former := account.companies.get(one.company_id)) is not None:
                former.contacts.pop(one.id, None)
            one.company_id = other.id
            other.contacts[one.id] = None
        case (Contact(), Lead()) | (Company(), Lead() | Contact()):
            link(account, other, one, is_main=is_main)


def unlink(one: Entity | None, other: Entity | None) -> None:
    """Part two entities, whichever way round."""
    match one, other:
        case Lead(), Contact():
            if other.id in one.contacts:
                one.contacts.remove(other.id)
            other.leads.pop(one.id, None)
        case Lead(), Company():
            if one.company_id == other.id:
                one.company_id = None
            other.leads.pop(one.id, None)
        case Contact(), Company():
            if one.company_id == other.id:
                one.company_id = None
            other.contacts.pop(one.id, None)
        case (Contact(), Lead()) | (Company(), Lead() | Contact()):
            unlink(other, one)


def links_of(account: Account, entity: Entity) -> list[dict[str, Any]]:
    """Everything an entity is linked to, with the metadata that is read."""
    found: list[dict[str, Any]] = []

    def add(kind: str, target: int, metadata: dict[str, Any] | None) -> None:
        if account.collection(kind).get(target) is not None:
            found.append({"to_entity_id": target, "to_entity_type": kind, "metadata": metadata})

    if isinstance(entity, Lead):
        for place, contact in enumerate(entity.contacts):
            add("contacts", contact, {"main_contact": place == 0})
        if entity.company_id is not None:
            add("companies", entity.company_id, None)
    elif isinstance(entity, Contact):
        for target in entity.leads:
            lead = account.leads.get(target)
            add("leads", target, {"main_contact": lead is not None and lead.contacts[:1] == [entity.id]})
        if entity.company_id is not None:
            add("companies", entity.company_id, None)
    elif isinstance(entity, Company):
        for contact in entity.contacts:
            add("contacts", contact, None)
        for target in entity.leads:
            add("leads", target, None)
    found += [
        {
            "to_entity_id": one["id"],
            "to_entity_type": "catalog_elements",
            "metadata": {**one["metadata"], "catalog_id": one["catalog_id"]},
        }
        for one in entity.elements
    ]
    return found


def _wanted(request: web.Request, links: list[dict[str, Any]]) -> list[dict[str, Any]]:
    given = filter_of(request)
    ids, types = numbers(given.get("to_entity_id")), texts(given.get("to_entity_type"))
    catalog = number(given.get("to_catalog_id"))
    return [
        one
        for one in links
        if (not ids or one["to_entity_id"] in ids)
        and (not types or one["to_entity_type"] in types)
        and (catalog is None or (one["metadata"] or {}).get("catalog_id") == catalog)
    ]


def _check_link(call: Call, entity_type: str, given: dict[str, Any], entity_id: Any, errors: Errors) -> Ends | None:
    """The entity that a link starts from, with what it leads to."""
    entity = call.account.collection(entity_type).get(entity_id) if is_int(entity_id) else None
    if entity is None:
        errors.append(choice("entity_id"))
        return None
    errors += [missing(key) for key in ("to_entity_id", "to_entity_type") if given.get(key) is None]
    if errors:
        return None
    kind = given["to_entity_type"]
    if kind == "catalog_elements":
        known: Any = _element(call, given)
    elif kind in TYPES and kind != entity_type:
        known = call.account.collection(kind).get(given["to_entity_id"])
    else:
        errors.append(choice("to_entity_type"))
        return None
    if known is None:
        errors.append(choice("to_entity_id"))
        return None
    return entity_type, entity, given


def _element(call: Call, given: dict[str, Any]) -> dict[str, Any] | None:
    metadata = given.get("metadata")
    catalog = metadata.get("catalog_id") if isinstance(metadata, dict) else None
    return call.account.catalog_elements.get(catalog or 0, {}).get(given["to_entity_id"])


def _commit(call: Call, ends: Ends | None, *, joining: bool) -> dict[str, Any]:
    assert ends is not None
    entity_type, entity, given = ends
    kind, target_id, metadata = given["to_entity_type"], given["to_entity_id"], given.get("metadata") or {}
    if kind == "catalog_elements":
        entity.elements = [one for one in entity.elements if one["id"] != target_id]
        if joining:
            kept = {"quantity": metadata.get("quantity", 1), "price_id": metadata.get("price_id")}
            entity.elements.append({"id": target_id, "catalog_id": metadata["catalog_id"], "metadata": kept})
    else:
        target = call.account.collection(kind).get(target_id)
        assert target is not None
        if joining:
            link(call.account, entity, target, is_main=bool(metadata.get("is_main")))
        else:
            unlink(entity, target)
        _announce(call, (entity_type, entity), (kind, target), joining=joining)
    found = links_of(call.account, entity)
    shown = next((one for one in found if (one["to_entity_id"], one["to_entity_type"]) == (target_id, kind)), {})
    return {"entity_id": entity.id, "entity_type": entity_type, **shown}


def _announce(call: Call, one: tuple[str, Entity], other: tuple[str, Entity], *, joining: bool) -> None:
    kind = "entity_linked" if joining else "entity_unlinked"
    for (side, entity), (far_side, far) in ((one, other), (other, one)):
        told = [{"link": {"entity": {"type": SINGULAR[far_side], "id": far.id}}}]
        values: dict[str, Any] = {"after" if joining else "before": told}
        call.account.events.add(call.stamp(), kind, side, entity.id, call.user.id, **values)
        if call.account.behaviour.link_touches:
            update(call, side, entity, Change())
        call.account.collection(side).changed()


def routes_of(entity_type: str) -> list[web.RouteDef]:
    """The link routes of one entity type, for one entity and in bulk."""

    async def list_links(request: web.Request) -> web.Response:
        call = call_of(request)
        entity = call.account.collection(entity_type).get(int(request.match_info["id"]))
        return (
            nothing() if entity is None else whole(request, "links", _wanted(request, links_of(call.account, entity)))
        )

    async def list_links_of_many(request: web.Request) -> web.Response:
        call, found = call_of(request), []
        for entity_id in sorted(numbers(filter_of(request).get("entity_id"))):
            entity = call.account.collection(entity_type).get(entity_id)
            for one in _wanted(request, links_of(call.account, entity)) if entity else []:
                found.append({"entity_id": entity_id, "entity_type": entity_type, **one})
        return whole(request, "links", found)

    async def write(request: web.Request, *, joining: bool) -> web.Response:
        call, elements = call_of(request), await read_elements(request)
        own = request.match_info.get("id")
        outcomes = write_each(
            call,
            elements,
            lambda given, errors: _check_link(
                call, entity_type, given, given.get("entity_id") if own is None else int(own), errors
            ),
            lambda ends: _commit(call, ends, joining=joining),
        )
        return written(request, "links", [outcome for _, outcome in outcomes]) if joining else nothing()

    async def join(request: web.Request) -> web.Response:
        return await write(request, joining=True)

    async def part(request: web.Request) -> web.Response:
        return await write(request, joining=False)

    return [
        web.get(rf"/api/v4/{entity_type}/links", list_links_of_many),
        web.post(rf"/api/v4/{entity_type}/link", join),
        web.post(rf"/api/v4/{entity_type}/unlink", part),
        web.get(rf"/api/v4/{entity_type}/{{id:\d+}}/links", list_links),
        web.post(rf"/api/v4/{entity_type}/{{id:\d+}}/link", join),
        web.post(rf"/api/v4/{entity_type}/{{id:\d+}}/unlink", part),
    ]


ROUTES = [route for entity_type in TYPES for route in routes_of(entity_type)]
