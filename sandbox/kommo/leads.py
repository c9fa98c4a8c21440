"""Leads: list, get, create, change (contract §4.1–§4.3), and loss reasons (§4.5)."""

from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from .call import (
    Call,
    brief,
    call_of,
    hal,
    nothing,
    read_elements,
    read_object,
    whole,
    with_of,
    write_each,
    written,
)
from .linking import link
from .listing import list_page
from .problems import Errors, choice, missing, wrong_type
from .state import INCOMING, LOST, WON, Lead, Pipeline
from .values import render_values
from .writing import Change, check, embedded, finish_new, is_int, update


@dataclass(slots=True)
class NewLead:
    """A checked new deal; `contacts` and `company` are ids of what is to be linked, the main contact first."""

    change: Change
    contacts: list[int] = field(default_factory=list)
    company: int | None = None


def render_lead(call: Call, lead: Lead, shown: set[str]) -> dict[str, Any]:
    """A deal as the API reads it; `shown` holds the words of `with`."""
    account = call.account
    tags = account.tags["leads"].by_id
    company = lead.company_id if lead.company_id and account.companies.get(lead.company_id) else None
    inside: dict[str, Any] = {
        "tags": [{"id": number, "name": tags[number].name, "color": tags[number].color} for number in lead.tags],
        "companies": brief([(company, call.href(f"/companies/{company}"))] if company else []),
    }
    if "contacts" in shown:
        inside["contacts"] = [
            {"id": number, "is_main": place == 0, "_links": call.href(f"/contacts/{number}")}
            for place, number in enumerate(one for one in lead.contacts if account.contacts.get(one))
        ]
    if "loss_reason" in shown:
        reason = account.loss_reasons.get(lead.loss_reason_id or 0)
        inside["loss_reason"] = [reason] if reason else []
    if "source" in shown:
        source = account.sources.get(lead.source_id or 0)
        inside["source"] = {"id": source["id"], "name": source["name"]} if source else None
    if "catalog_elements" in shown:
        inside["catalog_elements"] = lead.elements
    data: dict[str, Any] = {
        "id": lead.id,
        "name": lead.name,
        "price": lead.price,
        "responsible_user_id": lead.responsible_user_id,
        "group_id": lead.group_id,
        "status_id": lead.status_id,
        "pipeline_id": lead.pipeline_id,
        "loss_reason_id": lead.loss_reason_id,
        "source_id": lead.source_id,
        "created_by": lead.created_by,
        "updated_by": lead.updated_by,
        "created_at": lead.created_at,
        "updated_at": lead.updated_at,
        "closed_at": lead.closed_at,
        "closest_task_at": lead.closest_task_at,
        "is_deleted": lead.is_deleted,
        "custom_fields_values": render_values(account, "leads", lead.values),
        "score": None,
        "account_id": account.id,
        "labor_cost": None,
        "_links": call.href(f"/leads/{lead.id}"),
        "_embedded": inside,
    }
    if "is_price_modified_by_robot" in shown:
        data["is_price_modified_by_robot"] = lead.price_by_robot
    return data


def render_deleted(call: Call, lead: Lead) -> dict[str, Any]:
    """A deleted deal, of which only this is left to read."""
    return {
        "id": lead.id,
        "updated_at": lead.updated_at,
        "updated_by": lead.updated_by,
        "is_deleted": True,
        "_links": call.href(f"/leads/{lead.id}"),
    }


async def list_leads(request: web.Request) -> web.Response:
    """`GET /leads`."""
    call, shown = call_of(request), with_of(request)
    if "only_deleted" in shown:
        return list_page(request, "leads", lambda lead: render_deleted(call, lead), deleted=True)
    return list_page(request, "leads", lambda lead: render_lead(call, lead, shown))


