"""Which contacts count as one person, and which never do."""

import pytest

from bookdeal.clients.identity import email_of
from bookdeal.clients.phones import numbers_in
from bookdeal.duplicates.contacts import MOST_NAMES, ContactTraits, alike_by_name, alike_contacts
from bookdeal.duplicates.likeness import Fit, fit, words
from bookdeal.duplicates.pairs import Group, Level, Reason, grouped

CERTAIN, LIKELY, POSSIBLE = Level.CERTAIN, Level.LIKELY, Level.POSSIBLE
HERE, THERE = 900100, 900200


def contact(
    id: int,
    name: str,
    phone: str = "",
    email: str = "",
    client: str = "",
    clients: frozenset[tuple[int, int]] = frozenset(),
) -> ContactTraits:
    emails = frozenset({email_of(email)} - {""})
    return ContactTraits(id, words(name), numbers_in(phone, "ES"), emails, client, clients)


def pairs(*contacts: ContactTraits) -> dict[tuple[int, int], Level]:
    return {(pair.first, pair.second): pair.level for pair in alike_contacts(contacts)}


PHONE, OTHER_PHONE, EMAIL = "+34 600 000 101", "+34 600 000 102", "carla@example.test"


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        # The same name
        (("Carla Ruiz", PHONE), ("Ruiz Carla", "600000101"), CERTAIN),
        (("Carla", PHONE), ("carla", PHONE), CERTAIN),
        (("Карла Руис", PHONE), ("Karla Ruis", PHONE), CERTAIN),
        (("Carla Ruiz", "", EMAIL), ("Carla Ruiz", "", EMAIL.upper()), CERTAIN),
        (("Carla", "", EMAIL), ("Carla", "", EMAIL), LIKELY),
        (("Carla Ruiz", "", "", "55"), ("Carla Ruiz", OTHER_PHONE, "", "55"), CERTAIN),
        (("Carla Ruiz", f"{OTHER_PHONE}; {PHONE}"), ("Carla Ruiz", PHONE), CERTAIN),
        # Names that fit
        (("Carla", PHONE), ("Carla Ruiz", PHONE), LIKELY),
        (("C. Ruiz", PHONE), ("Carla Ruiz", PHONE), LIKELY),
        (("Carla", "", EMAIL), ("Carla Ruiz", "", EMAIL), LIKELY),
        (("Carla", PHONE, EMAIL), ("Carla Ruiz", PHONE, EMAIL), CERTAIN),
        # One without a name
        (("", PHONE), ("Carla Ruiz", PHONE), LIKELY),
        (("+34 600 000 101", PHONE), ("", PHONE), LIKELY),
        (("", "", EMAIL), ("Carla Ruiz", "", EMAIL), POSSIBLE),
        (("", PHONE, EMAIL), ("Carla Ruiz", PHONE, EMAIL), LIKELY),
        # A slip of the pen
        (("Marharita Ruiz", PHONE), ("Margarita Ruiz", PHONE), POSSIBLE),
        (("Marharita Ruiz", PHONE, EMAIL), ("Margarita Ruiz", PHONE, EMAIL), LIKELY),
        # Another name after a marriage
        (("Carla Ruiz", PHONE, "", "55"), ("Carla Vidal", PHONE, "", "55"), POSSIBLE),
        (("Carla Ruiz", "", "", "55"), ("Carla Vidal", "", "", "55"), None),
        # A name alone
        (("Carla Ruiz", PHONE), ("Carla Ruiz",), None),
        (("Carla Ruiz", PHONE), ("Carla Ruiz", OTHER_PHONE), None),
        # Families
        (("Carla Ruiz", PHONE), ("Dani Ruiz", PHONE), None),
        (("Carla Ruiz", PHONE), ("Carlo Ruiz", PHONE), None),
        (("Daniel Ruiz", PHONE), ("Daniela Ruiz", PHONE), None),
        (("Ana Ruiz", PHONE), ("Ada Ruiz", PHONE), None),
        (("Marina Ruiz", PHONE), ("Karina Ruiz", PHONE), None),
        (("Carla Ruiz", PHONE, EMAIL), ("Dani Ruiz", PHONE, EMAIL), None),
        (("Ivanov Petr", PHONE), ("Ivanova Anna", PHONE), None),
        # Nothing in common
        (("", ""), ("", ""), None),
        (("Carla Ruiz", "101"), ("Carla Vidal", "101"), None),
    ],
)
def test_two_contacts(one: tuple[str, ...], other: tuple[str, ...], level: Level | None) -> None:
    found = pairs(contact(1, *one), contact(2, *other))
    assert found == ({(1, 2): level} if level else {})
    assert pairs(contact(2, *one), contact(1, *other)) == found


