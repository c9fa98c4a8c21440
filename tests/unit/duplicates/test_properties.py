"""What is true of the engine whatever there is, and in whatever order it comes."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookdeal.duplicates.bookings import BookingTraits, alike_bookings
from bookdeal.duplicates.contacts import ContactTraits, alike_contacts
from bookdeal.duplicates.deals import DealTraits, alike_deals
from bookdeal.duplicates.likeness import Fit, fit, words
from bookdeal.duplicates.pairs import Level, gathered, grouped

NAMES = (
    "",
    "Carla",
    "Carla Ruiz",
    "C. Ruiz",
    "Dani",
    "Dani Ruiz",
    "Daniela Ruiz",
    "Карла Руис",
    "Margarita",
    "Margerita",
)
CLIENTS = st.frozensets(st.tuples(st.sampled_from((900100, 900200)), st.integers(1, 3)), max_size=2)
TOKENS = st.sampled_from(("a", "b", "c"))


@st.composite
def contacts(draw: st.DrawFn) -> list[ContactTraits]:
    some = st.builds(
        ContactTraits,
        id=st.integers(1, 30),
        words=st.sampled_from(NAMES).map(words),
        phones=st.frozensets(TOKENS, max_size=2),
        emails=st.frozensets(TOKENS, max_size=1),
        client=st.sampled_from(("", "", "55", "56")),
        clients=CLIENTS,
    )
    return draw(st.lists(some, max_size=16, unique_by=lambda one: one.id))


@st.composite
def deals(draw: st.DrawFn) -> list[DealTraits]:
    some = st.builds(
        DealTraits,
        id=st.integers(1, 40),
        person=st.integers(0, 3),
        words=st.sampled_from(((), ("haircut",), ("yoga",))),
        is_open=st.booleans(),
        pipeline=st.integers(1, 2),
        created_at=st.integers(0, 200_000),
        booking=st.none() | st.tuples(st.just(900100), st.integers(1, 5)),
    )
    return draw(st.lists(some, max_size=20, unique_by=lambda one: one.id))


@st.composite
def bookings(draw: st.DrawFn) -> list[BookingTraits]:
    some = st.builds(
        BookingTraits,
        key=st.tuples(st.sampled_from((900100, 900200)), st.integers(1, 20)),
        persons=st.frozensets(TOKENS, max_size=2),
        starts_at=st.integers(0, 2_000),
        minutes=st.sampled_from((30, 60)),
        services=st.frozensets(st.integers(1, 3), max_size=2),
        event=st.none() | st.integers(1, 2),
        visitor=st.sampled_from(((), ("tom",), ("eva",))),
    )
    return draw(st.lists(some, max_size=16, unique_by=lambda one: one.key))


@given(contacts(), st.randoms(use_true_random=False))
def test_contacts_in_any_order(some: list[ContactTraits], chance: object) -> None:
    found = set(alike_contacts(some))
    chance.shuffle(some)  # type: ignore[attr-defined]
    assert set(alike_contacts(some)) == found


@given(deals(), st.randoms(use_true_random=False))
def test_deals_in_any_order(some: list[DealTraits], chance: object) -> None:
    found = set(alike_deals(some))
    chance.shuffle(some)  # type: ignore[attr-defined]
    assert set(alike_deals(some)) == found


@given(bookings(), st.randoms(use_true_random=False))
def test_bookings_in_any_order(some: list[BookingTraits], chance: object) -> None:
    found = set(alike_bookings(some))
    chance.shuffle(some)  # type: ignore[attr-defined]
    assert set(alike_bookings(some)) == found


@given(contacts())
def test_nobody_is_put_together_with_somebody_else(some: list[ContactTraits]) -> None:
    """In no group stand two names that are two people's, nor two clients of one location."""
    known = {contact.id: contact for contact in some}
    for group in grouped(alike_contacts(some)):
        if group.level is Level.CERTAIN:
            for one, other in combinations(group.members, 2):
                assert fit(known[one].words, known[other].words) is not Fit.DIFFER
                shared = known[one].clients & known[other].clients
                places = {at for at, _ in known[one].clients} & {at for at, _ in known[other].clients}
                assert shared or not places


@given(deals())
def test_two_bookings_are_two_deals(some: list[DealTraits]) -> None:
    known = {deal.id: deal for deal in some}
    for pair in alike_deals(some):
        one, other = known[pair.first], known[pair.second]
        assert one.booking is None or other.booking is None or one.booking == other.booking


@given(contacts(), st.sets(st.tuples(st.integers(1, 30), st.integers(1, 30)), max_size=6))
def test_groups_hold_each_pair_once_and_no_ignored_one(
    some: list[ContactTraits], ignored: set[tuple[int, int]]
) -> None:
    ignored = {(min(pair), max(pair)) for pair in ignored}
    pairs = alike_contacts(some)
    groups = grouped(pairs, ignored)
    told = [pair for group in groups for pair in combinations(group.members, 2)]
    assert len(told) == len(set(told))
    assert ignored.isdisjoint(told)
    assert {(pair.first, pair.second) for pair in pairs} - ignored <= set(told)
    assert grouped(list(reversed(pairs)), ignored) == groups


@given(st.sets(st.tuples(st.integers(1, 9), st.integers(1, 9)).filter(lambda pair: pair[0] < pair[1])))
def test_what_is_gathered_are_all_pairs_and_no_other(pairs: set[tuple[int, int]]) -> None:
    groups = gathered(pairs, most=4)
    assert {pair for group in groups for pair in combinations(group, 2)} == pairs
    assert len(groups) == len(set(groups)) <= len(pairs)
    assert max((len(group) for group in groups), default=2) <= 4


@pytest.mark.parametrize(
    ("ignored", "most"),
    [
        ([], 3),
        ([(1, 2)], 3),
        ([(1, 2, 3), (4, 5)], 3),
        ([(1, 2, 3), (1, 2, 4)], 3),
        ([(1, 9), (2, 3, 9)], 3),
        ([tuple(range(30))], 30),
    ],
)
def test_what_was_ignored_together_comes_back_together(ignored: list[tuple[int, ...]], most: int) -> None:
    pairs = {pair for group in ignored for pair in combinations(group, 2)}
    assert gathered(pairs, most) == ignored


@given(st.sampled_from(NAMES).map(words), st.sampled_from(NAMES).map(words))
def test_names_fit_both_ways(one: tuple[str, ...], other: tuple[str, ...]) -> None:
    assert fit(one, other) is fit(other, one)