async def get_lead(request: web.Request) -> web.Response:
    """`GET /leads/{id}`: 204 for an unknown one."""
    call, shown, number = call_of(request), with_of(request), int(request.match_info["id"])
    if "only_deleted" in shown:
        gone = call.account.leads.get_deleted(number)
        return nothing() if gone is None else hal(render_deleted(call, gone))
    lead = call.account.leads.get(number)
    return nothing() if lead is None else hal(render_lead(call, lead, shown))


def check_lead(call: Call, given: dict[str, Any], lead: Lead | None, errors: Errors) -> Change:
    """What a write says about a deal, new when `lead` is None."""
    change = check(call, "leads", given, errors)
    if "price" in given:
        if is_int(given["price"]) or given["price"] is None:
            change.attributes["price"] = given["price"] or 0
        else:
            errors.append(wrong_type("price", "int"))
    if given.get("closed_at") is not None:
        if is_int(given["closed_at"]):
            change.attributes["closed_at"] = given["closed_at"]
        else:
            errors.append(wrong_type("closed_at", "int"))
    if "loss_reason_id" in given:
        if given["loss_reason_id"] is None or given["loss_reason_id"] in call.account.loss_reasons:
            change.attributes["loss_reason_id"] = given["loss_reason_id"]
        else:
            errors.append(choice("loss_reason_id"))
    _check_stage(call, given, lead, change, errors)
    return change


def _check_stage(call: Call, given: dict[str, Any], lead: Lead | None, change: Change, errors: Errors) -> None:
    """A stage counts within its pipeline: the one named, else the deal's own, else the source's or the main one."""
    pipelines = call.account.pipelines
    if given.get("pipeline_id") is not None:
        pipeline = pipelines.get(given["pipeline_id"]) if is_int(given["pipeline_id"]) else None
        if pipeline is None or pipeline.is_archive:
            errors.append(choice("pipeline_id"))
            return
    else:
        pipeline = pipelines[lead.pipeline_id] if lead else _default_pipeline(call, given)
    if given.get("status_id") is not None:
        status = pipeline.statuses.get(given["status_id"]) if is_int(given["status_id"]) else None
        if status is None or (status.type == INCOMING and (lead is None or lead.status_id != status.id)):
            errors.append(choice("status_id"))
            return
    elif lead is None or lead.pipeline_id != pipeline.id:
        status = pipeline.first()
    else:
        return
    change.attributes.update(pipeline_id=pipeline.id, status_id=status.id)


def _default_pipeline(call: Call, given: dict[str, Any]) -> Pipeline:
    source = _source(call, given)
    return call.account.pipelines.get(source["pipeline_id"] if source else 0) or call.account.main_pipeline()


def _source(call: Call, given: dict[str, Any]) -> dict[str, Any] | None:
    wanted = embedded(given, "source")
    if not isinstance(wanted, dict):
        return None
    sources = call.account.sources.values()
    return next((one for one in sources if one["external_id"] == wanted.get("external_id")), None)


def check_new_lead(call: Call, given: dict[str, Any], errors: Errors) -> NewLead:
    """A new deal with the contacts and the company it names by id."""
    new = NewLead(check_lead(call, given, None, errors))
    contacts = embedded(given, "contacts") or []
    for place, one in enumerate(contacts):
        number = one.get("id") if isinstance(one, dict) else None
        if not is_int(number) or call.account.contacts.get(number) is None:
            errors.append(choice(f"_embedded.contacts.{place}.id"))
        elif one.get("is_main"):
            new.contacts.insert(0, number)
        else:
            new.contacts.append(number)
    for place, one in enumerate(embedded(given, "companies") or []):
        number = one.get("id") if isinstance(one, dict) else None
        if place or not is_int(number) or call.account.companies.get(number) is None:
            errors.append(choice(f"_embedded.companies.{place}.id"))
        else:
            new.company = number
    source = _source(call, given)
    if source:
        new.change.attributes["source_id"] = source["id"]
    return new


