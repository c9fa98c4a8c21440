"""Incoming leads that wait to be accepted (contract §8.5)."""

import uuid
from typing import Any

from aiohttp import web

from .call import (
    Call,
    call_of,
    cut,
    filter_of,
    hal,
    page_of,
    paged,
    query_of,
    read_elements,
    read_object,
    required,
    write_each,
)
from .contacts import Person, check_person, make_person
from .filters import number, texts, words
from .hook_bodies import Pairs, incoming_pairs
from .leads import check_new_lead, make_lead
from .linking import link
from .problems import Errors, Problem, choice
from .state import INCOMING, Incoming, Lead
from .writing import Change, embedded, note_removed, update

MANDATORY = {
    "forms": ("form_id", "form_name", "form_page", "form_sent_at", "ip", "referer"),
    "sip": ("uniq", "duration", "service_code", "from", "phone", "called_at"),
}
CATEGORIES = ("sip", "mail", "forms", "chats")


def keep_incoming(
    call: Call, lead: Lead, category: str, given: dict[str, Any], contact: Person | None, company: Person | None
) -> Incoming:
    """Put a new deal among the incoming ones, and ring its hook."""
    uid = uuid.UUID(int=call.simulator.chance(f"unsorted {lead.id}").getrandbits(128), version=4).hex
    incoming = Incoming(
        uid=uid,
        category=category,
        source_uid=str(given.get("source_uid") or uid),
        source_name=str(given.get("source_name") or ""),
        pipeline_id=lead.pipeline_id,
        created_at=lead.created_at,
        metadata=given.get("metadata") or {},
        lead_id=lead.id,
        contact_ids=[contact.id] if contact else [],
        company_ids=[company.id] if company else [],
    )
    call.account.incoming[uid] = incoming
    call.account.outbox.add("add_unsorted", "unsorted[add]", uid, lambda: incoming_pairs(incoming))
    return incoming


def render_incoming(call: Call, incoming: Incoming) -> dict[str, Any]:
    """An incoming lead as the API reads it."""
    return {
        "uid": incoming.uid,
        "source_uid": incoming.source_uid,
        "source_name": incoming.source_name,
        "category": incoming.category,
        "pipeline_id": incoming.pipeline_id,
        "created_at": incoming.created_at,
        "metadata": incoming.metadata,
        "account_id": call.account.id,
        "_links": call.href(f"/leads/unsorted/{incoming.uid}"),
        "_embedded": _inside(call, incoming),
    }


def _inside(call: Call, incoming: Incoming) -> dict[str, Any]:
    listed = {"leads": [incoming.lead_id], "contacts": incoming.contact_ids, "companies": incoming.company_ids}
    return {
        key: [{"id": one, "_links": call.href(f"/{key}/{one}")} for one in numbers] for key, numbers in listed.items()
    }


async def list_incoming(request: web.Request) -> web.Response:
    """`GET /leads/unsorted`."""
    call, given = call_of(request), filter_of(request)
    page, limit = page_of(request)
    found = list(call.account.incoming.values())
    if uids := texts(given.get("uid")):
        found = [one for one in found if one.uid in uids]
    if categories := words(given.get("category")):
        found = [one for one in found if one.category in categories]
    if (pipeline := number(given.get("pipeline_id"))) is not None:
        found = [one for one in found if one.pipeline_id == pipeline]
    order = query_of(request).get("order")
    if isinstance(order, dict):
        found.sort(key=lambda one: (one.created_at, one.lead_id), reverse="desc" in order.values())
    items, more = cut(found, page, limit)
    return paged(request, "unsorted", [render_incoming(call, one) for one in items], page=page, limit=limit, more=more)


async def get_incoming(request: web.Request) -> web.Response:
    """`GET /leads/unsorted/{uid}`: 404 for an unknown one."""
    return hal(render_incoming(call_of(request), _known(request)))


def _known(request: web.Request) -> Incoming:
    incoming = call_of(request).account.incoming.get(request.match_info["uid"])
    if incoming is None:
        raise Problem(404, f"Cannot {request.method} {call_of(request).base}{request.path}")
    return incoming


async def summary(request: web.Request) -> web.Response:
    """`GET /leads/unsorted/summary`."""
    call = call_of(request)
    waiting = list(call.account.incoming.values())
    seen = call.account.incoming_seen
    return hal(
        {
            "total": len(waiting) + sum(len(uids) for uids in seen.values()),
            "accepted": len(seen["accepted"]),
            "declined": len(seen["declined"]),
            "average_sort_time": 0,
            "categories": {key: {"total": sum(one.category == key for one in waiting)} for key in CATEGORIES},
            "_links": call.href("/leads/unsorted/summary"),
        }
    )


