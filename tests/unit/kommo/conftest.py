from collections.abc import Iterator

import pytest
import responses
from responses.registries import OrderedRegistry

from bookdeal.kommo.client import KommoClient, rates
from bookdeal.kommo.hosts import is_kommo_host
from bookdeal.runtime.clock import Deadline
from bookdeal.runtime.http import Http
from bookdeal.runtime.limiter import Lane
from bookdeal.runtime.observe import Counters
from tests.manual_clock import ManualClock
from tests.spies import SpyLimiter, SpyTokens
from tests.unit.kommo.wire import ACCOUNT_ZONE, BASE, Wire


@pytest.fixture
def wire() -> Iterator[Wire]:
    clock, counters, limiter, tokens = ManualClock(), Counters(), SpyLimiter(), SpyTokens()
    client = KommoClient(
        base_url=BASE,
        http=Http(clock, is_kommo_host, counters, "kommo"),
        tokens=tokens,
        limiter=limiter,  # type: ignore[arg-type] # a spy, no subclass
        rates=rates("shared", "acme", 5.6),
        lane=Lane.LIVE,
        deadline=Deadline.within(clock, 60),
        zone=ACCOUNT_ZONE,
    )
    with responses.RequestsMock(registry=OrderedRegistry) as answers:
        yield Wire(client, answers, limiter, tokens, counters, clock)
