"""The routes of the search for duplicates."""

import json
import re
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import responses

from bookdeal.bookings.commands.store import Commands
from bookdeal.bookings.deals.placing import found_link
from bookdeal.bookings.links import Links
from bookdeal.bookings.rules import Inputs
from bookdeal.clients.contacts import ContactBook, ContactIndex, Owners
from bookdeal.duplicates.findings import GROUPS_A_PAGE, IGNORED_A_PAGE, Findings, Found, Scan
from bookdeal.duplicates.pairs import Kind, Level, Reason
from bookdeal.installs.installation import Installations, Layout
from bookdeal.installs.users import User, UserStore
from bookdeal.model.booking import BookingStatus
from bookdeal.model.command import CommandKind
from bookdeal.model.deal import Account, Pipeline, Stage

from .answers import altegio, embedded, kommo, phone
from .conftest import ACCOUNT, ADMIN, WORKER, Widget

HERE, THERE = 900100, 900200
BOOKING_ID, COMPANY_ID = 21, 22
LAYOUT = Layout(
    account=Account(ACCOUNT, "Acme", "acme", "ES", "EUR", "en", "Europe/Madrid"),
    pipelines=(Pipeline(100, "Salon", True, (Stage(11, "New", "open"), Stage(142, "Won", "won"))),),
    deal_fields={"BOOKING_ID": BOOKING_ID, "COMPANY_ID": COMPANY_ID},
    contact_fields={},
)


@pytest.fixture
def account(widget: Widget) -> Widget:
    """The widget of an account that is set up."""
    Installations(widget.table("installations")).write_layout(widget.installation.id, LAYOUT)
    return widget


def findings(widget: Widget) -> Findings:
    return Findings(widget.table("decisions"), widget.installation.id)


def deal(
    id: int, contact: int | None, name: str = "Haircut", created_at: int = 1_000_000, **more: Any
) -> dict[str, Any]:
    contacts = [] if contact is None else [{"id": contact, "is_main": True}]
    base = {"id": id, "name": name, "pipeline_id": 100, "status_id": 11, "created_at": created_at}
    return {**base, "_embedded": {"contacts": contacts}, **more}


def booked(location: int, booking: int) -> dict[str, Any]:
    values = {COMPANY_ID: location, BOOKING_ID: booking}
    return {
        "custom_fields_values": [
            {"field_id": id, "field_type": "numeric", "values": [{"value": str(value)}]} for id, value in values.items()
        ]
    }


def person(id: int, name: str, number: str = "+34600000101", leads: tuple[int, ...] = ()) -> dict[str, Any]:
    embedded_leads = {"leads": [{"id": lead} for lead in leads]}
    return {"id": id, "name": name, "custom_fields_values": [phone(number)], "_embedded": embedded_leads}


def answer(
    providers: responses.RequestsMock,
    contacts: list[dict[str, Any]],
    deals: list[dict[str, Any]],
    unseen: frozenset[int] = frozenset(),
) -> None:
    """Let Kommo have these contacts and deals; its full-text search does not know those `unseen` yet."""

    def listed(rows: list[dict[str, Any]], name: str) -> Any:
        def told(request: Any) -> tuple[int, dict[str, str], str]:
            query = parse_qs(urlsplit(request.url).query)
            ids = {int(id) for id in query.get("filter[id][]", ())}
            found = [row for row in rows if (row["id"] in ids if ids else row["id"] not in unseen)]
            return (200, {}, json.dumps(embedded(name, found))) if found else (204, {}, "")

        return told

    providers.add_callback("GET", re.compile(kommo("contacts") + r"\?.*"), listed(contacts, "contacts"))
    providers.add_callback("GET", re.compile(kommo("leads") + r"\?.*"), listed(deals, "leads"))


def search(widget: Widget, what: str, id: int, user: int = ADMIN) -> tuple[int, Any]:
    name = what.rstrip("s")
    return widget.ask(
        "duplicates", "GET", f"/duplicates/{what}/{{{name}}}", place={name: id}, token=widget.token(user=user)
    )


def test_around_a_deal(account: Widget, providers: responses.RequestsMock) -> None:
    contacts = [person(301, "Carla Ruiz", leads=(501, 502)), person(302, "RUIZ CARLA", "600000101", (503,))]
    contacts += [person(303, "Dani Ruiz", leads=(504,))]
    deals = [deal(501, 301), deal(502, 301, created_at=5), deal(503, 302), deal(504, 303)]
    answer(providers, contacts, deals)
    status, found = search(account, "deals", 501)
    assert status == 200
    assert found["groups"] == [
        {
            "kind": "contacts",
            "ids": [301, 302],
            "bookings": [],
            "level": "certain",
            "reasons": ["same_name", "same_phone"],
            "keep": None,
        },
        {
            "kind": "deals",
            "ids": [501, 502],
            "bookings": [],
            "level": "likely",
            "reasons": ["both_open", "same_name", "same_person", "same_pipeline"],
            "keep": 502,
        },
        {
            "kind": "deals",
            "ids": [501, 503],
            "bookings": [],
            "level": "certain",
            "reasons": ["both_open", "made_together", "same_name", "same_person", "same_pipeline"],
            "keep": 501,
        },
    ]
    assert not found["more"]
    assert len(providers.calls) <= 6
    assert "Carla" not in str(found)


