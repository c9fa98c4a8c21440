"""What is true of identity whoever comes, in whatever order, and however their phones are written."""

from collections import Counter
from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from bookdeal.clients.identity import Assigned, Match, Person, assign, match
from bookdeal.clients.names import contradict
from bookdeal.clients.phones import comparable, e164
from bookdeal.model.booking import Client, Location
from bookdeal.model.client import ClientKey
from bookdeal.model.deal import Contact

NAMES = ("", "Carla", "Carla Ruiz", "C. Ruiz", "Dani", "Dani Vidal", "Карла Руис", "JOSÉ", "Jose Vidal", "Eva")
MARKS = st.sampled_from((" ", "-", ".", "", " ("))


@st.composite
def written(draw: st.DrawFn) -> tuple[str, str, str]:
    """Return a country, one of its mobiles in E.164, and that mobile as somebody may have written it."""
    number = draw(st.integers(min_value=0, max_value=999_999))
    country, e164_form, national, with_code = draw(
        st.sampled_from(
            (
                ("ES", f"+34600{number:06}", [f"600{number:06}"], [f"34600{number:06}"]),
                ("PT", f"+351912{number:06}", [f"912{number:06}"], [f"351912{number:06}"]),
                (
                    "BR",
                    f"+551198{number:06}7",
                    [f"1198{number:06}7", f"0119 8{number:06}7".replace(" ", ""), f"118{number:06}7"],
                    [f"551198{number:06}7", f"55118{number:06}7"],
                ),
                ("MX", f"+525512{number:06}", [f"5512{number:06}"], [f"525512{number:06}", f"5215512{number:06}"]),
                ("AR", f"+5491145{number:06}", [f"01145{number:06}"], [f"541145{number:06}", f"5491145{number:06}"]),
                ("KZ", f"+7701{number:06}1", [f"8701{number:06}1"], [f"7701{number:06}1"]),
                ("DE", f"+4915123{number:06}", [f"015123{number:06}"], [f"4915123{number:06}"]),
            )
        )
    )
    plain = draw(st.sampled_from([*national, *with_code, *(f"+{digits}" for digits in with_code)]))
    pieces = [plain[:4], plain[4:7], plain[7:]]
    return country, e164_form, draw(MARKS).join(pieces)


@given(written())
def test_the_same_person_under_any_writing_of_the_phone(phone: tuple[str, str, str]) -> None:
    country, e164_form, text = phone
    assert comparable(e164(text, country)) == comparable(e164_form)
    place = Location(1, "", "", country, "Europe/Madrid", "EUR", active=True)
    he = Person.of(place, Client(1, "", e164_form, ""))
    he_as_written = Person.of(place, Client(1, "", text, ""))
    assert match(he, [_contact(5, text)], {}) == match(he_as_written, [_contact(5, e164_form)], {}) == Match(contact=5)


def _contact(id: int, phone: str, name: str = "", email: str = "") -> Contact:
    return Contact(id, name, (phone,) if phone else (), (email,) if email else (), {}, 0, 0)


PHONES = ("", "600000101", "600000102", "+14600000101", "+34600000101")
EMAILS = ("", "one@example.test", "two@example.test")


def people(draw: st.DrawFn) -> list[Person]:
    keys = draw(st.lists(st.tuples(st.integers(1, 3), st.integers(1, 4)), unique=True, max_size=8))
    return [
        Person.of(
            Location(location, "", "", "ES", "Europe/Madrid", "EUR", active=True),
            Client(client, draw(st.sampled_from(NAMES)), draw(st.sampled_from(PHONES)), draw(st.sampled_from(EMAILS))),
        )
        for location, client in keys
    ]


