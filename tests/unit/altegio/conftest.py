from collections.abc import Iterator

import pytest
import responses
from responses.registries import OrderedRegistry

from bookdeal.altegio.client import AltegioClient, rates
from bookdeal.altegio.hosts import is_altegio_host
from bookdeal.runtime.clock import Deadline
from bookdeal.runtime.http import Http
from bookdeal.runtime.limiter import Lane
from bookdeal.runtime.observe import Counters
from tests.manual_clock import ManualClock
from tests.spies import SpyLimiter, SpyTokens
from tests.unit.altegio.wire import BASE, Wire


@pytest.fixture
def wire() -> Iterator[Wire]:
    clock, counters, limiter, tokens = ManualClock(), Counters(), SpyLimiter(), SpyTokens()
    client = AltegioClient(
        base_url=BASE,
        http=Http(clock, is_altegio_host, counters, "altegio"),
        partner_token="partner",
        tokens=tokens,
        limiter=limiter,  # type: ignore[arg-type] # a spy, no subclass
        rates=rates("shared", 4, 160),
        lane=Lane.LIVE,
        deadline=Deadline.within(clock, 60),
    )
    with responses.RequestsMock(registry=OrderedRegistry) as answers:
        yield Wire(client, answers, limiter, tokens, counters, clock)