def test_around_a_contact(account: Widget, providers: responses.RequestsMock) -> None:
    contacts = [person(301, "Carla Ruiz", leads=(501, 502))]
    answer(providers, contacts, [deal(501, 301), deal(502, 301)])
    status, found = search(account, "contacts", 301)
    assert status == 200
    assert [(one["kind"], one["ids"]) for one in found["groups"]] == [("deals", [501, 502])]


def test_what_is_remembered_is_found_before_the_search_knows_it(
    account: Widget, providers: responses.RequestsMock
) -> None:
    book = ContactBook(account.table("links"), account.installation.id, "salt", ContactIndex(), account.store.clock)
    account.store.transact(book.remember([Owners(302, {(HERE, 11): ""}, frozenset({"+34600000101"}))]))
    both = [person(301, "Carla Ruiz"), person(302, "Carla Ruiz")]
    answer(providers, both, [], unseen=frozenset({302}))
    status, found = search(account, "contacts", 301)
    assert (status, [one["ids"] for one in found["groups"]]) == (200, [[301, 302]])


@pytest.mark.parametrize("what", ["deals", "contacts"])
def test_what_is_not_there(account: Widget, providers: responses.RequestsMock, what: str) -> None:
    answer(providers, [], [])
    status, told = search(account, what, 999)
    assert (status, told["error"]["code"]) == (404, what.rstrip("s"))


def test_a_user_does_not_see_what_belongs_to_other_locations(
    account: Widget, providers: responses.RequestsMock
) -> None:
    store = UserStore(account.table("installations"), account.table("credentials"), account.vault, "acme")
    store.choose([User(WORKER, locations=frozenset({THERE}))], 0)
    book = ContactBook(account.table("links"), "acme", "salt", ContactIndex(), account.store.clock)
    account.store.transact(
        book.remember([Owners(302, {(HERE, 11): ""}), Owners(303, {(HERE, 12): "", (THERE, 7): ""})])
    )
    contacts = [person(id, "Carla Ruiz", leads=(501, 502, 503) if id == 301 else ()) for id in (301, 302, 303)]
    deals = [deal(501, 301), deal(502, 301, **booked(HERE, 1)), deal(503, 301, **booked(THERE, 2))]
    answer(providers, contacts, deals)
    assert search(account, "deals", 502, WORKER)[0] == 404
    assert search(account, "contacts", 302, WORKER)[0] == 404
    status, found = search(account, "deals", 501, WORKER)
    assert status == 200
    assert [one["ids"] for one in found["groups"]] == [[301, 303], [501, 503]]
    everything = search(account, "deals", 501)[1]
    assert {302, 502} <= {id for one in everything["groups"] for id in one["ids"]}


def link_bookings(widget: Widget, deals: dict[int, int], day: str, location: int = HERE) -> None:
    """Let deals hold bookings: booking → deal."""
    links = Links(widget.table("links"), widget.installation.id)
    for booking, held_by in deals.items():
        inputs = Inputs(BookingStatus.WAITING, location, 51001, None)
        link = replace(
            found_link((location, booking), held_by, None, None), contact=301, client=11, day=day, inputs=inputs
        )
        assert not any(widget.store.transact([[links.change(link, None), links.claim(link)]]))


def record(id: int, at: str, **more: Any) -> dict[str, Any]:
    client = {"id": 11, "name": "Carla Ruiz", "phone": "+34600000101"}
    services = [{"id": 7001, "title": "Haircut", "cost": 30, "amount": 1}]
    base = {"id": id, "company_id": HERE, "date": at, "seance_length": 3600, "attendance": 0, "deleted": False}
    return {**base, "client": client, "services": services, "last_change_date": "2026-05-02T14:22:50+0200", **more}


