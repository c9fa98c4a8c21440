"""The right column of a deal's card: its bookings, its client, what is there twice, what was decided, what blocks."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

import jwt
import pytest
from playwright.sync_api import Locator, expect

from tests.browser.widget.kommo_page import LANGUAGES, SLOW, KommoPage
from tests.browser.widget.newcomer import install
from tests.sides import BERTA, COLOURING, CONFIRMED, ELENA, HAIRCUT, YOGA
from tests.stack.town import Town
from tests.stack.widget_api import administrator, ask, new_user, save

ZONE = ZoneInfo("Europe/Madrid")
MOST_REQUESTS = 4

numbers = count(6100)


# -- what the tests make ----------------------------------------------------------------------------------------------


def somebody(name: str = "Guest") -> dict[str, Any]:
    number = next(numbers)
    return {"name": f"{name} {number}", "phone": f"3460000{number}"}


def book(town: Town, days: int = 2, person: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    """Let a new guest book at ten o'clock; returns the booking once it has its deal."""
    day = datetime.now(ZONE).date() + timedelta(days=days)
    record = town.make_booking(person or somebody(), f"{day} 10:00:00", **changes)
    town.come_to_rest()
    return record


def deal_of(town: Town, record: dict[str, Any]) -> int:
    return int(ask(town, "GET", f"/bookings/{record['company_id']}/{record['id']}").json()["deal"])


def deal(town: Town, record: dict[str, Any]) -> dict[str, Any]:
    """Return a booking's deal as Kommo shows it."""
    found: dict[str, Any] = town.in_kommo("GET", f"leads/{deal_of(town, record)}", **{"with": "contacts"})
    return found


def join(town: Town, record: dict[str, Any], target: int) -> None:
    """Put a booking on a deal that has another one; its own, which is empty then, is deleted."""
    place, left = f"{record['company_id']}/{record['id']}", deal_of(town, record)
    asked = ask(town, "POST", f"/bookings/{place}/move", {"deal": target}).json()
    town.wait_until(lambda: ask(town, "GET", f"/commands/{asked['command']}").json()["state"] == "done", 60)
    town.person("delete", entity="leads", ids=[left])
    town.come_to_rest()


def problems(town: Town) -> list[Any]:
    """Return what is amiss with the access to both sides, as it is known."""
    found: list[Any] = ask(town, "GET", "/connection").json()["problems"]
    return found


@pytest.fixture
def twice(town: Town) -> Iterator[tuple[list[int], list[int]]]:
    """A person who is in Kommo twice, with a deal for each of his contacts."""
    person = somebody()
    first, last = person["name"].split()
    contacts = [town.make_contact(name, f"+{person['phone']}") for name in (f"{first} {last}", f"{last} {first}")]
    bodies = [{"name": "Bridal", "_embedded": {"contacts": [{"id": id, "is_main": True}]}} for id in contacts]
    deals = [int(one["id"]) for one in town.in_kommo("POST", "leads", bodies)["_embedded"]["leads"]]
    yield contacts, deals
    town.person("delete", entity="leads", ids=deals)
    town.person("delete", entity="contacts", ids=contacts)


@pytest.fixture
def stranger(town: Town) -> Iterator[int]:
    """A user who has no login to Altegio, and has none afterwards."""
    user = new_user(town)
    yield user
    ask(town, "DELETE", f"/users/{user}/login")


@pytest.fixture
def memberships(town: Town) -> Iterator[None]:
    """Contacts show their memberships."""
    save(town, memberships=True)
    town.come_to_rest()
    yield
    save(town, memberships=False)
    town.come_to_rest()


@pytest.fixture
def unpaid(town: Town) -> Iterator[None]:
    """The second location's licence is not paid, and that has been noticed."""
    location = town.altegio.locations[1]
    town.admin("licence", location=location, paid=False)
    town.stack.invoke("sweep", {"all": True})
    town.wait_until(lambda: bool(problems(town)), 60)
    yield
    town.admin("licence", location=location, paid=True)
    # To log in again has access looked at at once.
    login = {"login": town.altegio.login, "password": town.altegio.password}
    assert ask(town, "POST", "/connection/altegio", login).status_code == 200
    town.wait_until(lambda: not problems(town), 60)
    town.come_to_rest()


