"""Who is it? Pure: contacts are weighed by phone, e-mail and name, and nobody guesses where two fit."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from enum import StrEnum

from bookdeal.clients.names import contradict, words_of
from bookdeal.clients.phones import comparable, e164, numbers_in, tail
from bookdeal.model.booking import Client, Location
from bookdeal.model.client import ClientKey
from bookdeal.model.deal import Contact

type Clients = Mapping[int, Set[ClientKey]]
"""Whose contacts are known: contact → its clients."""

_EMAIL = re.compile(r"[^@\s,;<>()\"*•]+@[^@\s,;<>()\"*•]+\.[^@\s,;.<>()\"*•]{2,}")
"""Good enough to tell an address from a remark, and from one that is masked for lack of rights."""


class Doubt(StrEnum):
    """Why it is a question who somebody is: several contacts fit him, or one has a phone that looks like his."""

    SEVERAL = "several_contacts"
    ALIKE = "similar_phone"


@dataclass(frozen=True, slots=True)
class Person:
    """One client of one location, as a booking names him.

    `phone` in E.164 and `email` in small letters, "" when there is none that is usable.
    """

    key: ClientKey
    phone: str
    email: str
    country: str
    client: Client

    @staticmethod
    def of(location: Location, client: Client) -> "Person":
        """Return the person behind a location's client."""
        phone = e164(client.phone, location.country)
        return Person((location.id, client.id), phone, email_of(client.email), location.country, client)

    @property
    def name(self) -> str:
        """The name that the location knows."""
        return self.client.name

    @property
    def number(self) -> str:
        """The phone in the form that compares."""
        return comparable(self.phone)


@dataclass(frozen=True, slots=True)
class Match:
    """Who a client is: a contact, nobody yet (all empty), or a doubt with the candidates between whom a person says."""

    contact: int | None = None
    doubt: Doubt | None = None
    candidates: tuple[int, ...] = ()


@dataclass(slots=True)
class Assigned:
    """Who the unknown clients of a batch are.

    `groups` are those for whom a contact is to be made, a list for each contact. Who is in none of the three has to be
    looked at again once the contacts of the groups are there.
    """

    matched: dict[ClientKey, int] = field(default_factory=dict)
    doubts: dict[ClientKey, Match] = field(default_factory=dict)
    groups: list[list[Person]] = field(default_factory=list)


def email_of(text: str) -> str:
    """Return an e-mail address in the form that compares, "" for what is none."""
    email = text.strip().casefold()
    return email if _EMAIL.fullmatch(email) else ""


def match(person: Person, contacts: Iterable[Contact], clients: Clients) -> Match:
    """Weigh the contacts that may be this person: by phone, else by e-mail, else a likeness is asked about.

    A contact of another client of the same location is a relative's, never his own. One of another location's client
    is his own unless the names contradict. An e-mail alone is his own only where the names do not contradict.
    """
    return _Directory(contacts, person.country).match(person, clients)


def assign(people: Iterable[Person], contacts: Iterable[Contact], clients: Clients) -> Assigned:
    """Say who these clients are, whatever the order in which they and the contacts are given.

    Where two clients of a location share a phone and one contact has it, the contact is his whose name it bears.
    """
    everybody = sorted(people, key=lambda person: person.key)
    known = list(contacts)
    directories = {country: _Directory(known, country) for country in {person.country for person in everybody}}
    taken: dict[int, set[ClientKey]] = defaultdict(set)
    for contact, keys in clients.items():
        taken[contact] |= keys
    assigned = Assigned()
    strangers = []
    for person in sorted(everybody, key=lambda one: not directories[one.country].knows_by_name(one)):
        answer = directories[person.country].match(person, taken)
        if answer.contact is not None:
            assigned.matched[person.key] = answer.contact
            taken[answer.contact].add(person.key)
        elif answer.doubt is not None:
            assigned.doubts[person.key] = answer
        else:
            strangers.append(person)
    groups = _Groups()
    # Who has no name fits everybody: the named ones first say how many they are.
    for person in sorted(strangers, key=lambda person: (not words_of(person.name), person.key)):
        groups.place(person)
    assigned.groups = groups.all
    return assigned


