"""One of Kommo's pages as a person sees it: opening the places where the widget stands, and looking at them closely."""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from playwright.sync_api import ConsoleMessage, Locator, Page, Request, Route

from sandbox.stack.description import StackDescription

LANGUAGES = ("en", "es", "pt", "ru")
AXE = Path(__file__).parents[3] / "widget" / "node_modules" / "axe-core" / "axe.min.js"
SERIOUS = {"serious", "critical"}
SLOW = 60_000
"""Milliseconds for what the mover does, or for what only a second look can tell: others use the machine too."""
OPEN = {"Access-Control-Allow-Origin": "*"}
"""What the API answers to a page of another host."""
# What the browser itself says of an answer that is no success; the widget tells the person, which tests look at.
STATUS = re.compile(r"Failed to load resource: the server responded with a status of")

# Of what waits, looks at what takes its time and tries after failures wait a tenth; patience with an answer stays.
IN_HASTE = """for (const name of ['setTimeout', 'setInterval']) {
  const usual = window[name];
  window[name] = (act, ms = 0, ...given) => usual(act, ms < 1000 || ms > 10_000 ? ms : ms / 10, ...given);
}"""

# Elements whose content is wider than they are, or that stick out of the part of the page that is ours.
OVERFLOWING = """() => {
  const found = [];
  for (const root of document.querySelectorAll('.bookdeal')) {
    const edge = root.getBoundingClientRect().right + 1;
    for (const one of root.querySelectorAll('*')) {
      const box = one.getBoundingClientRect(), style = getComputedStyle(one);
      const isExempt = one.closest('.visually-hidden, svg, select, [data-clips]');
      if (!box.width || style.visibility === 'hidden' || isExempt) continue;
      const scrolls = one.closest('[data-scrolls]');
      const wide = one.scrollWidth > one.clientWidth + 1 && style.display !== 'inline' && style.overflowX !== 'visible'
        && !['auto', 'scroll'].includes(style.overflowX);
      if ((!scrolls && box.right > edge) || wide) {
        found.push(`${one.tagName.toLowerCase()}.${one.className}: ${one.textContent.slice(0, 60)}`);
      }
    }
  }
  return found;
}"""


@dataclass
class KommoPage:
    """`said` is what the console said, warnings included; `asked` the requests to the API, as `GET /settings`."""

    page: Page
    address: str
    stack: StackDescription
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    _hosts: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.page.on("console", self._note)
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("request", self._note_request)

    def open(self, path: str, *, user: int = 0, lang: str = "en", theme: str = "light") -> Locator:
        """Open one of Kommo's pages, as an administrator if not said otherwise; give what the widget draws there."""
        query = {"lang": lang, "theme": theme} | ({"user": str(user)} if user else {})
        address, _, tab = path.partition("#")
        self.page.goto(f"{self.address}{address}?{urlencode(query)}{'#' + tab if tab else ''}")
        return self.widget

    def open_card(self, deal: int, **options: Any) -> Locator:
        """Open a deal's card."""
        return self.open(f"/leads/detail/{deal}", **options)

    def open_settings(self, tab: str = "", **options: Any) -> Locator:
        """Open the widget's page of settings at a tab."""
        return self.open(f"/settings/widgets/{self.code}/{'#' + tab if tab else ''}", **options)

    def open_calendar(self, **options: Any) -> Locator:
        """Open the calendar from the left menu."""
        return self.open(f"/widget_page/{self.code}/appointments", **options)

    @property
    def widget(self) -> Locator:
        """What the widget draws into the page itself; its windows are in `window`."""
        return self.page.locator("#page .bookdeal").first

    @property
    def window(self) -> Locator:
        """The window of the widget's that is open."""
        return self.page.get_by_role("dialog")

    @property
    def code(self) -> str:
        """The widget's code in the account."""
        answer = self.page.request.get(f"{self.address}/host/session")
        return str(answer.json()["widget"]["code"])

    def use_token(self, token: str) -> None:
        """Let Kommo give this token to the widget from now on, whatever it is worth."""
        self._answer(re.compile("/host/widget-token"), {"token": token})

    def hasten(self) -> None:
        """Let the page look again, and try again, ten times as soon as it would. Call it before a page is opened."""
        self.page.add_init_script(IN_HASTE)

    def lengthen_texts(self) -> None:
        """Make all texts 40 % longer, as another language might be. Call it before a page is opened."""

        def lengthen(route: Route) -> None:
            answer = route.fetch()
            text = re.sub(r'(?<=[:=] )"((?:[^"\\]|\\.)+)"', _longer, answer.text())
            route.fulfill(response=answer, body=text)

        self.page.route(re.compile(r"/texts-\w+-[\w-]+\.js"), lengthen)

    def rename_brand(self, name: str) -> None:
        """Let the widget be as if it was packed for a brand of this name. Call it before a page is opened."""

        def rename(route: Route) -> None:
            answer = route.fetch()
            script, named = re.subn(r'(?<="name": )"Bookdeal"', lambda _: json.dumps(name), answer.text())
            assert named == 1
            route.fulfill(response=answer, body=script)

        self.page.route(re.compile(r"/script\.js"), rename)

    def assert_fits(self) -> None:
        """Nothing of the widget's is cut off or sticks out."""
        found = self.page.evaluate(OVERFLOWING)
        assert found == [], found

    def assert_accessible(self) -> None:
        """Axe finds nothing serious in what the widget draws."""
        self.page.evaluate(AXE.read_text())
        found = self.page.evaluate("() => axe.run('.bookdeal', {resultTypes: ['violations']})")
        serious = [one for one in found["violations"] if one["impact"] in SERIOUS]
        told = [
            (one["id"], [(node["html"][:200], node["failureSummary"]) for node in one["nodes"]][:3]) for one in serious
        ]
        assert told == [], told

    def strangers(self) -> set[str]:
        """Hosts that were asked for anything, and are neither Kommo nor the API."""
        return self._hosts - {urlsplit(self.address).netloc, urlsplit(self.stack.api).netloc}

    def _answer(self, url: re.Pattern[str], body: Any) -> None:
        self.page.route(url, lambda route: route.fulfill(content_type="application/json", body=json.dumps(body)))

    def _note(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not STATUS.match(message.text):
            self.said.append(message.text)

    def _note_request(self, sent: Request) -> None:
        if sent.url.startswith(("data:", "blob:")):
            return
        self._hosts.add(urlsplit(sent.url).netloc)
        if sent.url.startswith(self.stack.api) and sent.method != "OPTIONS":
            self.asked.append(f"{sent.method} {sent.url.removeprefix(self.stack.api).split('?')[0]}")


def _longer(found: re.Match[str]) -> str:
    """Return a text with words at its end, two fifths of its length."""
    text = found[1]
    words = (" longer" * len(text))[: max(3, len(text) * 2 // 5)]
    return f'"{text}{words}"'