def _check(call: Call, category: str, given: dict[str, Any], errors: Errors) -> dict[str, Any]:
    metadata = given.get("metadata")
    errors += required(given, "source_name", "source_uid", "metadata")
    if isinstance(metadata, dict):
        absent = required(metadata, *MANDATORY[category])
        errors += [{**error, "path": f"metadata.{error['path']}"} for error in absent]
    if any(one.source_uid == given.get("source_uid") for one in call.account.incoming.values()):
        errors.append(choice("source_uid"))
    plan: dict[str, Any] = {"given": given}
    lead = {**(_first(given, "leads") or {})}
    if given.get("pipeline_id") is not None:
        lead["pipeline_id"] = given["pipeline_id"]
    lead.pop("status_id", None)
    plan["lead"] = check_new_lead(call, lead, errors)
    for key in ("contacts", "companies"):
        one = _first(given, key)
        plan[key] = check_person(call, key, one, None, errors) if one else None
    return plan


def _first(given: dict[str, Any], key: str) -> dict[str, Any] | None:
    listed = embedded(given, key)
    return listed[0] if isinstance(listed, list) and listed and isinstance(listed[0], dict) else None


def _commit(call: Call, category: str, plan: dict[str, Any]) -> Incoming:
    people: dict[str, Person | None] = {
        key: make_person(call, key, plan[key], is_unsorted=True) if plan[key] else None
        for key in ("contacts", "companies")
    }
    contact, company = people["contacts"], people["companies"]
    if contact and company:
        link(call.account, contact, company)
    new = plan["lead"]
    new.contacts = [contact.id] if contact else []
    new.company = company.id if company else None
    new.change.attributes["status_id"] = call.account.pipelines[new.change.attributes["pipeline_id"]].incoming().id
    return keep_incoming(call, make_lead(call, new), category, plan["given"], contact, company)


async def _create(request: web.Request, category: str) -> web.Response:
    call, elements = call_of(request), await read_elements(request)
    made = write_each(
        call,
        elements,
        lambda given, errors: _check(call, category, given, errors),
        lambda plan: _commit(call, category, plan),
    )
    items = [
        {"uid": one.uid, "account_id": call.account.id, "request_id": echo, "_embedded": _inside(call, one)}
        for echo, one in made
    ]
    links = call.href(f"/leads/unsorted/{category}")
    return hal({"_total_items": len(items), "_links": links, "_embedded": {"unsorted": items}})


async def create_forms(request: web.Request) -> web.Response:
    """`POST /leads/unsorted/forms`."""
    return await _create(request, "forms")


async def create_sip(request: web.Request) -> web.Response:
    """`POST /leads/unsorted/sip`."""
    return await _create(request, "sip")


async def accept(request: web.Request) -> web.Response:
    """`POST /leads/unsorted/{uid}/accept`: the deal enters a stage, its contact and company become visible."""
    call, incoming = call_of(request), _known(request)
    given = await read_object(request) if await request.read() else {}
    lead = call.account.leads.get(incoming.lead_id)
    pipeline = call.account.pipelines[incoming.pipeline_id]
    status = pipeline.statuses.get(given.get("status_id") or pipeline.first().id)
    if lead is None or status is None or status.type == INCOMING:
        raise Problem(400, "Request validation failed", **{"validation-errors": []})
    for key, numbers in (("contacts", incoming.contact_ids), ("companies", incoming.company_ids)):
        for one in numbers:
            if (hidden := call.account.collection(key).get(one)) is not None:
                hidden.is_unsorted = False
        call.account.collection(key).changed()
    change = Change({"status_id": status.id})
    if given.get("user_id") in call.account.users:
        change.attributes["responsible_user_id"] = given["user_id"]
    update(call, "leads", lead, change)
    return _settle(call, incoming, "accept", {"leads": [lead.id]})


async def decline(request: web.Request) -> web.Response:
    """`DELETE /leads/unsorted/{uid}/decline`: the deal is gone."""
    call, incoming = call_of(request), _known(request)
    await request.read()
    lead = call.account.leads.get(incoming.lead_id)
    if lead is not None:
        lead.is_deleted = True
        call.account.leads.changed()
        note_removed(call, "leads", lead)
    return _settle(call, incoming, "decline", {"leads": [incoming.lead_id]})


def _settle(call: Call, incoming: Incoming, action: str, result: dict[str, list[int]]) -> web.Response:
    del call.account.incoming[incoming.uid]
    call.account.incoming_seen["accepted" if action == "accept" else "declined"].append(incoming.uid)
    more: Pairs = [("[action]", action)]
    more += [(f"[{action}_result][leads][{place}]", str(one)) for place, one in enumerate(result["leads"])]
    call.account.outbox.add(
        "delete_unsorted", "unsorted[delete]", incoming.uid, lambda: [*incoming_pairs(incoming), *more]
    )
    shown = render_incoming(call, incoming)
    kept = ("uid", "pipeline_id", "category", "created_at", "account_id", "_links", "_embedded")
    return hal({key: shown[key] for key in kept})


ROUTES = [
    web.get("/api/v4/leads/unsorted", list_incoming),
    web.post("/api/v4/leads/unsorted/forms", create_forms),
    web.post("/api/v4/leads/unsorted/sip", create_sip),
    web.get("/api/v4/leads/unsorted/summary", summary),
    web.get("/api/v4/leads/unsorted/{uid:[0-9a-f]+}", get_incoming),
    web.post("/api/v4/leads/unsorted/{uid:[0-9a-f]+}/accept", accept),
    web.delete("/api/v4/leads/unsorted/{uid:[0-9a-f]+}/decline", decline),
]