class _Directory:
    """Contacts by phone and e-mail, their national numbers read as a country's."""

    def __init__(self, contacts: Iterable[Contact], country: str) -> None:
        self._by_number: dict[str, dict[int, Contact]] = defaultdict(dict)
        self._by_tail: dict[str, dict[int, Contact]] = defaultdict(dict)
        self._by_email: dict[str, dict[int, Contact]] = defaultdict(dict)
        for contact in contacts:
            for number in frozenset[str]().union(*(numbers_in(phone, country) for phone in contact.phones)):
                self._by_number[number][contact.id] = contact
                self._by_tail[tail(number)][contact.id] = contact
            for email in contact.emails:
                self._by_email[email_of(email)][contact.id] = contact

    def match(self, person: Person, clients: Clients) -> Match:
        same = self._same(person)
        fitting = [contact for contact in same.values() if _may_be(person, contact, clients)]
        if not fitting:
            fitting = [
                contact
                for contact in self._having(person.email, self._by_email).values()
                if contact.id not in same
                and _may_be(person, contact, clients)
                and not contradict(person.name, contact.name)
            ]
        if fitting:
            return _one_of(fitting, Doubt.SEVERAL)
        if same:
            # The phone is known to be a relative's.
            return Match()
        alike = self._having(tail(person.number), self._by_tail).values()
        return _one_of([contact for contact in alike if _may_be(person, contact, clients)], Doubt.ALIKE)

    def knows_by_name(self, person: Person) -> bool:
        """Tell whether a contact with his phone bears his name."""
        words = words_of(person.name)
        return bool(words) and any(
            words_of(contact.name) and not contradict(person.name, contact.name)
            for contact in self._same(person).values()
        )

    def _same(self, person: Person) -> Mapping[int, Contact]:
        return self._having(person.number, self._by_number)

    @staticmethod
    def _having(value: str, where: Mapping[str, Mapping[int, Contact]]) -> Mapping[int, Contact]:
        return where.get(value, {}) if value else {}


def _may_be(person: Person, contact: Contact, clients: Clients) -> bool:
    owners = clients.get(contact.id, frozenset())
    if person.key in owners:
        return True
    if any(location == person.key[0] and client != person.key[1] for location, client in owners):
        return False
    return not owners or not contradict(person.name, contact.name)


def _one_of(contacts: Sequence[Contact], doubt: Doubt) -> Match:
    ids = tuple(sorted(contact.id for contact in contacts))
    if len(ids) == 1 and doubt is Doubt.SEVERAL:
        return Match(contact=ids[0])
    return Match(doubt=doubt, candidates=ids) if ids else Match()


class _Groups:
    """People for whom contacts are to be made: who is one and the same at several locations gets one."""

    def __init__(self) -> None:
        self.all: list[list[Person]] = []
        self._by_number: dict[str, list[list[Person]]] = defaultdict(list)
        self._by_tail: dict[str, list[list[Person]]] = defaultdict(list)
        self._by_email: dict[str, list[list[Person]]] = defaultdict(list)

    def place(self, person: Person) -> None:
        """Put somebody into his group, or into a new one; into none where that would be a guess."""
        same = self._by_number[person.number] if person.number else []
        fitting = [group for group in same if _belongs(person, group)]
        if not fitting and person.email:
            fitting = [group for group in self._by_email[person.email] if _belongs(person, group)]
        if not fitting and not same and (alike := tail(person.number)):
            looks_like = [group for group in self._by_tail[alike] if _belongs(person, group)]
            if looks_like:
                return
        if len(fitting) > 1:
            return
        group = fitting[0] if fitting else []
        if not fitting:
            self.all.append(group)
        group.append(person)
        for value, where in (
            (person.number, self._by_number),
            (tail(person.number), self._by_tail),
            (person.email, self._by_email),
        ):
            if value and not any(group is other for other in where[value]):
                where[value].append(group)


def _belongs(person: Person, group: Sequence[Person]) -> bool:
    return all(other.key[0] != person.key[0] and not contradict(other.name, person.name) for other in group)
