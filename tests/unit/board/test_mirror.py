from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from sandbox.board.mirror import Change, Deal, Mirror

ONE, OTHER = (1, 10), (1, 20)
DEAL = Deal(id=1, name="Haircut", price=30, place=ONE, updated_at=100, booking=7)


def test_says_what_is_new() -> None:
    mirror = Mirror()
    assert mirror.put(DEAL) == Change(None, DEAL)
    assert mirror.put(DEAL) is None
    dearer = replace(DEAL, price=40)
    assert mirror.put(dearer) == Change(DEAL, dearer)
    assert mirror.stages(9)[ONE].worth == 40


def test_latest_comers_come_first_and_the_others_are_counted() -> None:
    mirror = Mirror()
    for number in range(1, 6):
        mirror.put(replace(DEAL, id=number))
    mirror.put(replace(DEAL, id=2, place=OTHER))
    mirror.put(replace(DEAL, id=2))
    mirror.put(replace(DEAL, id=1, price=99))
    found = mirror.stages(3)[ONE]
    assert (found.count, found.newest) == (5, [2, 5, 4])


def test_finds_the_deal_of_a_booking_until_it_is_dropped() -> None:
    mirror = Mirror()
    mirror.put(DEAL)
    assert mirror.of_booking(7) == DEAL
    mirror.drop(DEAL.id)
    mirror.drop(DEAL.id)
    assert mirror.of_booking(7) is None
    assert mirror.of_booking(0) is None
    assert mirror.stages(9)[ONE].count == len(mirror) == 0


@given(st.lists(st.tuples(st.integers(1, 6), st.sampled_from([ONE, OTHER, None]), st.integers(0, 90))))
def test_counts_what_stands_there(steps: list[tuple[int, tuple[int, int] | None, int]]) -> None:
    mirror, known = Mirror(), dict[int, Deal]()
    for number, place, price in steps:
        if place is None:
            mirror.drop(number)
            known.pop(number, None)
        else:
            known[number] = replace(DEAL, id=number, place=place, price=price)
            mirror.put(known[number])
    for place, found in mirror.stages(100).items():
        here = {number: deal for number, deal in known.items() if deal.place == place}
        assert (found.count, found.worth) == (len(here), sum(deal.price for deal in here.values()))
        assert set(found.newest) == set(here)
    assert len(mirror) == len(known)
