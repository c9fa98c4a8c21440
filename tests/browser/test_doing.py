"""What people do on the board reaches the simulators."""

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import SCREENSHOTS
from tests.browser.world import ARRIVED, NO_SHOW, World

pytestmark = pytest.mark.browser


def block(board: Page, booking: Any) -> Locator:
    return board.locator(f'.booking[data-booking="{booking["id"]}"]')


def open_booking(board: Page, booking: Any) -> Locator:
    block(board, booking).click()
    return board.get_by_role("dialog")


@pytest.mark.parametrize(("button", "attendance"), [("confirmed", 2), ("arrived", 1), ("no-show", -1)])
def test_a_status_is_one_click(board: Page, world: World, button: str, attendance: int) -> None:
    booking = world.ordinary()
    dialog = open_booking(board, booking)
    dialog.get_by_role("button", name=button).click()
    expect(dialog.get_by_role("button", name=button)).to_have_attribute("aria-pressed", "true")
    expect(block(board, booking)).to_have_attribute("data-status", button.replace("-", "_"))
    assert world.booking(booking["id"])["attendance"] == attendance


def test_pays(board: Page, world: World) -> None:
    booking = world.ordinary()
    dialog = open_booking(board, booking)
    price = sum(one["cost"] for one in booking["services"])
    dialog.get_by_role("button", name=f"Pay €{price}").click()
    expect(dialog.locator(".facts")).to_contain_text("Paid")
    expect(dialog.get_by_role("button", name="Pay")).to_have_count(0)
    assert world.booking(booking["id"])["paid_full"] == 1


def test_cancels_and_restores(board: Page, world: World) -> None:
    booking = world.ordinary()
    dialog = open_booking(board, booking)
    dialog.get_by_role("button", name="Cancel the booking").click()
    expect(block(board, booking)).to_have_attribute("data-status", "cancelled")
    assert world.booking(booking["id"])["deleted"] is True
    dialog.get_by_role("button", name="Restore").click()
    expect(block(board, booking)).to_have_attribute("data-status", "waiting")
    assert world.booking(booking["id"])["deleted"] is False


def test_moves_a_booking_and_keeps_the_rest(board: Page, world: World) -> None:
    booking = world.ordinary()
    dialog = open_booking(board, booking)
    dialog.get_by_label("Time", exact=True).fill("19:45")
    dialog.get_by_label("Employee").select_option(label="Gala")
    board.screenshot(path=SCREENSHOTS / "booking.png")
    dialog.get_by_role("button", name="Move").click()
    moved = board.get_by_role("group", name="Gala").locator(f'[data-booking="{booking["id"]}"]')
    expect(moved).to_have_accessible_name(f"19:45 {booking['client']['display_name']}, waiting")
    after = world.booking(booking["id"])
    assert after["date"] == f"{world.today} 19:45:00"
    assert after["staff"]["name"] == "Gala"
    for unchanged in ("services", "client", "seance_length", "attendance", "comment", "record_labels", "api_id"):
        assert after[unchanged] == booking[unchanged], unchanged


def test_moves_a_booking_by_dragging(board: Page, world: World) -> None:
    booking = world.ordinary()
    target = board.get_by_role("group", name="Dani")
    block(board, booking).drag_to(target, source_position={"x": 20, "y": 4}, target_position={"x": 20, "y": 300})
    expect(target.locator(f'[data-booking="{booking["id"]}"]')).to_be_visible()
    after = world.booking(booking["id"])
    assert after["staff"]["name"] == "Dani"
    assert after["date"] != booking["date"]
    assert int(after["date"][14:16]) % 15 == 0


def test_books_at_reception(board: Page, world: World) -> None:
    before = {one["id"] for one in world.bookings()}
    board.get_by_role("button", name="New booking").click()
    dialog = board.get_by_role("dialog")
    dialog.get_by_role("checkbox", name="Haircut", exact=True).uncheck()
    dialog.get_by_role("checkbox", name="Pedicure").check()
    expect(dialog.get_by_label("Employee")).to_have_text("Gala")
    dialog.get_by_label("Client").fill("Petra Proba")
    dialog.get_by_label("Phone").fill("+34600000777")
    dialog.get_by_label("Time", exact=True).fill("20:00")
    board.screenshot(path=SCREENSHOTS / "new_booking.png")
    dialog.get_by_role("button", name="Book", exact=False).click()
    expect(board.get_by_role("button", name="20:00 Petra Proba, waiting")).to_be_visible()
    made = next(one for one in world.bookings() if one["id"] not in before)
    assert made["date"] == f"{world.today} 20:00:00"
    assert [one["title"] for one in made["services"]] == ["Pedicure"]
    assert made["client"]["phone"] == "+34600000777"
    assert made["seance_length"] == 3600
    assert made["online"] is False


def test_books_online_only_when_there_is_time(board: Page, world: World) -> None:
    busy = next(one for one in world.bookings() if one["staff"]["name"] == "Berta" and one["date"][11:16] == "11:00")
    board.get_by_role("button", name="New booking").click()
    dialog = board.get_by_role("dialog")
    dialog.get_by_text("Online", exact=True).click()
    free = dialog.get_by_role("group", name="Free times").get_by_role("button")
    expect(free.first).to_be_visible()
    assert busy["date"][11:16] not in free.all_inner_texts()
    dialog.get_by_label("Time", exact=True).fill(busy["date"][11:16])
    dialog.get_by_role("button", name="Book", exact=False).click()
    expect(dialog.get_by_role("alert")).to_contain_text("already taken")
    free.last.click()
    time = free.last.inner_text()
    dialog.get_by_label("Client").fill("Otto Online")
    dialog.get_by_role("button", name="Book", exact=False).click()
    made = board.get_by_role("button", name=f"{time} Otto Online, waiting")
    expect(made).to_be_visible()
    assert world.booking(int(made.get_attribute("data-booking") or 0))["online"] is True


def test_a_click_on_a_free_time_books_there(board: Page) -> None:
    column = board.get_by_role("group", name="Farid")
    height = column.bounding_box()["height"]  # type: ignore[index]
    column.click(position={"x": 20, "y": height - 12})
    dialog = board.get_by_role("dialog")
    expect(dialog.get_by_label("Employee")).to_have_text("Farid")
    expect(dialog.get_by_label("Time", exact=True)).to_have_value("20:30")


def test_drags_a_card_as_a_person_would(board: Page, world: World) -> None:
    deal = world.deal_ids[world.ordinary()["id"]]
    target = board.get_by_role("region", name=NO_SHOW, exact=True)
    board.locator(f'.card[data-deal="{deal}"]').drag_to(target)
    expect(target.locator(f'[data-deal="{deal}"]')).to_be_visible()
    assert world.deal(deal)["status_id"] == world.place(NO_SHOW)[1]


def test_moves_a_deal_by_its_card(board: Page, world: World) -> None:
    deal = world.deal_ids[world.ordinary()["id"]]
    board.locator(f'.card[data-deal="{deal}"]').get_by_role("button").click()
    board.get_by_role("dialog").get_by_label("Stage").select_option(label=ARRIVED)
    expect(board.get_by_role("region", name=ARRIVED, exact=True).locator(f'[data-deal="{deal}"]')).to_be_attached()
    assert world.deal(deal)["status_id"] == world.place(ARRIVED)[1]