@pytest.mark.parametrize(
    ("contacts", "level"),
    [
        ([("Carla Ruiz", PHONE), ("Ruiz, Carla",)], POSSIBLE),
        ([("Carla Ruiz",), ("Carla Ruiz",)], POSSIBLE),
        ([("Carla Ruiz", PHONE), ("Carla Ruiz", OTHER_PHONE)], None),  # two who can be told apart
        ([("Carla", PHONE), ("Carla",)], None),  # half a name
        ([("Carla Ruiz", PHONE), ("Carla Ruiz",), ("Carla Ruiz", OTHER_PHONE)], None),  # a common name
        ([("", PHONE), ("",)], None),
    ],
)
def test_a_name_alone(contacts: list[tuple[str, ...]], level: Level | None) -> None:
    found = alike_by_name(contact(id, *one) for id, one in enumerate(contacts, 1))
    assert [(pair.first, pair.second, pair.level) for pair in found] == ([(1, 2, level)] if level else [])


def test_two_clients_of_one_location_are_two_people() -> None:
    mother = contact(1, "Carla Ruiz", PHONE, clients=frozenset({(HERE, 11)}))
    assert pairs(mother, contact(2, "Carla", PHONE, clients=frozenset({(HERE, 12)}))) == {}
    assert pairs(mother, contact(2, "Carla Ruiz", PHONE, clients=frozenset({(HERE, 12)}))) == {(1, 2): POSSIBLE}


def test_a_client_of_two_locations_is_one_person() -> None:
    here = contact(1, "Carla Ruiz", PHONE, clients=frozenset({(HERE, 11)}))
    assert pairs(here, contact(2, "Carla Ruiz", PHONE, clients=frozenset({(THERE, 77)}))) == {(1, 2): CERTAIN}
    assert pairs(here, contact(2, "Carla Ruiz", PHONE, clients=frozenset({(THERE, 77), (HERE, 11)}))) == {
        (1, 2): CERTAIN
    }


def test_the_same_client_id_of_two_locations_is_no_proof() -> None:
    here = contact(1, "Carla Ruiz", PHONE, client="55", clients=frozenset({(HERE, 55)}))
    assert pairs(here, contact(2, "Carla Ruiz", OTHER_PHONE, client="55", clients=frozenset({(THERE, 55)}))) == {}
    assert pairs(here, contact(2, "Carla", PHONE, client="55", clients=frozenset({(THERE, 55)}))) == {(1, 2): LIKELY}
    assert pairs(here, contact(2, "Carla", PHONE, client="55")) == {(1, 2): CERTAIN}


def test_a_name_that_fits_two_people_is_a_question_and_no_name_is_nobodys() -> None:
    family = contact(1, "Maria Ruiz", PHONE), contact(2, "Maria Vidal", PHONE)
    assert pairs(*family, contact(3, "Maria", PHONE)) == {(1, 3): POSSIBLE, (2, 3): POSSIBLE}
    assert pairs(*family, contact(3, "", PHONE)) == {}
    assert pairs(*family, contact(3, "", PHONE), contact(4, "", PHONE)) == {(3, 4): POSSIBLE}


def test_a_family_with_a_duplicate_has_that_one() -> None:
    found = pairs(contact(1, "Carla Ruiz", PHONE), contact(2, "Dani Ruiz", PHONE), contact(3, "Dani Ruiz", PHONE))
    assert found == {(2, 3): CERTAIN}


