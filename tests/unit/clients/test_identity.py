"""Who is it? Named situations over nine countries, each with what must come of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from bookdeal.clients.identity import Assigned, Doubt, Match, Person, assign, email_of, match
from bookdeal.model.booking import Client, Location
from bookdeal.model.client import ClientKey
from bookdeal.model.deal import Contact

HERE, THERE, ELSEWHERE = 1, 2, 3
"""Locations of one chain."""

NEW = Match()


def contact(id: int, *phones: str, name: str = "", emails: Sequence[str] = ()) -> Contact:
    return Contact(id=id, name=name, phones=phones, emails=tuple(emails), fields={}, created_at=0, updated_at=0)


def person(
    country: str, phone: str = "", *, name: str = "", email: str = "", location: int = HERE, client: int = 1
) -> Person:
    place = Location(location, "", "", country, "Europe/Madrid", "EUR", active=True)
    return Person.of(place, Client(client, name, phone, email))


def several(*contacts: int) -> Match:
    return Match(doubt=Doubt.SEVERAL, candidates=contacts)


def alike(*contacts: int) -> Match:
    return Match(doubt=Doubt.ALIKE, candidates=contacts)


@dataclass(frozen=True)
class Situation:
    """A client, the account's contacts, whose they are, and the answer."""

    name: str
    person: Person
    contacts: Sequence[Contact]
    expected: Match
    clients: Mapping[int, set[ClientKey]] = field(default_factory=dict)


def it_is(contact: int) -> Match:
    return Match(contact=contact)


