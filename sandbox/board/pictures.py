"""Takes the README's and the marketplace's pictures of the running stack: `make pictures`, beside `make run`."""

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from sandbox.stack.description import StackDescription
from sandbox.stack.emulator import ROOT

DESCRIPTION = ROOT / ".local" / "stack.json"
PICTURES = ROOT / "docs"
TOUR = ROOT / "widget" / "brand" / "tour" / "en"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
NAMES = ("chromium", "chromium-browser", "google-chrome")
SIZE = (1440, 900)
TOUR_SIZE = (1188, 616)
"""What the marketplace asks for (contract section 11.1)."""
PLAYED_SECONDS = 20
PATIENCE = 30_000


def main() -> int:
    """Take the pictures; returns the exit code."""
    program = next((found for name in NAMES if (found := shutil.which(name))), None)
    if program is None:
        return _fail("there is no Chromium (Debian: apt install chromium)")
    try:
        stack = StackDescription.load(DESCRIPTION)
    except OSError:
        return _fail("the stack does not run: start it with make run in another terminal")
    if not (stack.board and stack.widget):
        return _fail("the stack runs without its board or without the widget: start it with make run")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, headless=True, args=FLAGS)
        _take(browser, SIZE, PICTURES / "board.png", lambda page: _board(page, stack.board))
        widget = _Widget(stack.board)
        for name, open_it in widget.views.items():
            _take(browser, SIZE, PICTURES / f"widget-{name}.png", open_it)
        for number, name in enumerate(("booking", "calendar", "stages"), 1):
            _take(browser, TOUR_SIZE, TOUR / f"{number}-{name}.png", widget.views[name])
        browser.close()
    return 0


def _take(browser: Browser, size: tuple[int, int], path: Path, open_it: Callable[[Page], None]) -> None:
    width, height = size
    page = browser.new_page(viewport={"width": width, "height": height}, locale="en-GB", color_scheme="light")
    page.set_default_timeout(PATIENCE)
    open_it(page)
    path.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=path)
    page.close()
    print(f"  wrote {path.relative_to(ROOT)}")


def _board(page: Page, address: str) -> None:
    page.goto(address)
    page.wait_for_timeout(PLAYED_SECONDS * 1000)


class _Widget:
    """The widget's screens in Kommo's pages. `views` opens each by its name."""

    def __init__(self, board: str) -> None:
        self._board = board
        self.views: dict[str, Callable[[Page], None]] = {
            "card": self._card,
            "booking": self._booking,
            "calendar": self._calendar,
            "stages": self._stages,
        }

    def _card(self, page: Page) -> None:
        self._open(page, f"/leads/detail/{self._deal(page)}")
        page.get_by_role("button", name="New booking").wait_for()
        page.wait_for_load_state("networkidle")

    def _booking(self, page: Page) -> None:
        self._card(page)
        page.get_by_role("button", name="New booking").click()
        window = page.get_by_role("dialog")
        window.get_by_role("radiogroup", name="Times").get_by_role("radio").first.check()
        page.wait_for_load_state("networkidle")

    def _calendar(self, page: Page) -> None:
        self._open(page, f"/widget_page/{self._code(page)}/appointments")
        page.locator(".ec-event").first.wait_for()
        page.wait_for_load_state("networkidle")

    def _stages(self, page: Page) -> None:
        self._open(page, f"/settings/widgets/{self._code(page)}/", "#stages")
        page.get_by_role("radio").first.wait_for()
        page.wait_for_load_state("networkidle")

    def _open(self, page: Page, path: str, tab: str = "") -> None:
        page.goto(f"{self._board}{path}?lang=en&theme=light{tab}")

    def _code(self, page: Page) -> str:
        return str(page.request.get(f"{self._board}/host/session").json()["widget"]["code"])

    def _deal(self, page: Page) -> int:
        """A deal whose booking is still to come."""
        found = page.request.get(f"{self._board}/api/v4/leads?limit=50&order[id]=asc").json()["_embedded"]["leads"]
        return int(next(deal["id"] for deal in found if deal["closed_at"] is None))


def _fail(text: str) -> int:
    print(f"make pictures: {text}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
