"""The board on the deployed stack: what the salon does moves the deal."""

import json
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Response, expect

from sandbox.board.app import create_app
from sandbox.board.connections import Connections
from sandbox.simulator import run_in_thread
from sandbox.stack.description import KommoAccess
from sandbox.stack.stack import Stack
from tests.browser.conftest import origin
from tests.stack.town import Town

pytestmark = [pytest.mark.stack, pytest.mark.browser]

WAITING = 0
DEAL_MS = 20_000
RECOVERY_MS = 60_000


@pytest.fixture(scope="module")
def stack_board(stack: Stack) -> Iterator[str]:
    """The address of a board on the stack."""
    connections = Connections.of_stack(stack.description)
    with run_in_thread(lambda: create_app(connections), stack.ports.board) as address:
        yield address


@pytest.fixture
def other_origins(stack: Stack) -> set[str]:
    """The widget in a deal's card asks its API."""
    return {origin(stack.description.api)}


@pytest.fixture
def board(page: Page, stack_board: str) -> Page:
    """The open board."""
    page.goto(stack_board)
    expect(page.locator(".booking").first).to_be_visible()
    return page


def deals(kommo: KommoAccess) -> dict[int, Any]:
    """All deals with a booking, by its id."""
    found: dict[int, Any] = {}
    page = 1
    while rows := _page(kommo, page):
        for one in rows:
            fields = {field["field_code"]: field["values"][0]["value"] for field in one["custom_fields_values"] or []}
            if fields.get("BOOKING_ID"):
                found[int(fields["BOOKING_ID"])] = one
        page += 1
    return found


def _page(kommo: KommoAccess, page: int) -> list[Any]:
    url = f"{kommo.base_url}/api/v4/leads?limit=250&page={page}"
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {kommo.access_token}"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        text = answer.read()
    rows: list[Any] = json.loads(text)["_embedded"]["leads"] if text else []
    return rows


def waiting_booking(board: Page, stack: Stack) -> tuple[int, int]:
    """Make a booking of the day that is shown wait again, as the salon would; returns it and its deal.

    Whatever ran on the stack before may have left none that waits.
    """
    town = Town.of(stack)
    town.mend()
    town.come_to_rest()
    known = deals(stack.description.kommo)
    shown = {int(block.get_attribute("data-booking") or 0) for block in board.locator(".booking").all()}
    usable = [row for row in town.records() if row["id"] in shown & known.keys() and not row["activity_id"]]
    booking = next(row for row in usable if not row["deleted"])
    town.set_status(booking, WAITING)
    deal = int(known[booking["id"]]["id"])
    expect(card_in(board, "New booking", deal)).to_be_attached(timeout=DEAL_MS)
    expect(board.locator(f'.booking[data-booking="{booking["id"]}"]')).to_have_attribute("data-status", "waiting")
    return int(booking["id"]), deal


def set_status(board: Page, booking: int, status: str) -> None:
    board.locator(f'.booking[data-booking="{booking}"]').click()
    board.get_by_role("dialog").get_by_role("button", name=status).click()
    expect(board.get_by_role("dialog").get_by_role("button", name=status)).to_have_attribute("aria-pressed", "true")
    board.keyboard.press("Escape")


def card_in(board: Page, stage: str, deal: int) -> Locator:
    return board.get_by_role("region", name=stage, exact=True).locator(f'.card[data-deal="{deal}"]')


def test_a_status_change_in_the_page_moves_the_deals_card(board: Page, stack: Stack) -> None:
    booking, deal = waiting_booking(board, stack)
    set_status(board, booking, "confirmed")
    expect(card_in(board, "Confirmed", deal)).to_be_attached(timeout=DEAL_MS)
    trail = board.locator(".trail.moved").first
    expect(trail).to_contain_text("New booking→Confirmed")
    expect(trail.locator(".decision")).to_have_attribute("title", "simple · confirmed")
    card_in(board, "Confirmed", deal).get_by_role("button").click()
    expect(board.locator(".decision .rule").first).to_have_text("simple · confirmed")


def test_the_widget_in_a_deals_card_is_answered_by_the_api(board: Page, stack: Stack) -> None:
    _, deal = waiting_booking(board, stack)

    def asks_for_it(answer: Response) -> bool:
        is_of_api = answer.url.startswith(stack.description.api) and answer.request.method == "GET"
        return is_of_api and f"/{deal}/" in answer.url

    with board.expect_response(asks_for_it, timeout=DEAL_MS) as answer:
        card_in(board, "New booking", deal).get_by_role("button").click()
    assert answer.value.status == 200
    assert answer.value.request.headers["x-auth-token"]


def test_a_deal_moves_although_the_mover_is_killed(board: Page, stack: Stack) -> None:
    booking, deal = waiting_booking(board, stack)
    kill = board.get_by_role("button", name="Kill the mover")
    expect(kill).to_be_enabled()
    set_status(board, booking, "no-show")
    kill.click()
    expect(board.locator(".toast")).to_contain_text("mover")
    expect(card_in(board, "No-show", deal)).to_be_attached(timeout=RECOVERY_MS)
