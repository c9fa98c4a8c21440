"""The settings that keep both sides right: duplicates, differences, parked work, the import, what people asked for."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import count
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.widget.kommo_page import LANGUAGES, OPEN, SLOW, KommoPage
from tests.stack.town import Town
from tests.stack.widget_api import ask, worker

TABS = ("duplicates", "differences", "parked", "history", "batches")
LOST = 143
REFUSING = {"method": "POST", "route": "/api/v4/leads", "kind": "status", "status": 400, "probability": 1}

numbers = count(7100)


# -- what the tests make ----------------------------------------------------------------------------------------------


def book(town: Town, guests: int = 1, days: int = 3) -> list[dict[str, Any]]:
    """Let new guests book; returns their bookings once they have their deals."""
    records = []
    for number in (next(numbers) for _ in range(guests)):
        day = date.today() + timedelta(days=days)
        person = {"name": f"Guest {number}", "phone": f"3460000{number}"}
        records.append(town.make_booking(person, f"{day} {8 + number % 12:02d}:00:00"))
    town.come_to_rest()
    return records


@pytest.fixture
def twice(town: Town) -> Iterator["Twice"]:
    """People who are in Kommo twice, with a deal for each of their contacts, as long as the test takes."""
    made = Twice(town)
    yield made
    made.remove()


class Twice:
    """Makes people who are there twice."""

    def __init__(self, town: Town) -> None:
        self._town = town
        self._contacts: list[int] = []
        self._deals: list[int] = []

    def person(self) -> tuple[list[int], list[int]]:
        """Make one: his two contacts, of one phone and one name, and a deal of each."""
        number = next(numbers)
        contacts = [self._town.make_contact(name, phone) for name, phone in self._spellings(number)]
        bodies = [
            {"name": f"Bridal {number}", "_embedded": {"contacts": [{"id": id, "is_main": True}]}} for id in contacts
        ]
        deals = [int(one["id"]) for one in self._town.in_kommo("POST", "leads", bodies)["_embedded"]["leads"]]
        self._contacts += contacts
        self._deals += deals
        return contacts, deals

    def delete_deals(self, deals: list[int]) -> None:
        """Let a person delete some of them."""
        self._town.person("delete", entity="leads", ids=deals)
        self._deals = [id for id in self._deals if id not in deals]

    def remove(self) -> None:
        self.delete_deals(self._deals)
        self._town.person("delete", entity="contacts", ids=self._contacts)

    @staticmethod
    def _spellings(number: int) -> tuple[tuple[str, str], tuple[str, str]]:
        word = "".join(chr(ord("a") + int(digit)) for digit in str(number))
        return (f"Zoe Quin{word}", f"+3460000{number}"), (f"QUIN{word.upper()} ZOE", f"60000{number}")


def opened(kommo: KommoPage, tab: str, **options: Any) -> Locator:
    """Open a tab and wait until all of it is drawn."""
    widget = kommo.open_settings(tab, **options)
    expect(widget.locator(".settings-content").locator("p").first).to_be_visible(timeout=SLOW)
    expect(widget.locator("[aria-busy]")).to_have_count(0, timeout=SLOW)
    return widget


def deal_of(town: Town, record: Any) -> Any:
    return town.deals_of(record)[0]


def searched(kommo: KommoPage, kind: str = "") -> Locator:
    """Search the whole account from the duplicates' tab, and show what was found of a kind."""
    widget = kommo.open_settings("duplicates")
    with kommo.page.expect_response("**/duplicates/scan"):
        widget.get_by_role("button", name="Search the whole account").click(timeout=SLOW)
    expect(widget.get_by_role("progressbar")).to_have_count(0, timeout=SLOW)
    if kind:
        widget.get_by_role("button", name=kind, exact=True).click()
    return widget


def group(widget: Locator, text: str) -> Locator:
    """Give the one group that a text stands in."""
    return widget.get_by_role("article").filter(has_text=text)


def status(town: Town, deal: int) -> int:
    return int(town.in_kommo("GET", f"leads/{deal}")["status_id"])


# -- duplicates -------------------------------------------------------------------------------------------------------


def test_the_whole_account_is_searched_and_what_is_there_twice_stands_in_groups(
    kommo: KommoPage, town: Town, twice: Twice
) -> None:
    (contacts, _) = twice.person()
    kommo.page.clock.install()
    widget = searched(kommo)
    name = town.in_kommo("GET", f"contacts/{contacts[0]}")["name"]
    found = group(widget, name)
    expect(found).to_contain_text("phone")
    expect(widget.get_by_role("region", name="Certain")).to_contain_text(name)
    # What is done is not looked at any more.
    assert_nobody_looks(kommo)