def make_lead(call: Call, new: NewLead) -> Lead:
    """Carry a checked creation out, with its event and hooks."""
    now, attributes, stamped = call.stamp(), dict(new.change.attributes), new.change.stamped
    if attributes["status_id"] in (WON, LOST):
        attributes.setdefault("closed_at", now)
    number = call.next_id("lead")
    lead = Lead(
        **{
            "id": number,
            "name": f"Lead #{number}",
            "responsible_user_id": call.user.id,
            "group_id": call.user.group_id,
            "created_at": stamped.get("created_at", now),
            "updated_at": stamped.get("updated_at", now),
            "created_by": stamped.get("created_by", call.user.id),
            "updated_by": stamped.get("updated_by", call.user.id),
            **attributes,
        }
    )
    for contact in dict.fromkeys(new.contacts):
        link(call.account, lead, call.account.contacts.get(contact))
    if new.company is not None:
        link(call.account, lead, call.account.companies.get(new.company))
    finish_new(call, "leads", lead, new.change)
    return lead


async def create_leads(request: web.Request) -> web.Response:
    """`POST /leads`: a batch."""
    call, elements = call_of(request), await read_elements(request)
    made = write_each(
        call, elements, lambda given, errors: check_new_lead(call, given, errors), lambda new: make_lead(call, new)
    )
    items = [{"id": lead.id, "request_id": number, "_links": call.href(f"/leads/{lead.id}")} for number, lead in made]
    return written(request, "leads", items)


async def change_leads(request: web.Request) -> web.Response:
    """`PATCH /leads`: a batch, each element with its id."""
    call, elements = call_of(request), await read_elements(request)
    return written(request, "leads", change_lead_elements(call, elements))


async def change_lead(request: web.Request) -> web.Response:
    """`PATCH /leads/{id}`."""
    call, given = call_of(request), await read_object(request)
    return hal(change_lead_elements(call, [{**given, "id": int(request.match_info["id"])}])[0])


def change_lead_elements(call: Call, elements: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Change deals; what the answer says of each."""

    def check_one(given: dict[str, Any], errors: Errors) -> tuple[Lead, Change] | None:
        lead = call.account.leads.get(given["id"]) if is_int(given.get("id")) else None
        if lead is None:
            errors.append(choice("id") if "id" in given else missing("id"))
            return None
        return lead, check_lead(call, given, lead, errors)

    def commit(checked: tuple[Lead, Change] | None) -> Lead:
        assert checked is not None
        lead, change = checked
        update(call, "leads", lead, change)
        return lead

    return [_changed(call, lead) for _, lead in write_each(call, elements, check_one, commit)]


def _changed(call: Call, lead: Lead) -> dict[str, Any]:
    return {"id": lead.id, "updated_at": lead.updated_at, "_links": call.href(f"/leads/{lead.id}")}


async def list_loss_reasons(request: web.Request) -> web.Response:
    """`GET /leads/loss_reasons`."""
    call = call_of(request)
    items = [_reason(call, reason) for reason in call.account.loss_reasons.values()]
    return whole(request, "loss_reasons", items) if items else nothing()


async def get_loss_reason(request: web.Request) -> web.Response:
    """`GET /leads/loss_reasons/{id}`."""
    call = call_of(request)
    reason = call.account.loss_reasons.get(int(request.match_info["id"]))
    return nothing() if reason is None else hal(_reason(call, reason))


def _reason(call: Call, reason: dict[str, Any]) -> dict[str, Any]:
    return {**reason, "_links": call.href(f"/leads/loss_reasons/{reason['id']}")}


ROUTES = [
    web.get("/api/v4/leads", list_leads),
    web.post("/api/v4/leads", create_leads),
    web.patch("/api/v4/leads", change_leads),
    web.get(r"/api/v4/leads/{id:\d+}", get_lead),
    web.patch(r"/api/v4/leads/{id:\d+}", change_lead),
    web.get("/api/v4/leads/loss_reasons", list_loss_reasons),
    web.get(r"/api/v4/leads/loss_reasons/{id:\d+}", get_loss_reason),
]