SITUATIONS = [
    # Spain: the phone
    Situation("es nobody yet", person("ES", "+34600000101"), [], NEW),
    Situation("es a stranger", person("ES", "+34600000101"), [contact(1, "+34600000999")], NEW),
    Situation("es the same phone", person("ES", "+34600000101"), [contact(1, "+34600000101")], it_is(1)),
    Situation("es national in Kommo", person("ES", "+34600000101"), [contact(1, "600 00 01 01")], it_is(1)),
    Situation("es national in Altegio", person("ES", "600000101"), [contact(1, "+34600000101")], it_is(1)),
    Situation("es without plus in both", person("ES", "34600000101"), [contact(1, "34600000101")], it_is(1)),
    Situation("es dialled from abroad", person("ES", "+34600000101"), [contact(1, "0034600000101")], it_is(1)),
    Situation("es his second phone", person("ES", "600000101"), [contact(1, "911000111", "600000101")], it_is(1)),
    Situation("es two phones in one value", person("ES", "600000101"), [contact(1, "911000111, 600000101")], it_is(1)),
    Situation("es a foreign guest", person("ES", "+4915123000101"), [contact(1, "+49 151 23000101")], it_is(1)),
    Situation("es no phone, no e-mail", person("ES", name="Carla"), [contact(1, "600000101", name="Carla")], NEW),
    Situation("es a phone of three digits", person("ES", "123"), [contact(1, "123")], NEW),
    Situation("es no phones anywhere", person("ES"), [contact(1), contact(2)], NEW),
    Situation(
        "es nobody's contact with another name",
        person("ES", "600000101", name="Carla"),
        [contact(1, "600000101", name="Dani from WhatsApp")],
        it_is(1),
    ),
    Situation(
        "es two contacts with the phone",
        person("ES", "600000101"),
        [contact(2, "+34600000101"), contact(1, "600000101")],
        several(1, 2),
    ),
    Situation(
        "es two contacts, one of them his by name",
        person("ES", "600000101", name="Carla"),
        [contact(1, "600000101", name="Carla"), contact(2, "600000101", name="Dani")],
        several(1, 2),
    ),
    # Families: one phone, clients of one location
    Situation(
        "es a mother's phone",
        person("ES", "600000101", name="Dani", client=2),
        [contact(1, "600000101", name="Carla")],
        NEW,
        {1: {(HERE, 1)}},
    ),
    Situation(
        "es a namesake in the family",
        person("ES", "600000101", name="Carla", client=2),
        [contact(1, "600000101", name="Carla")],
        NEW,
        {1: {(HERE, 1)}},
    ),
    Situation(
        "es the rest of a family's contacts",
        person("ES", "600000101", client=3),
        [contact(1, "600000101"), contact(2, "600000101"), contact(3, "600000101")],
        it_is(3),
        {1: {(HERE, 1)}, 2: {(HERE, 2)}},
    ),
    Situation(
        "es a third of the family",
        person("ES", "600000101", client=3),
        [contact(1, "600000101"), contact(2, "600000101")],
        NEW,
        {1: {(HERE, 1)}, 2: {(HERE, 2)}},
    ),
    Situation(
        "es a family's phone and e-mail",
        person("ES", "600000101", email="family@example.test", client=2),
        [contact(1, "600000101", emails=["family@example.test"])],
        NEW,
        {1: {(HERE, 1)}},
    ),
    Situation(
        "es a family's phone, an e-mail of his own",
        person("ES", "600000101", name="Dani", email="dani@example.test", client=2),
        [contact(1, "600000101", name="Carla"), contact(2, name="Dani", emails=["dani@example.test"])],
        it_is(2),
        {1: {(HERE, 1)}},
    ),
    Situation(
        "es a family's phone is no likeness",
        person("ES", "+34600000101", client=2),
        [contact(1, "+34600000101"), contact(2, "+14600000101")],
        NEW,
        {1: {(HERE, 1)}},
    ),
    Situation(
        "es his own contact once more",
        person("ES", "600000101", name="Carla", client=1),
        [contact(1, "600000101", name="Renamed by the manager")],
        it_is(1),
        {1: {(HERE, 1)}},
    ),
    # Chains: one phone, clients of several locations
    Situation(
        "pt the same name at another location",
        person("PT", "912000101", name="João Conceição", location=THERE, client=7),
        [contact(1, "+351912000101", name="JOAO CONCEICAO")],
        it_is(1),
        {1: {(HERE, 1)}},
    ),
    Situation(
        "pt only a first name at another location",
        person("PT", "912000101", name="João", location=THERE, client=7),
        [contact(1, "+351912000101", name="Conceição, João")],
        it_is(1),
        {1: {(HERE, 1)}},
    ),
    Situation(
        "pt no name at another location",
        person("PT", "912000101", location=THERE, client=7),
        [contact(1, "+351912000101", name="João")],
        it_is(1),
        {1: {(HERE, 1)}},
    ),
    Situation(
        "pt a contact without a name",
        person("PT", "912000101", name="João", location=THERE, client=7),
        [contact(1, "+351912000101", name="+351912000101")],
        it_is(1),
        {1: {(HERE, 1)}},
    ),
    Situation(
        "pt another name at another location",
        person("PT", "912000101", name="Marta", location=THERE, client=7),
        [contact(1, "+351912000101", name="João")],
        NEW,
        {1: {(HERE, 1)}},
    ),
    Situation(
        "pt the same client id at another location is no key",
        person("PT", "912000101", name="Marta", location=THERE, client=1),
        [contact(1, "+351912000101", name="João")],
        NEW,
        {1: {(HERE, 1)}},
    ),
    Situation(
        "pt the couple's other half is known elsewhere",
        person("PT", "912000101", name="Marta", location=THERE, client=7),
        [contact(1, "912000101", name="João"), contact(2, "912000101", name="Marta")],
        it_is(2),
        {1: {(HERE, 1)}, 2: {(HERE, 2)}},
    ),
    Situation(
        "pt without a name he may be both of a couple",
        person("PT", "912000101", location=THERE, client=7),
        [contact(1, "912000101", name="João"), contact(2, "912000101", name="Marta")],
        several(1, 2),
        {1: {(HERE, 1)}, 2: {(HERE, 2)}},
    ),
    Situation(
        "pt known at two locations, come to the third",
        person("PT", "912000101", name="João", location=ELSEWHERE, client=9),
        [contact(1, "912000101", name="João")],
        it_is(1),
        {1: {(HERE, 1), (THERE, 7)}},
    ),
    Situation(
        "pt another of the second location",
        person("PT", "912000101", name="João", location=THERE, client=8),
        [contact(1, "912000101", name="João")],
        NEW,
        {1: {(HERE, 1), (THERE, 7)}},
    ),
    # Brazil: the ninth digit
    Situation("br the ninth digit is new", person("BR", "+5511987000101"), [contact(1, "+551187000101")], it_is(1)),
    Situation("br the ninth digit is missing", person("BR", "+551187000101"), [contact(1, "+5511987000101")], it_is(1)),
    Situation("br national with it", person("BR", "5511987000101"), [contact(1, "(11) 98700-0101")], it_is(1)),
    Situation("br national without it", person("BR", "5511987000101"), [contact(1, "(11) 8700-0101")], it_is(1)),
    Situation("br with trunk 0", person("BR", "5511987000101"), [contact(1, "011 98700-0101")], it_is(1)),
    Situation("br landline and mobile", person("BR", "+551133330101"), [contact(1, "+5511933330101")], NEW),
    Situation("br another area", person("BR", "+5511987000101"), [contact(1, "+5521987000101")], NEW),
    Situation(
        "br a contact of each writing",
        person("BR", "+5511987000101"),
        [contact(1, "+551187000101"), contact(2, "+5511987000101")],
        several(1, 2),
    ),
    Situation(
        "br a relative under the other writing",
        person("BR", "+5511987000101", client=2),
        [contact(1, "+551187000101")],
        NEW,
        {1: {(HERE, 1)}},
    ),
    # Mexico: 52 and 521
    Situation("mx the 1 in Kommo", person("MX", "+525512000101"), [contact(1, "+5215512000101")], it_is(1)),
    Situation("mx the 1 in Altegio", person("MX", "+5215512000101"), [contact(1, "55 1200 0101")], it_is(1)),
    Situation("mx an old prefix", person("MX", "+525512000101"), [contact(1, "044 55 1200 0101")], it_is(1)),
    Situation("mx a number of the USA", person("MX", "+525512000101"), [contact(1, "+15512000101")], alike(1)),
    Situation(
        "mx the same and one that looks like it",
        person("MX", "+525512000101"),
        [contact(1, "+15512000101"), contact(2, "+5215512000101")],
        it_is(2),
    ),
    Situation(
        "mx two that look like it",
        person("MX", "+525512000101"),
        [contact(2, "+345512000101"), contact(1, "+15512000101")],
        alike(1, 2),
    ),
    Situation(
        "mx a likeness that is another client's",
        person("MX", "+525512000101", client=2),
        [contact(1, "+15512000101")],
        NEW,
        {1: {(HERE, 1)}},
    ),
    Situation(
        "mx a likeness known elsewhere under another name",
        person("MX", "+525512000101", name="Lupe", location=THERE),
        [contact(1, "+15512000101", name="Dani")],
        NEW,
        {1: {(HERE, 1)}},
    ),
    Situation(
        "mx an e-mail ends a likeness",
        person("MX", "+525512000101", email="lupe@example.test"),
        [contact(1, "+15512000101"), contact(2, emails=["lupe@example.test"])],
        it_is(2),
    ),
    # Argentina: 54 and 549
    Situation("ar the 9 in Kommo", person("AR", "+541123000101"), [contact(1, "+5491123000101")], it_is(1)),
    Situation("ar the 9 in Altegio", person("AR", "+5491123000101"), [contact(1, "+54 11 2300-0101")], it_is(1)),
    Situation("ar the 15 at home", person("AR", "+5491123000101"), [contact(1, "011 15-2300-0101")], it_is(1)),
    Situation("ar another area", person("AR", "+5491123000101"), [contact(1, "+5493512300010")], NEW),
    # Russia and Kazakhstan: one code, an 8 at home, two alphabets
    Situation("ru an 8 in Kommo", person("RU", "+74950000101"), [contact(1, "8 (495) 000-01-01")], it_is(1)),
    Situation("kz an 8 in Kommo", person("KZ", "+77010000101"), [contact(1, "8 701 000 01 01")], it_is(1)),
    Situation("kz an 8 in Altegio", person("KZ", "87010000101"), [contact(1, "+77010000101")], it_is(1)),
    Situation("kz the country is not known", person("", "+77010000101"), [contact(1, "87010000101")], alike(1)),
    Situation(
        "ru the other alphabet at another location",
        person("RU", "+79990000101", name="Юлия Щербакова", location=THERE),
        [contact(1, "89990000101", name="Shcherbakova Yulia")],
        it_is(1),
        {1: {(HERE, 1)}},
    ),
    Situation(
        "ru husband and wife at two locations",
        person("RU", "+79990000101", name="Мария Иванова", location=THERE),
        [contact(1, "89990000101", name="Иван Иванов")],
        NEW,
        {1: {(HERE, 1)}},
    ),
    Situation(
        "ru an initial at another location",
        person("RU", "+79990000101", name="Иванов И.", location=THERE),
        [contact(1, "89990000101", name="Ivan Ivanov")],
        it_is(1),
        {1: {(HERE, 1)}},
    ),
    # Germany, Great Britain, the USA, Italy
    Situation("de a trunk 0", person("DE", "+4915123000101"), [contact(1, "0151 23000101")], it_is(1)),
    Situation("de a 0 in brackets", person("DE", "+4915123000101"), [contact(1, "+49 (0) 151 23000101")], it_is(1)),
    Situation("de a Spaniard without plus", person("DE", "+34600000101"), [contact(1, "34600000101")], it_is(1)),
    Situation("gb a trunk 0", person("GB", "+447400000101"), [contact(1, "07400 000101")], it_is(1)),
    Situation("us brackets", person("US", "+12015550101"), [contact(1, "(201) 555-0101")], it_is(1)),
    Situation(
        "it a 0 that belongs to the number", person("IT", "+390212000101"), [contact(1, "02 12000101")], it_is(1)
    ),
    # E-mail
    Situation(
        "es only the e-mail",
        person("ES", email="Carla@Example.test"),
        [contact(1, emails=["carla@example.test "])],
        it_is(1),
    ),
    Situation(
        "es a new phone, the old e-mail",
        person("ES", "600000101", name="Carla Ruiz", email="carla@example.test"),
        [contact(1, "600000999", name="Carla", emails=["carla@example.test"])],
        it_is(1),
    ),
    Situation(
        "es a firm's e-mail under another name",
        person("ES", "600000101", name="Dani", email="office@example.test"),
        [contact(1, "600000999", name="Carla", emails=["office@example.test"])],
        NEW,
    ),
    Situation(
        "es an e-mail that two contacts have",
        person("ES", "600000101", email="carla@example.test"),
        [contact(1, emails=["carla@example.test"]), contact(2, emails=["other@example.test", "carla@example.test"])],
        several(1, 2),
    ),
    Situation(
        "es the phone goes before the e-mail",
        person("ES", "600000101", email="carla@example.test"),
        [contact(1, "600000101"), contact(2, emails=["carla@example.test"])],
        it_is(1),
    ),
    Situation(
        "es an e-mail that is none",
        person("ES", "600000101", email="no"),
        [contact(1, emails=["no"])],
        NEW,
    ),
    Situation(
        "es an e-mail of another client here",
        person("ES", "600000101", email="carla@example.test", client=2),
        [contact(1, emails=["carla@example.test"])],
        NEW,
        {1: {(HERE, 1)}},
    ),
    Situation(
        "es an e-mail of the same client elsewhere",
        person("ES", "600000101", name="Carla", email="carla@example.test", location=THERE),
        [contact(1, name="Carla Ruiz", emails=["carla@example.test"])],
        it_is(1),
        {1: {(HERE, 1)}},
    ),
]


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda situation: situation.name.replace(" ", "_"))
def test_situation(situation: Situation) -> None:
    assert match(situation.person, situation.contacts, situation.clients) == situation.expected
    backwards = list(reversed(situation.contacts))
    assert match(situation.person, backwards, situation.clients) == situation.expected


