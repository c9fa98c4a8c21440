"""Leads, contacts, companies and their links in the Kommo simulator: shapes and quirks of the contract."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.integration.simulators.kommo_account import (
    ARRIVED,
    BOOKED,
    CONFIRMED,
    LOST,
    NEW,
    SALES,
    SALON,
    TALKING,
    WON,
    KommoAccount,
    kommo_account,
)


@pytest.fixture
def kommo() -> Iterator[KommoAccount]:
    with kommo_account() as account:
        yield account


def lead(kommo: KommoAccount, number: int, *, shown: str = "") -> dict[str, Any]:
    answer = kommo.get(f"/leads/{number}?with={shown}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


# --- the envelope (contract §1) ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "/leads", "/contacts", "/companies", "/tasks", "/leads/notes", "/events", "/leads/tags", "/leads/unsorted",
        "/sources", "/catalogs", "/leads/1", "/contacts/1", "/companies/1", "/tasks/1", "/leads/notes/1",
        "/leads/custom_fields/1", "/leads/pipelines/1", "/users/1", "/leads/loss_reasons/1", "/leads?page=9",
    ],
)  # fmt: skip
def test_empty_lists_and_unknown_ids_are_204_without_a_body(kommo: KommoAccount, path: str) -> None:
    answer = kommo.get(path)
    assert (answer.status_code, answer.content) == (204, b"")


def test_a_list_has_pages_without_a_total_and_next_only_while_there_is_more(kommo: KommoAccount) -> None:
    made = kommo.make("leads", *({"name": str(number)} for number in range(5)))
    first = kommo.get("/leads?limit=2&filter[statuses][0][pipeline_id]=5100001&filter[statuses][0][status_id]=61000001")
    page = first.json()
    assert first.headers["Content-Type"].startswith("application/hal+json")
    assert first.headers["X-Request-Id"]
    assert set(page) == {"_page", "_links", "_embedded"}
    assert set(page["_links"]) == {"self", "next"}
    seen = []
    while True:
        seen += [one["id"] for one in page["_embedded"]["leads"]]
        if "next" not in page["_links"]:
            break
        page = kommo.get(page["_links"]["next"]["href"]).json()
    assert seen == made
    assert set(page["_links"]) == {"self", "first", "prev"}
    assert page["_page"] == 3


def test_the_default_page_is_50_and_more_than_250_is_422(kommo: KommoAccount) -> None:
    kommo.make("leads", *({} for _ in range(60)))
    assert len(kommo.ids("/leads")) == 50
    assert len(kommo.ids("/leads?limit=250")) == 60
    for answer in (kommo.get("/leads?limit=251"), kommo.post("/leads", [{}] * 251), kommo.patch("/leads", [{}] * 251)):
        assert (answer.status_code, answer.json()["detail"]) == (422, "Limit 250 per page")
        assert answer.headers["Content-Type"].startswith("application/problem+json")
    assert len(kommo.ids("/leads?limit=250")) == 60


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/elsewhere", 404),
        ("DELETE", "/leads/1", 405),
        ("PUT", "/leads", 405),
        ("GET", "/leads/unsorted/ab", 404),
    ],
)
def test_unknown_routes_and_methods_are_problem_documents(
    kommo: KommoAccount, method: str, path: str, status: int
) -> None:
    answer = kommo.call(method, path)
    assert answer.status_code == answer.json()["status"] == status


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"17", b'["x"]'])
def test_bodies_that_hold_no_elements_are_400(kommo: KommoAccount, body: bytes) -> None:
    headers = {"Authorization": f"Bearer {kommo.token}"}
    answer = kommo.session.post(f"{kommo.base_url}/api/v4/leads", data=body, headers=headers, timeout=5)
    assert answer.status_code == 400
    if body in (b"", b"[]"):
        assert answer.json()["detail"] == "Request data can not be empty"


def test_every_element_echoes_its_request_id_or_its_ordinal(kommo: KommoAccount) -> None:
    answer = kommo.post("/leads", [{"name": "a", "request_id": "rec-1"}, {"name": "b"}, {"request_id": 7}])
    assert answer.status_code == 200
    items = answer.json()["_embedded"]["leads"]
    assert [one["request_id"] for one in items] == ["rec-1", "1", "7"]
    assert all(one["_links"]["self"]["href"].endswith(f"/api/v4/leads/{one['id']}") for one in items)


def test_one_bad_element_refuses_the_batch_and_is_named_by_its_request_id(kommo: KommoAccount) -> None:
    elements = [{"name": "good"}, {"request_id": "bad", "custom_fields_values": [{"field_id": 1, "values": []}]}]
    answer = kommo.post("/leads", elements)
    assert answer.status_code == 400
    assert answer.json()["validation-errors"] == [
        {
            "request_id": "bad",
            "errors": [
                {
                    "code": "NotSupportedChoice",
                    "path": "custom_fields_values.0.field_id",
                    "detail": "The value you selected is not a valid choice.",
                }
            ],
        }
    ]
    assert kommo.ids("/leads") == []
    kommo.control("behaviour", {"batch_refusal": "elements"})
    assert kommo.post("/leads", elements).status_code == 400
    assert len(kommo.ids("/leads")) == 1


# --- leads (contract §4) ----------------------------------------------------------------------------------------------


def test_a_new_lead_has_every_key_and_lands_in_the_first_stage_of_the_main_pipeline(kommo: KommoAccount) -> None:
    (number,) = kommo.make("leads", {"name": "Botox"})
    found = lead(kommo, number)
    assert found | {"created_at": 0, "updated_at": 0, "_links": {}} == {
        "id": number, "name": "Botox", "price": 0, "responsible_user_id": 12100001, "group_id": 0, "status_id": NEW,
        "pipeline_id": SALES, "loss_reason_id": None, "source_id": None, "created_by": 12100001,
        "updated_by": 12100001, "created_at": 0, "updated_at": 0, "closed_at": None, "closest_task_at": None,
        "is_deleted": False, "custom_fields_values": None, "score": None, "account_id": 31000101, "labor_cost": None,
        "_links": {}, "_embedded": {"tags": [], "companies": []},
    }  # fmt: skip
    assert found["created_at"] == found["updated_at"] == pytest.approx(time.time(), abs=5)


@pytest.mark.parametrize(
    ("element", "path", "code"),
    [
        ({"status_id": 1}, "status_id", "NotSupportedChoice"),
        ({"status_id": CONFIRMED}, "status_id", "NotSupportedChoice"),  # of the other pipeline
        ({"status_id": 61_000_000}, "status_id", "NotSupportedChoice"),  # incoming leads
        ({"pipeline_id": 1}, "pipeline_id", "NotSupportedChoice"),
        ({"responsible_user_id": 1}, "responsible_user_id", "NotSupportedChoice"),
        ({"loss_reason_id": 1}, "loss_reason_id", "NotSupportedChoice"),
        ({"price": "12"}, "price", "InvalidType"),
        ({"name": 5}, "name", "InvalidType"),
        ({"created_at": "yesterday"}, "created_at", "InvalidType"),
        ({"custom_fields_values": {}}, "custom_fields_values", "InvalidType"),
        ({"_embedded": {"contacts": [{"id": 1}]}}, "_embedded.contacts.0.id", "NotSupportedChoice"),
        ({"_embedded": {"tags": [{"id": 1}]}}, "_embedded.tags.0.id", "NotSupportedChoice"),
    ],
)
def test_what_does_not_exist_or_fit_is_refused(
    kommo: KommoAccount, element: dict[str, Any], path: str, code: str
) -> None:
    answer = kommo.post("/leads", [element])
    assert answer.status_code == 400
    (refused,) = answer.json()["validation-errors"]
    assert [(error["path"], error["code"]) for error in refused["errors"]] == [(path, code)]


def test_a_stage_counts_within_its_pipeline(kommo: KommoAccount) -> None:
    (number,) = kommo.make("leads", {"pipeline_id": SALON, "status_id": CONFIRMED})
    assert kommo.patch(f"/leads/{number}", {"status_id": TALKING}).status_code == 400
    assert kommo.patch(f"/leads/{number}", {"status_id": TALKING, "pipeline_id": SALES}).status_code == 200
    assert kommo.patch(f"/leads/{number}", {"pipeline_id": SALON}).status_code == 200
    found = lead(kommo, number)
    assert (found["pipeline_id"], found["status_id"]) == (SALON, BOOKED)
    assert lead(kommo, kommo.make("leads", {"pipeline_id": SALON})[0])["status_id"] == BOOKED


def test_closing_and_opening_set_and_clear_closed_at_and_the_loss_reason(kommo: KommoAccount) -> None:
    (number,) = kommo.make("leads", {})
    kommo.patch(f"/leads/{number}", {"status_id": LOST, "pipeline_id": SALES, "loss_reason_id": 8101})
    found = lead(kommo, number, shown="loss_reason")
    assert found["closed_at"] == pytest.approx(time.time(), abs=5)
    assert found["_embedded"]["loss_reason"][0]["name"] == "Too expensive"
    kommo.patch(f"/leads/{number}", {"status_id": TALKING})
    found = lead(kommo, number, shown="loss_reason")
    assert (found["closed_at"], found["loss_reason_id"], found["_embedded"]["loss_reason"]) == (None, None, [])
    kommo.patch(f"/leads/{number}", {"status_id": WON, "closed_at": 1_760_000_000})
    assert lead(kommo, number)["closed_at"] == 1_760_000_000


def test_a_batch_change_answers_ids_and_stamps_and_knows_no_strangers(kommo: KommoAccount) -> None:
    first, second = kommo.make("leads", {"name": "a"}, {"name": "b"})
    answer = kommo.patch(
        "/leads", [{"id": first, "price": 10}, {"id": second, "price": 20, "updated_at": 1_700_000_000}]
    )
    items = answer.json()["_embedded"]["leads"]
    assert [set(one) for one in items] == [{"id", "updated_at", "_links"}] * 2
    assert [lead(kommo, number)["price"] for number in (first, second)] == [10, 20]
    assert items[1]["updated_at"] == 1_700_000_000
    answer = kommo.patch("/leads", [{"id": first, "price": 11}, {"id": 1, "request_id": "x"}, {"price": 3}])
    assert answer.status_code == 400
    assert [(one["request_id"], one["errors"][0]["path"]) for one in answer.json()["validation-errors"]] == [
        ("x", "id"),
        ("2", "id"),
    ]
    assert lead(kommo, first)["price"] == 10


def test_an_unchanged_patch_touches_or_by_the_switch_does_not(kommo: KommoAccount) -> None:
    (number,) = kommo.make("leads", {"price": 5, "updated_at": 1_700_000_000})
    kommo.control("behaviour", {"unchanged_patch": "silent"})
    kommo.patch(f"/leads/{number}", {"price": 5})
    assert lead(kommo, number)["updated_at"] == 1_700_000_000
    kommo.control("behaviour", {"unchanged_patch": "touches"})
    kommo.patch(f"/leads/{number}", {"price": 5})
    assert lead(kommo, number)["updated_at"] > 1_700_000_000


def test_tags_are_replaced_added_and_taken_away(kommo: KommoAccount) -> None:
    (number,) = kommo.make("leads", {"_embedded": {"tags": [{"name": "altegio"}, {"name": "vip"}]}})

    def names() -> list[str]:
        return [tag["name"] for tag in lead(kommo, number)["_embedded"]["tags"]]

    steps: list[tuple[dict[str, Any], list[str]]] = [
        ({"tags_to_add": [{"name": "new"}, {"name": "VIP"}]}, ["altegio", "vip", "new"]),
        ({"tags_to_delete": [{"name": "vip"}]}, ["altegio", "new"]),
        ({"_embedded": {"tags": [{"name": "only"}]}}, ["only"]),
        ({"price": 3}, ["only"]),
        ({"_embedded": {"tags": None}}, []),
    ]
    for change, expected in steps:
        assert kommo.patch(f"/leads/{number}", change).status_code == 200
        assert names() == expected
    listed = kommo.get("/leads/tags").json()["_embedded"]["tags"]
    assert [tag["name"] for tag in listed] == ["altegio", "vip", "new", "only"]
    (again,) = kommo.make("leads/tags", {"name": "Altegio"})
    assert again == listed[0]["id"]
    assert kommo.get("/contacts/tags").status_code == 204


# --- filters (contract §4.2) ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("filter[id][]={0}&filter[id][]={2}", [0, 2]),
        ("filter[id][0]={2}&filter[id][1]={0}", [0, 2]),
        ("filter[id]={1}", [1]),
        ("filter%5Bid%5D%5B%5D={1}", [1]),
        ("filter[name][]=Cut, wash", [0]),
        ("filter[price]=20", [1]),
        ("filter[price][from]=15&filter[price][to]=30", [1, 2]),
        ("filter[pipeline_id][]=5100002", [1, 2]),
        ("filter[statuses][0][pipeline_id]=5100002&filter[statuses][0][status_id]=142", [2]),
        ("filter[statuses][0][pipeline_id]=5100002&filter[statuses][0][status_id]=142"
         "&filter[statuses][1][pipeline_id]=5100001&filter[statuses][1][status_id]=61000001", [0, 2]),
        ("filter[statuses][0][status_id]=142", []),
        ("filter[created_at][from]=1700000100", [1, 2]),
        ("filter[created_at][from]=1700000100&filter[created_at][to]=1700000100", [1]),
        ("filter[updated_at][to]=1700000050", [0]),
        ("filter[closed_at][from]=1", [2]),
        ("filter[responsible_user_id][]=12100003", [2]),
        ("filter[created_by][]=0", [1]),
        ("filter[custom_fields_values][{text}][]=B-7", [1]),
        ("filter[custom_fields_values][{choice}][]={enum}", [2]),
        ("filter[custom_fields_values][{number}][from]=5&filter[custom_fields_values][{number}][to]=9", [0]),
        ("filter[custom_fields_values][{flag}][]=1", [2]),
        ("filter[custom_fields_values][1][]=1", []),
        ("query=wash", [0]),
        ("query=b-7", [1]),
        ("query=nothing like it", []),
        ("order[created_at]=desc", [2, 1, 0]),
        ("order[updated_at]=asc", [0, 1, 2]),
        ("order[id]=desc&limit=2", [2, 1]),
        ("filter[nonsense][deep][er]=1", [0, 1, 2]),
    ],
)  # fmt: skip
def test_filters_search_and_order(kommo: KommoAccount, query: str, expected: list[int]) -> None:
    text, number, flag = (kommo.field("leads", type=kind) for kind in ("text", "numeric", "checkbox"))
    choice = kommo.field("leads", type="select", enums=[{"value": "A"}, {"value": "B"}])
    enum = kommo.get(f"/leads/custom_fields/{choice}").json()["enums"][1]["id"]

    def value(field: int, given: Any) -> dict[str, Any]:
        return {"field_id": field, "values": [given]}

    made = kommo.make(
        "leads",
        {"name": "Cut, wash", "price": 10, "custom_fields_values": [value(number, {"value": 7})],
         "created_at": 1_700_000_000, "updated_at": 1_700_000_000},
        {"price": 20, "pipeline_id": SALON, "created_by": 0, "custom_fields_values": [value(text, {"value": "B-7"})],
         "created_at": 1_700_000_100, "updated_at": 1_700_000_100},
        {"price": 30, "pipeline_id": SALON, "status_id": WON, "responsible_user_id": 12_100_003,
         "custom_fields_values": [value(choice, {"enum_id": enum}), value(flag, {"value": True})],
         "created_at": 1_700_000_200, "updated_at": 1_700_000_200},
    )  # fmt: skip
    asked = query.format(*made, text=text, number=number, flag=flag, choice=choice, enum=enum)
    assert kommo.ids(f"/leads?{asked}") == [made[place] for place in expected]


def test_filters_can_be_off(kommo: KommoAccount) -> None:
    made = kommo.make("leads", {}, {})
    kommo.control("behaviour", {"api_filter": "ignored"})
    assert kommo.ids(f"/leads?filter[id][]={made[0]}") == made
    assert kommo.get("/account?with=is_api_filter_enabled").json()["is_api_filter_enabled"] is False
    kommo.control("behaviour", {"api_filter": "refused"})
    assert kommo.get(f"/leads?filter[id][]={made[0]}").status_code == 403
    assert kommo.ids("/leads") == made


def test_a_list_follows_changes_made_between_two_equal_requests(kommo: KommoAccount) -> None:
    (number,) = kommo.make("leads", {"name": "before", "updated_at": 1_700_000_000})
    assert kommo.ids("/leads?filter[updated_at][to]=1700000000") == [number]
    kommo.patch(f"/leads/{number}", {"name": "after"})
    assert kommo.ids("/leads?filter[updated_at][to]=1700000000") == []
    kommo.make("leads", {})
    assert len(kommo.ids("/leads")) == 2


def test_search_lags_behind_when_told_to_while_filters_do_not(kommo: KommoAccount) -> None:
    kommo.control("limits", {"search_lag_seconds": 60})
    (number,) = kommo.make("contacts", {"name": "Zoe"})
    assert kommo.ids("/contacts?query=zoe") == []
    assert kommo.ids("/contacts?filter[name][]=Zoe") == [number]
    kommo.control("clock", {"shift_seconds": 61})
    assert kommo.ids("/contacts?query=zoe") == [number]
    kommo.patch(f"/contacts/{number}", {"name": "Yara"})
    assert (kommo.ids("/contacts?query=zoe"), kommo.ids("/contacts?query=yara")) == ([number], [])
    kommo.control("clock", {"shift_seconds": 122})
    assert (kommo.ids("/contacts?query=zoe"), kommo.ids("/contacts?query=yara")) == ([], [number])


# --- contacts and companies (contract §5.1) ---------------------------------------------------------------------------


def phone(text: str, code: str = "MOB") -> dict[str, Any]:
    return {"field_code": "PHONE", "values": [{"value": text, "enum_code": code}]}


def test_a_contact_keeps_phone_and_mail_in_predefined_fields(kommo: KommoAccount) -> None:
    (number,) = kommo.make(
        "contacts",
        {
            "first_name": "Ana",
            "last_name": "Gil",
            "custom_fields_values": [
                phone("+34 600 000 101"),
                {"field_code": "EMAIL", "values": [{"value": "ana@example.test", "enum_code": "PRIV"}]},
            ],
        },
    )
    found = kommo.get(f"/contacts/{number}?with=leads").json()
    assert (found["name"], found["first_name"], found["last_name"]) == ("Ana Gil", "Ana", "Gil")
    shown = {one["field_code"]: one for one in found["custom_fields_values"]}
    assert shown["PHONE"]["field_type"] == "multitext"
    (value,) = shown["PHONE"]["values"]
    assert (value["value"], value["enum_code"]) == ("+34 600 000 101", "MOB")
    assert isinstance(value["enum_id"], int)
    assert found["_embedded"] == {"tags": [], "companies": [], "leads": []}
    for query in ("600000101", "%2B34 600 000 101", "ana@example.test", "gil"):
        assert kommo.ids(f"/contacts?query={query}") == [number]


def test_writing_a_field_replaces_all_its_values_and_null_clears_it(kommo: KommoAccount) -> None:
    (number,) = kommo.make("contacts", {"name": "Ana", "custom_fields_values": [phone("+34600000101")]})
    two = {"field_code": "PHONE", "values": [{"value": "1"}, {"value": "2", "enum_code": "HOME"}]}
    kommo.patch(f"/contacts/{number}", {"custom_fields_values": [two]})
    (field,) = kommo.get(f"/contacts/{number}").json()["custom_fields_values"]
    assert [(value["value"], value["enum_code"]) for value in field["values"]] == [("1", "WORK"), ("2", "HOME")]
    kommo.patch(f"/contacts/{number}", {"custom_fields_values": [{"field_code": "PHONE", "values": None}]})
    assert kommo.get(f"/contacts/{number}").json()["custom_fields_values"] is None
    refused = kommo.patch(f"/contacts/{number}", {"custom_fields_values": [phone("1", "MOON")]}).json()
    assert refused["validation-errors"][0]["errors"][0]["path"] == "custom_fields_values.0.values.0.enum_code"


def test_a_contacts_name_and_its_parts_follow_each_other(kommo: KommoAccount) -> None:
    (number,) = kommo.make("contacts", {"name": "Ana Gil Ruiz"})
    answer = kommo.patch("/contacts", [{"id": number, "first_name": "Eva"}]).json()["_embedded"]["contacts"][0]
    assert answer["name"] == "Eva Gil Ruiz"
    found = kommo.get(f"/contacts/{number}").json()
    assert (found["first_name"], found["last_name"]) == ("Eva", "Gil Ruiz")


def test_links_are_written_with_is_main_and_read_as_main_contact(kommo: KommoAccount) -> None:
    (deal,) = kommo.make("leads", {})
    first, second = kommo.make("contacts", {"name": "a"}, {"name": "b"})
    (company,) = kommo.make("companies", {"name": "c"})
    assert kommo.get(f"/leads/{deal}/links").json()["_embedded"]["links"] == []
    answer = kommo.post(
        f"/leads/{deal}/link",
        [
            {"to_entity_id": first, "to_entity_type": "contacts"},
            {"to_entity_id": second, "to_entity_type": "contacts", "metadata": {"is_main": True}},
            {"to_entity_id": company, "to_entity_type": "companies"},
        ],
    )
    assert answer.status_code == 200
    links = kommo.get(f"/leads/{deal}/links").json()["_embedded"]["links"]
    assert links == [
        {"to_entity_id": second, "to_entity_type": "contacts", "metadata": {"main_contact": True}},
        {"to_entity_id": first, "to_entity_type": "contacts", "metadata": {"main_contact": False}},
        {"to_entity_id": company, "to_entity_type": "companies", "metadata": None},
    ]
    shown = lead(kommo, deal, shown="contacts")["_embedded"]
    assert [(one["id"], one["is_main"]) for one in shown["contacts"]] == [(second, True), (first, False)]
    assert [one["id"] for one in shown["companies"]] == [company]
    many = kommo.get(f"/contacts/links?filter[entity_id][]={first}&filter[entity_id][]={second}").json()
    assert [(one["entity_id"], one["to_entity_id"]) for one in many["_embedded"]["links"]] == [
        (first, deal),
        (second, deal),
    ]
    gone = kommo.post("/leads/unlink", [{"entity_id": deal, "to_entity_id": second, "to_entity_type": "contacts"}])
    assert (gone.status_code, gone.content) == (204, b"")
    left = lead(kommo, deal, shown="contacts")["_embedded"]["contacts"]
    assert [(one["id"], one["is_main"]) for one in left] == [(first, True)]
    assert kommo.post(f"/leads/{deal}/link", [{"to_entity_id": 1, "to_entity_type": "contacts"}]).status_code == 400


def test_a_lead_is_created_with_contacts_and_a_patch_does_not_change_them(kommo: KommoAccount) -> None:
    first, second = kommo.make("contacts", {"name": "a"}, {"name": "b"})
    (number,) = kommo.make("leads", {"_embedded": {"contacts": [{"id": first}, {"id": second, "is_main": True}]}})
    kommo.patch(f"/leads/{number}", {"_embedded": {"contacts": []}})
    shown = lead(kommo, number, shown="contacts")["_embedded"]["contacts"]
    assert [(one["id"], one["is_main"]) for one in shown] == [(second, True), (first, False)]
    assert kommo.get(f"/contacts/{first}?with=leads").json()["_embedded"]["leads"][0]["id"] == number


# --- complex (contract §4.4) ------------------------------------------------------------------------------------------


def full(name: str, text: str, **more: Any) -> dict[str, Any]:
    contact = {"name": name, "custom_fields_values": [phone(text)]}
    return {"name": name, **more, "_embedded": {"contacts": [contact]}}


def test_complex_answers_a_bare_list_and_does_not_look_inside_its_own_batch(kommo: KommoAccount) -> None:
    kommo.control("behaviour", {"duplicate_control": True})
    answer = kommo.post("/leads/complex", [full("a", "600000101", request_id="x"), full("b", "600 000 101")])
    assert answer.status_code == 200
    first, second = answer.json()
    assert (first["request_id"], first["merged"], second["request_id"], second["merged"]) == (
        ["x"],
        False,
        ["1"],
        False,
    )
    assert first["contact_id"] != second["contact_id"]
    assert [one["id"] for one in lead(kommo, first["id"], shown="contacts")["_embedded"]["contacts"]] == [
        first["contact_id"]
    ]


def test_complex_merges_with_duplicate_control_alone(kommo: KommoAccount) -> None:
    (first,) = kommo.post("/leads/complex", [full("a", "600000101")]).json()
    (second,) = kommo.post("/leads/complex", [full("b", "600000101")]).json()
    assert second["id"] != first["id"]
    kommo.control("behaviour", {"duplicate_control": True})
    both = kommo.post("/leads/complex", [full("c", "600000101", price=9), full("d", "600000101")]).json()
    assert [(one["id"], one["merged"], one["request_id"]) for one in both] == [(first["id"], True, ["0", "1"])]
    assert lead(kommo, first["id"])["price"] == 9


def test_complex_takes_at_most_50_leads_and_40_values(kommo: KommoAccount) -> None:
    assert kommo.post("/leads/complex", [{}] * 51).status_code == 422
    field = kommo.field("leads", type="text")
    values = [{"field_id": field, "values": [{"value": "x"}]}] * 41
    assert kommo.post("/leads/complex", [{"custom_fields_values": values}]).status_code == 400


# --- a person's doings ------------------------------------------------------------------------------------------------


def test_deleted_things_vanish_and_come_back_with_their_links(kommo: KommoAccount) -> None:
    (contact,) = kommo.make("contacts", {"name": "a"})
    (number,) = kommo.make("leads", {"_embedded": {"contacts": [{"id": contact}]}})
    kommo.control("delete", {"entity": "leads", "ids": [number], "user_id": 12_100_004})
    assert kommo.get(f"/leads/{number}").status_code == kommo.get("/leads").status_code == 204
    assert kommo.patch(f"/leads/{number}", {"price": 1}).status_code == 400
    assert kommo.get("/leads?with=only_deleted&filter[id][]=1").status_code == 204
    (gone,) = kommo.get(f"/leads?with=only_deleted&filter[id][]={number}").json()["_embedded"]["leads"]
    assert set(gone) == {"id", "updated_at", "updated_by", "is_deleted", "_links"}
    assert (gone["updated_by"], gone["is_deleted"]) == (12_100_004, True)
    kommo.control("restore", {"entity": "leads", "ids": [number]})
    kommo.control("delete", {"entity": "contacts", "ids": [contact]})
    assert lead(kommo, number, shown="contacts")["_embedded"]["contacts"] == []
    kommo.control("restore", {"entity": "contacts", "ids": [contact]})
    assert [one["id"] for one in lead(kommo, number, shown="contacts")["_embedded"]["contacts"]] == [contact]
    assert [len(kommo.events(f"lead_{what}")) for what in ("added", "deleted", "restored")] == [1, 1, 1]


def test_a_merge_gives_the_winner_what_it_lacks(kommo: KommoAccount) -> None:
    winner, loser = kommo.make("contacts", {"name": "a"}, {"name": "b", "custom_fields_values": [phone("600000101")]})
    (number,) = kommo.make("leads", {"_embedded": {"contacts": [{"id": loser}]}})
    kommo.make("tasks", {"text": "call", "complete_till": 1, "entity_id": loser, "entity_type": "contacts"})
    kommo.control("merge", {"entity": "contacts", "winner": winner, "losers": [loser]})
    assert kommo.ids("/contacts") == kommo.ids("/contacts?query=600000101") == [winner]
    assert kommo.get(f"/contacts/{winner}").json()["closest_task_at"] == 1
    assert [one["id"] for one in lead(kommo, number, shown="contacts")["_embedded"]["contacts"]] == [winner]
    assert len(kommo.ids(f"/tasks?filter[entity_type]=contacts&filter[entity_id]={winner}")) == 1
    (event,) = kommo.events("entity_merged")
    assert (event["entity_id"], event["value_before"], event["value_after"]) == (winner, [], [])


def test_a_person_moves_and_edits(kommo: KommoAccount) -> None:
    (number,) = kommo.make("leads", {})
    kommo.control("move", {"lead": number, "status_id": ARRIVED, "pipeline_id": SALON, "user_id": 12_100_005})
    kommo.control("edit", {"entity": "leads", "id": number, "changes": {"price": 80}, "user_id": 12_100_003})
    found = lead(kommo, number)
    assert (found["status_id"], found["price"], found["updated_by"]) == (ARRIVED, 80, 12_100_003)
    (event,) = kommo.events("lead_status_changed")
    assert event["created_by"] == 12_100_005
    assert event["value_before"] == [{"lead_status": {"id": NEW, "pipeline_id": SALES}}]
    assert event["value_after"] == [{"lead_status": {"id": ARRIVED, "pipeline_id": SALON}}]
    for call, given in (
        ("move", {"lead": number, "status_id": 1}),
        ("delete", {"entity": "leads", "ids": [1]}),
        ("edit", {"entity": "pigs", "id": 1, "changes": {}}),
        ("move", {"lead": number, "status_id": NEW, "user_id": 1}),
    ):
        answer = kommo.session.post(f"{kommo.base_url}/_control/{call}", json=given, timeout=5)
        assert (answer.status_code, bool(answer.json()["error"])) == (400, True)
