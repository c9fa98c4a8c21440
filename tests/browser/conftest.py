"""The board in Chromium, on both simulators in threads of this process."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect, sync_playwright

from sandbox.altegio.app import Altegio
from sandbox.board.app import create_app as create_board
from sandbox.board.connections import Connections
from sandbox.kommo.app import KommoSimulator
from sandbox.simulator import Options, create_app, run_in_thread
from tests.browser.world import World

SCREENSHOTS = Path(__file__).parents[2] / ".local" / "screenshots"
SIZE = {"width": 1440, "height": 900}
# Two pages behind an address bar that nobody sees cost each test as much as its own page. What Playwright itself turns
# off is named again, for the browser listens to the last list only.
NOT_NEEDED = ("WebUIOmniboxPopup", "WebUIOmniboxAimPopup")
OFF_BY_PLAYWRIGHT = (
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsUpgrades",
    "HttpsFirstBalancedModeAutoEnable",
    "LensOverlay",
    "MediaRouter",
    "PaintHolding",
    "ThirdPartyStoragePartitioning",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "OptimizationHints",
    "NetworkTimeServiceQuerying",
    "AimEnabled",
    "PreconnectToSearch",
)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    f"--disable-features={','.join((*NOT_NEEDED, *OFF_BY_PLAYWRIGHT))}",
]
NAMES = ("chromium", "chromium-browser", "google-chrome")
# A refusal that the page shows; a network of this machine that came or went, after which the page connects again.
EXPECTED_ERRORS = re.compile("status of 409|ERR_NETWORK_CHANGED")

expect.set_options(timeout=10_000)


@pytest.fixture(scope="package")
def simulators() -> Iterator[World]:
    """Both simulators, for all tests."""
    options = Options(scenario="demo", hook_delay=0.05)
    with (
        run_in_thread(lambda: create_app(KommoSimulator(options))) as kommo,
        run_in_thread(lambda: create_app(Altegio(options))) as altegio,
    ):
        yield World.of_simulators(kommo, altegio)


@pytest.fixture(scope="package")
def board_url(simulators: World) -> Iterator[str]:
    """The board's address."""
    connections = Connections.of_simulators(simulators.kommo, simulators.altegio)
    with run_in_thread(lambda: create_board(connections)) as address:
        yield address


@pytest.fixture
def world(simulators: World) -> World:
    """The simulators, begun anew: see `World.begin_anew`."""
    simulators.begin_anew()
    return simulators


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Chromium."""
    program = next((found for name in NAMES if (found := shutil.which(name))), None)
    if program is None:
        pytest.fail("there is no Chromium: `make test` installs it where it can (Debian: apt install chromium)")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, headless=True, args=FLAGS)
        yield started
        started.close()


@pytest.fixture
def other_origins() -> set[str]:
    """From where a page may load beside its own origin."""
    return set()


@pytest.fixture
def page(browser: Browser, other_origins: set[str], request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page of 1440 × 900 that must say nothing on its console and load only from its own origin and the others.

    Indirect parameters are options of the browser's context, such as `{"color_scheme": "dark"}`.
    """
    with browser.new_context(viewport=SIZE, locale="en-GB", **getattr(request, "param", {})) as context:  # type: ignore[arg-type]
        page = context.new_page()
        said: list[str] = []
        asked: list[str] = []

        def note(message: ConsoleMessage) -> None:
            if message.type in ("error", "warning") and not EXPECTED_ERRORS.search(message.text):
                said.append(message.text)

        def note_request(sent: Request) -> None:
            asked.append(sent.url)

        page.on("console", note)
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", note_request)
        yield page
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=SCREENSHOTS / f"{request.node.name}.png")
        assert said == []
        assert {origin(url) for url in asked if not url.startswith("data:")} - other_origins == {origin(page.url)}


def origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


@pytest.fixture
def board(page: Page, world: World, board_url: str) -> Page:
    """The open board with today's bookings and their deals on it."""
    page.goto(board_url)
    expect(page.locator(".card")).to_have_count(len(world.deal_ids))
    expect(page.locator(".booking")).to_have_count(len(world.bookings()))
    return page