def test_there_are_enough_situations() -> None:
    names = [situation.name for situation in SITUATIONS]
    assert len(names) == len(set(names)) >= 60
    assert len({situation.person.country for situation in SITUATIONS} - {""}) >= 6


CARLA = person("ES", "600000101", name="Carla", client=1)
DANI = person("ES", "600000101", name="Dani", client=2)
CARLA_THERE = person("ES", "600000101", name="Carla Ruiz", location=THERE, client=5)
DANI_THERE = person("ES", "600000101", name="Dani", location=THERE, client=6)
NOBODY_THERE = person("ES", "600000101", location=THERE, client=7)
LIKE_CARLA = person("MX", "+525512000101", name="Carla", client=1)
LIKE_CARLA_THERE = person("MX", "+15512000101", name="Carla", location=THERE, client=5)

BATCHES = [
    ("a family is two new contacts", [CARLA, DANI], [], [[(HERE, 1)], [(HERE, 2)]]),
    ("one client of two locations is one", [CARLA, CARLA_THERE], [], [[(HERE, 1), (THERE, 5)]]),
    ("a couple at two locations is two", [CARLA, DANI_THERE], [], [[(HERE, 1)], [(THERE, 6)]]),
    (
        "two couples are two people",
        [CARLA, DANI, CARLA_THERE, DANI_THERE],
        [],
        [[(HERE, 1), (THERE, 5)], [(HERE, 2), (THERE, 6)]],
    ),
    ("who has no name joins the only one", [CARLA, NOBODY_THERE], [], [[(HERE, 1), (THERE, 7)]]),
    ("who has no name waits where there are two", [CARLA, DANI, NOBODY_THERE], [], [[(HERE, 1)], [(HERE, 2)]]),
    ("who looks like another waits", [LIKE_CARLA, LIKE_CARLA_THERE], [], [[(HERE, 1)]]),
    (
        "nobody to compare is everybody's own",
        [person("ES", name="Carla", client=1), person("ES", name="Carla", location=THERE, client=1)],
        [],
        [[(HERE, 1)], [(THERE, 1)]],
    ),
    (
        "an e-mail joins two locations",
        [
            person("ES", "600000101", name="Carla", email="c@example.test", client=1),
            person("ES", "600000999", name="Carla", email="c@example.test", location=THERE, client=5),
        ],
        [],
        [[(HERE, 1), (THERE, 5)]],
    ),
]


