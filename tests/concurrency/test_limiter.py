import threading
import time
from collections.abc import Callable, Sequence
from itertools import pairwise

from bookdeal.runtime.clock import Deadline, SystemClock
from bookdeal.runtime.errors import RateLimited
from bookdeal.runtime.limiter import Lane, Limiter, Rate
from bookdeal.runtime.observe import Counters
from bookdeal.runtime.store import Table

WORKERS = 16
SECONDS = 6.0
# Kommo's rule is 7 a second; Altegio's are 5 a second and 200 a minute. What we allow ourselves is 80 % of it.
CONFIGURED, PROVIDERS = 5.6, 7


class Punctual(Limiter):
    """A limiter that knows how late the machine let its requests go: a busy one wakes sleepers late, and together."""

    slot: float = 0.0
    latest: float = 0.0

    def _reserve(self, rate: Rate, tolerance_ms: int) -> int:
        reserved = super()._reserve(rate, tolerance_ms)
        self.slot = reserved / 1000
        return reserved

    def acquire(self, rates: Sequence[Rate], lane: Lane, deadline: Deadline) -> None:
        super().acquire(rates, lane, deadline)
        self.latest = max(self.latest, self.clock.now() - self.slot)


def busiest(times: Sequence[float], window: float) -> int:
    return max(sum(1 for time in times if start <= time < start + window) for start in times)


def run(table: Table, work: Callable[[Limiter, Deadline, list[float]], None]) -> tuple[list[float], float, float]:
    """Let workers work side by side, each with a limiter of its own.

    Returns when they sent, how long all took, and how late after its slot a request went at the most.
    """
    clock = SystemClock()
    begin = threading.Barrier(WORKERS)
    sent: list[list[float]] = [[] for _ in range(WORKERS)]
    errors: list[Exception] = []
    lateness: list[float] = []

    def worker(times: list[float]) -> None:
        limiter = Punctual(table, clock, Counters())
        begin.wait()
        try:
            work(limiter, Deadline.within(clock, SECONDS), times)
        except Exception as error:
            errors.append(error)
        lateness.append(limiter.latest)

    threads = [threading.Thread(target=worker, args=(times,)) for times in sent]
    started = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    return sorted(moment for times in sent for moment in times), time.monotonic() - started, max(lateness)


def flood(rates: Sequence[Rate]) -> Callable[[Limiter, Deadline, list[float]], None]:
    def work(limiter: Limiter, deadline: Deadline, times: list[float]) -> None:
        while deadline.remaining() > 0.3:
            try:
                limiter.acquire(rates, Lane.LIVE, deadline)
                times.append(time.monotonic())
            except RateLimited as refused:
                time.sleep(min(refused.wait, deadline.remaining()))

    return work


def test_all_workers_together_keep_the_providers_limit_and_use_the_budget(make_table: Callable[..., Table]) -> None:
    rate = Rate.per(1, CONFIGURED, "rate#kommo#shared")
    sent, seconds, late = run(make_table("key"), flood([rate]))
    assert busiest(sent, 1.0) <= PROVIDERS + int(late * CONFIGURED)
    assert len(sent) <= CONFIGURED * seconds + 1
    assert len(sent) >= 0.8 * CONFIGURED * (SECONDS - Lane.LIVE.value / 1000)


def test_two_windows_are_kept_at_once(make_table: Callable[..., Table]) -> None:
    minute = Rate.per(60, 160, "rate#altegio#shared#minute", burst=10)
    second = Rate.per(1, 4, "rate#altegio#shared#second")
    sent, seconds, late = run(make_table("key"), flood([minute, second]))
    assert busiest(sent, 1.0) <= 5 + int(late * 4)
    assert len(sent) <= 160 / 60 * seconds + 10 + 1
    assert len(sent) >= 10


def test_no_slot_is_given_twice(make_table: Callable[..., Table]) -> None:
    table = make_table("key")
    rate = Rate("rate#test", 1_000)
    slots: list[int] = []

    def work(limiter: Limiter, deadline: Deadline, times: list[float]) -> None:
        for _ in range(10):
            slots.append(limiter._reserve(rate, 10_000_000))

    run(table, work)
    slots.sort()
    assert len(slots) == WORKERS * 10
    assert all(later - earlier >= rate.interval_ms for earlier, later in pairwise(slots))


def test_bulk_work_leaves_the_way_free_for_persons(make_table: Callable[..., Table]) -> None:
    rate = Rate("rate#test", 100)
    waits: list[float] = []
    lock = threading.Lock()
    person_taken = False

    def work(limiter: Limiter, deadline: Deadline, times: list[float]) -> None:
        nonlocal person_taken
        with lock:
            is_person, person_taken = not person_taken, True
        while deadline.remaining() > 3:
            started = time.monotonic()
            try:
                limiter.acquire([rate], Lane.PERSON if is_person else Lane.BULK, deadline)
                if is_person:
                    waits.append(time.monotonic() - started)
            except RateLimited as refused:
                assert not is_person
                time.sleep(refused.wait)

    run(make_table("key"), work)
    assert len(waits) >= 5
    assert max(waits) < 1.0
