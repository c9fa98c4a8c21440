"""The account, its users and roles, and the widgets of integrations (contract §7, §11.5)."""

from datetime import datetime
from typing import Any

from aiohttp import web

from .call import Call, call_of, cut, hal, nothing, page_of, read_body, whole, with_of
from .problems import Problem
from .state import User

GROUP = {"id": 0, "name": "Sales department", "uuid": None}
ROLES = {1: "Administrator", 2: "Manager"}
ALL, NONE = "A", "D"


async def get_account(request: web.Request) -> web.Response:
    """`GET /account`."""
    call, shown = call_of(request), with_of(request)
    account = call.account
    data: dict[str, Any] = {
        "id": account.id,
        "name": account.name,
        "subdomain": account.subdomain,
        "created_at": account.created_at,
        "created_by": 0,
        "updated_at": account.created_at,
        "updated_by": 0,
        "current_user_id": call.user.id,
        "country": account.country,
        "currency": account.currency,
        "currency_symbol": account.currency_symbol,
        "customers_mode": "disabled",
        "is_unsorted_on": True,
        "mobile_feature_version": 0,
        "is_loss_reason_enabled": True,
        "is_helpbot_enabled": False,
        "is_technical_account": False,
        "contact_name_display_order": 1,
        "_links": call.href("/account"),
    }
    more: dict[str, Any] = {
        "amojo_id": f"00000000-0000-4000-8000-{account.id:012d}",
        "version": 12,
        "is_api_filter_enabled": account.behaviour.api_filter == "on",
        "drive_url": "https://drive-c.kommo.com",
        "uuid": f"00000000-0000-4000-9000-{account.id:012d}",
    }
    data |= {key: value for key, value in more.items() if key in shown}
    inside: dict[str, Any] = {
        "amojo_rights": {"can_direct": True, "can_create_groups": True},
        "users_groups": [GROUP],
        "task_types": account.task_types,
        "entity_names": {
            "leads": {
                account.language: {
                    "gender": "m",
                    "plural_form": {"dative": "leads", "default": "Leads"},
                    "singular_form": {"dative": "lead", "default": "Lead"},
                }
            }
        },
        "datetime_settings": _datetime_settings(call),
        "invoices_settings": {"lang": account.language, "currency": account.currency},
    }
    inside = {key: value for key, value in inside.items() if key in shown}
    if inside:
        data["_embedded"] = inside
    return hal(data)


def _datetime_settings(call: Call) -> dict[str, str]:
    """Formats and time zone; the misspelt key is Kommo's."""
    offset = datetime.fromtimestamp(call.stamp(), call.account.timezone).strftime("%z")
    return {
        "date_pattern": "d.m.Y H:i",
        "short_date_pattern": "d.m.Y",
        "short_time_pattern": "H:i",
        "date_formant": "d.m.Y",
        "time_format": "H:i:s",
        "timezone": str(call.account.timezone),
        "timezone_offset": f"{offset[:3]}:{offset[3:]}",
    }


def render_user(call: Call, user: User, shown: set[str]) -> dict[str, Any]:
    """A user with rights as the API reads it."""
    letter = ALL
    entity = {"view": letter, "edit": letter, "add": letter, "delete": letter, "export": letter}
    data: dict[str, Any] = {
        "id": user.id,
        "name": user.name,
        "email": user.email,
        "lang": user.lang,
        "rights": {
            "leads": entity,
            "contacts": entity,
            "companies": entity,
            "tasks": {"edit": letter, "delete": letter},
            "mail_access": user.is_admin,
            "catalog_access": user.is_admin,
            "files_access": user.is_admin,
            "status_rights": None,
            "catalog_rights": None,
            "custom_fields_rights": None,
            "oper_day_reports_view_access": user.is_admin,
            "oper_day_user_tracking": False,
            "is_admin": user.is_admin,
            "is_free": user.is_free,
            "is_active": user.is_active,
            "group_id": user.group_id,
            "role_id": 1 if user.is_admin else 2,
        },
        "_links": call.href(f"/users/{user.id}"),
    }
    more = {
        "uuid": f"00000000-0000-4000-a000-{user.id:012d}",
        "amojo_id": None,
        "user_rank": None,
        "phone_number": None,
    }
    data |= {key: value for key, value in more.items() if key in shown}
    inside: dict[str, Any] = {"role": [_role(call, 1 if user.is_admin else 2)], "group": [GROUP]}
    inside = {f"{key}s": value for key, value in inside.items() if key in shown}
    if inside:
        data["_embedded"] = inside
    return data