@pytest.mark.parametrize(("case", "people", "contacts", "expected"), BATCHES, ids=[case for case, *_ in BATCHES])
def test_batch(case: str, people: list[Person], contacts: list[Contact], expected: list[list[ClientKey]]) -> None:
    for order in (people, list(reversed(people))):
        found = assign(order, contacts, {})
        assert [[one.key for one in group] for group in found.groups] == expected, case


def test_a_free_contact_is_his_whose_name_it_bears() -> None:
    """Two of a family come at once, and one contact has their phone."""
    for order in ([CARLA, DANI], [DANI, CARLA]):
        found = assign(order, [contact(1, "600000101", name="Dani")], {})
        assert found.matched == {DANI.key: 1}
        assert [[one.key for one in group] for group in found.groups] == [[CARLA.key]]


def test_the_client_of_two_locations_is_matched_at_both() -> None:
    found = assign([CARLA, CARLA_THERE], [contact(1, "600000101")], {})
    assert found == Assigned(matched={CARLA.key: 1, CARLA_THERE.key: 1})


@pytest.mark.parametrize(
    ("text", "email"),
    [
        (" Carla@Example.test ", "carla@example.test"),
        ("carla.ruiz+salon@sub.example.test", "carla.ruiz+salon@sub.example.test"),
        ("", ""),
        ("-", ""),
        ("carla@", ""),
        ("carla@example", ""),
        ("c***@example.test", ""),
        ("one@example.test, two@example.test", ""),
    ],
)
def test_emails(text: str, email: str) -> None:
    assert email_of(text) == email