@pytest.fixture
def somebodys_deal(town: Town) -> int:
    """The deal of a new guest's booking."""
    return deal_of(town, book(town))


@pytest.fixture
def new_password(town: Town) -> Iterator[str]:
    """Altegio's main administrator has another password, so that no token of his is good any more."""
    usual = {"login": town.altegio.login, "password": town.altegio.password}
    town.admin("password", login=town.altegio.login, password="n3w")
    yield "n3w"
    town.admin("password", **usual)
    for path in ("/connection/altegio", f"/users/{administrator(town)}/login"):
        assert ask(town, "POST", path, usual).status_code == 200
    town.wait_until(lambda: not problems(town), 60)
    town.come_to_rest()


@pytest.fixture
def no_access_to_kommo(town: Town) -> Iterator[None]:
    """Kommo takes none of Bookdeal's tokens any more."""
    town.person("revoke")
    yield
    if problems(town):
        install(town)


def status(panel: Locator, name: str) -> Locator:
    return panel.get_by_role("group", name="Booking status").first.get_by_role("button", name=name)


def fold(panel: Locator, name: str | re.Pattern[str]) -> Locator:
    """Open what is folded under a name, and give it."""
    folded = panel.locator("details").filter(has=panel.page.locator("summary", has_text=name)).last
    folded.locator("summary").first.click()
    return folded


# -- bookings ---------------------------------------------------------------------------------------------------------


def test_the_next_booking_stands_first_with_all_about_it(kommo: KommoPage, town: Town) -> None:
    record = book(
        town,
        days=1,
        services=[{"id": HAIRCUT}, {"id": COLOURING}],
        comment="Wants the window seat",
        custom_color="4caf50",
        record_labels=[],
    )
    panel = kommo.open_card(deal_of(town, record))
    card = panel.get_by_role("article").first
    expect(card.get_by_role("heading", name="tomorrow 10:00")).to_be_visible()
    expect(status(panel, "Waiting")).to_have_attribute("aria-pressed", "true")
    for text in ("Haircut", "Colouring", "Berta", "Gràcia", "Wants the window seat", "€"):
        expect(card).to_contain_text(text)
    expect(card.get_by_role("img", name="Colour of the booking")).to_be_visible()
    for action in ("Edit", "Move", "Cancel", "To another deal"):
        expect(card.get_by_role("button", name=action, exact=True)).to_be_visible()
    expect(panel.get_by_role("button", name="New booking")).to_be_visible()


def test_the_first_paint_takes_few_requests_and_folded_things_none(kommo: KommoPage, town: Town) -> None:
    id = deal_of(town, book(town))
    panel = kommo.open_card(id)
    expect(status(panel, "Waiting")).to_be_visible()
    expect(panel.get_by_text(re.compile("Visits|Not a client"))).to_be_visible()
    # What is there twice is looked for when all that is seen first is there.
    first = [one for one in kommo.asked if "duplicates" not in one]
    assert len(first) <= MOST_REQUESTS, first
    assert f"GET /deals/{id}/decisions" not in kommo.asked
    fold(panel, "Why is it here?")
    expect(panel.get_by_text("Deal made in")).to_be_visible()
    assert kommo.asked.count(f"GET /deals/{id}/decisions") == 1


def test_a_click_sets_the_status_and_the_deal_follows(kommo: KommoPage, town: Town) -> None:
    record = book(town)
    panel = kommo.open_card(deal_of(town, record))
    # By keyboard, as everything can be done.
    status(panel, "Confirmed").focus()
    kommo.page.keyboard.press("Enter")
    expect(status(panel, "Confirmed")).to_have_attribute("aria-pressed", "true")
    expect(status(panel, "Waiting")).to_have_attribute("aria-pressed", "false")
    town.wait_until(lambda: town.record(record)["attendance"] == CONFIRMED, 30)
    town.wait_until(lambda: town.stage(deal(town, record)) == "Confirmed", 60)


