from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookdeal.runtime.limiter import Lane, Rate, Step, place

START = 1_760_000_000_000
rates = st.builds(Rate, st.just("rate#test"), st.integers(1, 2_000), st.integers(1, 40), st.integers(1, 5))
tolerances = st.sampled_from([lane.value for lane in Lane]) | st.integers(0, 10_000)
gaps = st.lists(st.integers(0, 3_000) | st.just(0), min_size=1, max_size=120)


def slots_of(gaps: Sequence[int], rate: Rate, tolerance: int) -> list[int]:
    """Return the slots granted to requests that come one after another with these gaps."""
    now, tat, slots = START, None, []
    for gap in gaps:
        now += gap
        got = place(tat, now, rate, tolerance)
        if got.step is not Step.REFUSE:
            tat = got.tat
            slots.append(got.slot)
    return slots


def busiest(slots: Sequence[int], window: int) -> int:
    """Return the most slots that lie in any half-open window of that many milliseconds."""
    return max(sum(1 for slot in slots if start <= slot < start + window) for start in slots)


@given(gaps, rates, tolerances, st.integers(1, 60_000))
def test_no_window_holds_more_than_the_burst_and_its_share(
    gaps: list[int], rate: Rate, tolerance: int, window: int
) -> None:
    slots = slots_of(gaps, rate, tolerance)
    units = busiest(slots, window) * rate.cost
    # The last request may overdraw by what it costs beyond one unit's burst.
    assert units < max(rate.burst, rate.cost) + window / rate.interval_ms + rate.cost


@given(gaps, rates, tolerances)
def test_slots_are_in_the_order_of_asking(gaps: list[int], rate: Rate, tolerance: int) -> None:
    slots = slots_of(gaps, rate, tolerance)
    assert slots == sorted(slots)


@given(st.none() | st.integers(START - 10_000, START + 20_000), rates, tolerances)
def test_what_a_place_promises(tat: int | None, rate: Rate, tolerance: int) -> None:
    got = place(tat, START, rate, tolerance)
    match got.step:
        case Step.BEGIN:
            assert tat is None or tat < START
            assert (got.slot, got.tat) == (START, START + rate.cost * rate.interval_ms)
        case Step.JOIN:
            assert tat is not None
            assert START <= got.slot <= START + tolerance
            assert got.tat == tat + rate.cost * rate.interval_ms
            # The two conditions of the write that joins: what is decided here is what the table will allow.
            latest = START + tolerance + rate.burst * rate.interval_ms - rate.cost * rate.interval_ms
            assert START <= tat <= latest
            assert got.slot == max(START, got.tat - rate.burst * rate.interval_ms)
        case Step.REFUSE:
            assert got.slot > START + tolerance
            assert got.tat == tat


@given(st.integers(START, START + 20_000), rates, tolerances, tolerances)
def test_the_more_patient_is_never_refused_where_the_hasty_is_served(
    tat: int, rate: Rate, one: int, other: int
) -> None:
    hasty, patient = sorted((one, other))
    if place(tat, START, rate, hasty).step is not Step.REFUSE:
        assert place(tat, START, rate, patient).step is not Step.REFUSE


@given(st.integers(START, START + 20_000), rates, tolerances)
def test_who_comes_back_after_the_wait_is_served_at_once(tat: int, rate: Rate, tolerance: int) -> None:
    got = place(tat, START, rate, tolerance)
    if got.step is Step.REFUSE:
        later = place(tat, got.slot, rate, tolerance)
        assert (later.step is not Step.REFUSE, later.slot) == (True, got.slot)


@pytest.mark.parametrize(
    ("rate", "window", "limit"),
    [
        (Rate.per(1, 5.6, "rate#a"), 1_000, 6),
        (Rate.per(1, 4, "rate#b"), 1_000, 4),
        (Rate.per(60, 160, "rate#b", burst=20), 60_000, 180),
        (Rate.per(60, 160, "rate#b", burst=20), 1_000, 22),
    ],
)
def test_the_worst_window_of_the_providers_rates(rate: Rate, window: int, limit: int) -> None:
    flood = [1] * 20_000
    slots = slots_of(flood, rate, Lane.LIVE.value)
    assert busiest(slots[:400], window) <= limit
    # And the budget is used: a flood gets what the rate allows, not less.
    granted = (len(slots) - rate.burst) * rate.interval_ms
    assert granted == pytest.approx(20_000 + Lane.LIVE.value, rel=0.03)


def test_lanes_differ_in_the_queue_they_join() -> None:
    rate = Rate("rate#a", 100)
    served = {lane: len(slots_of([0] * 100, rate, lane.value)) for lane in Lane}
    assert served == {Lane.PERSON: 51, Lane.LIVE: 21, Lane.BULK: 6}


def test_rates_round_to_the_careful_side() -> None:
    assert Rate.per(1, 5.6, "rate#a") == Rate("rate#a", 179)
    assert Rate.per(3600, 20_000, "rate#a", burst=500, cost=50) == Rate("rate#a", 180, 500, 50)