def looks(kommo: KommoPage) -> list[str]:
    return [one for one in kommo.asked if one.startswith(("GET /duplicates", "GET /commands"))]


def assert_nobody_looks(kommo: KommoPage) -> None:
    """Nothing is asked about a search within a minute; the page's clock is one that a test can turn."""
    kommo.page.wait_for_load_state("networkidle")
    before = looks(kommo)
    kommo.page.clock.run_for(60_000)
    kommo.page.wait_for_timeout(200)
    assert looks(kommo) == before


def test_nobody_looks_at_a_search_any_more_when_its_tab_is_left(kommo: KommoPage) -> None:
    searching: dict[str, Any] = {"scanned_at": None, "counts": {}, "command": "5eac4"}
    far: dict[str, Any] = {
        "id": "5eac4",
        "kind": "scan_duplicates",
        "state": "waiting",
        "progress": {"phase": "deals", "deals": 250},
    }
    kommo.page.route("**/duplicates", lambda route: route.fulfill(json=searching, headers=OPEN))
    kommo.page.route("**/commands/5eac4", lambda route: route.fulfill(json={**far, "result": {}}, headers=OPEN))
    kommo.page.clock.install()
    widget = kommo.open_settings("duplicates")
    expect(widget.get_by_role("progressbar", name="Reading deals: 250 so far")).to_be_visible()
    for _ in range(2):
        with kommo.page.expect_response("**/commands/5eac4"):
            kommo.page.clock.run_for(5_000)
    widget.get_by_role("link", name="Import").click()
    expect(widget.get_by_role("heading", name="New import")).to_be_visible()
    assert_nobody_looks(kommo)


def test_members_are_read_together(kommo: KommoPage, twice: Twice) -> None:
    for _ in range(3):
        twice.person()
    read: list[str] = []
    kommo.page.on("request", lambda sent: read.append(sent.url) if "/api/v4/leads?" in sent.url else None)
    widget = searched(kommo, "Deals")
    expect(widget.get_by_role("article").first).to_contain_text("Bridal")
    assert len(read) == 1, read


def test_one_deal_is_kept_the_other_closed_and_brought_back(kommo: KommoPage, town: Town, twice: Twice) -> None:
    (_, (keep, other)) = twice.person()
    before = status(town, other)
    name = town.in_kommo("GET", f"leads/{keep}")["name"]
    card = group(searched(kommo, "Deals"), name)
    card.get_by_role("button", name="Close").click()
    card.get_by_role("button", name="Close").click()
    undo = card.get_by_role("button", name="Undo")
    expect(undo).to_be_visible(timeout=SLOW)
    assert (status(town, keep), status(town, other)) == (before, LOST)
    undo.click()
    card.get_by_role("button", name="Undo").click()
    expect(card.get_by_text("as it was before")).to_be_visible(timeout=SLOW)
    assert status(town, other) == before


def test_many_groups_are_closed_at_once_and_what_cannot_be_is_named(kommo: KommoPage, town: Town, twice: Twice) -> None:
    (_, first), (_, second) = twice.person(), twice.person()
    before = status(town, first[1])
    widget = searched(kommo, "Deals")
    # Somebody deletes one group's deals meanwhile.
    twice.delete_deals(second)
    widget.get_by_role("button", name="Choose all").first.click()
    widget.get_by_role("toolbar").get_by_role("button", name="Keep one, close the others").click()
    expect(kommo.window).to_contain_text("In 2 groups the proposed deal is kept, and 2 others are closed as lost.")
    kommo.window.get_by_label("Loss reason").select_option(index=1)
    kommo.window.get_by_role("button", name="Close 2 deals").click()
    undo = widget.get_by_role("button", name="Undo", exact=True)
    expect(undo).to_be_visible(timeout=SLOW)
    expect(widget).to_contain_text("1 done. 1 could not be done:")
    expect(widget).to_contain_text("is gone")
    assert sorted(status(town, id) for id in first) == sorted((before, LOST))
    closed = next(id for id in first if status(town, id) == LOST)
    assert town.in_kommo("GET", f"leads/{closed}")["loss_reason_id"]
    undo.click()
    undo.click()
    expect(widget.get_by_text("as it was before")).to_be_visible(timeout=SLOW)
    assert [status(town, id) for id in first] == [before] * 2