def test_a_refused_status_is_taken_back_with_the_reason(kommo: KommoPage, town: Town) -> None:
    record = book(town)
    panel = kommo.open_card(deal_of(town, record))
    expect(status(panel, "Waiting")).to_have_attribute("aria-pressed", "true")
    town.fault("altegio", {"method": "PUT", "kind": "status", "status": 403, "probability": 1})
    status(panel, "Arrived").click()
    expect(panel.get_by_role("alert")).to_contain_text("The status was not changed. Your user in Altegio lacks")
    expect(status(panel, "Waiting")).to_have_attribute("aria-pressed", "true")
    expect(status(panel, "Arrived")).to_have_attribute("aria-pressed", "false")
    assert town.record(record)["attendance"] == 0


def test_a_status_set_in_altegio_shows_up(kommo: KommoPage, town: Town) -> None:
    record = book(town)
    panel = kommo.open_card(deal_of(town, record))
    expect(status(panel, "Waiting")).to_have_attribute("aria-pressed", "true")
    town.set_status(record, CONFIRMED)
    panel.get_by_role("button", name="Refresh").click()
    expect(status(panel, "Confirmed")).to_have_attribute("aria-pressed", "true")


def test_later_and_past_bookings_are_folded(kommo: KommoPage, town: Town) -> None:
    person = somebody()
    first, later, cancelled = (book(town, days, person) for days in (2, 3, 4))
    id = deal_of(town, first)
    join(town, later, id)
    join(town, cancelled, id)
    town.cancel(cancelled)
    town.come_to_rest()
    panel = kommo.open_card(id)
    expect(panel.get_by_role("article")).to_have_count(1)
    past = fold(panel, "1 past booking")
    expect(past).to_contain_text("This booking was cancelled.")
    expect(past.get_by_role("button", name="Edit")).to_have_count(0)
    expect(fold(panel, "1 later booking").get_by_role("group", name="Booking status")).to_be_visible()


def test_a_group_event_names_who_takes_part(kommo: KommoPage, town: Town) -> None:
    day = datetime.now(ZONE).date() + timedelta(days=5)
    body = {
        "service_id": YOGA,
        "staff_id": ELENA,
        "date": f"{day} 20:00:00",
        "length": 3600,
        "capacity": 5,
        "force": True,
    }
    event = town.salon("POST", f"/activity/{town.location}", body)
    guests = [somebody(), somebody("Visitor")]
    records = [
        town.make_booking(guest, f"{day} 20:00:00", staff_id=ELENA, services=[{"id": YOGA}], activity_id=event["id"])
        for guest in guests
    ]
    town.come_to_rest()
    panel = kommo.open_card(deal_of(town, records[0]))
    expect(panel).to_contain_text("Group event, 1 place")
    expect(panel.get_by_role("button", name="Move", exact=True)).to_be_visible()
    there = fold(panel, "Who takes part")
    for guest in guests:
        expect(there).to_contain_text(guest["name"])
    link = there.get_by_role("link", name="Open deal")
    expect(link).to_have_attribute("href", f"/leads/detail/{deal_of(town, records[1])}")


def test_a_deal_without_bookings_says_what_to_do(kommo: KommoPage, town: Town) -> None:
    id = town.in_kommo("POST", "leads", [{"name": "Without"}])["_embedded"]["leads"][0]["id"]
    panel = kommo.open_card(id)
    expect(panel).to_contain_text("No bookings yet. Make the first one here.")
    expect(panel).to_contain_text("This deal has no contact.")
    town.person("delete", entity="leads", ids=[id])


def test_a_deal_that_is_not_saved_yet_says_so(kommo: KommoPage) -> None:
    expect(kommo.open("/leads/add/")).to_contain_text("Save this deal first.")


# -- the client -------------------------------------------------------------------------------------------------------


def test_one_of_several_contacts_is_chosen(kommo: KommoPage, town: Town) -> None:
    record = book(town)
    id = deal_of(town, record)
    second = town.make_contact("Olga Prat", "+34600000777")
    town.in_kommo("POST", f"leads/{id}/link", [{"to_entity_id": second, "to_entity_type": "contacts"}])
    panel = kommo.open_card(id)
    client = panel.get_by_role("region", name="Client")
    expect(client.get_by_role("combobox")).to_have_value(str(deal(town, record)["_embedded"]["contacts"][0]["id"]))
    client.get_by_role("combobox").select_option(label="Olga Prat")
    expect(client).to_contain_text("+34 600 00 07 77")
    expect(client).to_contain_text("Not a client of your locations yet.")


