"""A running Altegio simulator as a test talks to it."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import requests

from sandbox.altegio import Altegio
from sandbox.simulator import Options, create_app, run_in_thread

ACCEPT = "application/vnd.api.v2+json"
GRACIA, SANTS = 900100, 900101
MADRID = ZoneInfo("Europe/Madrid")


class Account:
    """The simulator's address, an integration's tokens, and calls with them."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self.session = requests.Session()
        self.granted: dict[str, Any] = self.control("POST", "/grant")
        self.look = {"Authorization": f"User {self.granted['look_token']}"}

    @property
    def headers(self) -> dict[str, str]:
        """The headers of the integration."""
        return {
            "Authorization": f"Bearer {self.granted['partner_token']}, User {self.granted['user_token']}",
            "Accept": ACCEPT,
        }

    def control(self, method: str, path: str, given: Any = None) -> Any:
        """A control call; fails the test unless it is answered 200."""
        answer = self.session.request(method, f"{self.base_url}/_control{path}", json=given)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def call(self, method: str, path: str, body: Any = None, **options: Any) -> requests.Response:
        """A request with the integration's tokens; v1 unless the path says otherwise."""
        url = f"{self.base_url}{path}" if path.startswith(("/api", "/marketplace")) else f"{self.base_url}/api/v1{path}"
        return self.session.request(
            method, url, json=body, headers={**self.headers, **options.pop("headers", {})}, **options
        )

    def data(self, method: str, path: str, body: Any = None, status: int = 200, **options: Any) -> Any:
        """`data` of an answer that must have this status."""
        answer = self.call(method, path, body, **options)
        assert answer.status_code == status, answer.text
        return answer.json()["data"]

    def records(self, location: int = GRACIA, **query: Any) -> list[dict[str, Any]]:
        """One page of records."""
        found: list[dict[str, Any]] = self.data("GET", f"/records/{location}", params={"count": 300, **query})
        return found

    def record(self, number: int, location: int = GRACIA) -> dict[str, Any]:
        """One record with its payments."""
        found: dict[str, Any] = self.data("GET", f"/record/{location}/{number}?include_finance_transactions=1")
        return found

    def free_time(self, staff: int, days: int = 10) -> str:
        """A date and time at which this employee works and is free, some days from now."""
        first = self.today() + timedelta(days=days)
        for shift in range(7):
            day = (first + timedelta(days=shift)).isoformat()
            grid = self.data("GET", f"/timetable/seances/{GRACIA}/{staff}/{day}")
            hours = {one["time"] for one in grid if one["is_free"]}
            if "15:00" in hours and "17:00" in hours:
                return f"{day} 15:00:00"
        raise AssertionError("no free time")

    def today(self) -> Any:
        """The location's date."""
        return datetime.now(MADRID).date()

    def booking(self, **changes: Any) -> dict[str, Any]:
        """The body of a valid POST /records."""
        staff = changes.get("staff_id", 51001)
        body = {
            "staff_id": staff,
            "services": [{"id": 7001}],
            "client": {"phone": "34600000500", "name": "Sofia Test"},
            "save_if_busy": False,
            "datetime": changes.get("datetime") or self.free_time(staff),
            "seance_length": 3600,
        }
        return {**body, **changes}

    def book(self, **changes: Any) -> dict[str, Any]:
        """Make a booking and give it as GET shows it."""
        made = self.data("POST", f"/records/{GRACIA}", self.booking(**changes), status=201)
        return self.record(made["id"])


@contextmanager
def running_account(**options: Any) -> Iterator[Account]:
    """A simulator in a thread with the given options."""
    with run_in_thread(lambda: create_app(Altegio(Options(**{"hook_delay": 0.0, **options})))) as base_url:
        yield Account(base_url)


def fresh(account: Account, scenario: str = "demo") -> Account:
    """The same account as new, without limits."""
    account.control("POST", "/reset", {"scenario": scenario, "everything": True})
    account.control("POST", "/limits", {"enforce": False})
    account.granted = account.control("POST", "/grant")
    return account


def wait_until(condition: Callable[[], Any], seconds: float = 5.0) -> Any:
    """The first true answer of `condition`; fails the test when there is none in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.01)
    raise AssertionError("it did not happen in time")
