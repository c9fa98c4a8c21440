"""The widget in Kommo's pages, in Chromium, on the deployed stack: the archive, the template and the API are real."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from sandbox.board.app import create_app
from sandbox.board.connections import Connections
from sandbox.simulator import run_in_thread
from sandbox.stack.stack import Stack, running
from tests.browser.widget.kommo_page import KommoPage
from tests.stack.town import Town

SCREENSHOTS = Path(__file__).parents[3] / ".local" / "screenshots" / "widget"

# Hundreds of people's clicks within minutes: the providers' limits, which other tests look at, would make them wait.
WIDE = {"KommoRequestsPerSecond": "56", "AltegioRequestsPerSecond": "40", "AltegioRequestsPerMinute": "1600"}
WIDE_LIMITS = {"kommo": {"per_second": 70}, "altegio": {"per_second": 50, "per_minute": 2000}}

expect.set_options(timeout=15_000)


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """The deployed stack, with ten times the limits of both providers."""
    with running(widget=True, parameters=WIDE, limits=WIDE_LIMITS) as stack:
        stack.drain()
        yield stack


@pytest.fixture(scope="session")
def kommo_address(stack: Stack) -> Iterator[str]:
    """The address of Kommo's pages, which the API lets in."""
    connections = Connections.of_stack(stack.description)
    with run_in_thread(lambda: create_app(connections), stack.ports.board) as address:
        yield address


@pytest.fixture
def town(stack: Stack) -> Town:
    """The stack with nothing wrong: no faults, hooks on, real limits, everything worked off."""
    town = Town.of(stack)
    town.mend()
    town.come_to_rest()
    return town


@pytest.fixture
def kommo(browser: Browser, kommo_address: str, town: Town, request: pytest.FixtureRequest) -> Iterator[KommoPage]:
    """A page of Kommo's, opened by the test: see `KommoPage`.

    At the test's end its console must have said nothing, and a picture of it lies in `.local/screenshots/widget`.
    Indirect parameters are options of the browser's context, such as `{"viewport": {"width": 390, "height": 800}}`.
    """
    options = {"viewport": {"width": 1440, "height": 900}, **getattr(request, "param", {})}
    with browser.new_context(**options) as context:
        page = KommoPage(context.new_page(), kommo_address, town.stack.description)
        yield page
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        page.page.screenshot(path=SCREENSHOTS / f"{request.node.name}.png")
        assert page.said == []
        assert page.strangers() == set()
