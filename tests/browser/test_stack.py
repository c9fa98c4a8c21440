"""The board on the deployed stack: what the salon does moves the deal."""

import json
import urllib.request
from typing import Any

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.stack, pytest.mark.browser]


def booking_of(deal: dict[str, Any]) -> str:
    """The booking id in a deal's fields, "" when it has none."""
    fields = {one["field_code"]: one["values"][0]["value"] for one in deal["custom_fields_values"] or []}
    return str(fields.get("BOOKING_ID") or "")


def deals(kommo: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """All deals with a booking, by its id."""
    found: dict[str, dict[str, Any]] = {}
    page = 1
    while True:
        url = f"{kommo['base_url']}/api/v4/leads?limit=250&page={page}"
        request = urllib.request.Request(url, headers={"Authorization": f"Bearer {kommo['access_token']}"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            text = answer.read()
        rows = json.loads(text)["_embedded"]["leads"] if text else []
        found |= {booking_of(one): one for one in rows if booking_of(one)}
        if len(rows) < 250:
            return found
        page += 1


def test_a_status_change_in_the_page_moves_the_deals_card(page: Page, stack: Any) -> None:
    description = stack.description
    by_booking = deals(description["kommo"])
    page.goto(description["board"])
    waiting = page.locator('.booking[data-status="waiting"]')
    expect(waiting.first).to_be_visible()
    numbers = [one.get_attribute("data-booking") or "" for one in waiting.all()]
    number = next(one for one in numbers if one in by_booking)
    deal = by_booking[number]["id"]
    page.locator(f'.booking[data-booking="{number}"]').click()
    page.get_by_role("dialog").get_by_role("button", name="confirmed").click()
    page.keyboard.press("Escape")
    card = page.get_by_role("region", name="Confirmed", exact=True).locator(f'.card[data-deal="{deal}"]')
    expect(card).to_be_attached(timeout=20_000)
    trail = page.locator(".trail", has_text="Confirmed").first
    expect(trail).to_contain_text("accepted")
    expect(trail).to_contain_text("simple · confirmed")
    assert deals(description["kommo"])[number]["status_id"] != by_booking[number]["status_id"]
