"""Webhooks of the Kommo simulator: subscriptions, bodies, delivery (contract §9)."""

import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote_plus

import pytest

from sandbox.kommo.hooks import retry_after
from tests.integration.simulators.kommo_account import (
    CONFIRMED,
    NEW,
    SALES,
    SALON,
    TALKING,
    WON,
    KommoAccount,
    form,
    kommo_account,
    wait_for,
)
from tests.integration.simulators.receiver import Receiver

LEADS = ["add_lead", "update_lead", "status_lead", "delete_lead", "restore_lead", "responsible_lead", "note_lead"]
OTHERS = [
    "add_contact", "update_contact", "delete_contact", "restore_contact", "responsible_contact", "note_contact",
    "add_company", "update_company", "add_task", "update_task", "responsible_task", "add_unsorted", "delete_unsorted",
]  # fmt: skip


@pytest.fixture
def kommo() -> Iterator[KommoAccount]:
    with kommo_account() as account:
        yield account


@pytest.fixture
def receiver(kommo: KommoAccount) -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


def subscribe(kommo: KommoAccount, url: str, settings: list[str]) -> dict[str, Any]:
    answer = kommo.post("/webhooks", {"destination": url, "settings": settings})
    assert answer.status_code == 201
    found: dict[str, Any] = answer.json()
    return found


def bodies(kommo: KommoAccount, receiver: Receiver) -> list[dict[str, str]]:
    """The bodies that have come since the last call, in the order of what they are about."""
    kommo.settle()
    found = [form(got.body) for got in receiver.received]
    receiver.received.clear()
    return sorted(found, key=lambda body: next(iter(body)))


# --- subscriptions ----------------------------------------------------------------------------------------------------


def test_a_destination_is_subscribed_once_and_replaced_by_the_next_post(kommo: KommoAccount) -> None:
    first = subscribe(kommo, "https://example.test/a", ["add_lead"])
    again = subscribe(kommo, "https://example.test/a", ["status_lead", "update_lead"])
    assert (again["id"], again["settings"], again["disabled"]) == (first["id"], ["status_lead", "update_lead"], False)
    subscribe(kommo, "https://example.test/b", ["add_lead"])
    found = kommo.get("/webhooks?filter[destination]=https%3A%2F%2Fexample.test%2Fb").json()
    assert (found["_total_items"], found["_embedded"]["webhooks"][0]["destination"]) == (1, "https://example.test/b")
    assert kommo.get("/webhooks").json()["_total_items"] == 2
    gone = kommo.call("DELETE", "/webhooks", {"destination": "https://example.test/b"})
    assert (gone.status_code, gone.content) == (204, b"")
    assert kommo.call("DELETE", "/webhooks", {"destination": "https://example.test/b"}).status_code == 404


@pytest.mark.parametrize(
    "given",
    [
        {"settings": ["add_lead"]},
        {"destination": "https://example.test/"},
        {"destination": "https://example.test/", "settings": []},
        {"destination": "https://example.test/", "settings": ["add_pig"]},
        {"destination": "gopher://example.test/", "settings": ["add_lead"]},
    ],
)
def test_a_subscription_that_cannot_be_is_refused(kommo: KommoAccount, given: dict[str, Any]) -> None:
    assert kommo.post("/webhooks", given).status_code == 400


def test_a_plan_can_be_without_webhooks(kommo: KommoAccount) -> None:
    kommo.control("behaviour", {"webhooks_in_plan": False})
    given = {"destination": "https://example.test/", "settings": ["add_lead"]}
    assert kommo.post("/webhooks", given).status_code == 402


# --- bodies -----------------------------------------------------------------------------------------------------------