def test_a_receptions_phone_says_nothing() -> None:
    guests = [contact(id, f"{name} Ruiz", PHONE) for id, name in enumerate(("Ana", "Berta", "Carla", "Dani", "Eva"), 1)]
    assert len(guests) > MOST_NAMES
    again = contact(9, "Ana Ruiz", PHONE, EMAIL)
    assert pairs(*guests, again, contact(8, "", PHONE)) == {}
    # What they have beside it still counts.
    assert pairs(*guests, again, contact(10, "Ana Ruiz", OTHER_PHONE, EMAIL)) == {(9, 10): CERTAIN}


def test_certain_pairs_do_not_make_one_person_of_two() -> None:
    chained = (
        contact(1, "Maria Ruiz", PHONE, EMAIL),
        contact(2, "Maria", f"{PHONE}, {OTHER_PHONE}", EMAIL, "55"),
        contact(3, "Maria Vidal", OTHER_PHONE, "", "55"),
    )
    assert pairs(*chained) == {(1, 2): LIKELY, (2, 3): LIKELY}
    assert pairs(*chained[:2]) == {(1, 2): CERTAIN}
    two_clients = (
        contact(1, "Carla Ruiz", PHONE, clients=frozenset({(HERE, 11)})),
        contact(2, "Carla Ruiz", f"{PHONE}, {OTHER_PHONE}"),
        contact(3, "Carla Ruiz", OTHER_PHONE, clients=frozenset({(HERE, 12)})),
    )
    assert pairs(*two_clients) == {(1, 2): LIKELY, (2, 3): LIKELY}


def test_of_many_alike_each_is_named_once() -> None:
    many = [contact(id, "Carla Ruiz", PHONE) for id in range(1, 1_001)]
    found = alike_contacts(many)
    assert len(found) == 999
    assert [len(group.members) for group in grouped(found)] == [1_000]


def test_of_many_with_two_names_each_is_with_its_own() -> None:
    many = [contact(id, ("Carla Ruiz", "Dani Vidal", "Carla")[id % 3], PHONE) for id in range(1, 301)]
    certain = [group for group in grouped(alike_contacts(many)) if group.level is CERTAIN]
    assert [len(group.members) for group in certain] == [100, 100, 100]
    assert all(len({id % 3 for id in group.members}) == 1 for group in certain)


def test_reasons() -> None:
    (pair,) = alike_contacts([contact(1, "Carla", PHONE, EMAIL), contact(2, "Carla Ruiz", PHONE, EMAIL)])
    assert pair.reasons == {Reason.SAME_PHONE, Reason.SAME_EMAIL, Reason.NAMES_FIT}


def test_an_ignored_pair_is_not_brought_together_by_others() -> None:
    three = alike_contacts([contact(id, "Carla Ruiz", PHONE) for id in (1, 2, 3)])
    assert [group.members for group in grouped(three)] == [(1, 2, 3)]
    assert [group.members for group in grouped(three, {(1, 2)})] == [(1, 3), (2, 3)]
    assert grouped(three, {(1, 2), (1, 3), (2, 3)}) == []
    four = alike_contacts([contact(id, "Carla Ruiz", PHONE) for id in (1, 2, 3, 4)])
    assert Group((1, 2, 3, 4), CERTAIN, four[0].reasons) in grouped(four, {(5, 6)})


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("Carla Ruiz", "Ruiz, Carla", Fit.SAME),
        ("Carla Ruiz", "Carla R.", Fit.FIT),
        ("Carla Ruiz", "", Fit.NAMELESS),
        ("Alexandra Ruiz", "Alexandra Riuz", Fit.DIFFER),  # too short to be a slip for sure
        ("Konstantin", "Konstnatin", Fit.ALIKE),
        ("Konstantin Ruiz", "Konstnatin Vidal", Fit.DIFFER),
        ("Konstantin Michailov", "Konstnatin Mihailof", Fit.DIFFER),  # two slips
        ("Kowalski Jan", "Kowalska Jan", Fit.DIFFER),
    ],
)
def test_how_names_fit(one: str, other: str, expected: Fit) -> None:
    assert fit(words(one), words(other)) is expected
    assert fit(words(other), words(one)) is expected