def test_visits_and_memberships_are_read_anew(kommo: KommoPage, town: Town, memberships: None) -> None:
    record = book(town)
    panel = kommo.open_card(deal_of(town, record))
    client = panel.get_by_role("region", name="Client")
    expect(client.get_by_text("Visits")).to_be_visible()
    expect(client.get_by_text("Yoga 10")).to_have_count(0)
    town.admin(
        "membership", location=town.location, client=record["client"]["id"], title="Yoga 10", count=10, days_ago=3
    )
    client.get_by_role("button", name="Read anew").click()
    membership = client.get_by_role("listitem").filter(has_text="Yoga 10")
    expect(membership).to_contain_text("10 left", timeout=SLOW)
    expect(membership).to_contain_text("till ")


def test_a_question_who_the_client_is_is_answered_here(kommo: KommoPage, town: Town) -> None:
    person = somebody()
    candidates = [town.make_contact(name, f"+{person['phone']}") for name in ("Ona Mas", "Pol Mas")]
    record = book(town, person=person)
    panel = kommo.open_card(deal_of(town, record))
    client = panel.get_by_role("region", name="Client")
    expect(client.get_by_role("status")).to_contain_text("Several contacts fit this client.")
    confirm = client.get_by_role("button", name="Confirm")
    expect(confirm).to_be_disabled()
    client.get_by_role("radio", name="Pol Mas").check()
    confirm.click()
    expect(client.get_by_role("heading", name="Pol Mas")).to_be_visible(timeout=SLOW)
    assert deal(town, record)["_embedded"]["contacts"][0]["id"] == candidates[1]


# -- duplicates -------------------------------------------------------------------------------------------------------


def test_a_duplicate_is_closed_and_brought_back(
    kommo: KommoPage, town: Town, twice: tuple[list[int], list[int]]
) -> None:
    _, (keep, other) = twice
    before = town.in_kommo("GET", f"leads/{other}")
    panel = kommo.open_card(keep)
    found = fold(panel, "2 possible duplicates")
    group = found.get_by_role("article").filter(has_text="2 deals, perhaps the same")
    expect(group).to_contain_text("certain")
    expect(group).to_contain_text("same person")
    expect(group).to_contain_text("This deal")
    group.get_by_role("button", name="Close the other deal").click()
    expect(group).to_contain_text("1 deal is closed as lost")
    group.get_by_role("button", name="Close the other deal").click()
    expect(group).to_contain_text("1 deal is closed.", timeout=SLOW)
    assert town.in_kommo("GET", f"leads/{other}")["status_id"] != before["status_id"]
    group.get_by_role("button", name="Undo").click()
    group.get_by_role("button", name="Undo").click()
    expect(group).to_contain_text("1 is as it was before.", timeout=SLOW)
    assert town.in_kommo("GET", f"leads/{other}")["status_id"] == before["status_id"]


def test_the_deal_of_a_twin_contact_is_given_to_the_one_that_is_kept_and_back(
    kommo: KommoPage, town: Town, twice: tuple[list[int], list[int]]
) -> None:
    (kept, twin), (here, other) = twice
    panel = kommo.open_card(here)
    group = fold(panel, "2 possible duplicates").get_by_role("article").filter(has_text="2 contacts")
    expect(group).to_contain_text("same phone")
    name = town.in_kommo("GET", f"contacts/{kept}")["name"]
    group.get_by_role("radio", name=name).check()
    group.get_by_role("button", name="Give 1 deal to the kept contact").click()
    expect(group).to_contain_text(f"1 deal gets “{name}” as its main contact.")
    group.get_by_role("button", name="Give 1 deal to the kept contact").click()
    expect(group).to_contain_text("1 deal has the kept contact now.", timeout=SLOW)
    assert contacts_of(town, other) == [kept, twin]
    assert contacts_of(town, here) == [kept]
    group.get_by_role("button", name="Undo").click()
    expect(group).to_contain_text("is put back as it was")
    group.get_by_role("button", name="Undo").click()
    expect(group).to_contain_text("as it was before.", timeout=SLOW)
    assert contacts_of(town, other) == [twin]