def test_what_is_ignored_is_found_no_more_until_that_is_taken_back(kommo: KommoPage, town: Town, twice: Twice) -> None:
    (contacts, _) = twice.person()
    name = town.in_kommo("GET", f"contacts/{contacts[0]}")["name"]
    widget = searched(kommo)
    row = widget.get_by_role("listitem").filter(has=kommo.page.get_by_role("article").filter(has_text=name))
    row.locator(".switch label").click()
    expect(row.get_by_role("checkbox")).to_be_checked()
    widget.get_by_role("toolbar").get_by_role("button", name="Ignore").click()
    expect(widget.get_by_text("1 group is ignored")).to_be_visible()
    expect(group(widget, name)).to_have_count(0)
    assert ask(town, "GET", f"/duplicates/contacts/{contacts[0]}").json()["groups"] == []
    widget.get_by_role("button", name="Undo", exact=True).click()
    expect(group(widget, name)).to_be_visible()


@pytest.mark.parametrize(("kind", "entity"), [("Contacts", "contacts"), ("Deals", "leads")])
def test_what_was_ignored_is_looked_at_and_shown_again(
    kommo: KommoPage, town: Town, twice: Twice, kind: str, entity: str
) -> None:
    contacts, deals = twice.person()
    ids = contacts if kind == "Contacts" else deals
    name = town.in_kommo("GET", f"{entity}/{ids[0]}")["name"]
    widget = searched(kommo, kind)
    card = group(widget, name)
    for _ in range(2):
        card.get_by_role("button", name="Not the same").click()
    card.get_by_role("button", name="Done").click()
    expect(card).to_have_count(0)
    widget.get_by_text("Ignored", exact=True).click()
    ignored = widget.locator(".duplicates-ignored").filter(has_text=name)
    expect(ignored.locator(".duplicate-group-member")).to_have_count(2)
    kommo.assert_fits()
    kommo.assert_accessible()
    ignored.get_by_role("button", name="Show again").click()
    expect(ignored).to_have_count(0)
    expect(widget.get_by_text("1 group is found again.")).to_be_visible()
    expect(card).to_be_visible()
    left = ask(town, "GET", f"/duplicates/ignored?kind={kind.lower()}").json()["groups"]
    assert [one for one in left if set(one["ids"]) & set(ids)] == []


# -- differences ------------------------------------------------------------------------------------------------------


def compared(kommo: KommoPage) -> Locator:
    widget = kommo.open_settings("differences")
    with kommo.page.expect_response("**/completeness/comparisons"):
        widget.get_by_role("button", name="Compare now").click()
    expect(widget.get_by_role("progressbar")).to_have_count(0, timeout=SLOW)
    return widget


def test_a_comparison_says_how_far_it_is(kommo: KommoPage, town: Town) -> None:
    running = {"running": {"command": "c0", "compared": 40}}
    answer = ask(town, "GET", "/completeness").json()
    kommo.page.route("**/completeness", lambda route: route.fulfill(json={**answer, **running}, headers=OPEN))
    widget = kommo.open_settings("differences")
    expect(widget.get_by_role("progressbar", name="40 bookings compared so far")).to_be_visible()


def price(town: Town, record: Any) -> int:
    return int(deal_of(town, record)["price"])


def test_what_a_person_wrote_is_listed_and_repaired_one_by_one_and_all_together(kommo: KommoPage, town: Town) -> None:
    records = book(town, 3)
    right = price(town, records[0])
    for record in records:
        town.person("edit", entity="leads", id=deal_of(town, record)["id"], changes={"price": 7})
    widget = compared(kommo)
    expect(widget.get_by_role("table")).to_contain_text("Equal")
    section = widget.get_by_role("region", name="Deals that show something else")
    rows = section.get_by_role("listitem").filter(has_text="Different:")
    expect(rows).to_have_count(3)
    rows.first.get_by_role("button", name="Repair", exact=True).click()
    expect(rows).to_have_count(2, timeout=SLOW)
    expect(widget.get_by_text("1 repaired.")).to_be_visible()
    section.get_by_role("button", name="Repair all").click()
    expect(kommo.window).to_contain_text("They are 2, at all locations.")
    kommo.window.get_by_role("button", name="Repair all").click()
    expect(section).to_have_count(0, timeout=SLOW)
    assert [price(town, record) for record in records] == [right] * 3


def test_what_only_a_person_can_decide_leads_to_the_deals(kommo: KommoPage, town: Town) -> None:
    (record,) = book(town)
    deal = deal_of(town, record)
    marks = [
        {"field_id": one["field_id"], "values": one["values"]}
        for one in deal["custom_fields_values"]
        if one["field_code"] in ("BOOKING_ID", "COMPANY_ID")
    ]
    made = town.in_kommo("POST", "leads", [{"name": "The copy", "custom_fields_values": marks}])
    twin = made["_embedded"]["leads"][0]["id"]
    try:
        section = compared(kommo).get_by_role("region", name="Two deals of one booking")
        expect(section).to_contain_text("Only a person can decide")
        expect(section.get_by_role("button", name="Repair")).to_have_count(0)
        expect(section.get_by_role("link", name="The copy")).to_have_attribute("href", f"/leads/detail/{twin}")
        expect(section.get_by_role("link", name=deal["name"])).to_be_visible()
    finally:
        town.person("delete", entity="leads", ids=[twin])


