"""What the board shows, and how it keeps up."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import SCREENSHOTS
from tests.browser.world import ARRIVED, CONFIRMED, PIPELINE, World

pytestmark = pytest.mark.browser

COUNT_SLIDES = """
window.slides = 0;
const animate = Element.prototype.animate;
Element.prototype.animate = function (frames, options) {
  if (this.matches('.card') && frames.some((one) => one.transform?.startsWith('translate'))) window.slides += 1;
  return animate.call(this, frames, options);
};
"""


def stage(board: Page, name: str) -> Any:
    return board.get_by_role("region", name=name, exact=True)


def card(board: Page, deal: int) -> Any:
    return board.locator(f'.card[data-deal="{deal}"]')


def move(world: World, deal: int, stage: str) -> None:
    pipeline, status = world.place(stage)
    world.control_kommo("/move", {"lead": deal, "pipeline_id": pipeline, "status_id": status})


def test_shows_pipelines_and_the_day(board: Page, world: World) -> None:
    tabs = board.get_by_role("group", name="Pipelines").get_by_role("button")
    expect(tabs).to_have_text([f"Sales{0}", f"{PIPELINE}{len(world.deal_ids)}"])
    expect(tabs.nth(1)).to_have_attribute("aria-pressed", "true")
    statuses = world.pipelines()[PIPELINE]["_embedded"]["statuses"]
    expect(board.locator(".stage h3")).to_have_text([one["name"] for one in statuses if one["type"] == 0])
    confirmed = [one for one in world.bookings() if one["client"] and one["attendance"] == 2]
    expect(stage(board, CONFIRMED).locator(".stage-count")).to_have_text(str(len(confirmed)))
    expect(stage(board, CONFIRMED).locator(".card")).to_have_count(len(confirmed))
    expect(board.locator(".employee strong")).to_have_text(["Berta", "Dani", "Elena", "Farid", "Gala"])
    expect(board.locator("#today")).to_have_text("Today")

    booking = world.ordinary()
    face = card(board, world.deal_ids[booking["id"]])
    for text in (booking["client"]["display_name"], "Today", booking["date"][11:16], booking["staff"]["name"], "€"):
        expect(face).to_contain_text(text)
    block = board.locator(f'.booking[data-booking="{booking["id"]}"]')
    expect(block).to_contain_text(booking["client"]["display_name"])
    expect(block).to_have_attribute("data-status", "waiting")


def test_a_card_slides_when_its_deal_moves(page: Page, world: World, board_url: str) -> None:
    page.add_init_script(COUNT_SLIDES)
    page.goto(board_url)
    deal = world.deal_ids[world.ordinary()["id"]]
    expect(card(page, deal)).to_be_visible()
    move(world, deal, ARRIVED)
    expect(stage(page, ARRIVED).locator(f'[data-deal="{deal}"]')).to_be_visible()
    expect(page.locator(f'.card[data-deal="{deal}"]')).to_have_count(1)
    assert page.evaluate("window.slides") > 0


@pytest.mark.parametrize("page", [{"reduced_motion": "reduce"}], indirect=True)
def test_nothing_slides_for_those_who_want_it_calm(page: Page, world: World, board_url: str) -> None:
    page.add_init_script(COUNT_SLIDES)
    page.goto(board_url)
    deal = world.deal_ids[world.ordinary()["id"]]
    expect(card(page, deal)).to_be_visible()
    move(world, deal, ARRIVED)
    expect(stage(page, ARRIVED).locator(f'[data-deal="{deal}"]')).to_be_visible()
    assert page.evaluate("window.slides") == 0


def test_deals_come_and_go(board: Page, world: World) -> None:
    deal = world.deal_ids[world.ordinary()["id"]]
    world.control_kommo("/delete", {"entity": "leads", "ids": [deal]})
    expect(card(board, deal)).to_have_count(0)
    world.control_kommo("/restore", {"entity": "leads", "ids": [deal]})
    expect(card(board, deal)).to_be_visible()
    world.control_kommo("/reset", {"scenario": "demo"})
    expect(board.locator(".card")).to_have_count(0)


def test_many_deals_do_not_fill_the_page(board: Page, world: World) -> None:
    pipeline, arrived = world.place(ARRIVED)
    world.control_kommo("/load", {"deals": 12_000, "contacts": 10, "pipeline_id": pipeline})
    expect(board.locator(".tabs .count").nth(1)).to_have_text(f"{12_000 + len(world.deal_ids):,}")
    count = sum(one["status_id"] == arrived for one in all_deals(world))
    expect(stage(board, ARRIVED).locator(".more")).to_have_text(f"and {count - 40:,} more")
    assert board.locator(".card").count() <= 40 * board.locator(".stage").count()
    deal = world.deal_ids[world.ordinary()["id"]]
    move(world, deal, CONFIRMED)
    expect(stage(board, CONFIRMED).locator(".card").first).to_have_attribute("data-deal", str(deal))


def all_deals(world: World) -> list[Any]:
    found, page = [], 1
    while answer := world.in_kommo(f"/leads?limit=250&page={page}"):
        found += answer["_embedded"]["leads"]
        page += 1
    return found


def test_shows_a_deals_card(board: Page, world: World) -> None:
    booking = world.ordinary()
    deal = world.deal_ids[booking["id"]]
    world.in_kommo("/tasks", [task(deal, "Call before the visit")])
    world.in_kommo(f"/leads/{deal}/notes", [{"note_type": "common", "params": {"text": "Prefers mornings"}}])
    card(board, deal).get_by_role("button").click()
    dialog = board.get_by_role("dialog")
    expect(dialog.get_by_role("heading", level=2)).to_contain_text(booking["client"]["display_name"])
    for text in (
        str(booking["id"]),
        booking["date"][11:16],
        booking["staff"]["name"],
        booking["client"]["phone"],
        "Call before the visit",
        "Prefers mornings",
    ):
        expect(dialog).to_contain_text(text)
    expect(dialog.get_by_label("Stage")).to_have_value("/".join(map(str, world.place("New booking"))))
    move(world, deal, CONFIRMED)
    expect(dialog.get_by_label("Stage")).to_have_value("/".join(map(str, world.place(CONFIRMED))))
    board.screenshot(path=SCREENSHOTS / "deal_card.png")
    board.keyboard.press("Escape")
    expect(dialog).to_have_count(0)


def task(deal: int, text: str) -> dict[str, Any]:
    return {"text": text, "entity_type": "leads", "entity_id": deal, "complete_till": 1_900_000_000}


def test_shows_markup_as_text(board: Page, world: World) -> None:
    deal = world.deal_ids[world.ordinary()["id"]]
    evil = "<img src=x onerror=\"document.title='caught'\">"
    world.control_kommo("/edit", {"entity": "leads", "id": deal, "changes": {"name": evil}})
    expect(card(board, deal)).to_contain_text(evil)
    card(board, deal).get_by_role("button").click()
    expect(board.get_by_role("dialog").get_by_role("heading", level=2)).to_have_text(evil)
    assert "caught" not in board.title()


def test_shows_other_days_and_locations(board: Page, world: World) -> None:
    board.get_by_role("button", name="Next day").click()
    expect(board.locator("#today")).to_have_text("Tomorrow")
    board.locator("#today").click()
    expect(board.locator(".booking")).to_have_count(len(world.bookings()))
    board.get_by_role("group", name="Locations").get_by_role("button", name="Sants").click()
    expect(board.locator(".employee strong")).to_have_text(["Hugo", "Iris", "Joana"])
    expect(board.locator(".card")).to_have_count(len(world.deal_ids))


def test_a_booking_and_its_deal_show_each_other(board: Page, world: World) -> None:
    booking = world.ordinary()
    board.locator(f'.booking[data-booking="{booking["id"]}"]').hover()
    expect(card(board, world.deal_ids[booking["id"]])).to_contain_class("lit")
    board.get_by_role("heading", name="Kommo").first.hover()
    expect(board.locator(".lit")).to_have_count(0)


@pytest.mark.parametrize("page", [{"color_scheme": "light"}, {"color_scheme": "dark"}], indirect=True, ids=str)
def test_fits_the_screen(board: Page) -> None:
    fits = "document.documentElement.scrollWidth <= innerWidth && document.documentElement.scrollHeight <= innerHeight"
    assert board.evaluate(fits)
    expect(board.locator(".traffic")).to_be_in_viewport(ratio=1)


def test_works_by_keyboard(board: Page, world: World) -> None:
    block = board.locator(f'.booking[data-booking="{world.ordinary()["id"]}"]')
    block.focus()
    board.keyboard.press("Enter")
    dialog = board.get_by_role("dialog")
    expect(dialog).to_be_visible()
    board.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(block).to_be_focused()
