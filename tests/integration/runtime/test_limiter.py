from collections.abc import Callable

import pytest

from bookdeal.runtime.clock import Deadline
from bookdeal.runtime.errors import RateLimited
from bookdeal.runtime.limiter import Lane, Limiter, Rate
from bookdeal.runtime.observe import Counters
from bookdeal.runtime.store import Table
from tests.manual_clock import ManualClock

ACCOUNT, ADDRESS = Rate("rate#acme#42", 100), Rate("rate#acme#shared", 100)


@pytest.fixture
def scratch(make_table: Callable[..., Table]) -> Table:
    return make_table("scratch", "key")


@pytest.fixture
def limiter(scratch: Table, clock: ManualClock) -> Limiter:
    return Limiter(scratch, clock, Counters())


@pytest.fixture
def soon(clock: ManualClock) -> Deadline:
    return Deadline.within(clock, 60)


def test_requests_are_spaced_by_the_interval(limiter: Limiter, clock: ManualClock, soon: Deadline) -> None:
    start, times = clock.now(), []
    for _ in range(5):
        limiter.acquire([ADDRESS], Lane.LIVE, soon)
        times.append(clock.now() - start)
    assert times == pytest.approx([0, 0.1, 0.2, 0.3, 0.4], abs=0.002)
    assert limiter.counters.waited_ms == pytest.approx(400, abs=5)


def test_processes_share_a_budget(scratch: Table, clock: ManualClock, soon: Deadline) -> None:
    first, second = (Limiter(scratch, clock, Counters()) for _ in range(2))
    start, times = clock.now(), []
    for limiter in (first, second, second, first, second):
        limiter.acquire([ADDRESS], Lane.LIVE, soon)
        times.append(clock.now() - start)
    assert times == pytest.approx([0, 0.1, 0.2, 0.3, 0.4], abs=0.002)


def test_a_pause_gives_back_no_more_than_the_burst(limiter: Limiter, clock: ManualClock, soon: Deadline) -> None:
    rate = Rate("rate#acme#shared", 100, burst=3)
    limiter.acquire([rate], Lane.LIVE, soon)
    clock.move(3)
    start, times = clock.now(), []
    for _ in range(5):
        limiter.acquire([rate], Lane.LIVE, soon)
        times.append(clock.now() - start)
    assert times == pytest.approx([0, 0, 0, 0.1, 0.2], abs=0.002)


def fill(scratch: Table, clock: ManualClock, rate: Rate, seconds: float) -> None:
    """Let others have taken the next seconds of a budget."""
    scratch.put({"key": rate.key, "tat": int((clock.now() + seconds) * 1000)})


@pytest.mark.parametrize(("lane", "longest"), [(Lane.BULK, 0.5), (Lane.LIVE, 2.0), (Lane.PERSON, 5.0)])
def test_a_lane_joins_no_longer_queue_than_its_own(
    limiter: Limiter, scratch: Table, clock: ManualClock, soon: Deadline, lane: Lane, longest: float
) -> None:
    fill(scratch, clock, ADDRESS, longest + 0.05)
    with pytest.raises(RateLimited) as caught:
        limiter.acquire([ADDRESS], lane, soon)
    assert caught.value.wait == pytest.approx(longest + 0.05, abs=0.002)
    assert clock.slept == []
    clock.move(0.06)
    limiter.acquire([ADDRESS], lane, soon)
    assert clock.slept == pytest.approx([longest - 0.01], abs=0.002)


def test_nobody_joins_a_queue_longer_than_the_deadline(limiter: Limiter, scratch: Table, clock: ManualClock) -> None:
    fill(scratch, clock, ADDRESS, 1.0)
    with pytest.raises(RateLimited):
        limiter.acquire([ADDRESS], Lane.PERSON, Deadline.within(clock, 0.9))
    limiter.acquire([ADDRESS], Lane.PERSON, Deadline.within(clock, 1.1))


def test_what_is_known_to_be_too_long_is_refused_without_a_write(
    limiter: Limiter, scratch: Table, clock: ManualClock, soon: Deadline
) -> None:
    fill(scratch, clock, ADDRESS, 9.0)
    with pytest.raises(RateLimited):
        limiter.acquire([ADDRESS], Lane.LIVE, soon)
    scratch.delete(ADDRESS.key)
    with pytest.raises(RateLimited):
        limiter.acquire([ADDRESS], Lane.LIVE, soon)
    assert scratch.get(ADDRESS.key) is None


def test_all_budgets_are_asked_and_the_narrowest_refusal_spends_nothing_of_the_wider(
    limiter: Limiter, scratch: Table, clock: ManualClock, soon: Deadline
) -> None:
    limiter.acquire([ACCOUNT, ADDRESS], Lane.LIVE, soon)
    assert scratch.get(ACCOUNT.key) is not None
    before = scratch.get(ADDRESS.key)
    fill(scratch, clock, ACCOUNT, 3)
    with pytest.raises(RateLimited):
        limiter.acquire([ACCOUNT, ADDRESS], Lane.LIVE, soon)
    assert scratch.get(ADDRESS.key) == before


def test_the_widest_budget_stays_exact_behind_a_narrow_queue(
    scratch: Table, clock: ManualClock, soon: Deadline
) -> None:
    fill(scratch, clock, ACCOUNT, 1.0)
    Limiter(scratch, clock, Counters()).acquire([ACCOUNT, ADDRESS], Lane.LIVE, soon)
    sent = clock.now()
    Limiter(scratch, clock, Counters()).acquire([ADDRESS], Lane.LIVE, soon)
    assert clock.now() - sent == pytest.approx(0.1, abs=0.002)


def test_a_penalty_holds_everybody_and_is_never_shortened(
    limiter: Limiter, scratch: Table, clock: ManualClock, soon: Deadline
) -> None:
    rate = Rate("rate#acme#shared", 100, burst=3)
    limiter.acquire([rate], Lane.LIVE, soon)
    limiter.penalise(rate, 30)
    limiter.penalise(rate, 10)
    for other in (limiter, Limiter(scratch, clock, Counters())):
        with pytest.raises(RateLimited) as caught:
            other.acquire([rate], Lane.PERSON, soon)
        assert caught.value.wait == pytest.approx(30, abs=0.2)
    clock.move(30)
    limiter.acquire([rate], Lane.BULK, soon)


def test_a_heavy_request_takes_its_cost(limiter: Limiter, clock: ManualClock, soon: Deadline) -> None:
    start = clock.now()
    for _ in range(3):
        limiter.acquire([Rate("rate#changes#42", 10, burst=100, cost=50)], Lane.LIVE, soon)
    assert clock.now() - start == pytest.approx(0.5, abs=0.002)


def test_old_budgets_clean_themselves_up(limiter: Limiter, scratch: Table, clock: ManualClock, soon: Deadline) -> None:
    limiter.acquire([ADDRESS], Lane.LIVE, soon)
    limiter.acquire([ADDRESS], Lane.LIVE, soon)
    item = scratch.get(ADDRESS.key)
    assert item is not None
    assert clock.now() + 1800 < item["expires_at"] < clock.now() + 7200


def test_a_steady_user_costs_one_write_a_request(limiter: Limiter, scratch: Table, soon: Deadline) -> None:
    for _ in range(20):
        limiter.acquire([ADDRESS], Lane.LIVE, soon)
    assert scratch.store.counters.items_written == 20
