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
from tests.stack.widget_api import administrator, ask, save, settings

SCREENSHOTS = Path(__file__).parents[3] / ".local" / "screenshots" / "widget"

# Hundreds of people's clicks within minutes: the providers' limits, which other tests look at, would make them wait.
WIDE = {"KommoRequestsPerSecond": "56", "AltegioRequestsPerSecond": "40", "AltegioRequestsPerMinute": "1600"}
WIDE_LIMITS = {"kommo": {"per_second": 70}, "altegio": {"per_second": 50, "per_minute": 2000}}
HOOK_SECONDS = 0.3
"""How long Altegio's hooks take here, in place of five seconds: later still than the widget's own bell."""

expect.set_options(timeout=15_000)


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """The deployed stack, with ten times the limits of both providers, and hooks that come soon."""
    with running(widget=True, parameters=WIDE, limits=WIDE_LIMITS) as stack:
        Town.of(stack).tell("altegio", "webhooks", {"delay_seconds": HOOK_SECONDS})
        stack.drain()
        yield stack


@pytest.fixture(scope="session")
def kommo_address(stack: Stack) -> Iterator[str]:
    """The address of Kommo's pages, which the API lets in."""
    connections = Connections.of_stack(stack.description)
    with run_in_thread(lambda: create_app(connections), stack.ports.board) as address:
        yield address


@pytest.fixture(scope="session")
def logged_in(stack: Stack) -> None:
    """The administrator is tied to an Altegio login."""
    town = Town.of(stack)
    login = {"login": town.altegio.login, "password": town.altegio.password}
    tied = ask(town, "POST", f"/users/{administrator(town)}/login", login)
    assert tied.status_code == 200, tied.text


@pytest.fixture
def settings_as_they_were(town: Town) -> Iterator[None]:
    """What a test saves is put back."""
    before = settings(town)
    yield
    save(town, **{name: part for name, part in before.items() if name != "version"})


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
