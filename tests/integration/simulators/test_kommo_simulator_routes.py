"""The other routes of the Kommo simulator: account, pipelines, tasks, notes, events, incoming leads, sources, lists."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.integration.simulators.kommo_account import (
    BOOKED,
    NEW,
    SALES,
    SALON,
    TALKING,
    WON,
    KommoAccount,
    kommo_account,
)

ADMINISTRATOR, MANAGER = 12_100_001, 12_100_003


@pytest.fixture
def kommo() -> Iterator[KommoAccount]:
    with kommo_account() as account:
        yield account


@pytest.fixture
def managers_token(kommo: KommoAccount) -> str:
    token: str = kommo.control("grant", {"user_id": MANAGER})["access_token"]
    return token


# --- account and users (contract §7) ----------------------------------------------------------------------------------


def test_the_account_shows_what_is_asked_for(kommo: KommoAccount) -> None:
    plain = kommo.get("/account").json()
    assert (plain["id"], plain["subdomain"], plain["currency"]) == (31_000_101, "lindasalon", "EUR")
    assert "_embedded" not in plain
    assert "is_api_filter_enabled" not in plain
    full = kommo.get(
        "/account?with=task_types,datetime_settings,users_groups,is_api_filter_enabled,amojo_id,version"
    ).json()
    assert full["is_api_filter_enabled"] is True
    assert [one["id"] for one in full["_embedded"]["task_types"]] == [1, 2]
    settings = full["_embedded"]["datetime_settings"]
    assert settings["timezone"] == "Europe/Madrid"
    assert {"date_formant", "time_format", "timezone_offset"} <= set(settings)


def test_users_are_for_administrators(kommo: KommoAccount, managers_token: str) -> None:
    users = kommo.get("/users?with=role,group").json()
    assert (users["_total_items"], users["_page_count"]) == (5, 1)
    assert [one["rights"]["is_admin"] for one in users["_embedded"]["users"]] == [True, True, False, False, False]
    assert users["_embedded"]["users"][0]["_embedded"]["roles"][0]["name"] == "Administrator"
    assert kommo.get(f"/users/{MANAGER}").json()["id"] == MANAGER
    assert kommo.get("/users", token=managers_token).status_code == 403


@pytest.mark.parametrize(
    ("method", "path", "given"),
    [
        ("POST", "/leads/custom_fields", [{"name": "A", "type": "text"}]),
        ("POST", "/leads/pipelines", [{"name": "A", "sort": 1, "is_main": False, "is_unsorted_on": True}]),
        ("POST", "/webhooks", {"destination": "https://example.test/", "settings": ["add_lead"]}),
        ("GET", "/webhooks", None),
        ("GET", "/sources", None),
        ("GET", "/roles", None),
    ],
)
def test_what_only_administrators_may_is_403_for_a_manager(
    kommo: KommoAccount, managers_token: str, method: str, path: str, given: Any
) -> None:
    assert kommo.call(method, path, given, token=managers_token).status_code == 403
    assert kommo.get("/leads/pipelines", token=managers_token).status_code == 200


def test_the_context_user_acts_instead_of_the_tokens(kommo: KommoAccount, managers_token: str) -> None:
    headers = {"X-Context-User-ID": str(MANAGER)}
    answer = kommo.post("/leads", [{}], headers=headers)
    number = answer.json()["_embedded"]["leads"][0]["id"]
    assert kommo.get(f"/leads/{number}").json()["created_by"] == MANAGER
    assert kommo.get("/users", headers=headers).status_code == 403
    assert kommo.get("/leads", headers={"X-Context-User-ID": "7"}).status_code == 403
    assert kommo.get("/leads", headers=headers, token=managers_token).status_code == 403


@pytest.mark.parametrize(
    ("unpaid", "reading", "writing"), [("no", 204, 200), ("writes", 204, 402), ("everything", 402, 402)]
)
def test_an_unpaid_account_refuses_writes_then_everything(
    kommo: KommoAccount, unpaid: str, reading: int, writing: int
) -> None:
    kommo.control("behaviour", {"unpaid": unpaid})
    assert (kommo.get("/leads").status_code, kommo.post("/leads", [{}]).status_code) == (reading, writing)
    administrators = kommo.control("access")["access_token"]
    assert kommo.get("/account", token=administrators).status_code == 200


def test_switches_that_do_not_exist_are_refused(kommo: KommoAccount) -> None:
    for given in ({"unpaid": "perhaps"}, {"weather": "fine"}, {"link_touches": "x"}):
        answer = kommo.session.post(f"{kommo.base_url}/_control/behaviour", json=given, timeout=5)
        assert answer.status_code == 400


def test_widgets_are_installed_with_settings_and_removed(kommo: KommoAccount) -> None:
    (widget,) = kommo.get("/widgets").json()["_embedded"]["widgets"]
    assert (widget["code"], widget["is_active_in_account"]) == ("bookdeal", False)
    assert kommo.post("/widgets/bookdeal", {"login": "x"}).json()["settings"] == {"login": "x"}
    assert kommo.get("/widgets/bookdeal").json()["is_active_in_account"] is True
    assert kommo.call("DELETE", "/widgets/bookdeal").status_code == 204
    assert kommo.get("/widgets/unknown").status_code == 404


# --- pipelines (contract §4.6, §7) ------------------------------------------------------------------------------------


def test_every_pipeline_has_incoming_won_and_lost(kommo: KommoAccount) -> None:
    found = kommo.get("/leads/pipelines").json()
    assert found["_total_items"] == 2
    for pipeline in found["_embedded"]["pipelines"]:
        statuses = pipeline["_embedded"]["statuses"]
        assert [(one["type"], one["is_editable"]) for one in statuses[:2]] == [(1, False), (0, True)]
        assert [(one["id"], one["sort"]) for one in statuses[-2:]] == [(142, 10000), (143, 11000)]
        assert {one["pipeline_id"] for one in statuses} == {pipeline["id"]}
    names = [one["name"] for one in kommo.get(f"/leads/pipelines/{SALON}/statuses").json()["_embedded"]["statuses"]]
    assert names[1:5] == ["New booking", "Confirmed", "Arrived", "No-show"]
    assert kommo.get(f"/leads/pipelines/{SALON}/statuses/{BOOKED}").json()["name"] == "New booking"
    assert kommo.get(f"/leads/pipelines/{SALES}/statuses/{BOOKED}").status_code == 204


def test_pipelines_and_stages_are_made_renamed_and_deleted(kommo: KommoAccount) -> None:
    (number,) = kommo.make(
        "leads/pipelines",
        {
            "name": "Clinic",
            "sort": 5,
            "is_main": True,
            "is_unsorted_on": True,
            "_embedded": {"statuses": [{"name": "Booked", "color": "#99ccff"}, {"id": 142, "name": "Cured"}]},
        },
    )
    pipeline = kommo.get(f"/leads/pipelines/{number}").json()
    names = [one["name"] for one in pipeline["_embedded"]["statuses"]]
    assert names == ["Incoming leads", "Booked", "Cured", "Closed - lost"]
    assert (pipeline["is_main"], kommo.get(f"/leads/pipelines/{SALES}").json()["is_main"]) == (True, False)
    (deal,) = kommo.make("leads", {})
    assert kommo.get(f"/leads/{deal}").json()["pipeline_id"] == number
    (status,) = kommo.make(f"leads/pipelines/{number}/statuses", {"name": "Seen", "sort": 30, "color": "#ffcc66"})
    kommo.patch(f"/leads/{deal}", {"status_id": status})
    renamed = kommo.patch(f"/leads/pipelines/{number}/statuses/{status}", {"name": "Met"}).json()
    assert renamed["name"] == "Met"
    assert kommo.call("DELETE", f"/leads/pipelines/{number}").status_code == 422
    assert kommo.call("DELETE", f"/leads/pipelines/{number}/statuses/{status}").status_code == 204
    assert kommo.get(f"/leads/{deal}").json()["status_id"] == pipeline["_embedded"]["statuses"][1]["id"]
    assert kommo.call("DELETE", f"/leads/pipelines/{number}/statuses/142").status_code == 404
    assert kommo.call("DELETE", f"/leads/pipelines/{SALON}").status_code == 204
    refused = kommo.post("/leads/pipelines", [{"name": "A"}]).json()["validation-errors"][0]["errors"]
    assert [error["path"] for error in refused] == ["sort", "is_main", "is_unsorted_on"]


def test_loss_reasons_are_listed(kommo: KommoAccount) -> None:
    found = kommo.get("/leads/loss_reasons").json()
    first = found["_embedded"]["loss_reasons"][0]
    assert found["_total_items"] == 4
    assert kommo.get(f"/leads/loss_reasons/{first['id']}").json()["name"] == first["name"]


# --- tasks and notes (contract §8.1, §8.2) ----------------------------------------------------------------------------


def test_a_tasks_result_is_an_empty_list_until_there_is_one(kommo: KommoAccount) -> None:
    (deal,) = kommo.make("leads", {})
    soon, later = int(time.time()) + 100, int(time.time()) + 200
    made = kommo.post(
        "/tasks",
        [
            {"text": "Call", "complete_till": later, "entity_id": deal, "entity_type": "leads", "request_id": "t"},
            {"text": "Meet", "complete_till": soon, "entity_id": deal, "entity_type": "leads", "task_type_id": 2},
        ],
    ).json()["_embedded"]["tasks"]
    assert [one["request_id"] for one in made] == ["t", "1"]
    call, meet = (one["id"] for one in made)
    task = kommo.get(f"/tasks/{call}").json()
    assert (task["result"], task["is_completed"], task["responsible_user_id"]) == ([], False, ADMINISTRATOR)
    assert kommo.get(f"/leads/{deal}").json()["closest_task_at"] == soon
    done = kommo.patch(f"/tasks/{meet}", {"is_completed": True, "result": {"text": "Came"}})
    assert done.json()["id"] == meet
    assert kommo.get(f"/tasks/{meet}").json()["result"] == {"text": "Came"}
    assert kommo.get(f"/leads/{deal}").json()["closest_task_at"] == later
    assert len(kommo.events("task_completed")) == 1
    for query, expected in (
        (f"filter[entity_type]=leads&filter[entity_id]={deal}", [call, meet]),
        ("filter[is_completed]=0", [call]),
        ("filter[is_completed]=1", [meet]),
        ("filter[task_type]=2", [meet]),
        (f"filter[id][]={meet}", [meet]),
        ("filter[updated_at]=1", [call, meet]),
        ("filter[updated_at][to]=1", []),
        ("order[complete_till]=asc", [meet, call]),
        ("order[id]=desc", [meet, call]),
    ):
        assert kommo.ids(f"/tasks?{query}") == expected, query


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"complete_till": 1}, "text"),
        ({"text": "a"}, "complete_till"),
        ({"text": "a", "complete_till": "soon"}, "complete_till"),
        ({"text": "a", "complete_till": 1, "task_type_id": 99}, "task_type_id"),
        ({"text": "a", "complete_till": 1, "responsible_user_id": 0}, "responsible_user_id"),
        ({"text": "a", "complete_till": 1, "entity_id": 1, "entity_type": "leads"}, "entity_id"),
        ({"text": "a", "complete_till": 1, "entity_id": 1, "entity_type": "pigs"}, "entity_type"),
    ],
)
def test_a_task_that_cannot_be_is_refused(kommo: KommoAccount, given: dict[str, Any], path: str) -> None:
    answer = kommo.post("/tasks", [given])
    assert answer.status_code == 400
    assert [error["path"] for error in answer.json()["validation-errors"][0]["errors"]] == [path]


def test_notes_of_one_entity_and_of_all(kommo: KommoAccount) -> None:
    first, second = kommo.make("leads", {}, {})
    text = {"note_type": "common", "params": {"text": "hello"}}
    (one,) = kommo.make(f"leads/{first}/notes", text)
    service = {"note_type": "extended_service_message", "params": {"service": "Bookdeal", "text": "moved"}}
    (other,) = kommo.make("leads/notes", {**service, "entity_id": second})
    note = kommo.get(f"/leads/notes/{other}").json()
    assert (note["entity_id"], note["params"]["text"], note["is_pinned"]) == (second, "moved", False)
    assert kommo.ids(f"/leads/{first}/notes") == [one]
    assert kommo.ids("/leads/notes") == [one, other]
    assert kommo.ids("/leads/notes?filter[note_type][]=common") == [one]
    assert kommo.patch(f"/leads/notes/{one}", {"params": {"text": "bye"}}).status_code == 200
    assert kommo.get(f"/leads/notes/{one}").json()["params"] == {"text": "bye"}
    assert kommo.post(f"/leads/notes/{one}/pin", None).status_code == 204
    assert kommo.get(f"/leads/notes/{one}").json()["is_pinned"] is True
    for given, path in (
        ({"note_type": "song", "params": {}}, "note_type"),
        ({"note_type": "common"}, "params"),
        ({"note_type": "common", "params": {}}, "params.text"),
    ):
        errors = kommo.post(f"/leads/{first}/notes", [given]).json()["validation-errors"][0]["errors"]
        assert [error["path"] for error in errors] == [path]
    assert kommo.post("/leads/1/notes", [text]).status_code == 400


# --- events (contract §8.4) -------------------------------------------------------------------------------------------


def test_events_tell_what_happened_newest_first(kommo: KommoAccount) -> None:
    field = kommo.field("leads", type="text")
    (deal,) = kommo.make("leads", {"price": 5})
    change = {
        "status_id": WON,
        "price": 7,
        "responsible_user_id": MANAGER,
        "custom_fields_values": [{"field_id": field, "values": [{"value": "x"}]}],
        "tags_to_add": [{"name": "vip"}],
    }
    kommo.patch(f"/leads/{deal}", change)
    answer = kommo.get("/events?limit=100").json()
    kinds = [event["type"] for event in answer["_embedded"]["events"]]
    assert kinds[-1] == "lead_added"
    assert set(kinds) == {
        "lead_added", "lead_status_changed", "sale_field_changed", "entity_responsible_changed",
        f"custom_field_{field}_value_changed", "entity_tag_added",
    }  # fmt: skip
    event = answer["_embedded"]["events"][-1]
    assert isinstance(event["id"], str)
    assert len(event["id"]) == 26
    assert (event["entity_type"], event["entity_id"], event["value_after"]) == ("lead", deal, [])
    assert kommo.get(f"/events/{event['id']}").json() == event
    assert kommo.get("/events/" + "0" * 26).status_code == kommo.get("/events/nonsense").status_code == 204


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("filter[type][]=lead_added&filter[type][]=contact_added", 3),
        ("filter[type]=lead_added,contact_added", 3),
        ("filter[entity]=contact", 1),
        ("filter[entity]=lead&filter[entity_id][]={0}", 2),
        ("filter[created_by][]=12100001", 4),
        ("filter[created_by][]=12100002", 0),
        ("filter[created_at][from]=1&filter[created_at][to]=2", 0),
        ("filter[created_at][from]=1", 4),
        ("filter[value_after][leads_statuses][0][pipeline_id]=5100001"
         "&filter[value_after][leads_statuses][0][status_id]=61000002", 1),
        ("filter[value_before][leads_statuses][0][pipeline_id]=5100001"
         "&filter[value_before][leads_statuses][0][status_id]=61000002", 0),
    ],
)  # fmt: skip
def test_events_are_filtered(kommo: KommoAccount, query: str, found: int) -> None:
    first, _ = kommo.make("leads", {}, {})
    kommo.make("contacts", {"name": "a"})
    kommo.patch(f"/leads/{first}", {"status_id": TALKING})
    answer = kommo.get(f"/events?{query.format(first)}")
    assert (len(answer.json()["_embedded"]["events"]) if answer.content else 0) == found


def test_events_come_at_most_a_hundred_to_a_page(kommo: KommoAccount) -> None:
    kommo.make("leads", *({} for _ in range(120)))
    page = kommo.get("/events?limit=250").json()
    assert len(page["_embedded"]["events"]) == 100
    assert len(kommo.get(page["_links"]["next"]["href"]).json()["_embedded"]["events"]) == 20
    names = [event["id"] for event in page["_embedded"]["events"]]
    assert len(set(names)) == 100
    assert kommo.get("/events?filter[entity_id][]=1").status_code == 400
    kinds = kommo.get("/events/types?language_code=en").json()["_embedded"]["events_types"]
    assert {"lead_status_changed", "entity_merged", "custom_field_value_changed"} <= {one["key"] for one in kinds}


# --- incoming leads, sources, lists (contract §8.5–§8.7) --------------------------------------------------------------


def submission(uid: str) -> dict[str, Any]:
    metadata = {"form_id": "f", "form_name": "Site", "form_page": "https://example.test/", "form_sent_at": 1,
                "ip": "::1", "referer": "https://example.test/"}  # fmt: skip
    inside = {"leads": [{"name": "From the site"}], "contacts": [{"name": "Ana"}]}
    return {"source_name": "Site", "source_uid": uid, "metadata": metadata, "request_id": "s", "_embedded": inside}


def test_an_incoming_lead_hides_its_contact_until_it_is_accepted(kommo: KommoAccount) -> None:
    answer = kommo.post("/leads/unsorted/forms", [submission("1")])
    (incoming,) = answer.json()["_embedded"]["unsorted"]
    deal, contact = (incoming["_embedded"][key][0]["id"] for key in ("leads", "contacts"))
    assert (incoming["request_id"], incoming["account_id"]) == ("s", 31_000_101)
    assert kommo.get(f"/leads/{deal}").json()["status_id"] == 61_000_000
    assert kommo.get(f"/contacts/{contact}").status_code == kommo.get("/contacts").status_code == 204
    assert kommo.get(f"/leads/unsorted/{incoming['uid']}").json()["category"] == "forms"
    assert len(kommo.get("/leads/unsorted?filter[category][]=forms").json()["_embedded"]["unsorted"]) == 1
    again = kommo.post("/leads/unsorted/forms", [submission("1")])
    assert again.json()["validation-errors"][0]["errors"][0]["path"] == "source_uid"
    accepted = kommo.post(f"/leads/unsorted/{incoming['uid']}/accept", {"status_id": TALKING, "user_id": MANAGER})
    assert accepted.status_code == 200
    found = kommo.get(f"/leads/{deal}").json()
    assert (found["status_id"], found["responsible_user_id"]) == (TALKING, MANAGER)
    assert kommo.ids("/contacts") == [contact]
    assert kommo.get(f"/leads/unsorted/{incoming['uid']}").status_code == 404


def test_a_declined_lead_is_gone_and_all_are_counted(kommo: KommoAccount) -> None:
    (incoming,) = kommo.post("/leads/unsorted/forms", [submission("1")]).json()["_embedded"]["unsorted"]
    deal = incoming["_embedded"]["leads"][0]["id"]
    kommo.post("/leads/unsorted/forms", [submission("2")])
    assert kommo.call("DELETE", f"/leads/unsorted/{incoming['uid']}/decline", {}).status_code == 200
    assert kommo.get(f"/leads/{deal}").status_code == 204
    counted = kommo.get("/leads/unsorted/summary").json()
    assert (counted["total"], counted["declined"], counted["categories"]["forms"]["total"]) == (2, 1, 1)
    bare = kommo.post("/leads/unsorted/forms", [{"source_name": "x"}]).json()["validation-errors"][0]["errors"]
    assert [error["path"] for error in bare] == ["source_uid", "metadata"]


def test_a_complex_lead_with_metadata_is_incoming(kommo: KommoAccount) -> None:
    given = {"_embedded": {"contacts": [{"name": "Ana"}], "metadata": {"category": "forms", "form_id": "f"}}}
    (made,) = kommo.post("/leads/complex", [given]).json()
    (incoming,) = kommo.get("/leads/unsorted").json()["_embedded"]["unsorted"]
    assert incoming["_embedded"]["leads"][0]["id"] == made["id"]
    assert kommo.get("/contacts").status_code == 204


def test_sources_belong_to_their_integration_and_choose_the_pipeline(kommo: KommoAccount) -> None:
    (number,) = kommo.make("sources", {"name": "Bookdeal", "external_id": "bd", "pipeline_id": SALON})
    (deal,) = kommo.make("leads", {"_embedded": {"source": {"external_id": "bd", "type": "widget"}}})
    found = kommo.get(f"/leads/{deal}?with=source").json()
    assert (found["pipeline_id"], found["source_id"], found["_embedded"]["source"]["name"]) == (
        SALON,
        number,
        "Bookdeal",
    )
    assert kommo.patch(f"/sources/{number}", {"name": "Renamed"}).json()["name"] == "Renamed"
    kommo.control("integrations", {"client_id": "other", "redirect_uri": "https://other.example.test/"})
    others = kommo.control("grant", {"client_id": "other"})["access_token"]
    assert kommo.get("/sources", token=others).status_code == 204
    assert kommo.get(f"/sources/{number}", token=others).status_code == 404
    twice = kommo.post("/sources", [{"name": "b", "external_id": "bd"}]).json()
    assert twice["validation-errors"][0]["errors"][0]["path"] == "external_id"
    assert kommo.post("/sources", [{"name": "a", "external_id": str(one)} for one in range(51)]).status_code == 422
    assert kommo.call("DELETE", f"/sources/{number}").status_code == 204


def test_list_elements_are_made_and_linked(kommo: KommoAccount) -> None:
    (catalog,) = kommo.make("catalogs", {"name": "Memberships"})
    (element,) = kommo.make(f"catalogs/{catalog}/elements", {"name": "Yoga 10"})
    (deal,) = kommo.make("leads", {})
    target = {"to_entity_id": element, "to_entity_type": "catalog_elements"}
    metadata = {"catalog_id": catalog, "quantity": 3}
    assert kommo.post(f"/leads/{deal}/link", [{**target, "metadata": metadata}]).status_code == 200
    (shown,) = kommo.get(f"/leads/{deal}?with=catalog_elements").json()["_embedded"]["catalog_elements"]
    assert (shown["id"], shown["metadata"]["quantity"]) == (element, 3)
    (listed,) = kommo.get(f"/leads/{deal}/links?filter[to_catalog_id]={catalog}").json()["_embedded"]["links"]
    assert listed["to_entity_type"] == "catalog_elements"
    assert kommo.post(f"/leads/{deal}/unlink", [target | {"metadata": metadata}]).status_code == 204
    kommo.patch(f"/catalogs/{catalog}/elements", [{"id": element, "name": "Yoga 12"}])
    assert kommo.get(f"/catalogs/{catalog}/elements/{element}").json()["name"] == "Yoga 12"
    assert kommo.post("/catalogs", [{"name": str(one)} for one in range(10)]).status_code == 422
    assert kommo.get("/catalogs/1/elements").status_code == 404


# --- the world --------------------------------------------------------------------------------------------------------


def test_a_reset_takes_data_and_leaves_what_integrations_set_up(kommo: KommoAccount) -> None:
    field = kommo.field("leads", type="text", code="BOOKING_ID")
    (deal,) = kommo.make("leads", {"_embedded": {"tags": [{"name": "a"}]}})
    kommo.make("leads/pipelines", {"name": "Own", "sort": 9, "is_main": False, "is_unsorted_on": True})
    kommo.post("/webhooks", {"destination": "https://example.test/", "settings": ["add_lead"]})
    kommo.control("behaviour", {"unpaid": "writes"})
    state = kommo.control("reset", {})
    assert (state["deals"], state["events"], state["subscriptions"]) == (0, 0, 1)
    assert kommo.get("/leads/tags").status_code == 204
    assert kommo.get("/leads/pipelines").json()["_total_items"] == 3
    (newer,) = kommo.make("leads", {"custom_fields_values": [{"field_id": field, "values": [{"value": "x"}]}]})
    assert newer > deal
    kommo.control("reset", {"scenario": "demo"})
    assert kommo.get("/leads/pipelines").json()["_total_items"] == 2
    assert kommo.get(f"/leads/custom_fields/{field}").status_code == 200
    kommo.control("reset", {"scenario": "empty", "everything": True})
    assert kommo.get("/account").status_code == 401
    administrators = kommo.control("access")["access_token"]
    assert kommo.get("/account", token=administrators).status_code == 200
    assert kommo.get("/leads/pipelines", token=administrators).json()["_total_items"] == 1


def test_the_same_seed_and_calls_make_the_same_world() -> None:
    def world(seed: int) -> tuple[str, Any]:
        with kommo_account(seed=seed) as kommo:
            kommo.control("webhooks", {"paused": True})
            kommo.control("load", {"deals": 20, "contacts": 10})
            shown = kommo.get("/contacts?with=leads").json()["_embedded"]["contacts"]
            drop = {"created_at", "updated_at", "_links"}
            return kommo.token[-300:], [
                {key: value for key, value in one.items() if key not in drop | {"_embedded"}} for one in shown
            ]

    first, again, other = world(1), world(1), world(2)
    assert first == again
    assert first[1] != other[1]
    assert first[0] != other[0]


def test_loaded_deals_are_spread_over_the_past_year_when_hooks_are_paused(kommo: KommoAccount) -> None:
    kommo.control("webhooks", {"paused": True})
    assert kommo.control("load", {"deals": 100, "contacts": 50, "pipeline_id": SALON}) == {"deals": 100, "contacts": 50}
    deals = kommo.get("/leads?limit=250&with=contacts").json()["_embedded"]["leads"]
    ages = [time.time() - deal["created_at"] for deal in deals]
    assert max(ages) > 360 * 86400
    assert min(ages) < 5 * 86400
    assert {deal["pipeline_id"] for deal in deals} == {SALON}
    assert all(len(deal["_embedded"]["contacts"]) == 1 for deal in deals)
    assert all((deal["closed_at"] is None) == (deal["status_id"] not in (142, 143)) for deal in deals)
    assert len(kommo.get("/events?filter[type]=lead_added&limit=100").json()["_embedded"]["events"]) == 100
    assert NEW not in {deal["status_id"] for deal in deals}
    assert kommo.session.post(f"{kommo.base_url}/_control/load", json={"pigs": 1}, timeout=5).status_code == 400