def test_a_stage_change_comes_back_as_update_and_as_status(kommo: KommoAccount, receiver: Receiver) -> None:
    (contact,) = kommo.make("contacts", {"name": "Ana"})
    (number,) = kommo.make(
        "leads",
        {"name": "Botox & co", "price": 80, "_embedded": {"tags": [{"name": "vip"}], "contacts": [{"id": contact}]}},
    )
    subscribe(kommo, receiver.url, LEADS)
    kommo.patch("/leads", [{"id": number, "status_id": CONFIRMED, "pipeline_id": SALON}])
    kommo.settle()
    raw = receiver.received[0]
    assert raw.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert raw.headers["User-Agent"] == "amoCRM-WebHook-client/1.0"
    assert b"%5B0%5D%5Bid%5D=" in raw.body
    status, update = bodies(kommo, receiver)
    found = kommo.get(f"/leads/{number}").json()
    tag = found["_embedded"]["tags"][0]["id"]
    assert status == {
        "leads[status][0][id]": str(number),
        "leads[status][0][name]": "Botox & co",
        "leads[status][0][status_id]": str(CONFIRMED),
        "leads[status][0][old_status_id]": str(NEW),
        "leads[status][0][price]": "80",
        "leads[status][0][responsible_user_id]": "12100001",
        "leads[status][0][last_modified]": str(found["updated_at"]),
        "leads[status][0][modified_user_id]": "12100001",
        "leads[status][0][created_user_id]": "12100001",
        "leads[status][0][date_create]": str(found["created_at"]),
        "leads[status][0][pipeline_id]": str(SALON),
        "leads[status][0][old_pipeline_id]": str(SALES),
        "leads[status][0][account_id]": "31000101",
        "leads[status][0][tags][0][id]": str(tag),
        "leads[status][0][tags][0][name]": "vip",
        "leads[status][0][created_at]": str(found["created_at"]),
        "leads[status][0][updated_at]": str(found["updated_at"]),
        "account[subdomain]": "lindasalon",
        "account[id]": "31000101",
        "account[_links][self]": "https://lindasalon.kommo.com",
    }
    assert {key.replace("[update]", "[status]") for key in update} == set(status)


def test_field_values_come_in_four_shapes(kommo: KommoAccount, receiver: Receiver) -> None:
    enums = [{"value": "A"}, {"value": "B"}]
    given: dict[str, list[dict[str, Any]]] = {
        "date_time": [{"value": 1_760_000_000}],
        "birthday": [{"value": "1980-01-12T00:00:00+01:00"}],
        "radiobutton": [{"value": "B"}],
        "checkbox": [{"value": False}],
        "multiselect": [{"value": "A"}, {"value": "B"}],
        "text": [{"value": "hello"}],
    }
    ids = {
        kind: kommo.field("leads", name=kind, type=kind, **({"enums": enums} if "B" in str(values) else {}))
        for kind, values in given.items()
    }
    subscribe(kommo, receiver.url, ["add_lead"])
    kommo.make("leads", {"custom_fields_values": [{"field_id": ids[kind], "values": given[kind]} for kind in given]})
    (body,) = bodies(kommo, receiver)
    prefix = "leads[add][0][custom_fields]"
    values = {key.removeprefix(prefix): value for key, value in body.items() if key.startswith(prefix)}
    places = {
        kind: next(key[1] for key, value in values.items() if value == str(number)) for kind, number in ids.items()
    }
    assert {kind: values[f"[{place}][name]"] for kind, place in places.items()} == {kind: kind for kind in given}

    def shape(kind: str) -> dict[str, str]:
        start = f"[{places[kind]}][values]"
        return {key.removeprefix(start): value for key, value in values.items() if key.startswith(start)}

    enum = {
        kind: [str(one["id"]) for one in kommo.get(f"/leads/custom_fields/{ids[kind]}").json()["enums"]]
        for kind in ("radiobutton", "multiselect")
    }
    assert shape("date_time") == {"[0]": "1760000000"}
    assert shape("birthday") == {"[0][value]": "12.01.1980"}
    assert shape("radiobutton") == {"[value]": "B", "[enum]": enum["radiobutton"][1]}
    assert shape("checkbox") == {"[0][value]": "0"}
    assert shape("text") == {"[0][value]": "hello"}
    assert shape("multiselect") == {
        "[0][value]": "A", "[0][enum]": enum["multiselect"][0],
        "[1][value]": "B", "[1][enum]": enum["multiselect"][1],
    }  # fmt: skip
    assert not any(key.endswith("[code]") for key in values)


