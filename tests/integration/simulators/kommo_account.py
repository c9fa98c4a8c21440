"""A Kommo simulator of one's own, seen as an installed product and as its operator see it."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl

import requests

from sandbox.kommo import KommoSimulator
from sandbox.simulator import Options, create_app, run_in_thread

SALES, SALON = 5_100_001, 5_100_002
NEW, TALKING = 61_000_001, 61_000_002
BOOKED, CONFIRMED, ARRIVED = 61_000_101, 61_000_102, 61_000_103
WON, LOST = 142, 143


class KommoAccount:
    """Calls with the product's token; `control` with the operator's means."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self.session = requests.Session()
        self.grant = self.control("grant", {})
        self.token = self.grant["access_token"]

    def call(
        self, method: str, path: str, given: Any = None, *, token: str | None = None, **more: Any
    ) -> requests.Response:
        headers = {"Authorization": f"Bearer {token or self.token}", **more.pop("headers", {})}
        url = path if path.startswith("http") else f"{self.base_url}/api/v4{path}"
        return self.session.request(method, url, json=given, headers=headers, timeout=10, **more)

    def get(self, path: str, **more: Any) -> requests.Response:
        return self.call("GET", path, **more)

    def post(self, path: str, given: Any, **more: Any) -> requests.Response:
        return self.call("POST", path, given, **more)

    def patch(self, path: str, given: Any, **more: Any) -> requests.Response:
        return self.call("PATCH", path, given, **more)

    def control(self, call: str, given: Any = None) -> Any:
        url = f"{self.base_url}/_control/{call}"
        answer = self.session.get(url, timeout=30) if given is None else self.session.post(url, json=given, timeout=60)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def make(self, kind: str, *elements: dict[str, Any]) -> list[int]:
        """Create entities; their ids."""
        answer = self.post(f"/{kind}", list(elements))
        assert answer.status_code in (200, 201), answer.text
        return [one["id"] for one in answer.json()["_embedded"][kind.rpartition("/")[2]]]

    def field(self, kind: str, **definition: Any) -> int:
        """Create a custom field; its id."""
        (number,) = self.make(f"{kind}/custom_fields", {"name": "Field", **definition})
        return number

    def ids(self, path: str) -> list[int]:
        """The ids of a list, [] for 204."""
        answer = self.get(path)
        if answer.status_code == 204:
            assert answer.content == b""
            return []
        assert answer.status_code == 200, answer.text
        (items,) = answer.json()["_embedded"].values()
        return [one["id"] for one in items]

    def events(self, kind: str) -> list[dict[str, Any]]:
        """The events of a type, newest first."""
        answer = self.get(f"/events?filter[type]={kind}")
        found: list[dict[str, Any]] = answer.json()["_embedded"]["events"] if answer.status_code == 200 else []
        return found

    def settle(self) -> dict[str, Any]:
        """Wait until every hook is out; the delivery report."""
        wait_for(lambda: self.control("idle")["idle"])
        report: dict[str, Any] = self.control("webhooks")
        return report


def wait_for(condition: Callable[[], Any], seconds: float = 10.0) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.01)


@contextmanager
def kommo_account(*, unlimited: bool = True, seed: int = 5) -> Iterator[KommoAccount]:
    """A fresh demo account, by default without request limits."""
    with run_in_thread(lambda: create_app(KommoSimulator(Options(seed=seed, hook_delay=0.0)))) as base_url:
        account = KommoAccount(base_url)
        if unlimited:
            account.control("limits", {"enforce": False})
        with account.session:
            yield account


def form(body: bytes) -> dict[str, str]:
    """A form-encoded body, decoded."""
    return dict(parse_qsl(body.decode(), keep_blank_values=True))