async def list_users(request: web.Request) -> web.Response:
    """`GET /users`, for administrators only."""
    call, shown = call_of(request), with_of(request)
    call.require_admin()
    page, limit = page_of(request)
    users = list(call.account.users.values())
    found, _ = cut(users, page, limit)
    if not found:
        return nothing()
    items = [render_user(call, user, shown) for user in found]
    return whole(request, "users", items, _total_items=len(users), _page=page, _page_count=-(-len(users) // limit))


async def get_user(request: web.Request) -> web.Response:
    """`GET /users/{id}`, for administrators only."""
    call = call_of(request)
    call.require_admin()
    user = call.account.users.get(int(request.match_info["id"]))
    return nothing() if user is None else hal(render_user(call, user, with_of(request)))


def _role(call: Call, number: int) -> dict[str, Any]:
    return {"id": number, "name": ROLES[number], "_links": call.href(f"/roles/{number}")}


async def list_roles(request: web.Request) -> web.Response:
    """`GET /roles`, for administrators only."""
    call = call_of(request)
    call.require_admin()
    return whole(request, "roles", [_role(call, number) for number in ROLES])


def _widget(call: Call, client_id: str) -> dict[str, Any]:
    installed = call.simulator.access.widgets.get((call.account.id, client_id))
    integration = call.simulator.access.integrations[client_id]
    return {
        "id": integration.number,
        "code": integration.code,
        "version": "1.0.0",
        "rating": "0",
        "settings_template": [],
        "is_lead_source": False,
        "is_work_with_dp": False,
        "is_crm_template": False,
        "client_uuid": client_id,
        "is_active_in_account": installed is not None,
        "pipeline_id": None,
        "settings": installed,
        "_links": call.href(f"/widgets/{integration.code}"),
    }


def _client(request: web.Request) -> str:
    call = call_of(request)
    for client_id, integration in call.simulator.access.integrations.items():
        if integration.code == request.match_info["code"]:
            return client_id
    raise Problem(404, f"Cannot {request.method} {call.base}{request.path}")


async def list_widgets(request: web.Request) -> web.Response:
    """`GET /widgets`."""
    call = call_of(request)
    items = [_widget(call, client_id) for client_id in call.simulator.access.integrations]
    return whole(request, "widgets", items, _page=1, _page_count=1)


async def get_widget(request: web.Request) -> web.Response:
    """`GET /widgets/{code}`."""
    return hal(_widget(call_of(request), _client(request)))


async def install_widget(request: web.Request) -> web.Response:
    """`POST /widgets/{code}` with its settings."""
    call, client_id = call_of(request), _client(request)
    call.require_admin()
    given = await read_body(request)
    call.simulator.access.widgets[(call.account.id, client_id)] = given if isinstance(given, dict) else {}
    return hal(_widget(call, client_id))


async def remove_widget(request: web.Request) -> web.Response:
    """`DELETE /widgets/{code}`."""
    call, client_id = call_of(request), _client(request)
    call.require_admin()
    call.simulator.access.widgets.pop((call.account.id, client_id), None)
    return nothing()


ROUTES = [
    web.get("/api/v4/account", get_account),
    web.get("/api/v4/users", list_users),
    web.get(r"/api/v4/users/{id:\d+}", get_user),
    web.get("/api/v4/roles", list_roles),
    web.get("/api/v4/widgets", list_widgets),
    web.get("/api/v4/widgets/{code}", get_widget),
    web.post("/api/v4/widgets/{code}", install_widget),
    web.delete("/api/v4/widgets/{code}", remove_widget),
]