def contacts_of(town: Town, deal: int) -> list[int]:
    """Return a deal's contacts as Kommo shows them, the main one first."""
    linked = town.in_kommo("GET", f"leads/{deal}", **{"with": "contacts"})["_embedded"]["contacts"]
    return [one["id"] for one in sorted(linked, key=lambda one: not one["is_main"])]


@pytest.mark.parametrize("is_one_deal", [False, True], ids=["of two deals", "of one deal"])
def test_what_was_booked_twice_is_cancelled_but_for_one(kommo: KommoPage, town: Town, is_one_deal: bool) -> None:
    person = somebody()
    kept, twin = book(town, person=person, comment="She likes tea"), book(town, person=person)
    id = deal_of(town, kept)
    if is_one_deal:
        join(town, twin, id)
    panel = kommo.open_card(id)
    group = fold(panel, "possible duplicate").get_by_role("article").filter(has_text="perhaps booked twice")
    expect(group).to_contain_text("certain")
    expect(group).to_contain_text("same service, same time")
    group.get_by_role("radio", name=re.compile("Waiting · €30.*She likes tea")).check()
    group.get_by_role("button", name="Cancel the other booking").click()
    expect(group).to_contain_text("This cannot be undone.")
    group.get_by_role("button", name="Cancel the other booking").click()
    expect(group).to_contain_text("1 booking is cancelled.", timeout=SLOW)
    expect(group.get_by_role("button", name="Undo")).to_have_count(0)
    group.get_by_role("button", name="Done").click()
    expect(panel.locator("summary", has_text="possible duplicate")).to_have_count(0)
    town.come_to_rest()
    assert [town.record(one)["deleted"] for one in (kept, twin)] == [False, True]
    town.assert_shows(deal(town, kept), *((kept, twin) if is_one_deal else (kept,)))
    expect(status(panel, "Waiting")).to_have_attribute("aria-pressed", "true")


def test_what_is_not_the_same_is_shown_no_more(
    kommo: KommoPage, town: Town, twice: tuple[list[int], list[int]]
) -> None:
    _, (keep, _) = twice
    panel = kommo.open_card(keep)
    found = fold(panel, "2 possible duplicates")
    group = found.get_by_role("article").filter(has_text="2 contacts")
    group.get_by_role("button", name="Not the same").click()
    group.get_by_role("button", name="Not the same").click()
    group.get_by_role("button", name="Done").click()
    # As two people they have no deal twice either.
    expect(panel.locator("summary", has_text="possible duplicate")).to_have_count(0)


def test_who_is_no_administrator_sees_duplicates_but_handles_none(
    kommo: KommoPage, twice: tuple[list[int], list[int]], stranger: int
) -> None:
    panel = kommo.open_card(twice[1][0], user=stranger)
    found = fold(panel, "2 possible duplicates")
    expect(found.get_by_text("An administrator of the account can tidy this up.").first).to_be_visible()
    expect(found.get_by_role("button")).to_have_count(0)


# -- decisions --------------------------------------------------------------------------------------------------------


def test_a_decision_is_told_in_words_and_undone(kommo: KommoPage, town: Town) -> None:
    record = book(town)
    before = town.stage(deal(town, record))
    town.set_status(record, CONFIRMED)
    town.come_to_rest()
    panel = kommo.open_card(deal_of(town, record))
    decisions = fold(panel, "Why is it here?").locator("ol.decisions > li")
    newest = decisions.filter(has_text="Moved from")
    expect(newest).to_contain_text("Moved from “New booking” to “Confirmed”")
    expect(newest).to_contain_text("booking changed")
    expect(newest).to_contain_text("The booking is “confirmed”")
    expect(decisions.last).to_contain_text("Deal made in “Salon · New booking”")
    newest.get_by_role("button", name="Undo").click()
    expect(newest).to_contain_text("is put back as it was")
    newest.get_by_role("button", name="Undo").click()
    expect(newest).to_contain_text("1 is as it was before.", timeout=SLOW)
    assert town.stage(deal(town, record)) == before
    newest.get_by_role("button", name="Done").click()
    expect(decisions.first).to_contain_text("Put back as it was before")