def test_bookings_of_a_person_that_are_there_twice(account: Widget, providers: responses.RequestsMock) -> None:
    link_bookings(account, {1: 501, 2: 502, 3: 503}, "2036-05-05")
    link_bookings(account, {4: 504}, "2016-05-05")
    answer(
        providers, [person(301, "Carla Ruiz", leads=(501, 502, 503, 504))], [deal(id, 301) for id in range(501, 505)]
    )
    colouring = [{"id": 7002, "title": "Colouring", "cost": 60, "amount": 1}]
    day = [
        record(1, "2036-05-05 10:00:00"),
        record(2, "2036-05-05 10:30:00"),
        record(3, "2036-05-05 18:00:00", services=colouring),
    ]
    providers.get(altegio(f"records/{HERE}"), json={"success": True, "data": day, "meta": {"total_count": 3}})
    status, found = search(account, "deals", 501)
    assert (status, found["partial"]) == (200, False)
    (group,) = [one for one in found["groups"] if one["kind"] == "bookings"]
    assert group["bookings"] == [{"location": HERE, "booking": 1}, {"location": HERE, "booking": 2}]
    assert group["level"] == "certain"
    # Its day is over: nobody needs to know what became of it.
    assert not [call for call in providers.calls if "2016-05-05" in call.request.url or "record/" in call.request.url]


def test_without_altegio_deals_are_found_all_the_same(account: Widget, providers: responses.RequestsMock) -> None:
    link_bookings(account, {1: 501, 2: 502}, "2036-05-05")
    answer(providers, [person(301, "Carla Ruiz", leads=(501, 502))], [deal(501, 301), deal(502, 301)])
    providers.get(altegio(f"record/{HERE}/1"), status=402, json={"success": False})
    status, found = search(account, "deals", 501)
    assert (status, found["partial"]) == (200, True)
    assert [one["ids"] for one in found["groups"]] == [[501, 502]]


def test_a_scan_is_asked_for_once(account: Widget) -> None:
    status, first = account.ask("duplicates", "POST", "/duplicates/scan")
    assert status == 200
    assert account.ask("duplicates", "POST", "/duplicates/scan") == (200, first)
    (command,) = Commands(account.table("decisions"), "acme").waiting()
    assert (command.id, command.kind, command.by) == (first["command"], CommandKind.SCAN_DUPLICATES, ADMIN)
    assert account.ask("duplicates", "GET", "/duplicates") == (
        200,
        {"scanned_at": None, "counts": {}, "command": first["command"]},
    )


def keep(widget: Widget, *found: Found) -> None:
    stored = findings(widget)
    stored.keep_groups("1", found)
    stored.replace_newest(Scan("1", 1_780_000_000.0, {"contacts": 7, "groups": len(found)}))


def ask_groups(widget: Widget, kind: str, page: int = 1) -> Any:
    status, told = widget.ask("duplicates", "GET", "/duplicates/groups", query={"kind": kind, "page": str(page)})
    assert status == 200
    return told


def test_groups_come_page_by_page_the_surest_first(account: Widget) -> None:
    assert ask_groups(account, "deals") == {"groups": [], "more": False, "partial": False}
    likely = [Found(Kind.DEALS, (id, id + 1), Level.LIKELY, (Reason.SAME_PERSON,), id) for id in range(0, 300, 2)]
    certain = Found(Kind.DEALS, (900, 901, 902), Level.CERTAIN, (Reason.SAME_BOOKING,), 901)
    twice = Found(Kind.BOOKINGS, ((HERE, 1), (HERE, 2)), Level.CERTAIN, (Reason.SAME_TIME,))
    keep(account, *likely, certain, twice)
    first, second = ask_groups(account, "deals"), ask_groups(account, "deals", 2)
    assert (len(first["groups"]), first["more"]) == (GROUPS_A_PAGE, True)
    assert (len(second["groups"]), second["more"]) == (len(likely) + 1 - GROUPS_A_PAGE, False)
    assert first["groups"][0]["ids"] == [900, 901, 902]
    (booking,) = ask_groups(account, "bookings")["groups"]
    assert booking["bookings"] == [{"location": HERE, "booking": 1}, {"location": HERE, "booking": 2}]
    told = account.ask("duplicates", "GET", "/duplicates")[1]
    assert told["counts"]["contacts"] == 7
    assert told["scanned_at"].startswith("2026-")


def ignore(widget: Widget, kind: str, ignored: bool, **members: Any) -> int:
    body = {"kind": kind, "ignored": ignored, **members}
    return widget.ask("duplicates", "PUT", "/duplicates/ignored", body)[0]


def test_a_group_is_ignored_and_found_again(account: Widget, providers: responses.RequestsMock) -> None:
    keep(
        account,
        Found(Kind.CONTACTS, (301, 302), Level.CERTAIN, ()),
        Found(Kind.CONTACTS, (303, 304), Level.CERTAIN, ()),
    )
    assert ignore(account, "contacts", True, ids=[302, 301]) == 200
    assert [one["ids"] for one in ask_groups(account, "contacts")["groups"]] == [[303, 304]]
    answer(providers, [person(301, "Carla Ruiz"), person(302, "Carla Ruiz")], [])
    assert search(account, "contacts", 301)[1]["groups"] == []
    assert ignore(account, "contacts", False, ids=[301, 302]) == 200
    assert len(ask_groups(account, "contacts")["groups"]) == 2
    assert len(search(account, "contacts", 301)[1]["groups"]) == 1