@st.composite
def crowds(draw: st.DrawFn) -> tuple[list[Person], list[Contact], dict[int, set[ClientKey]]]:
    """Return unknown clients, an account's contacts, and whose some of these are already."""
    contacts = [
        _contact(id, draw(st.sampled_from(PHONES)), draw(st.sampled_from(NAMES)), draw(st.sampled_from(EMAILS)))
        for id in range(1, draw(st.integers(0, 5)) + 1)
    ]
    # Each location's known clients have contacts of their own, as the rules make them.
    clients: dict[int, set[ClientKey]] = {}
    for contact in contacts:
        locations = draw(st.sets(st.integers(1, 3)))
        if locations:
            clients[contact.id] = {(location, 100 + contact.id) for location in locations}
    return people(draw), contacts, clients


@settings(max_examples=300)
@given(crowds(), st.randoms(use_true_random=False))
def test_who_they_are_does_not_depend_on_the_order(
    crowd: tuple[list[Person], list[Contact], dict[int, set[ClientKey]]], chance: object
) -> None:
    persons, contacts, clients = crowd
    before = assign(persons, contacts, clients)
    shuffled, others = list(persons), list(contacts)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    chance.shuffle(others)  # type: ignore[attr-defined]
    assert assign(shuffled, others, dict(reversed(clients.items()))) == before


@settings(max_examples=300)
@given(crowds())
def test_two_clients_of_one_location_are_never_one_contact(
    crowd: tuple[list[Person], list[Contact], dict[int, set[ClientKey]]],
) -> None:
    persons, contacts, clients = crowd
    found = assign(persons, contacts, clients)
    for contact, theirs in _all_clients(found, clients).items():
        locations = Counter(location for location, _ in theirs)
        assert max(locations.values()) == 1, contact
    for group in found.groups:
        assert len({one.key[0] for one in group}) == len(group)
        assert not any(contradict(one.name, other.name) for one in group for other in group)
    everywhere = [*found.matched, *found.doubts, *(one.key for group in found.groups for one in group)]
    assert len(everywhere) == len(set(everywhere))


@settings(max_examples=300)
@given(crowds())
def test_nobody_is_guessed(crowd: tuple[list[Person], list[Contact], dict[int, set[ClientKey]]]) -> None:
    """Whoever is matched shares a phone or an e-mail with his contact; a doubt has candidates; all come to an end."""
    persons, contacts, clients = crowd
    found = assign(persons, contacts, clients)
    by_id = {contact.id: contact for contact in contacts}
    by_key = {one.key: one for one in persons}
    for key, id in found.matched.items():
        he, it = by_key[key], by_id[id]
        numbers = {comparable(e164(phone, "ES")) for phone in it.phones}
        assert (he.number and he.number in numbers) or (he.email and he.email in it.emails)
    assert all(doubt.candidates for doubt in found.doubts.values())
    # Once the new contacts are there, nobody is left out for ever.
    left = _left_out(persons, found)
    made = [
        _contact(100 + place, group[0].phone, group[0].name, group[0].email) for place, group in enumerate(found.groups)
    ]
    known = _all_clients(found, clients)
    known |= {100 + place: {one.key for one in group} for place, group in enumerate(found.groups)}
    again = assign(left, [*contacts, *made], known)
    assert not left or len(_left_out(left, again)) < len(left)


def _all_clients(found: Assigned, clients: dict[int, set[ClientKey]]) -> dict[int, set[ClientKey]]:
    joined = {contact: set(theirs) for contact, theirs in clients.items()}
    for key, contact in found.matched.items():
        joined.setdefault(contact, set()).add(key)
    return joined


def _left_out(persons: Sequence[Person], found: Assigned) -> list[Person]:
    grouped = {one.key for group in found.groups for one in group}
    return [one for one in persons if one.key not in found.matched.keys() | found.doubts.keys() | grouped]


@given(st.sampled_from(NAMES), st.sampled_from(NAMES), st.text(max_size=20))
def test_names_contradict_each_other_or_not(name: str, other: str, anything: str) -> None:
    assert contradict(name, other) == contradict(other, name)
    assert not contradict(anything, anything)
    assert not contradict(anything, "")
