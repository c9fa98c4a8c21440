"""Custom fields in the Kommo simulator: definitions and the values of each type (contract §6)."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.integration.simulators.kommo_account import BOOKED, SALON, KommoAccount, kommo_account

# 2026-03-12 00:00 in Madrid, and 15:30 there.
MIDNIGHT, AFTERNOON = 1_773_270_000, 1_773_325_800


@pytest.fixture
def kommo() -> Iterator[KommoAccount]:
    with kommo_account() as account:
        yield account


def stored(kommo: KommoAccount, kind: str, *given: dict[str, Any], **definition: Any) -> Any:
    """Write values into a new field of a type; the values read, None when refused, [] when cleared."""
    field = kommo.field("leads", type=kind, **definition)
    answer = kommo.post("/leads", [{"custom_fields_values": [{"field_id": field, "values": list(given)}]}])
    if answer.status_code == 400:
        return None
    found = kommo.get(f"/leads/{answer.json()['_embedded']['leads'][0]['id']}").json()["custom_fields_values"]
    if found is None:
        return []
    (shown,) = found
    assert (shown["field_id"], shown["field_type"], shown["field_code"]) == (field, kind, None)
    return [value["value"] for value in shown["values"]]


@pytest.mark.parametrize(
    ("kind", "given", "read"),
    [
        ("text", {"value": "hello"}, ["hello"]),
        ("text", {"value": 5}, None),
        ("text", {"value": ""}, []),
        ("textarea", {"value": "a\nb"}, ["a\nb"]),
        ("url", {"value": "https://example.test/"}, ["https://example.test/"]),
        ("numeric", {"value": 15}, ["15"]),
        ("numeric", {"value": 1.5}, ["1.5"]),
        ("numeric", {"value": "1.5"}, ["1.5"]),
        ("numeric", {"value": "12.0"}, ["12"]),
        ("numeric", {"value": "many"}, None),
        ("numeric", {"value": True}, None),
        ("monetary", {"value": "9.90"}, ["9.90"]),
        ("checkbox", {"value": True}, [True]),
        ("checkbox", {"value": "yes"}, None),
        ("date", {"value": MIDNIGHT}, [MIDNIGHT]),
        ("date", {"value": AFTERNOON}, [MIDNIGHT]),
        ("date", {"value": "2026-03-12T15:30:00+01:00"}, [MIDNIGHT]),
        ("date", {"value": "2026-03-11T23:30:00+00:00"}, [MIDNIGHT]),
        ("birthday", {"value": "2026-03-12T15:30:00+01:00"}, [MIDNIGHT]),
        ("date_time", {"value": "2026-03-12T15:30:00+01:00"}, [AFTERNOON]),
        ("date_time", {"value": "2026-03-12T18:30:00+04:00"}, [AFTERNOON]),
        ("date_time", {"value": AFTERNOON}, [AFTERNOON]),
        ("date_time", {"value": "12 March"}, None),
        ("date_time", {"value": True}, None),
        ("smart_address", {"value": "Barcelona", "enum_code": "city"}, ["Barcelona"]),
        ("smart_address", {"value": "Barcelona", "enum_id": 9}, None),
        ("tracking_data", {"value": "ads"}, ["ads"]),
    ],
)
def test_a_value_is_read_as_its_type_says(kommo: KommoAccount, kind: str, given: dict[str, Any], read: Any) -> None:
    assert stored(kommo, kind, given) == read


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ([{"value": "Blue"}], ["Blue"]),
        ([{"enum_code": "RED"}], ["Red"]),
        ([{"value": "Green"}], None),
        ([{"enum_id": 1}], None),
        ([{"enum_code": "GREEN"}], None),
    ],
)
@pytest.mark.parametrize("kind", ["select", "radiobutton", "multiselect"])
def test_a_choice_is_named_by_text_or_code(
    kommo: KommoAccount, kind: str, given: list[dict[str, Any]], read: Any
) -> None:
    assert stored(kommo, kind, *given, enums=[{"value": "Red", "code": "RED"}, {"value": "Blue"}]) == read


def test_many_values_fit_only_where_there_may_be_many(kommo: KommoAccount) -> None:
    enums = [{"value": "Red"}, {"value": "Blue"}]
    both = ({"value": "Red"}, {"value": "Blue"})
    assert stored(kommo, "multiselect", *both, enums=enums) == ["Red", "Blue"]
    assert stored(kommo, "select", *both, enums=enums) is None
    assert stored(kommo, "text", {"value": "a"}, {"value": "b"}) is None


def test_a_choice_reads_with_enum_id_and_enum_code(kommo: KommoAccount) -> None:
    field = kommo.field("leads", type="select", enums=[{"value": "Red", "code": "RED"}, {"value": "Blue"}])
    enums = kommo.get(f"/leads/custom_fields/{field}").json()["enums"]
    values = [{"field_id": field, "values": [{"enum_id": enums[0]["id"]}]}]
    (number,) = kommo.make("leads", {"custom_fields_values": values})
    (shown,) = kommo.get(f"/leads/{number}").json()["custom_fields_values"]
    assert shown["values"] == [{"value": "Red", "enum_id": enums[0]["id"], "enum_code": "RED"}]
    assert set(shown) == {"field_id", "field_name", "field_code", "field_type", "is_computed", "values"}


def test_a_field_is_created_with_201_and_its_code_can_be_used_for_writing(kommo: KommoAccount) -> None:
    answer = kommo.post(
        "/leads/custom_fields", [{"name": "Booking id", "type": "numeric", "code": "BOOKING_ID", "request_id": "q"}]
    )
    assert answer.status_code == 201
    (field,) = answer.json()["_embedded"]["custom_fields"]
    assert (field["code"], field["is_predefined"], field["is_api_only"], field["request_id"]) == (
        "BOOKING_ID",
        False,
        False,
        "q",
    )
    (number,) = kommo.make("leads", {"custom_fields_values": [{"field_code": "BOOKING_ID", "values": [{"value": 7}]}]})
    (shown,) = kommo.get(f"/leads/{number}").json()["custom_fields_values"]
    assert (shown["field_code"], shown["values"]) == ("BOOKING_ID", [{"value": "7"}])
    twice = kommo.post("/leads/custom_fields", [{"name": "Again", "type": "text", "code": "BOOKING_ID"}])
    assert twice.json()["validation-errors"][0]["errors"][0]["path"] == "code"


@pytest.mark.parametrize(
    ("definition", "path"),
    [
        ({"type": "text"}, "name"),
        ({"name": "A"}, "type"),
        ({"name": "A", "type": "riddle"}, "type"),
        ({"name": "A", "type": "multitext"}, "type"),
        ({"name": "A", "type": "select"}, "enums"),
        ({"name": "A", "type": "text", "group_id": "nowhere"}, "group_id"),
    ],
)
def test_a_definition_that_cannot_be_is_refused(kommo: KommoAccount, definition: dict[str, Any], path: str) -> None:
    answer = kommo.post("/leads/custom_fields", [definition])
    assert answer.status_code == 400
    assert answer.json()["validation-errors"][0]["errors"][0]["path"] == path


def test_a_field_is_changed_and_deleted_with_its_values(kommo: KommoAccount) -> None:
    field = kommo.field("leads", type="select", enums=[{"value": "Red"}, {"value": "Blue"}])
    red, blue = kommo.get(f"/leads/custom_fields/{field}").json()["enums"]
    values = [{"field_id": field, "values": [{"enum_id": blue["id"]}]}]
    (number,) = kommo.make("leads", {"custom_fields_values": values})
    change = {
        "name": "Colour",
        "is_api_only": True,
        "enums": [{"id": blue["id"], "value": "Blue"}, {"value": "Gold"}],
        "required_statuses": [{"pipeline_id": SALON, "status_id": BOOKED}],
    }
    changed = kommo.patch(f"/leads/custom_fields/{field}", change).json()
    assert (changed["name"], changed["is_api_only"], changed["enums"][0]["id"]) == ("Colour", True, blue["id"])
    assert changed["required_statuses"] == [{"pipeline_id": SALON, "status_id": BOOKED}]
    assert red["id"] not in [enum["id"] for enum in changed["enums"]]
    assert (
        kommo.patch("/leads/custom_fields", [{"id": field, "sort": 3}]).json()["_embedded"]["custom_fields"][0]["sort"]
        == 3
    )
    assert kommo.call("DELETE", f"/leads/custom_fields/{field}").status_code == 204
    assert kommo.get(f"/leads/{number}").json()["custom_fields_values"] is None
    assert kommo.patch(f"/leads/{number}", {"custom_fields_values": values}).status_code == 400
    phone = next(
        one
        for one in kommo.get("/contacts/custom_fields").json()["_embedded"]["custom_fields"]
        if one["code"] == "PHONE"
    )
    assert kommo.call("DELETE", f"/contacts/custom_fields/{phone['id']}").status_code == 403


def test_fields_come_fifty_to_a_page_with_their_total(kommo: KommoAccount) -> None:
    kommo.make("companies/custom_fields", *({"name": f"Field {number}", "type": "text"} for number in range(60)))
    page = kommo.get("/companies/custom_fields?limit=250").json()
    assert (page["_total_items"], page["_page_count"], len(page["_embedded"]["custom_fields"])) == (64, 2, 50)
    assert len(kommo.get("/companies/custom_fields?page=2").json()["_embedded"]["custom_fields"]) == 14
    found = kommo.get("/companies/custom_fields?filter[type]=multitext").json()["_embedded"]["custom_fields"]
    assert [field["code"] for field in found] == ["PHONE", "EMAIL"]


def test_groups_hold_fields(kommo: KommoAccount) -> None:
    field = kommo.field("leads", type="text")
    answer = kommo.post("/leads/custom_fields/groups", [{"name": "Bookings", "sort": 4, "fields": [field]}])
    (group,) = answer.json()["_embedded"]["custom_field_groups"]
    assert kommo.get(f"/leads/custom_fields/{field}").json()["group_id"] == group["id"]
    assert kommo.get(f"/leads/custom_fields/groups/{group['id']}").json()["fields"] == [field]
    names = [one["id"] for one in kommo.get("/leads/custom_fields/groups").json()["_embedded"]["custom_field_groups"]]
    assert names == ["default", "statistic", group["id"]]
    assert kommo.call("DELETE", f"/leads/custom_fields/groups/{group['id']}").status_code == 204
    assert kommo.get(f"/leads/custom_fields/{field}").json()["group_id"] == "default"
    assert kommo.call("DELETE", "/leads/custom_fields/groups/statistic").status_code == 403