# -- parked work ------------------------------------------------------------------------------------------------------


def test_what_kommo_refused_is_sent_again_or_dropped(kommo: KommoPage, town: Town) -> None:
    town.fault("kommo", REFUSING)
    records = book(town, 3)
    town.fault("kommo")
    widget = kommo.open_settings("parked")
    section = widget.get_by_role("region", name="Kommo refused the deal")
    rows = section.get_by_role("listitem")
    expect(rows).to_have_count(3)
    rows.first.get_by_role("button", name="Drop").click()
    expect(rows).to_have_count(2, timeout=SLOW)
    rows.first.get_by_role("button", name="Send again").click()
    expect(rows).to_have_count(1, timeout=SLOW)
    section.get_by_role("button", name="Send all again").click()
    expect(kommo.window).to_contain_text("1 booking is read and worked off as it is now.")
    kommo.window.get_by_role("button", name="Send all again").click()
    expect(section).to_have_count(0, timeout=SLOW)
    widget.get_by_text("Dropped: nothing is done").click()
    dropped = widget.get_by_role("listitem").filter(has_text="Kommo refused the deal")
    dropped.get_by_role("button", name="Send again").click()
    expect(dropped).to_have_count(0, timeout=SLOW)
    for record in records:
        assert deal_of(town, record)["status_id"] != LOST


def test_a_question_who_a_client_is_is_answered(kommo: KommoPage, town: Town) -> None:
    number = next(numbers)
    phone = f"+3460000{number}"
    contacts = [town.make_contact(name, phone) for name in ("Mara Nogal", "Mara Nogal Pino")]
    try:
        day = date.today() + timedelta(days=3)
        record = town.make_booking({"name": "Mara", "phone": phone[1:]}, f"{day} 09:00:00")
        town.come_to_rest()
        section = kommo.open_settings("parked").get_by_role("region", name="Who are these clients?")
        section.get_by_text("Answer: 2 contacts").last.click()
        section.get_by_role("radio").first.check()
        section.get_by_role("button").last.click()
        expect(section).to_have_count(0, timeout=SLOW)
        linked = deal_of(town, record)["_embedded"]["contacts"]
        assert linked[0]["id"] in contacts
    finally:
        town.person("delete", entity="contacts", ids=contacts)


def test_work_that_is_held_up_stands_on_top_with_its_reason(kommo: KommoPage, town: Town) -> None:
    held = {"held": {"reason": "kommo_payment", "since": 1_780_000_000, "bookings": 4}}
    answer = ask(town, "GET", "/parked").json()
    kommo.page.route("**/parked*", lambda route: route.fulfill(json={**answer, **held}, headers=OPEN))
    widget = kommo.open_settings("parked")
    expect(widget).to_contain_text("Nothing is being done at the moment")
    expect(widget).to_contain_text("4 bookings wait")
    expect(widget).not_to_contain_text("kommo_payment")


# -- the import -------------------------------------------------------------------------------------------------------


@pytest.fixture
def live_from_today(town: Town) -> Iterator[None]:
    """The account went live today: older visits have no deals of their own accord."""
    settings = ask(town, "GET", "/settings").json()
    today = {"start_from": date.today().isoformat()}
    assert ask(town, "PUT", "/settings", {**settings, **today}).status_code == 200
    yield
    town.fault("kommo")
    town.fault("altegio")
    town.wait_until(lambda: ask(town, "GET", "/history").json().get("state") != "running", 60)
    now = ask(town, "GET", "/settings").json()
    assert ask(town, "PUT", "/settings", {**now, "start_from": settings["start_from"]}).status_code == 200


