"""What the providers answer in these tests: two locations, a chain, an administrator and a worker."""

from typing import Any

import responses

from .conftest import ADMIN, ALTEGIO, KOMMO, WORKER

PIPELINES = [
    {
        "id": 100,
        "name": "Salon",
        "sort": 1,
        "is_main": True,
        "_embedded": {
            "statuses": [
                {"id": 10, "name": "Incoming", "sort": 1, "type": 1},
                {"id": 11, "name": "New", "sort": 10, "type": 0},
                {"id": 12, "name": "Confirmed", "sort": 20, "type": 0},
                {"id": 142, "name": "Won", "sort": 10000, "type": 0},
                {"id": 143, "name": "Lost", "sort": 11000, "type": 0},
            ]
        },
    }
]
USERS = [
    {"id": ADMIN, "name": "Ada Owner", "rights": {"is_admin": True, "is_active": True}},
    {"id": WORKER, "name": "Berta Desk", "rights": {"is_admin": False, "is_active": True}},
    {"id": 880009, "name": "Gone Away", "rights": {"is_admin": False, "is_active": False}},
]
TASK_TYPES = [{"id": 1, "name": "Call"}, {"id": 2, "name": "Meeting"}]
EMPLOYEES = {900100: [{"id": 51001, "name": "Dani"}], 900200: [{"id": 52001, "name": "Elena", "fired": "1"}]}
CATEGORIES = {900100: [{"id": 7100, "title": "Hair"}], 900200: []}


def kommo(path: str) -> str:
    return f"{KOMMO}/api/v4/{path}"


def altegio(path: str) -> str:
    return f"{ALTEGIO}/api/v1/{path}"


def ok(data: Any) -> dict[str, Any]:
    return {"success": True, "data": data, "meta": []}


def embedded(name: str, rows: list[Any]) -> dict[str, Any]:
    return {"_embedded": {name: rows}}


def lists(providers: responses.RequestsMock) -> None:
    """Answer what there is to choose from."""
    providers.get(kommo("leads/pipelines"), json=embedded("pipelines", PIPELINES))
    providers.get(kommo("leads/custom_fields"), status=204)
    providers.get(kommo("contacts/custom_fields"), status=204)
    providers.get(kommo("companies/custom_fields"), status=204)
    providers.get(kommo("users"), json=embedded("users", USERS))
    providers.get(
        kommo("account"),
        json={
            "id": 777001,
            "name": "Acme",
            "subdomain": "acme",
            "_embedded": {"task_types": TASK_TYPES, "datetime_settings": {"timezone": "Europe/Madrid"}},
        },
    )
    providers.get(altegio("groups"), json=ok([{"id": 5, "title": "Norte", "companies": [{"id": 900200}, {"id": 1}]}]))
    for location, employees in EMPLOYEES.items():
        providers.get(altegio(f"company/{location}/staff"), json=ok(employees))
        providers.get(altegio(f"company/{location}/service_categories"), json=ok(CATEGORIES[location]))


def phone(number: str) -> dict[str, Any]:
    """Return a contact's field with one phone."""
    values = [{"value": number, "enum_code": "WORK"}]
    return {"field_id": 1, "field_code": "PHONE", "field_type": "multitext", "values": values}