def test_the_rules_are_applied_again(kommo: KommoPage, town: Town) -> None:
    record = book(town)
    town.move(deal(town, record), "Confirmed")
    town.come_to_rest()
    panel = kommo.open_card(deal_of(town, record))
    decisions = fold(panel, "Why is it here?")
    expect(decisions).to_contain_text("Somebody moved it to “Confirmed”")
    decisions.get_by_role("button", name="Apply the rules again").click()
    expect(decisions).to_contain_text("1 booking was applied again.", timeout=SLOW)


# -- who may, and what blocks -----------------------------------------------------------------------------------------


def test_who_has_no_login_gives_it_here(kommo: KommoPage, town: Town, stranger: int) -> None:
    panel = kommo.open_card(deal_of(town, book(town)), user=stranger, lang="es")
    expect(panel).to_contain_text("Introduce una vez tu acceso de Altegio.")
    panel.get_by_label("Teléfono o correo en Altegio").fill(town.altegio.login)
    panel.get_by_label("Contraseña de Altegio").fill("wrong")
    panel.get_by_role("button", name="Conectar").click()
    expect(panel.get_by_role("alert")).to_contain_text("Error de autorización")
    panel.get_by_label("Contraseña de Altegio").fill(str(town.altegio.password))
    panel.get_by_role("button", name="Conectar").click()
    expect(panel.get_by_role("group", name="Estado de la cita")).to_be_visible()


def test_a_provider_that_is_down_is_said_and_tried_again(kommo: KommoPage, town: Town) -> None:
    id = deal_of(town, book(town))
    town.fault("altegio", {"kind": "status", "status": 503, "probability": 1})
    kommo.hasten()
    panel = kommo.open_card(id)
    alert = panel.get_by_role("alert")
    expect(alert).to_contain_text("does not answer just now", timeout=SLOW)
    town.fault("altegio")
    alert.get_by_role("button", name="Try again").click()
    expect(status(panel, "Waiting")).to_be_visible()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"key": "another-secret-of-somebody-else-0123456789"}, "could not make sure who you are"),
        ({"exp": 1_600_000_000}, "has run out"),
    ],
    ids=["forged", "expired"],
)
def test_a_token_that_is_not_believed_is_explained(
    kommo: KommoPage, town: Town, change: dict[str, Any], told: str
) -> None:
    id = deal_of(town, book(town))
    token = town.tell("kommo", "widget-token", {})["token"]
    claims = jwt.decode(token, options={"verify_signature": False}) | {"exp": change.get("exp", 4_000_000_000)}
    kommo.use_token(jwt.encode(claims, change.get("key", town.kommo.client_secret), algorithm="HS256"))
    expect(kommo.open_card(id).get_by_role("alert").first).to_contain_text(told)


def test_lost_access_stands_above_every_area(kommo: KommoPage, town: Town, unpaid: None, stranger: int) -> None:
    title = "The Altegio licence is not paid (Sants)"
    id = deal_of(town, book(town))
    banner = kommo.open_card(id).get_by_role("complementary")
    expect(banner.get_by_role("alert")).to_contain_text(title)
    expect(banner).to_contain_text("Pay the licence in Altegio")
    expect(kommo.open_settings().get_by_role("complementary").first).to_contain_text(title)
    banner = kommo.open_card(id, user=stranger).get_by_role("complementary")
    expect(banner).to_contain_text(title)
    expect(banner).to_contain_text("Please tell an administrator of your Kommo account")


def without_access(kommo: KommoPage, town: Town, deal: int, side: str) -> tuple[dict[str, Any], Locator]:
    """Open a deal's card while access to a side is lost; gives a booking that waits meanwhile, and the banner."""
    late = book(town)
    kommo.hasten()
    banner = kommo.open_card(deal).get_by_role("complementary")
    expect(banner.get_by_role("alert")).to_contain_text(f"Bookdeal has lost its access to {side}")
    assert town.deals_of(late) == []
    return late, banner