def test_contacts_and_companies_share_a_key_and_are_told_apart_by_type(kommo: KommoAccount, receiver: Receiver) -> None:
    subscribe(kommo, receiver.url, OTHERS)
    phone = {"field_code": "PHONE", "values": [{"value": "+34 600 000 101", "enum_code": "MOB"}]}
    (contact,) = kommo.make("contacts", {"name": "Ana", "custom_fields_values": [phone]})
    (company,) = kommo.make("companies", {"name": "Linda"})
    one, other = bodies(kommo, receiver)
    assert {one["contacts[add][0][type]"], other["contacts[add][0][type]"]} == {"contact", "company"}
    added = one if one["contacts[add][0][type]"] == "contact" else other
    assert added["contacts[add][0][custom_fields][0][code]"] == "PHONE"
    assert added["contacts[add][0][custom_fields][0][values][0][value]"] == "+34 600 000 101"
    (deal,) = kommo.make("leads", {"_embedded": {"contacts": [{"id": contact}]}})
    kommo.post(f"/contacts/{contact}/link", [{"to_entity_id": company, "to_entity_type": "companies"}])
    linked = next(body for body in bodies(kommo, receiver) if body.get("contacts[update][0][type]") == "contact")
    assert linked[f"contacts[update][0][linked_leads_id][{deal}][ID]"] == str(deal)
    assert linked["contacts[update][0][company_name]"] == "Linda"
    assert linked["contacts[update][0][linked_company_id]"] == str(company)
    kommo.patch(f"/contacts/{contact}", {"responsible_user_id": 12_100_003})
    changes = bodies(kommo, receiver)
    assert ["contacts[update][0][old_responsible_user_id]" in body for body in changes].count(True) == 1
    assert all("contacts[update][0][id]" in body for body in changes)


def test_a_deletion_and_a_restoration_name_ids_only(kommo: KommoAccount, receiver: Receiver) -> None:
    (number,) = kommo.make("leads", {"name": "x"})
    (contact,) = kommo.make("contacts", {"name": "x"})
    subscribe(kommo, receiver.url, [*LEADS, *OTHERS])
    ends = {"account[subdomain]", "account[id]", "account[_links][self]"}
    for call in ("delete", "restore"):
        kommo.control(call, {"entity": "leads", "ids": [number]})
        kommo.control(call, {"entity": "contacts", "ids": [contact]})
        one, other = bodies(kommo, receiver)
        assert set(one) - ends == {f"contacts[{call}][0][id]", f"contacts[{call}][0][type]"}
        assert set(other) - ends == {f"leads[{call}][0][{key}]" for key in ("id", "status_id", "pipeline_id")}


def test_a_merge_rings_an_update_of_the_winner_and_a_deletion_of_the_loser(
    kommo: KommoAccount, receiver: Receiver
) -> None:
    winner, loser = kommo.make("leads", {}, {})
    subscribe(kommo, receiver.url, LEADS)
    kommo.control("merge", {"entity": "leads", "winner": winner, "losers": [loser]})
    deleted, updated = bodies(kommo, receiver)
    assert (deleted["leads[delete][0][id]"], updated["leads[update][0][id]"]) == (str(loser), str(winner))


