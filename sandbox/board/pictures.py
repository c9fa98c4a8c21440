"""Takes the pictures of the README from the running stack: `make pictures`, with `make run` in another terminal."""

import shutil
import sys

from playwright.sync_api import sync_playwright

from sandbox.stack.description import StackDescription
from sandbox.stack.emulator import ROOT

DESCRIPTION = ROOT / ".local" / "stack.json"
PICTURE = ROOT / "docs" / "board.png"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
NAMES = ("chromium", "chromium-browser", "google-chrome")
SIZE = {"width": 1440, "height": 900}
PLAYED_SECONDS = 20


def main() -> int:
    """Take the pictures; returns the exit code."""
    program = next((found for name in NAMES if (found := shutil.which(name))), None)
    if program is None:
        return _fail("there is no Chromium (Debian: apt install chromium)")
    try:
        board = StackDescription.load(DESCRIPTION).board
    except OSError:
        return _fail("the stack does not run: start it with make run in another terminal")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, headless=True, args=FLAGS)
        page = browser.new_page(viewport=SIZE, locale="en-GB", color_scheme="light")  # type: ignore[arg-type]
        page.goto(board)
        page.wait_for_timeout(PLAYED_SECONDS * 1000)
        page.screenshot(path=PICTURE)
        browser.close()
    print(f"  wrote {PICTURE.relative_to(ROOT)}")
    return 0


def _fail(text: str) -> int:
    print(f"make pictures: {text}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