def test_access_to_altegio_is_got_back_by_a_login_and_what_waited_is_done(
    kommo: KommoPage, town: Town, somebodys_deal: int, new_password: str
) -> None:
    late, banner = without_access(kommo, town, somebodys_deal, "Altegio")
    expect(banner).to_contain_text("Log in to Altegio again in the settings.")
    banner.get_by_role("link", name="Open settings").click()
    widget = kommo.widget
    expect(widget.get_by_text("Altegio is not connected.")).to_be_visible()
    widget.get_by_label("Phone or e-mail in Altegio").fill(town.altegio.login)
    widget.get_by_label("Password in Altegio").fill(new_password)
    widget.get_by_role("button", name="Connect", exact=True).click()
    expect(widget.get_by_text("Altegio is connected.")).to_be_visible()
    expect(widget.get_by_text("Bookdeal has lost its access to Altegio")).to_have_count(0, timeout=SLOW)
    assert_made_up_for(town, late)


def test_access_to_kommo_is_got_back_on_kommos_page_and_what_waited_is_done(
    kommo: KommoPage, town: Town, somebodys_deal: int, no_access_to_kommo: None
) -> None:
    late, banner = without_access(kommo, town, somebodys_deal, "Kommo")
    expect(banner).to_contain_text("What waited meanwhile is made up for by itself.")
    with kommo.page.expect_popup() as opened:
        banner.get_by_role("button", name="Give access to Kommo again").click()
    opened.value.get_by_role("button", name="Allow").click()
    expect(opened.value.get_by_role("heading", name="Bookdeal is being connected")).to_be_visible()
    opened.value.close()
    expect(banner).to_have_count(0, timeout=SLOW)
    assert_made_up_for(town, late)


def assert_made_up_for(town: Town, late: dict[str, Any]) -> None:
    """A booking that waited has its deal, soon."""
    town.wait_until(lambda: bool(town.deals_of(late)), 60)
    (found,) = town.deals_of(late)
    town.assert_shows(found, late)


# -- looks ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def full(town: Town, memberships: None) -> int:
    """A deal with all that the panel can show."""
    person = somebody("María del Carmen")
    first = book(town, 2, person, services=[{"id": HAIRCUT}, {"id": COLOURING}], comment="Long " * 30, staff_id=BERTA)
    cancelled = book(town, 3, person)
    id = deal_of(town, first)
    join(town, cancelled, id)
    town.cancel(cancelled)
    town.admin("membership", location=town.location, client=first["client"]["id"], title="Ten visits", count=10)
    town.come_to_rest()
    return id


def unfold_all(panel: Locator) -> None:
    for number in range(8):
        summaries = panel.locator("details:not([open]) > summary")
        if not summaries.count():
            return
        assert number < 7, "there is no end of what is folded"
        for summary in summaries.all()[::-1]:
            summary.click()
        panel.page.wait_for_load_state("networkidle")
        expect(panel.locator("[aria-busy=true]")).to_have_count(0, timeout=SLOW)


def test_the_panel_is_accessible_and_fits_in_each_language_and_with_longer_texts(kommo: KommoPage, full: int) -> None:
    for lang, theme in zip(LANGUAGES, ("light", "dark", "light", "dark"), strict=True):
        panel = kommo.open_card(full, lang=lang, theme=theme)
        expect(panel.get_by_role("article").first).to_be_visible()
        unfold_all(panel)
        kommo.assert_fits()
        kommo.assert_accessible()
    kommo.lengthen_texts()
    panel = kommo.open_card(full)
    expect(panel.get_by_role("article").first).to_be_visible()
    unfold_all(panel)
    kommo.assert_fits()


def test_duplicates_fit_and_are_accessible(kommo: KommoPage, twice: tuple[list[int], list[int]]) -> None:
    kommo.lengthen_texts()
    panel = kommo.open_card(twice[1][0])
    fold(panel, "2 possible duplicates")
    expect(panel.get_by_role("radio")).to_have_count(4)
    for button in panel.get_by_role("article").first.get_by_role("button").all()[:1]:
        button.click()
    kommo.assert_fits()
    kommo.assert_accessible()