@pytest.mark.usefixtures("live_from_today")
def test_older_bookings_are_counted_then_imported_with_a_rest(kommo: KommoPage, town: Town) -> None:
    records = book(town, 2, days=-20)
    kommo.hasten()
    widget = kommo.open_settings("history")
    expect(widget.get_by_label("To the visits of")).to_have_value((date.today() - timedelta(days=1)).isoformat())
    widget.get_by_role("button", name="Count first").click()
    start = widget.get_by_role("button", name="Import ")
    expect(start).to_be_visible()
    expect(widget).to_contain_text("no automation of yours runs")
    # What is changed has to be counted anew; a pipeline of daily work brings its warning.
    widget.get_by_label("Where the deals go").select_option(index=1)
    expect(start).to_have_count(0)
    widget.get_by_role("button", name="Count first").click()
    expect(widget.get_by_text("Automations that you have in Kommo")).to_be_visible()
    widget.get_by_label("Where the deals go").select_option(index=0)
    widget.get_by_role("button", name="Count first").click()
    expect(start).to_be_visible()
    town.fault("kommo", {"method": "GET", "route": "/api/v4/leads", "kind": "delay", "seconds": 4, "times": 2})
    start.click()
    expect(widget.get_by_role("heading", name="The import is running")).to_be_visible()
    widget.get_by_role("button", name="Pause").click()
    expect(widget.get_by_role("heading", name="The import is paused")).to_be_visible()
    town.fault("kommo")
    widget.get_by_role("button", name="Continue").click()
    expect(widget.get_by_role("heading", name="The last import is done")).to_be_visible(timeout=SLOW)
    expect(widget).to_contain_text("Deals made")
    for record in records:
        assert deal_of(town, record)


@pytest.mark.usefixtures("live_from_today")
def test_days_that_make_no_sense_are_told_at_their_field(kommo: KommoPage) -> None:
    widget = kommo.open_settings("history")
    later = (date.today() + timedelta(days=2)).isoformat()
    widget.get_by_label("To the visits of").fill(later)
    widget.get_by_role("button", name="Count first").click()
    expect(widget.get_by_role("alert")).to_be_visible()
    expect(widget.get_by_label("To the visits of")).to_have_attribute("aria-invalid", "true")


# -- what people asked for --------------------------------------------------------------------------------------------


def test_all_that_somebody_asked_for_is_undone_together(kommo: KommoPage, town: Town) -> None:
    records = book(town, 2)
    right = price(town, records[0])
    for record in records:
        town.person("edit", entity="leads", id=deal_of(town, record)["id"], changes={"price": 7})
    widget = compared(kommo)
    widget.get_by_role("region", name="Deals that show something else").get_by_role("button", name="Repair all").click()
    kommo.window.get_by_role("button", name="Repair all").click()
    expect(widget.get_by_text(" repaired.")).to_be_visible(timeout=SLOW)
    # Somebody changes one of them since: that one is left, and named.
    town.person("edit", entity="leads", id=deal_of(town, records[0])["id"], changes={"price": 9})

    widget = kommo.open_settings("batches")
    batch = widget.get_by_role("listitem").filter(has_text="Differences repaired").first
    batch.get_by_text(" changes").first.click()
    expect(batch.get_by_role("link", name=deal_of(town, records[0])["name"])).to_be_visible()
    expect(batch).to_contain_text("Written: price")
    batch.get_by_role("button", name="Undo: Differences repaired").click()
    expect(kommo.window).to_contain_text("changes are put back to what was there before.")
    kommo.window.get_by_role("button", name="Undo", exact=True).click()
    expect(widget).to_contain_text("put back. 1 was left as it is:", timeout=SLOW)
    expect(widget.get_by_role("link", name=deal_of(town, records[0])["name"]).first).to_be_visible()
    done = widget.get_by_role("listitem").filter(has_text="Differences repaired").first
    expect(done).to_contain_text("Undone")
    assert [price(town, record) for record in records] == [9, 7]
    for record in records:
        town.person("edit", entity="leads", id=deal_of(town, record)["id"], changes={"price": right})


# -- everywhere -------------------------------------------------------------------------------------------------------


def test_who_is_no_administrator_is_told_so_kindly(kommo: KommoPage, town: Town) -> None:
    widget = kommo.open_settings("duplicates", user=worker(town))
    expect(widget).to_contain_text("administrator")
    assert [one for one in kommo.asked if "duplicates" in one] == []
    kommo.assert_accessible()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_tab_speaks_the_language_and_fits(kommo: KommoPage, lang: str) -> None:
    for tab in TABS:
        opened(kommo, tab, lang=lang)
        kommo.assert_fits()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_tab_is_accessible(kommo: KommoPage, theme: str) -> None:
    for tab in TABS:
        opened(kommo, tab, theme=theme)
        kommo.assert_accessible()


@pytest.mark.parametrize("kommo", [{"viewport": {"width": 700, "height": 900}}], indirect=True)
def test_texts_that_are_longer_still_fit(kommo: KommoPage) -> None:
    kommo.lengthen_texts()
    for tab in TABS:
        opened(kommo, tab)
        kommo.assert_fits()