def test_tasks_notes_and_incoming_leads_have_shapes_of_their_own(kommo: KommoAccount, receiver: Receiver) -> None:
    (deal,) = kommo.make("leads", {})
    subscribe(kommo, receiver.url, [*LEADS, *OTHERS])
    till = 1_773_325_800  # 2026-03-12 15:30 in Madrid
    given = {"text": "Call", "complete_till": till, "entity_id": deal, "entity_type": "leads"}
    (task,) = kommo.make("tasks", given)
    (body,) = bodies(kommo, receiver)
    shown = {key.removeprefix("task[add][0]"): value for key, value in body.items()}
    assert (shown["[id]"], shown["[element_type]"], shown["[element_id]"]) == (str(task), "2", str(deal))
    assert (shown["[complete_till]"], shown["[complete_before]"]) == ("2026-03-12 15:30:00", str(till))
    kommo.patch(f"/tasks/{task}", {"text": "Write", "is_completed": True, "result": {"text": "ok"}})
    (body,) = bodies(kommo, receiver)
    assert (body["task[update][0][old_text]"], body["task[update][0][status]"]) == ("Call", "1")
    assert body["task[update][0][result][text]"] == "ok"
    kommo.make(f"leads/{deal}/notes", {"note_type": "common", "params": {"text": "hello"}})
    (body,) = bodies(kommo, receiver)
    assert (body["leads[note][0][note][note_type]"], body["leads[note][0][note][text]"]) == ("4", "hello")
    assert "leads[note][0][note][attachement]" in body
    metadata = dict.fromkeys(("form_id", "form_name", "form_page", "form_sent_at", "ip", "referer"), "x")
    form_given = {"source_name": "s", "source_uid": "u", "metadata": metadata}
    uid = kommo.post("/leads/unsorted/forms", [form_given]).json()["_embedded"]["unsorted"][0]["uid"]
    assert [body.get("unsorted[add][0][uid]") for body in bodies(kommo, receiver)] == [None, uid]
    kommo.post(f"/leads/unsorted/{uid}/accept", {})
    accepted = next(body for body in bodies(kommo, receiver) if "unsorted[delete][0][uid]" in body)
    assert accepted["unsorted[delete][0][action]"] == "accept"


# --- who hears what ---------------------------------------------------------------------------------------------------


def test_writes_of_one_request_share_bodies_of_up_to_twenty(kommo: KommoAccount, receiver: Receiver) -> None:
    subscribe(kommo, receiver.url, ["add_lead", "update_lead"])
    made = kommo.make("leads", *({} for _ in range(45)))
    found = bodies(kommo, receiver)
    ids = [int(value) for body in found for key, value in body.items() if key.endswith("][id]") and "tags" not in key]
    assert sorted(ids) == made
    assert sorted(sum(key.endswith("[date_create]") for key in body) for body in found) == [5, 20, 20]
    kommo.control("webhooks", {"items_per_body": 1})
    kommo.patch("/leads", [{"id": number, "price": 1} for number in made[:3]])
    assert len(bodies(kommo, receiver)) == 3


def test_only_what_is_subscribed_is_sent_and_nothing_while_paused(kommo: KommoAccount, receiver: Receiver) -> None:
    (number,) = kommo.make("leads", {})
    subscribe(kommo, receiver.url, ["status_lead"])
    kommo.patch(f"/leads/{number}", {"price": 3})
    assert bodies(kommo, receiver) == []
    kommo.patch(f"/leads/{number}", {"status_id": TALKING})
    assert len(bodies(kommo, receiver)) == 1
    kommo.control("webhooks", {"paused": True})
    kommo.patch(f"/leads/{number}", {"status_id": WON})
    kommo.control("webhooks", {"paused": False})
    assert bodies(kommo, receiver) == []
    noted = kommo.control("deliveries?since=0")["deliveries"]
    assert [(one["resource"], one["action"], one["ids"], one["status"]) for one in noted] == [
        ("lead", "status", [number], 204)
    ]


def test_a_refused_write_rings_nothing(kommo: KommoAccount, receiver: Receiver) -> None:
    (number,) = kommo.make("leads", {})
    subscribe(kommo, receiver.url, LEADS)
    assert kommo.patch("/leads", [{"id": number, "price": 3}, {"id": 1}]).status_code == 400
    assert bodies(kommo, receiver) == []


