import pytest

from bookdeal.runtime.clock import Deadline, SystemClock
from bookdeal.runtime.errors import Transient
from tests.manual_clock import ManualClock


def test_a_deadline_counts_down_and_stops_at_nothing() -> None:
    clock = ManualClock()
    deadline = Deadline.within(clock, 10)
    clock.move(4)
    assert deadline.remaining() == pytest.approx(6)
    clock.move(60)
    assert deadline.remaining() == 0


def test_a_deadline_is_checked_with_a_margin() -> None:
    clock = ManualClock()
    deadline = Deadline.within(clock, 10)
    deadline.check(margin=9)
    with pytest.raises(Transient, match="deadline"):
        deadline.check(margin=10)


def test_the_system_clock_sleeps_and_takes_no_offence_at_negative_waits() -> None:
    clock = SystemClock()
    before, wall = clock.monotonic(), clock.now()
    clock.sleep(-1)
    clock.sleep(0.02)
    assert clock.monotonic() - before >= 0.02
    assert clock.now() >= wall
