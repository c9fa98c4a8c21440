"""`POST /leads/complex`: a deal with its contact and company at once, and duplicate control (contract §4.4, §8.9)."""

from dataclasses import dataclass
from typing import Any

from aiohttp import web

from sandbox.simulator import json_answer

from .call import Call, call_of, read_elements, write_each
from .contacts import Person, check_person, make_person
from .leads import NewLead, check_new_lead, make_lead
from .linking import link
from .problems import Errors, choice, wrong_type
from .state import LOST, WON, Contact, Lead
from .unsorted import keep_incoming
from .values import NOT_DIGITS
from .writing import Change, embedded, is_int, update

MOST = 50
MOST_VALUES = 40
MOST_MATCHES = 3

type Side = Person | Change | None
type Outcome = tuple[Lead, int | None, int | None, bool]


@dataclass(slots=True)
class Plan:
    """A checked element: contact and company are either known already or to be made.

    `twin` is the open deal, with its contact, into which duplicate control merges. It is looked for before anything of
    the batch is written: elements of one batch do not find each other.
    """

    lead: NewLead
    contact: Side
    company: Side
    metadata: dict[str, Any] | None
    twin: tuple[Lead, Contact] | None


def _check(call: Call, given: dict[str, Any], errors: Errors) -> Plan:
    own = {**given, "_embedded": {**(given.get("_embedded") or {})}}
    for key in ("contacts", "companies"):
        own["_embedded"].pop(key, None)
    for path, entity in (
        ("", given),
        *((f"_embedded.{key}.0.", _first(given, key)) for key in ("contacts", "companies")),
    ):
        if isinstance(entity, dict) and len(entity.get("custom_fields_values") or []) > MOST_VALUES:
            errors.append(wrong_type(f"{path}custom_fields_values", f"array of at most {MOST_VALUES}"))
    metadata, contact = embedded(given, "metadata"), _check_side(call, "contacts", given, errors)
    return Plan(
        lead=check_new_lead(call, own, errors),
        contact=contact,
        company=_check_side(call, "companies", given, errors),
        metadata=metadata if isinstance(metadata, dict) else None,
        twin=_twin(call, contact) if call.account.behaviour.duplicate_control else None,
    )


def _first(given: dict[str, Any], key: str) -> Any:
    listed = embedded(given, key)
    return listed[0] if isinstance(listed, list) and listed else None


def _check_side(call: Call, entity_type: str, given: dict[str, Any], errors: Errors) -> Side:
    one = _first(given, entity_type)
    if not isinstance(one, dict):
        return None
    path = f"_embedded.{entity_type}.0"
    if "id" in one:
        known: Person | None = call.account.collection(entity_type).get(one["id"]) if is_int(one["id"]) else None
        if known is None:
            errors.append(choice(f"{path}.id"))
        return known
    own: Errors = []
    change = check_person(call, entity_type, one, None, own)
    errors += [{**error, "path": f"{path}.{error['path']}"} for error in own]
    return change


def _commit(call: Call, plan: Plan) -> Outcome:
    if plan.twin is not None:
        return _merge(call, plan, *plan.twin)
    hidden = plan.metadata is not None
    contact = _side(call, "contacts", plan.contact, hidden=hidden)
    company = _side(call, "companies", plan.company, hidden=hidden)
    if contact and company:
        link(call.account, contact, company)
    plan.lead.contacts = [contact.id] if contact else []
    plan.lead.company = company.id if company else None
    if plan.metadata is not None:
        pipeline = call.account.pipelines[plan.lead.change.attributes["pipeline_id"]]
        plan.lead.change.attributes["status_id"] = pipeline.incoming().id
    lead = make_lead(call, plan.lead)
    if plan.metadata is not None:
        category = str(plan.metadata.get("category") or "forms")
        keep_incoming(call, lead, category, {"metadata": plan.metadata}, contact, company)
    return lead, contact.id if contact else None, company.id if company else None, False


def _side(call: Call, entity_type: str, side: Side, *, hidden: bool) -> Person | None:
    return make_person(call, entity_type, side, is_unsorted=hidden) if isinstance(side, Change) else side


def _twin(call: Call, side: Side) -> tuple[Lead, Contact] | None:
    """The open deal of a contact with the same phone or e-mail; none when more than three contacts match."""
    keys = _keys(call, side.values) if isinstance(side, Change) else set()
    matches = [one for one in call.account.contacts.alive() if keys & _keys(call, one.values)] if keys else []
    for contact in matches if len(matches) <= MOST_MATCHES else []:
        for number in contact.leads:
            lead = call.account.leads.get(number)
            if lead is not None and lead.status_id not in (WON, LOST):
                return lead, contact
    return None


def _merge(call: Call, plan: Plan, lead: Lead, contact: Contact) -> Outcome:
    assert isinstance(plan.contact, Change)
    for key in ("pipeline_id", "status_id"):
        plan.lead.change.attributes.pop(key, None)
    update(call, "leads", lead, plan.lead.change)
    update(call, "contacts", contact, plan.contact)
    return lead, contact.id, contact.company_id, True


def _keys(call: Call, values: dict[int, list[dict[str, Any]]]) -> set[str]:
    found = set()
    for code in ("PHONE", "EMAIL"):
        field = call.account.field_with_code("contacts", code)
        for one in values.get(field.id, []) if field else []:
            text = str(one["value"]).casefold()
            found.add(NOT_DIGITS.sub("", text) if code == "PHONE" else text)
    return found - {""}


async def create_complex(request: web.Request) -> web.Response:
    """`POST /leads/complex`: answers a bare list; elements merged into one deal share an entry."""
    call, elements = call_of(request), await read_elements(request, most=MOST)
    outcomes = write_each(
        call, elements, lambda given, errors: _check(call, given, errors), lambda plan: _commit(call, plan)
    )
    entries: dict[int, dict[str, Any]] = {}
    for echo, (lead, contact, company, merged) in outcomes:
        entry: dict[str, Any] = {
            "id": lead.id,
            "contact_id": contact,
            "company_id": company,
            "request_id": [],
            "merged": merged,
        }
        entries.setdefault(lead.id, entry)["request_id"].append(echo)
    return json_answer(list(entries.values()))


ROUTES = [web.post("/api/v4/leads/complex", create_complex)]