def test_an_unchanged_write_and_an_update_after_an_addition_ring_by_their_switches(
    kommo: KommoAccount, receiver: Receiver
) -> None:
    subscribe(kommo, receiver.url, LEADS)
    (number,) = kommo.make("leads", {"price": 3})
    assert len(bodies(kommo, receiver)) == 1
    kommo.patch(f"/leads/{number}", {"price": 3})
    assert len(bodies(kommo, receiver)) == 1
    kommo.control("behaviour", {"unchanged_patch": "silent", "update_after_add": True})
    kommo.patch(f"/leads/{number}", {"price": 3})
    assert bodies(kommo, receiver) == []
    kommo.make("leads", {})
    assert [next(iter(body)) for body in bodies(kommo, receiver)] == ["leads[add][0][id]", "leads[update][0][id]"]


def test_hooks_of_what_was_committed_go_out_although_the_answer_does_not(
    kommo: KommoAccount, receiver: Receiver
) -> None:
    subscribe(kommo, receiver.url, ["add_lead"])
    kommo.control("faults", [{"method": "POST", "route": "/api/v4/leads", "kind": "commit_then_status", "status": 504}])
    assert kommo.post("/leads", [{}]).status_code == 504
    assert len(bodies(kommo, receiver)) == 1


def test_a_bulk_load_rings_too(kommo: KommoAccount, receiver: Receiver) -> None:
    subscribe(kommo, receiver.url, ["add_lead", "add_contact"])
    kommo.control("load", {"deals": 50, "contacts": 30})
    assert kommo.settle()["delivered"] == 3 + 2
    stamp = unquote_plus(receiver.received[0].body.decode()).partition("[date_create]=")[2].partition("&")[0]
    assert int(stamp) == pytest.approx(time.time(), abs=10)


# --- retries ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "waits"),
    [
        (404, [300, 900, None]),
        (302, [300, 900, None]),
        (500, [300, 900, 900, 3600, None]),
        (499, [300, 900, 900, 3600, None]),
        (0, [300, 900, 900, 3600, None]),
    ],
)
def test_retries_follow_the_table(status: int, waits: list[float | None]) -> None:
    assert [retry_after(attempt, status) for attempt in range(1, len(waits) + 1)] == waits


def test_a_refused_hook_comes_again_after_five_minutes(kommo: KommoAccount, receiver: Receiver) -> None:
    subscribe(kommo, receiver.url, ["add_lead"])
    receiver.status = 500
    kommo.make("leads", {})
    assert kommo.settle()["retrying"] == 1
    receiver.status = 204
    kommo.control("clock", {"shift_seconds": 299})
    time.sleep(0.1)
    assert len(receiver.received) == 1
    kommo.control("clock", {"shift_seconds": 301})
    wait_for(lambda: kommo.control("webhooks")["delivered"] == 1)
    first, second = receiver.received
    assert first.body == second.body


def test_more_than_a_hundred_refusals_disable_a_subscription_until_it_is_made_again(
    kommo: KommoAccount, receiver: Receiver
) -> None:
    subscribe(kommo, receiver.url, ["add_lead"])
    kommo.control("webhooks", {"items_per_body": 1})
    receiver.status = 404
    kommo.make("leads", *({} for _ in range(100)))
    kommo.settle()
    assert kommo.get("/webhooks").json()["_embedded"]["webhooks"][0]["disabled"] is False
    kommo.make("leads", {})
    kommo.settle()
    assert kommo.get("/webhooks").json()["_embedded"]["webhooks"][0]["disabled"] is True
    receiver.status = 204
    receiver.received.clear()
    kommo.make("leads", {})
    kommo.settle()
    assert receiver.received == []
    assert subscribe(kommo, receiver.url, ["add_lead"])["disabled"] is False
    kommo.make("leads", {})
    kommo.settle()
    assert len(receiver.received) == 1


def test_answers_slower_than_two_seconds_count_as_refused(kommo: KommoAccount, receiver: Receiver) -> None:
    subscribe(kommo, receiver.url, ["add_lead"])
    receiver.seconds = 2.3
    kommo.make("leads", {})
    assert kommo.settle()["retrying"] == 1
    (noted,) = kommo.control("deliveries?since=0")["deliveries"]
    assert (noted["status"], noted["outcome"]) == (499, "timed_out")
