"""Contacts and companies: list, get, create, change (contract §5.1, §5.2)."""

from typing import Any

from aiohttp import web

from .call import Call, brief, call_of, hal, nothing, read_elements, read_object, with_of, write_each, written
from .listing import list_page
from .problems import Errors, choice, missing
from .state import Company, Contact
from .values import render_values
from .writing import Change, check, finish_new, is_int, update

type Person = Contact | Company


def render_person(call: Call, entity_type: str, one: Person, shown: set[str]) -> dict[str, Any]:
    """A contact or a company as the API reads it; `shown` holds the words of `with`."""
    account = call.account
    tags = account.tags[entity_type].by_id
    inside: dict[str, Any] = {
        "tags": [{"id": number, "name": tags[number].name, "color": tags[number].color} for number in one.tags]
    }
    if isinstance(one, Contact):
        company = one.company_id if one.company_id and account.companies.get(one.company_id) else None
        inside["companies"] = brief([(company, call.href(f"/companies/{company}"))] if company else [])
    elif "contacts" in shown:
        found = [number for number in one.contacts if account.contacts.get(number)]
        inside["contacts"] = brief((number, call.href(f"/contacts/{number}")) for number in found)
    if "leads" in shown:
        found = [number for number in one.leads if account.leads.get(number)]
        inside["leads"] = brief((number, call.href(f"/leads/{number}")) for number in found)
    if "customers" in shown:
        inside["customers"] = []
    if "catalog_elements" in shown:
        inside["catalog_elements"] = one.elements
    names = {"first_name": one.first_name, "last_name": one.last_name} if isinstance(one, Contact) else {}
    return {
        "id": one.id,
        "name": one.name,
        **names,
        "responsible_user_id": one.responsible_user_id,
        "group_id": one.group_id,
        "created_by": one.created_by,
        "updated_by": one.updated_by,
        "created_at": one.created_at,
        "updated_at": one.updated_at,
        "is_deleted": one.is_deleted,
        "is_unsorted": one.is_unsorted,
        "closest_task_at": one.closest_task_at,
        "custom_fields_values": render_values(account, entity_type, one.values),
        "account_id": account.id,
        "_links": call.href(f"/{entity_type}/{one.id}"),
        "_embedded": inside,
    }


def check_person(call: Call, entity_type: str, given: dict[str, Any], one: Person | None, errors: Errors) -> Change:
    """What a write says about a contact or a company; a contact's full name and its parts follow each other."""
    change = check(call, entity_type, given, errors)
    attributes = change.attributes
    if entity_type == "contacts" and attributes.keys() & {"name", "first_name", "last_name"}:
        first, last = (attributes.get(key, getattr(one, key, "")) for key in ("first_name", "last_name"))
        if "first_name" in attributes or "last_name" in attributes:
            name = attributes.get("name") or f"{first} {last}".strip()
        else:
            name, (first, _, last) = attributes["name"], attributes["name"].partition(" ")
        attributes.update(name=name, first_name=first, last_name=last)
    return change


def make_person(call: Call, entity_type: str, change: Change, *, is_unsorted: bool = False) -> Person:
    """Carry a checked creation out, with its event and hooks."""
    now, stamped = call.stamp(), change.stamped
    kind = Contact if entity_type == "contacts" else Company
    one: Person = kind(
        **{
            "id": call.next_id("contact" if entity_type == "contacts" else "company"),
            "name": "",
            "responsible_user_id": call.user.id,
            "group_id": call.user.group_id,
            "created_at": stamped.get("created_at", now),
            "updated_at": stamped.get("updated_at", now),
            "created_by": stamped.get("created_by", call.user.id),
            "updated_by": stamped.get("updated_by", call.user.id),
            "is_unsorted": is_unsorted,
            **change.attributes,
        }
    )
    finish_new(call, entity_type, one, change)
    return one


def visible(call: Call, entity_type: str, number: Any) -> Person | None:
    """A contact or company by id, unless it is unknown, deleted or still hidden in an incoming lead."""
    one: Person | None = call.account.collection(entity_type).get(number) if is_int(number) else None
    return None if one is None or one.is_unsorted else one


def routes_of(entity_type: str) -> list[web.RouteDef]:
    """The routes of contacts or of companies."""

    async def list_all(request: web.Request) -> web.Response:
        call, shown = call_of(request), with_of(request)
        return list_page(request, entity_type, lambda one: render_person(call, entity_type, one, shown))

    async def get(request: web.Request) -> web.Response:
        call = call_of(request)
        one = visible(call, entity_type, int(request.match_info["id"]))
        return nothing() if one is None else hal(render_person(call, entity_type, one, with_of(request)))

    async def create(request: web.Request) -> web.Response:
        call, elements = call_of(request), await read_elements(request)
        made = write_each(
            call,
            elements,
            lambda given, errors: check_person(call, entity_type, given, None, errors),
            lambda change: make_person(call, entity_type, change),
        )
        items = [
            {"id": one.id, "request_id": echo, "_links": call.href(f"/{entity_type}/{one.id}")} for echo, one in made
        ]
        return written(request, entity_type, items)

    async def change_many(request: web.Request) -> web.Response:
        call, elements = call_of(request), await read_elements(request)
        return written(request, entity_type, change_people(call, entity_type, elements))

    async def change_one(request: web.Request) -> web.Response:
        call, given = call_of(request), await read_object(request)
        return hal(change_people(call, entity_type, [{**given, "id": int(request.match_info["id"])}])[0])

    return [
        web.get(f"/api/v4/{entity_type}", list_all),
        web.post(f"/api/v4/{entity_type}", create),
        web.patch(f"/api/v4/{entity_type}", change_many),
        web.get(rf"/api/v4/{entity_type}/{{id:\d+}}", get),
        web.patch(rf"/api/v4/{entity_type}/{{id:\d+}}", change_one),
    ]


def change_people(call: Call, entity_type: str, elements: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Change contacts or companies; what the answer says of each."""

    def check_one(given: dict[str, Any], errors: Errors) -> tuple[Person, Change] | None:
        one = visible(call, entity_type, given.get("id"))
        if one is None:
            errors.append(choice("id") if "id" in given else missing("id"))
            return None
        return one, check_person(call, entity_type, given, one, errors)

    def commit(checked: tuple[Person, Change] | None) -> Person:
        assert checked is not None
        one, change = checked
        update(call, entity_type, one, change)
        return one

    return [
        {
            "id": one.id,
            "name": one.name,
            "updated_at": one.updated_at,
            "_links": call.href(f"/{entity_type}/{one.id}"),
        }
        for _, one in write_each(call, elements, check_one, commit)
    ]


ROUTES = [*routes_of("contacts"), *routes_of("companies")]
