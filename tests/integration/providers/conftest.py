import time
from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import requests

from bookdeal.altegio.client import AltegioClient
from bookdeal.altegio.client import rates as altegio_rates
from bookdeal.kommo.client import KommoClient
from bookdeal.kommo.client import rates as kommo_rates
from bookdeal.runtime.clock import Deadline, SystemClock
from bookdeal.runtime.http import Http
from bookdeal.runtime.limiter import Lane
from bookdeal.runtime.observe import Counters
from sandbox.altegio.app import Altegio
from sandbox.kommo import KommoSimulator
from sandbox.simulator import Options, create_app, run_in_thread
from tests.spies import SpyLimiter, SpyTokens

CLOCK = SystemClock()


def local_http(provider: str) -> Http:
    return Http(CLOCK, lambda host: host == "127.0.0.1", Counters(), provider)


class Simulated:
    """A running simulator and its control calls."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url

    def control(self, call: str, body: Any = None) -> Any:
        url = f"{self.base_url}/_control/{call}"
        answer = requests.post(url, json={} if body is None else body, timeout=20)
        assert answer.ok, answer.text
        return answer.json()

    def look(self, call: str) -> Any:
        return requests.get(f"{self.base_url}/_control/{call}", timeout=20).json()

    def settle(self) -> None:
        """Wait until every hook is delivered."""
        deadline = time.monotonic() + 20
        while not self.look("idle")["idle"]:
            assert time.monotonic() < deadline
            time.sleep(0.02)


@pytest.fixture(scope="module")
def altegio_server() -> Iterator[Simulated]:
    with run_in_thread(lambda: create_app(Altegio(Options(hook_delay=0.0)))) as base_url:
        yield Simulated(base_url)


@pytest.fixture
def altegio(altegio_server: Simulated) -> Simulated:
    altegio_server.control("reset", {"scenario": "demo", "everything": True})
    altegio_server.control("limits", {"enforce": False})
    return altegio_server


@pytest.fixture
def altegio_client(altegio: Simulated) -> AltegioClient:
    access = altegio.control("grant")
    return AltegioClient(
        base_url=altegio.base_url,
        http=local_http("altegio"),
        partner_token=access["partner_token"],
        tokens=SpyTokens([access["user_token"]]),
        limiter=SpyLimiter(),  # type: ignore[arg-type] # a spy, no subclass
        rates=altegio_rates("shared", 4, 160),
        lane=Lane.LIVE,
        deadline=Deadline.within(CLOCK, 60),
    )


@pytest.fixture(scope="module")
def kommo_server() -> Iterator[Simulated]:
    with run_in_thread(lambda: create_app(KommoSimulator(Options(hook_delay=0.0)))) as base_url:
        yield Simulated(base_url)


@pytest.fixture
def kommo(kommo_server: Simulated) -> Simulated:
    kommo_server.control("reset", {"scenario": "demo", "everything": True})
    kommo_server.control("limits", {"enforce": False})
    return kommo_server


@pytest.fixture
def kommo_client(kommo: Simulated) -> KommoClient:
    return KommoClient(
        base_url=kommo.base_url,
        http=local_http("kommo"),
        tokens=SpyTokens([kommo.control("grant")["access_token"]]),
        limiter=SpyLimiter(),  # type: ignore[arg-type] # a spy, no subclass
        rates=kommo_rates("shared", "acme", 5.6),
        lane=Lane.LIVE,
        deadline=Deadline.within(CLOCK, 60),
        zone=ZoneInfo("Europe/Madrid"),
    )