def test_bookings_are_ignored_by_location_and_id(account: Widget) -> None:
    keep(account, Found(Kind.BOOKINGS, ((HERE, 1), (HERE, 2)), Level.CERTAIN, ()))
    members = [{"location": HERE, "booking": id} for id in (2, 1)]
    assert ignore(account, "bookings", True, bookings=members) == 200
    assert ask_groups(account, "bookings")["groups"] == []
    assert ignore(account, "bookings", True, ids=[1, 2]) == 422
    assert ignore(account, "contacts", True, ids=[1]) == 422


def test_what_is_ignored_is_listed_and_shown_again(account: Widget) -> None:
    def listed(kind: str) -> list[dict[str, Any]]:
        status, body = account.ask("duplicates", "GET", "/duplicates/ignored", query={"kind": kind, "page": "1"})
        assert (status, body["more"]) == (200, False)
        return list(body["groups"])

    assert listed("contacts") == listed("bookings") == []
    members = [{"location": HERE, "booking": id} for id in (1, 2)]
    ignore(account, "contacts", True, ids=[303, 301, 302])
    ignore(account, "contacts", True, ids=[301, 305])
    ignore(account, "bookings", True, bookings=members)
    first, second = ({"kind": "contacts", "ids": ids, "bookings": []} for ids in ([301, 302, 303], [301, 305]))
    assert listed("contacts") == [first, second]
    assert listed("deals") == []
    assert listed("bookings") == [{"kind": "bookings", "ids": [], "bookings": members}]
    assert ignore(account, "contacts", False, ids=first["ids"]) == 200
    assert (listed("contacts"), len(listed("bookings"))) == ([second], 1)
    # A person who is forgotten is not named here any more.
    findings(account).forget_contact(305)
    assert listed("contacts") == []


def test_many_ignored_groups_come_by_the_page(account: Widget) -> None:
    for id in range(1, 2 * IGNORED_A_PAGE, 2):
        findings(account).ignore(Kind.DEALS, [(id, id + 1)], ADMIN)

    def page(number: int) -> tuple[list[int], bool]:
        query = {"kind": "deals", "page": str(number)}
        body = account.ask("duplicates", "GET", "/duplicates/ignored", query=query)[1]
        return [one["ids"][0] for one in body["groups"]], body["more"]

    assert page(1) == (list(range(1, 2 * IGNORED_A_PAGE, 2)), False)
    findings(account).ignore(Kind.DEALS, [(901, 902)], ADMIN)
    assert (page(1)[1], page(2), page(3)) == (True, ([901], False), ([], False))


def test_actions_are_asked_of_the_mover(account: Widget) -> None:
    body = {
        "close": [{"keep": 501, "deals": [502, 503], "reason": 71}],
        "tag": [{"deals": [502]}],
        "link": [{"contact": 301, "deals": [501]}],
        "cancel": [{"location": HERE, "booking": 640001}],
    }
    status, asked = account.ask("duplicates", "POST", "/duplicates/actions", body)
    assert status == 200
    (command,) = Commands(account.table("decisions"), "acme").waiting()
    assert (command.id, command.kind, command.by) == (asked["command"], CommandKind.HANDLE_DUPLICATES, ADMIN)
    assert command.params == {
        "close": [{"keep": 501, "deals": [502, 503], "reason": 71}],
        "tag": [{"deals": [502], "tag": None}],
        "link": [{"contact": 301, "deals": [501]}],
        "cancel": [[HERE, 640001]],
    }
    assert [hint["commands"] for hint in account.rung()] == [[command.id]]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "nothing_to_do"),
        ({"close": [{"keep": 501, "deals": [502]}, {"keep": 502, "deals": [503]}]}, "kept_and_closed"),
        ({"tag": [{"deals": list(range(1, 601))}, {"deals": list(range(1, 601))}]}, "too_many"),
    ],
)
def test_actions_that_make_no_sense(account: Widget, body: Any, code: str) -> None:
    status, told = account.ask("duplicates", "POST", "/duplicates/actions", body)
    assert (status, told["error"]["code"]) == (400, code)
    assert Commands(account.table("decisions"), "acme").waiting() == []


def test_what_deals_can_be_closed_and_tagged_with(account: Widget, providers: responses.RequestsMock) -> None:
    providers.get(kommo("leads/loss_reasons"), json=embedded("loss_reasons", [{"id": 71, "name": "Twice", "sort": 1}]))
    providers.get(kommo("leads/tags"), json=embedded("tags", [{"id": 9, "name": "vip", "color": None}]))
    assert account.ask("duplicates", "GET", "/duplicates/choices") == (
        200,
        {"reasons": [{"id": 71, "name": "Twice"}], "tags": [{"id": 9, "name": "vip"}]},
    )
