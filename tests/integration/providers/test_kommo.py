"""Kommo's client against the simulator, which speaks the contract with all its oddities."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from bookdeal.kommo.client import KommoClient, Ring
from bookdeal.kommo.oauth import exchange, renew
from bookdeal.kommo.values import canonical
from bookdeal.kommo.webhooks import hints_from
from bookdeal.model.deal import (
    ContactChange,
    DealChange,
    FieldType,
    FieldValue,
    NewContact,
    NewDeal,
    NewField,
    NewTask,
    Place,
    Tag,
)
from bookdeal.model.hint import Hint, HintKind, SeenDeal
from bookdeal.runtime.credentials import Secret
from bookdeal.runtime.errors import (
    BatchTooHeavy,
    RateLimited,
    Rejected,
    Revoked,
    Transient,
    Unauthorised,
    UnknownOutcome,
)
from tests.integration.providers.conftest import Simulated
from tests.integration.simulators.receiver import Receiver
from tests.spies import SpyTokens

NEW_FIELDS = [NewField(f"Our {type}", f"OUR_{type.upper()}", type, True) for type in FieldType if type != "other"]


def deals(count: int, place: Place | None = None) -> list[NewDeal]:
    return [NewDeal(f"mark-{number}", f"Deal {number}", number, place) for number in range(count)]


def first_place(client: KommoClient) -> Place:
    pipeline = next(pipeline for pipeline in client.pipelines() if pipeline.is_main)
    return Place(pipeline.id, next(stage.id for stage in pipeline.stages if stage.kind == "open"))


def now() -> int:
    return int(time.time())


def test_the_account(kommo_client: KommoClient) -> None:
    account = kommo_client.account()
    assert (account.country, account.currency, account.timezone) == ("ES", "EUR", "Europe/Madrid")
    assert account.language in ("en", "es", "pt", "ru")
    pipelines = kommo_client.pipelines()
    assert sum(pipeline.is_main for pipeline in pipelines) == 1
    for pipeline in pipelines:
        kinds = [stage.kind for stage in pipeline.stages]
        assert kinds[-2:] == ["won", "lost"]
        assert kinds.count("incoming") == 1
        assert kinds.count("open") == len(kinds) - 3


@pytest.mark.parametrize("entity", ["deals", "contacts"])
def test_fields_are_made_and_found(kommo_client: KommoClient, entity: Any) -> None:
    made = kommo_client.create_fields(entity, NEW_FIELDS)
    assert [(field.name, field.code, field.type) for field in made] == [
        (field.name, field.code, field.type) for field in NEW_FIELDS
    ]
    assert set(made) <= set(kommo_client.fields(entity))


def test_more_fields_than_one_page_holds(kommo_client: KommoClient) -> None:
    before = len(kommo_client.fields("deals"))
    made = kommo_client.create_fields("deals", [NewField(f"F {n}", f"F_{n}", FieldType.TEXT) for n in range(60)])
    found = kommo_client.fields("deals")
    assert len(found) == before + 60
    assert {field.id for field in made} <= {field.id for field in found}


VALUES: dict[FieldType, list[FieldValue]] = {
    FieldType.TEXT: ["Haircut, colouring", "12:30", None],
    FieldType.NUMBER: ["640001", "5.50", "-3", None],
    FieldType.CHECKBOX: [True, False],
    # The day on which summer time begins, a day in summer, one in winter.
    FieldType.DATE: [1774738800, 1782856800, 1767222000, None],
    FieldType.DATE_TIME: [1774760400, 1782900060, None],
}


def test_what_is_written_is_read_back_as_equal(kommo_client: KommoClient) -> None:
    fields = {field.type: field.id for field in kommo_client.create_fields("deals", NEW_FIELDS)}
    [deal] = kommo_client.create_deals(deals(1)).values()
    for number in range(4):
        values = {type: choices[number % len(choices)] for type, choices in VALUES.items()}
        change = DealChange(deal, fields={fields[type]: value for type, value in values.items()})
        assert kommo_client.update_deals([change]) == {deal}
        read = kommo_client.deals([deal])[deal].fields
        for type, value in values.items():
            expected = canonical(type, value, kommo_client.zone)
            assert canonical(type, read.get(fields[type]), kommo_client.zone) == expected
            assert read.get(fields[type]) in (expected, None)


def test_deals_are_made_moved_and_read(kommo_client: KommoClient) -> None:
    place = first_place(kommo_client)
    contact = kommo_client.create_contacts([NewContact("c", "Carla", "+34600000101", "carla@example.test")])["c"]
    begun = now()
    made = kommo_client.create_deals([replace(deals(1, place)[0], contact=contact), *deals(3)[1:]])
    assert made.keys() == {"mark-0", "mark-1", "mark-2"}
    found = kommo_client.deals([*made.values(), 5])
    assert found.keys() == set(made.values())
    deal = found[made["mark-0"]]
    assert (deal.name, deal.price, deal.place, deal.contacts) == ("Deal 0", 0, place, (contact,))
    won = Place(place.pipeline, 142)
    assert kommo_client.update_deals([DealChange(deal.id, price=7, place=won)]) == {deal.id}
    moved = kommo_client.deals([deal.id])[deal.id]
    assert (moved.name, moved.price, moved.place) == ("Deal 0", 7, won)
    newest = [each.id for page in kommo_client.newest_deals(begun) for each in page]
    assert set(newest) == set(made.values())


def test_contacts_are_made_found_and_changed(kommo: Simulated, kommo_client: KommoClient) -> None:
    kommo.control("limits", {"search_lag_seconds": 0})
    [field] = kommo_client.create_fields("contacts", [NewField("Client", "CLIENT_ID", FieldType.NUMBER)])
    begun = now()
    made = kommo_client.create_contacts(
        [
            NewContact("a", "Carla", "+34600000101", "carla@example.test", {field.id: "7"}),
            NewContact("b", "Dani", "", ""),
        ]
    )
    [carla] = [each for each in kommo_client.find_contacts("600000101") if each.id == made["a"]]
    assert (carla.phones, carla.emails) == (("+34600000101",), ("carla@example.test",))
    assert carla.fields[field.id] == "7"
    assert kommo_client.update_contacts([ContactChange(carla.id, {field.id: "8"})]) == {carla.id}
    after = kommo_client.contacts(list(made.values()))
    assert after[made["a"]].fields[field.id] == "8"
    assert after[made["a"]].phones == carla.phones
    assert {each.id for page in kommo_client.newest_contacts(begun) for each in page} >= set(made.values())
    assert kommo_client.find_contacts("999999999") == []
    assert kommo_client.contacts([5]) == {}


def test_everything_is_listed_page_by_page(kommo: Simulated, kommo_client: KommoClient) -> None:
    before_contacts = sum(map(len, kommo_client.all_contacts()))
    begun = now()
    kommo.control("load", {"deals": 600, "contacts": 300})
    pages = list(kommo_client.all_contacts())
    assert sum(map(len, pages)) == before_contacts + 300
    assert max(map(len, pages)) == 250
    changed = [deal for page in kommo_client.changed_deals(begun) for deal in page]
    assert len({deal.id for deal in changed}) == len(changed) == 600
    ids = [deal.id for deal in changed]
    assert kommo_client.deals(ids).keys() == set(ids)


def test_an_account_that_ignores_filters(kommo: Simulated, kommo_client: KommoClient) -> None:
    kommo.control("load", {"deals": 300, "contacts": 10})
    [last] = kommo_client.create_deals(deals(1)).values()
    kommo.control("behaviour", {"api_filter": "ignored"})
    assert kommo_client.deals([last, 5]).keys() == {last}
    assert last in {deal.id for page in kommo_client.changed_deals(now() - 60) for deal in page}


def test_links(kommo_client: KommoClient) -> None:
    people = kommo_client.create_contacts([NewContact(mark, mark, "", "") for mark in "abc"])
    [deal] = kommo_client.create_deals([replace(deals(1)[0], contact=people["a"])]).values()
    kommo_client.link_contacts([(deal, people["b"], True), (deal, people["c"], False)])
    kommo_client.link_contacts([(deal, people["b"], True)])
    linked = kommo_client.deals([deal])[deal].contacts
    assert linked[0] == people["b"]
    assert set(linked) == set(people.values())
    kommo_client.unlink_contacts([(deal, people["a"])])
    assert set(kommo_client.deals([deal])[deal].contacts) == {people["b"], people["c"]}


def test_loss_reasons_and_tags(kommo_client: KommoClient) -> None:
    reasons = kommo_client.loss_reasons()
    assert len(reasons) > 1
    assert all(reason.id and reason.name for reason in reasons)
    assert kommo_client.tags() == ()
    id = kommo_client.tag("twice")
    assert kommo_client.tag("twice") == id
    assert kommo_client.tags() == (Tag(id, "twice"),)
    (deal,) = kommo_client.create_deals(deals(1)).values()
    lost = Place(first_place(kommo_client).pipeline, 143)
    kommo_client.update_deals([DealChange(deal, place=lost, loss_reason=reasons[1].id, tags_added=(id,))])
    now = kommo_client.deals([deal])[deal]
    assert (now.place, now.loss_reason, now.tags) == (lost, reasons[1].id, (id,))
    kommo_client.update_deals([DealChange(deal, place=first_place(kommo_client), loss_reason=0, tags_removed=(id,))])
    now = kommo_client.deals([deal])[deal]
    assert (now.place, now.loss_reason, now.tags) == (first_place(kommo_client), None, ())


def test_tasks(kommo_client: KommoClient) -> None:
    first, second = kommo_client.create_deals(deals(2)).values()
    wanted = [NewTask("t", first, 1, "Call", now() + 60), NewTask("u", second, 2, "Meet", now() + 120)]
    made = kommo_client.create_tasks(wanted)
    found = {task.id: task for task in kommo_client.tasks([first, second])}
    assert {id: (task.deal, task.text, task.due, task.done) for id, task in found.items()} == {
        made[task.mark]: (task.deal, task.text, task.due, False) for task in wanted
    }
    assert [task.deal for task in kommo_client.tasks([second])] == [second]
    [without] = kommo_client.create_deals(deals(1)).values()
    assert kommo_client.tasks([without]) == []


def test_a_refused_batch_names_the_elements(kommo_client: KommoClient) -> None:
    nowhere = Place(1, 1)
    good, bad = deals(2)
    with pytest.raises(Rejected) as caught:
        kommo_client.create_deals([good, replace(bad, place=nowhere)])
    assert caught.value.elements.keys() == {"mark-1"}
    assert caught.value.elements["mark-1"].code
    made = kommo_client.create_deals(deals(2))
    with pytest.raises(Rejected) as caught:
        kommo_client.update_deals(
            [DealChange(made["mark-0"], price=1), DealChange(made["mark-1"], fields={5: "no such field"})]
        )
    assert caught.value.elements.keys() == {1}
    assert kommo_client.deals([made["mark-0"]])[made["mark-0"]].price == 0


@pytest.mark.parametrize(
    ("fault", "error", "commits"),
    [
        ({"kind": "status", "status": 504}, BatchTooHeavy, 0),
        ({"kind": "commit_then_status", "status": 504}, BatchTooHeavy, 4),
        ({"kind": "partial_commit"}, BatchTooHeavy, 2),
        ({"kind": "commit_then_close"}, UnknownOutcome, 4),
        ({"kind": "close"}, UnknownOutcome, 0),
        ({"kind": "status", "status": 500}, UnknownOutcome, 0),
        ({"kind": "status", "status": 503, "times": 3}, Transient, 0),
        ({"kind": "status", "status": 429, "body": {"retry_after": 300}}, RateLimited, 0),
        ({"kind": "status", "status": 403, "body": "403 Forbidden"}, RateLimited, 0),
        ({"kind": "status", "status": 402}, Revoked, 0),
    ],
)
def test_creates_that_fail(
    kommo: Simulated, kommo_client: KommoClient, fault: dict[str, Any], error: type[Exception], commits: int
) -> None:
    begun = now()
    kommo.control("faults", [{"method": "POST", "route": "/api/v4/leads"} | fault])
    with pytest.raises(error) as caught:
        kommo_client.create_deals(deals(4))
    assert type(caught.value) is error
    assert sum(map(len, kommo_client.newest_deals(begun))) == commits


@pytest.mark.parametrize(
    "fault", [{"kind": "status", "status": 502}, {"kind": "close"}, {"kind": "status", "status": 503}]
)
def test_reads_are_tried_again(kommo: Simulated, kommo_client: KommoClient, fault: dict[str, Any]) -> None:
    [deal] = kommo_client.create_deals(deals(1)).values()
    kommo.control("faults", [{"method": "GET", "route": "/api/v4/leads", "times": 2} | fault])
    assert kommo_client.deals([deal]).keys() == {deal}


def test_a_429_is_told_with_its_wait(kommo: Simulated, kommo_client: KommoClient) -> None:
    kommo.control("limits", {"enforce": True, "per_second": 1, "limited_body": "json"})
    kommo_client.contacts([5])
    with pytest.raises(RateLimited) as caught:
        kommo_client.contacts([5])
    assert (caught.value.reason, caught.value.wait) == ("provider", 300)


def test_a_429_without_a_wait_is_tried_again(kommo: Simulated, kommo_client: KommoClient) -> None:
    kommo.control("limits", {"enforce": True, "per_second": 1, "limited_body": "text"})
    for _ in range(2):
        assert kommo_client.contacts([5]) == {}
    assert kommo_client.http.counters.retries == 1


def test_an_account_that_has_not_paid(kommo: Simulated, kommo_client: KommoClient) -> None:
    kommo.control("behaviour", {"unpaid": "writes"})
    with pytest.raises(Revoked) as caught:
        kommo_client.create_deals(deals(1))
    assert caught.value.reason == Revoked.PAYMENT
    assert kommo_client.pipelines()


def test_what_only_an_administrator_may(kommo: Simulated, kommo_client: KommoClient) -> None:
    plain = next(user for user in kommo.look("access")["users"] if not user["is_admin"])
    token = kommo.control("grant", {"user_id": plain["id"]})["access_token"]
    client = replace(kommo_client, tokens=SpyTokens([token]))
    calls: list[Callable[[], object]] = [
        lambda: client.create_fields("deals", NEW_FIELDS),
        lambda: client.subscribe("https://hooks.example.test/x", [Ring.DEAL_MOVED]),
    ]
    for call in calls:
        with pytest.raises(Rejected) as caught:
            call()
        assert caught.value.reason == Revoked.RIGHTS
    assert client.account().language == ""
    assert client.create_deals(deals(1))


def test_tokens(kommo: Simulated, kommo_client: KommoClient) -> None:
    given = kommo.control("grant")
    secret = Secret(
        given["access_token"],
        given["refresh_token"],
        client_id=given["client_id"],
        client_secret=given["client_secret"],
        redirect_uri=given["redirect_uri"],
    )
    renewed = renew(kommo_client.http, kommo.base_url, secret, kommo_client.deadline)
    assert renewed.expires_at is not None
    assert renewed.expires_at - renewed.issued_at == 86400
    # The answer was lost: the old one works until the new one is used.
    again = renew(kommo_client.http, kommo.base_url, secret, kommo_client.deadline)
    client = replace(kommo_client, tokens=SpyTokens([again.access]))
    assert client.account().id == given["account_id"]
    with pytest.raises(Unauthorised):
        renew(kommo_client.http, kommo.base_url, secret, kommo_client.deadline)
    with pytest.raises(Unauthorised):
        exchange(
            kommo_client.http,
            kommo.base_url,
            "no such code",
            client_id=given["client_id"],
            client_secret=given["client_secret"],
            redirect_uri=given["redirect_uri"],
            deadline=kommo_client.deadline,
        )


def test_an_expired_token(kommo: Simulated, kommo_client: KommoClient) -> None:
    kommo.control("clock", {"shift_seconds": 2 * 86400})
    with pytest.raises(Revoked) as caught:
        kommo_client.account()
    assert caught.value.reason == Revoked.TOKEN


def heard(receiver: Receiver) -> list[Hint]:
    hints = [
        hint
        for received in receiver.received
        for hint in hints_from(received.body, installation="acme", generation=1, seen_at=0.0, correlation_id="c")
    ]
    receiver.received.clear()
    return hints


def test_what_rings_is_understood(kommo: Simulated, kommo_client: KommoClient) -> None:
    place = first_place(kommo_client)
    fields = kommo_client.create_fields("deals", NEW_FIELDS)
    with Receiver() as receiver:
        kommo_client.subscribe(receiver.url, Ring)
        [subscription] = kommo_client.subscriptions(receiver.url)
        assert subscription.enabled
        assert subscription.rings == set(Ring)
        assert kommo_client.subscriptions(receiver.url + "x") == []

        person = kommo_client.create_contacts([NewContact("c", "Carla", "+34600000101", "")])["c"]
        values: dict[int, FieldValue] = {
            field.id: next(value for value in VALUES[field.type] if value is not None) for field in fields
        }
        [deal] = kommo_client.create_deals([replace(deals(1, place)[0], fields=values, contact=person)]).values()
        kommo.settle()
        assert {(hint.kind, hint.deals) for hint in heard(receiver)} == {
            (HintKind.DEALS, (SeenDeal(deal, place.pipeline, place.stage),))
        }

        kommo.control("move", {"lead": deal, "status_id": 142, "pipeline_id": place.pipeline})
        kommo.settle()
        assert {(hint.kind, hint.deals) for hint in heard(receiver)} == {
            (HintKind.DEALS, (SeenDeal(deal, place.pipeline, 142),))
        }

        kommo.control("delete", {"entity": "leads", "ids": [deal]})
        kommo.control("delete", {"entity": "contacts", "ids": [person]})
        kommo.settle()
        gone = heard(receiver)
        assert {seen.id for hint in gone if hint.kind is HintKind.DEALS_GONE for seen in hint.deals} == {deal}
        assert {id for hint in gone if hint.kind is HintKind.CONTACTS_GONE for id in hint.contacts} == {person}
        assert kommo_client.deals([deal]) == {}
        assert kommo_client.contacts([person]) == {}

        kommo.control("restore", {"entity": "leads", "ids": [deal]})
        kommo.settle()
        back = heard(receiver)
        assert {seen.id for hint in back if hint.kind is HintKind.DEALS_BACK for seen in hint.deals} == {deal}
        assert kommo_client.deals([deal]).keys() == {deal}
