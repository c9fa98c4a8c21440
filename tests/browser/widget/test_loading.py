"""What the widget loads, when, and what it says when that fails."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Request, expect

from tests.browser.widget.kommo_page import LANGUAGES, KommoPage
from tests.stack.town import Town

TEXTS = Path(__file__).parents[3] / "widget" / "src" / "texts"


@pytest.fixture
def deal(town: Town) -> int:
    """A deal with a booking."""
    booking = town.upcoming(1)[0]
    return int(town.deal(booking)["id"])


def files(kommo: KommoPage) -> set[str]:
    """The files of the archive that the page asks for from now on."""
    asked: set[str] = set()

    def note(sent: Request) -> None:
        if "/upl/" in sent.url:
            asked.add(sent.url.split("?")[0].split("/widget/")[-1])

    kommo.page.on("request", note)
    return asked


def test_a_page_without_the_widget_loads_its_script_alone(kommo: KommoPage) -> None:
    asked = files(kommo)
    kommo.open("/settings/widgets/")
    expect(kommo.page.locator("[data-ready]")).to_have_count(1)
    assert [name for name in asked if name.endswith((".js", ".css"))] == ["script.js"]


def test_a_card_loads_what_the_card_needs(kommo: KommoPage, deal: int) -> None:
    asked = files(kommo)
    expect(kommo.open_card(deal).get_by_role("button").first).to_be_visible()
    loaded = {name.split("-")[0] for name in asked if name.endswith(".js")}
    assert {"script.js", "app.js", "CardPanel", "texts"} <= loaded
    assert not loaded & {"SettingsPage", "CalendarPage"}
    assert not [name for name in asked if "libraries-calendar" in name]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_who_cannot_be_reached_is_said(kommo: KommoPage, deal: int, lang: str) -> None:
    kommo.hasten()
    kommo.page.route(f"{kommo.stack.api}/**", lambda route: route.abort())
    panel = kommo.open_card(deal, lang=lang)
    told = json.loads((TEXTS / lang / "errors.json").read_text())["page_no_answer"].replace("{brand}", "Bookdeal")
    expect(panel.get_by_role("alert").first).to_contain_text(told)
    kommo.page.unroute(f"{kommo.stack.api}/**")
    # Each part says what it could not read, and tries again by itself.
    failed = panel.get_by_role("alert")
    for left in reversed(range(failed.count())):
        failed.first.get_by_role("button").click()
        expect(failed).to_have_count(left)
    kommo.said.clear()  # the browser's own words about the connection that was cut


def test_an_application_that_does_not_load_is_said_in_plain_words(kommo: KommoPage, deal: int) -> None:
    kommo.page.route(re.compile(r"/app\.js"), lambda route: route.abort())
    expect(kommo.open_card(deal)).to_contain_text("could not be loaded")
    kommo.said.clear()


def test_leaving_an_area_takes_the_widget_away(kommo: KommoPage, deal: int) -> None:
    expect(kommo.open_card(deal).get_by_role("button").first).to_be_visible()
    kommo.page.get_by_role("link", name="Deals").click()
    expect(kommo.page.locator("#page .bookdeal-card, #bookdeal-card")).to_have_count(0)
    kommo.page.go_back()
    expect(kommo.widget.get_by_role("button").first).to_be_visible()


def test_a_part_that_does_not_load_is_said_and_the_page_offered_anew(kommo: KommoPage, deal: int) -> None:
    part = re.compile(r"/NewBooking-[\w-]+\.js")
    kommo.page.route(part, lambda route: route.abort())
    panel = kommo.open_card(deal)
    panel.get_by_role("button", name="New booking").click()
    expect(panel.get_by_role("alert")).to_contain_text("A part of Bookdeal could not be loaded")
    kommo.page.unroute(part)
    panel.get_by_role("button", name="Reload the page").click()
    panel.get_by_role("button", name="New booking").click()
    expect(kommo.window).to_be_visible()
    kommo.said.clear()  # the browser's own words about the file
