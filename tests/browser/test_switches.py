"""The switches at the top, and the strip below."""

import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.world import CONFIRMED, World
from tests.integration.simulators.receiver import Receiver

pytestmark = pytest.mark.browser


@pytest.fixture
def receiver(world: World) -> Iterator[Receiver]:
    """Takes Altegio's hooks where Bookdeal would."""
    with Receiver() as receiver:
        settings = {"urls": [receiver.url], "active": 1, "record": 1, "self_sending": 1}
        world.in_altegio(f"/hooks_settings/{world.location}", settings)
        yield receiver


def test_drops_and_holds_hooks(board: Page, world: World) -> None:
    hooks = board.get_by_role("group", name="Altegio's hooks")
    for button, drop, paused in (("Drop hooks", 0.5, False), ("Hold hooks", 0.0, True), ("all", 0.0, False)):
        hooks.get_by_role("button", name=button).click()
        expect(hooks.get_by_role("button", name=button)).to_have_attribute("aria-pressed", "true")
        profile = world.control_altegio("/webhooks")
        assert (profile["drop"], profile["paused"]) == (drop, paused)


def test_stops_kommo_for_all_but_the_board(board: Page, world: World) -> None:
    token = world.control_kommo("/grant", {})["access_token"]
    account = urllib.request.Request(f"{world.kommo}/api/v4/account", headers={"Authorization": f"Bearer {token}"})
    switch = board.get_by_role("switch", name="Stop Kommo")
    switch.click()
    expect(switch).to_be_checked()
    with pytest.raises(urllib.error.HTTPError, match="503"):
        urllib.request.urlopen(account)
    deal = world.deal_ids[world.ordinary()["id"]]
    pipeline, stage = world.place(CONFIRMED)
    world.control_kommo("/move", {"lead": deal, "pipeline_id": pipeline, "status_id": stage})
    expect(board.get_by_role("region", name=CONFIRMED).locator(f'[data-deal="{deal}"]')).to_be_attached()
    expect(board.locator(".errors")).to_contain_text(["1 failed", ""])
    switch.click()
    expect(switch).not_to_be_checked()
    assert urllib.request.urlopen(account).status == 200


def test_plays_a_day(board: Page, world: World) -> None:
    play = board.get_by_role("group", name="Play a day")
    play.get_by_role("button", name="100×").click()
    expect(play.get_by_role("button", name="100×")).to_have_attribute("aria-pressed", "true")
    expect(board.locator('.booking[data-status="arrived"]').first).to_be_visible()
    play.get_by_role("button", name="Stop").click()
    expect(play.get_by_role("button", name="100×")).to_have_attribute("aria-pressed", "false")
    assert world.control_altegio("/play")["playing"] is False


def test_the_mover_can_only_be_killed_where_it_runs(board: Page) -> None:
    expect(board.get_by_role("button", name="Kill the mover")).to_be_disabled()


def test_a_hook_leads_to_a_deal(board: Page, world: World, receiver: Receiver) -> None:
    booking = world.ordinary()
    world.control_altegio("/change", {"ids": [booking["id"]], "attendance": 2})
    trail = board.get_by_role("region", name="Hook, hint, decision").get_by_role("listitem").first
    expect(trail).to_contain_text("booking update")
    expect(trail).to_contain_text(booking["client"]["display_name"])
    expect(trail).to_contain_text("accepted")
    expect(trail.get_by_role("img", name="waiting")).to_be_visible()
    pipeline, stage = world.place(CONFIRMED)
    deal = world.deal_ids[booking["id"]]
    world.in_kommo("/leads", [{"id": deal, "pipeline_id": pipeline, "status_id": stage}], "PATCH")
    expect(trail).to_contain_text("New booking→Confirmed")
    trail.get_by_role("button").click()
    expect(board.get_by_role("dialog")).to_contain_text(booking["client"]["phone"])
    assert receiver.received


def test_a_lost_hook_is_seen(board: Page, world: World, receiver: Receiver) -> None:
    world.control_altegio("/webhooks", {"drop": 1.0})
    world.control_altegio("/change", {"ids": [world.ordinary()["id"]], "attendance": 2})
    trail = board.get_by_role("region", name="Hook, hint, decision").get_by_role("listitem").first
    expect(trail).to_contain_text("lost")
    expect(trail).to_contain_text("the sweep will find it")
    expect(board.locator(".counters")).to_contain_text("lost1")
    assert not receiver.received


def test_counts_requests_but_not_its_own(board: Page, world: World) -> None:
    counter = board.locator('[data-count="kommo"]')
    before = int(counter.inner_text())
    token = world.control_kommo("/grant", {})["access_token"]
    request = urllib.request.Request(f"{world.kommo}/api/v4/account", headers={"Authorization": f"Bearer {token}"})
    urllib.request.urlopen(request).close()
    expect(counter).to_have_text(str(before + 1))


def test_says_why_something_could_not_be_done(board: Page, world: World) -> None:
    booking = world.ordinary()
    board.locator(f'.booking[data-booking="{booking["id"]}"]').click()
    board.evaluate("document.querySelector('.move [type=time]').removeAttribute('required')")
    board.get_by_role("dialog").get_by_label("Time", exact=True).fill("")
    board.get_by_role("dialog").get_by_role("button", name="Move").click()
    expect(board.locator(".toast.bad")).to_contain_text("must be a date and time")
