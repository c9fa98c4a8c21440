"""Definitions of custom fields, their choices and groups (contract §6.1)."""

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
    query_of,
    read_elements,
    read_object,
    required,
    whole,
    write_each,
)
from .filters import texts
from .problems import Errors, Problem, choice, missing
from .state import Enum, Field, FieldGroup
from .values import ADDRESS_LINES
from .writing import is_int

PAGE = 50
TYPES = {
    "text", "numeric", "checkbox", "select", "multiselect", "date", "url", "textarea", "radiobutton", "streetaddress",
    "smart_address", "birthday", "legal_entity", "date_time", "price", "category", "items", "tracking_data",
    "linked_entity", "chained_list", "monetary", "file", "payer", "supplier", "org_legal_name",
}  # fmt: skip
WITH_CHOICES = {"select", "multiselect", "radiobutton", "category"}
SETTABLE = (
    "name",
    "sort",
    "is_api_only",
    "group_id",
    "required_statuses",
    "hidden_statuses",
    "remind",
    "currency",
    "code",
)


def render_field(call: Call, field: Field) -> dict[str, Any]:
    """A definition as the API reads it."""
    enums: list[dict[str, Any]] | None = [
        {"id": one.id, "value": one.value, "sort": one.sort, "code": one.code} for one in field.enums.values()
    ]
    if field.type == "smart_address":
        enums = [
            {"id": place, "value": code, "sort": place, "code": code} for place, code in enumerate(ADDRESS_LINES, 1)
        ]
    return {
        "id": field.id,
        "name": field.name,
        "code": field.code,
        "sort": field.sort,
        "type": field.type,
        "entity_type": field.entity_type,
        "account_id": call.account.id,
        "is_computed": field.is_computed,
        "is_predefined": field.is_predefined,
        "is_deletable": field.is_deletable,
        "is_visible": True,
        "is_required": bool(field.required_statuses),
        "is_api_only": field.is_api_only,
        "group_id": field.group_id,
        "settings": [],
        "remind": field.remind,
        "currency": field.currency,
        "required_statuses": field.required_statuses or None,
        "hidden_statuses": field.hidden_statuses,
        "enums": enums or None,
        "nested": None,
        "tracking_callback": None,
        "triggers": [],
        "chained_lists": None,
        "search_in": None,
        "_links": call.href(f"/{field.entity_type}/custom_fields/{field.id}"),
    }


def _check(call: Call, entity_type: str, given: dict[str, Any], field: Field | None, errors: Errors) -> dict[str, Any]:
    if field is None:
        errors += required(given, "name", "type")
        if given.get("type") is not None and given["type"] not in TYPES:
            errors.append(choice("type"))
        if given.get("type") == "tracking_data" and entity_type != "leads":
            errors.append(choice("type"))
        if given.get("type") in WITH_CHOICES and not given.get("enums"):
            errors.append(missing("enums"))
    code = given.get("code")
    if code is not None:
        same = call.account.field_with_code(entity_type, str(code))
        if same is not None and same is not field:
            errors.append(choice("code"))
    if given.get("group_id") is not None and given["group_id"] not in call.account.field_groups[entity_type]:
        errors.append(choice("group_id"))
    for place, stage in enumerate(given.get("required_statuses") or []):
        pipeline = call.account.pipelines.get(stage.get("pipeline_id") or 0) if isinstance(stage, dict) else None
        if pipeline is None or stage.get("status_id") not in pipeline.statuses:
            errors.append(choice(f"required_statuses.{place}.status_id"))
    for place, one in enumerate(given.get("enums") or []):
        if not isinstance(one, dict) or not isinstance(one.get("value"), str):
            errors.append(missing(f"enums.{place}.value"))
    return given


def make_field(call: Call, entity_type: str, given: dict[str, Any]) -> Field:
    """Carry a checked creation out."""
    field = Field(call.next_id("field"), given["name"], given["type"], entity_type)
    field.group_id = "default" if entity_type == "leads" else None
    call.account.fields[entity_type][field.id] = field
    return _set(call, field, given)


def _set(call: Call, field: Field, given: dict[str, Any]) -> Field:
    for key in SETTABLE:
        if key in given:
            empty: Any = [] if key.endswith("statuses") else None
            setattr(field, key, empty if given[key] is None else given[key])
    if isinstance(given.get("enums"), list):
        known, field.enums = field.enums, {}
        for place, one in enumerate(given["enums"]):
            # A choice that is named by its id keeps it; those left out are gone.
            number = one["id"] if is_int(one.get("id")) and one["id"] in known else call.next_id("enum")
            field.enums[number] = Enum(number, one["value"], int(one.get("sort") or place), one.get("code"))
    return field


def routes_of(entity_type: str) -> list[web.RouteDef]:
    """The field routes of one entity type."""
    path = f"/api/v4/{entity_type}/custom_fields"

    async def list_fields(request: web.Request) -> web.Response:
        call, given = call_of(request), filter_of(request)
        page, limit = page_of(request, most=PAGE)
        fields = list(call.account.fields[entity_type].values())
        if kinds := texts(given.get("type")):
            fields = [field for field in fields if field.type in kinds]
        order = query_of(request).get("order")
        key = "id" if isinstance(order, dict) and "id" in order else "sort"
        backwards = isinstance(order, dict) and "desc" in order.values()
        fields.sort(key=lambda field: (getattr(field, key), field.id), reverse=backwards)
        items, _ = cut(fields, page, limit)
        if not items:
            return nothing()
        links = {"_total_items": len(fields), "_page": page, "_page_count": -(-len(fields) // limit)}
        return whole(request, "custom_fields", [render_field(call, field) for field in items], **links)

    def known(request: web.Request) -> Field:
        call = call_of(request)
        field = call.account.fields[entity_type].get(int(request.match_info["id"]))
        if field is None:
            raise Problem(404, f"Cannot {request.method} {call.base}{request.path}")
        return field

    async def get_field(request: web.Request) -> web.Response:
        call = call_of(request)
        field = call.account.fields[entity_type].get(int(request.match_info["id"]))
        return nothing() if field is None else hal(render_field(call, field))

    async def create_fields(request: web.Request) -> web.Response:
        call, elements = call_of(request), await read_elements(request)
        call.require_admin()
        made = write_each(
            call,
            elements,
            lambda given, errors: _check(call, entity_type, given, None, errors),
            lambda given: make_field(call, entity_type, given),
        )
        items = [{**render_field(call, field), "request_id": echo} for echo, field in made]
        return hal({"_total_items": len(items), "_embedded": {"custom_fields": items}}, 201)

    def change(call: Call, elements: list[dict[str, Any]]) -> list[dict[str, Any]]:
        def check_one(given: dict[str, Any], errors: Errors) -> tuple[Field, dict[str, Any]] | None:
            field = call.account.fields[entity_type].get(given["id"]) if is_int(given.get("id")) else None
            if field is None:
                errors.append(choice("id") if "id" in given else missing("id"))
                return None
            return field, _check(call, entity_type, given, field, errors)

        def commit(plan: tuple[Field, dict[str, Any]] | None) -> Field:
            assert plan is not None
            return _set(call, *plan)

        return [render_field(call, field) for _, field in write_each(call, elements, check_one, commit)]

    async def change_fields(request: web.Request) -> web.Response:
        call, elements = call_of(request), await read_elements(request)
        call.require_admin()
        return whole(request, "custom_fields", change(call, elements))

    async def change_field(request: web.Request) -> web.Response:
        call, given = call_of(request), await read_object(request)
        call.require_admin()
        return hal(change(call, [{**given, "id": known(request).id}])[0])

    async def delete_field(request: web.Request) -> web.Response:
        call, field = call_of(request), known(request)
        call.require_admin()
        if not field.is_deletable:
            raise Problem(403, "Forbidden")
        del call.account.fields[entity_type][field.id]
        for entity in call.account.collection(entity_type).alive():
            entity.values.pop(field.id, None)
            entity.text = None
        call.account.collection(entity_type).changed()
        return nothing()

    return [
        web.get(path, list_fields),
        web.post(path, create_fields),
        web.patch(path, change_fields),
        web.get(rf"{path}/{{id:\d+}}", get_field),
        web.patch(rf"{path}/{{id:\d+}}", change_field),
        web.delete(rf"{path}/{{id:\d+}}", delete_field),
        *_group_routes(entity_type),
    ]


def _group_routes(entity_type: str) -> list[web.RouteDef]:
    path = f"/api/v4/{entity_type}/custom_fields/groups"

    def render(call: Call, group: FieldGroup) -> dict[str, Any]:
        fields = [field.id for field in call.account.fields[entity_type].values() if field.group_id == group.id]
        return {
            "id": group.id,
            "name": group.name,
            "sort": group.sort,
            "is_predefined": group.is_predefined,
            "entity_type": entity_type,
            "type": "default",
            "fields": fields,
            "_links": call.href(f"/{entity_type}/custom_fields/groups/{group.id}"),
        }

    def known(request: web.Request) -> FieldGroup:
        call = call_of(request)
        group = call.account.field_groups[entity_type].get(request.match_info["group"])
        if group is None:
            raise Problem(404, f"Cannot {request.method} {call.base}{request.path}")
        return group

    async def list_groups(request: web.Request) -> web.Response:
        call = call_of(request)
        groups = [render(call, group) for group in call.account.field_groups[entity_type].values()]
        return whole(request, "custom_field_groups", groups)

    async def get_group(request: web.Request) -> web.Response:
        group = call_of(request).account.field_groups[entity_type].get(request.match_info["group"])
        return nothing() if group is None else hal(render(call_of(request), group))

    async def create_groups(request: web.Request) -> web.Response:
        call, elements = call_of(request), await read_elements(request)
        call.require_admin()

        def check(given: dict[str, Any], errors: Errors) -> dict[str, Any]:
            errors += required(given, "name")
            return given

        def commit(given: dict[str, Any]) -> FieldGroup:
            number = call.next_id("group")
            group = FieldGroup(
                f"{entity_type}_{number}", given["name"], int(given.get("sort") or 0), is_predefined=False
            )
            call.account.field_groups[entity_type][group.id] = group
            _take_fields(call, group, given)
            return group

        made = write_each(call, elements, check, commit)
        return whole(request, "custom_field_groups", [{**render(call, one), "request_id": echo} for echo, one in made])

    def _take_fields(call: Call, group: FieldGroup, given: dict[str, Any]) -> None:
        for number in given.get("fields") or []:
            if number in call.account.fields[entity_type]:
                call.account.fields[entity_type][number].group_id = group.id

    async def change_group(request: web.Request) -> web.Response:
        call, given = call_of(request), await read_object(request)
        call.require_admin()
        group = known(request)
        group.name, group.sort = str(given.get("name", group.name)), int(given.get("sort", group.sort))
        _take_fields(call, group, given)
        return hal(render(call, group))

    async def delete_group(request: web.Request) -> web.Response:
        call, group = call_of(request), known(request)
        call.require_admin()
        if group.is_predefined:
            raise Problem(403, "Forbidden")
        del call.account.field_groups[entity_type][group.id]
        for field in call.account.fields[entity_type].values():
            if field.group_id == group.id:
                field.group_id = "default" if entity_type == "leads" else None
        return nothing()

    return [
        web.get(path, list_groups),
        web.post(path, create_groups),
        web.get(f"{path}/{{group}}", get_group),
        web.patch(f"{path}/{{group}}", change_group),
        web.delete(f"{path}/{{group}}", delete_group),
    ]


ROUTES = [route for entity_type in ("leads", "contacts", "companies") for route in routes_of(entity_type)]
