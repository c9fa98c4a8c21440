"""Clients become contacts: by the stored link, by phone, else anew – and never twice.

What a phone led to is remembered by a keyed mark of the number, so that Kommo's search, which may lag, is asked only
about people we have never seen, and no phone is stored.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from bookdeal.clients.identity import e164, match
from bookdeal.model.booking import Client, Location
from bookdeal.model.deal import Contact
from bookdeal.runtime.clock import Clock
from bookdeal.runtime.store import Item, Table, Write

type ClientKey = tuple[int, int]
"""Location and client id: client ids are unique only within a location."""

MOST_SEARCHES = 20
"""Above so many unknown clients at once the account's contacts are listed instead of searched one by one."""


INDEX_FRESH_SECONDS = 120.0
"""How long the index of an account's phones is taken as it is."""

INDEX_KEPT_SECONDS = 3600.0
"""How long it is kept at all."""


class ContactReader(Protocol):
    """What is asked of the Kommo client here."""

    def contacts(self, ids: Sequence[int]) -> dict[int, Contact]:
        """Return these contacts, without the ones that are gone."""

    def find_contacts(self, query: str) -> list[Contact]:
        """Search contacts by a phone's digits."""

    def all_contacts(self, from_page: int = 1) -> Iterable[Sequence[Contact]]:
        """Return every contact, oldest first, page by page."""


@dataclass(frozen=True, slots=True)
class Person:
    """One client of one location, as a booking names him. `phone` in E.164, "" when there is none."""

    key: ClientKey
    phone: str
    country: str
    client: Client

    @staticmethod
    def of(location: Location, client: Client) -> "Person":
        """Return the person behind a location's client."""
        return Person((location.id, client.id), e164(client.phone, location.country), location.country, client)


@dataclass(frozen=True, slots=True)
class Owners:
    """Whose contact it is: clients, and the phones (E.164) by which it is found again."""

    contact: int
    clients: frozenset[ClientKey]
    phones: frozenset[str]

    @staticmethod
    def of(people: Iterable[Person], contact: int) -> "Owners":
        """Return these people as the owners of a contact."""
        everybody = list(people)
        return Owners(
            contact,
            frozenset(person.key for person in everybody),
            frozenset(person.phone for person in everybody if person.phone),
        )


@dataclass(slots=True)
class PhoneIndex:
    """Which contacts of an account have which phone, by its last ten digits; kept in a process's memory only.

    It is filled when many unknown clients come at once, and goes on where it was when a run ended before it was whole:
    `pages` were read so far. What people make later stands on later pages; what they edit is seen when it is made anew.
    """

    contacts: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    pages: int = 0
    begun_at: float = 0.0
    whole_at: float = 0.0

    def bring_up_to_date(self, kommo: ContactReader, now: float) -> None:
        """Read the contacts that are not in it yet. May be cut off by any error of the reader and called again."""
        if now - self.begun_at > INDEX_KEPT_SECONDS:
            self.contacts.clear()
            self.pages, self.begun_at, self.whole_at = 0, now, 0.0
        if now - self.whole_at < INDEX_FRESH_SECONDS:
            return
        # The last page may have grown since it was read.
        self.pages = max(0, self.pages - 1)
        for page in kommo.all_contacts(self.pages + 1):
            for contact in page:
                for number in contact.phones:
                    self.contacts[_ending(number)].add(contact.id)
            self.pages += 1
        self.whole_at = now


@dataclass(slots=True)
class Resolved:
    """Who the clients of a batch are.

    `known`: client → contact, `matched` those of them that no link knew before, with the contact as it stands.
    `candidates`: clients for whom several contacts fit; a person has to say. `new`: those for whom a contact is to be
    made, one list for each contact, the one that it is made from first.
    """

    known: dict[ClientKey, int] = field(default_factory=dict)
    matched: dict[ClientKey, Contact] = field(default_factory=dict)
    candidates: dict[ClientKey, tuple[int, ...]] = field(default_factory=dict)
    new: list[list[Person]] = field(default_factory=list)


class ContactBook:
    """One installation's memory of which client is which contact."""

    def __init__(self, table: Table, installation: str, phone_salt: str, index: PhoneIndex, clock: Clock) -> None:
        """Bind the links table to one installation; `phone_salt` keys the marks of phones."""
        self._index = index
        self._clock = clock
        self._table = table
        self._installation = installation
        self._salt = phone_salt.encode()[: hashlib.blake2b.MAX_KEY_SIZE]

    def resolve(self, people: Iterable[Person], kommo: ContactReader) -> Resolved:
        """Say who these clients are. Writes nothing; asks Kommo only about those that no link knows."""
        resolved = Resolved()
        everybody = {person.key: person for person in people}
        for sort_key, item in self._items(_client_sort_key(key) for key in everybody).items():
            resolved.known[_client_key(sort_key)] = int(item["contact"])
        unknown = [person for key, person in everybody.items() if key not in resolved.known]
        if not unknown:
            return resolved
        found = self._possible_contacts(unknown, kommo)
        owners = self.owners({contact.id for contacts in found.values() for contact in contacts})
        for person in unknown:
            contacts = found.get(person.phone, ())
            taken = [
                contact.id for contact in contacts if _belongs_to_another(owners.get(contact.id, set()), person.key)
            ]
            answer = match(person.phone, contacts, taken, person.country)
            if answer.contact is not None:
                resolved.known[person.key] = answer.contact
                resolved.matched[person.key] = next(known for known in contacts if known.id == answer.contact)
                owners.setdefault(answer.contact, set()).add(person.key)
            elif answer.candidates:
                resolved.candidates[person.key] = answer.candidates
            else:
                _group_of(person, resolved.new).append(person)
        return resolved

    def remember(self, owners: Sequence[Owners]) -> list[list[Write]]:
        """Return, for each contact, the writes that remember whose it is and by which phones it is found again."""
        sort_keys = {f"contact#{owned.contact}" for owned in owners}
        sort_keys |= {self._phone_sort_key(phone) for owned in owners for phone in owned.phones}
        clients: dict[str, set[ClientKey]] = defaultdict(set)
        contacts: dict[str, set[int]] = defaultdict(set)
        for sort_key, item in self._items(sort_keys).items():
            clients[sort_key].update((int(location), int(client)) for location, client in item.get("clients", ()))
            contacts[sort_key].update(item.get("contacts", ()))
        groups = []
        for owned in owners:
            sort_key = f"contact#{owned.contact}"
            clients[sort_key] |= owned.clients
            group = [
                self._table.putting({**self._item(_client_sort_key(key)), "contact": owned.contact})
                for key in owned.clients
            ]
            listed = [list(key) for key in sorted(clients[sort_key])]
            group.append(self._table.putting({**self._item(sort_key), "contact": owned.contact, "clients": listed}))
            for phone in owned.phones:
                mark = self._phone_sort_key(phone)
                contacts[mark].add(owned.contact)
                group.append(self._table.putting({**self._item(mark), "contacts": sorted(contacts[mark])}))
            groups.append(group)
        return groups

    def forget(self, contacts: Iterable[int]) -> None:
        """Drop the links to contacts that are gone: their clients are resolved anew at their next booking."""
        for sort_key, item in self._items({f"contact#{contact}" for contact in contacts}).items():
            for location, client in item["clients"]:
                self._table.delete(self._installation, _client_sort_key((location, client)))
            self._table.delete(self._installation, sort_key)

    def _possible_contacts(self, people: Sequence[Person], kommo: ContactReader) -> Mapping[str, Sequence[Contact]]:
        """Return, by phone, the contacts that may be its owner: remembered ones, else what Kommo finds."""
        phones = {person.phone for person in people if person.phone}
        remembered: dict[str, list[int]] = {}
        sort_keys = {self._phone_sort_key(phone): phone for phone in phones}
        for sort_key, item in self._items(sort_keys).items():
            remembered[sort_keys[sort_key]] = [int(contact) for contact in item["contacts"]]
        still_there = kommo.contacts([contact for ids in remembered.values() for contact in ids]) if remembered else {}
        found: dict[str, list[Contact]] = {
            phone: [still_there[id] for id in ids if id in still_there] for phone, ids in remembered.items()
        }
        strangers = [phone for phone in phones if not found.get(phone)]
        if len(strangers) > MOST_SEARCHES:
            self._index.bring_up_to_date(kommo, self._clock.now())
            alike = {phone: self._index.contacts.get(_ending(phone), set()) for phone in strangers}
            known = kommo.contacts(sorted(set().union(*alike.values())))
            found.update({phone: [known[id] for id in sorted(ids) if id in known] for phone, ids in alike.items()})
        else:
            found.update({phone: kommo.find_contacts(_ending(phone)) for phone in strangers})
        return found

    def owners(self, contacts: Iterable[int]) -> dict[int, set[ClientKey]]:
        """Return whose contacts these are, without those that are not known."""
        return {
            int(item["contact"]): {(int(location), int(client)) for location, client in item["clients"]}
            for item in self._items(f"contact#{contact}" for contact in contacts).values()
        }

    def contacts_of(self, clients: Iterable[ClientKey]) -> dict[ClientKey, int]:
        """Return which contacts these clients are, without those that no link knows."""
        items = self._items(_client_sort_key(key) for key in set(clients))
        return {_client_key(sort_key): int(item["contact"]) for sort_key, item in items.items()}

    def everybody(self, after: int = 0) -> Iterator[tuple[int, set[ClientKey]]]:
        """Yield every contact with its clients, in the table's order, behind the contact named."""
        behind = f"contact#{after}" if after else ""
        for item in self._table.query(self._installation, "contact#", after=behind, consistent=True):
            yield int(item["contact"]), {(int(location), int(client)) for location, client in item["clients"]}

    def _items(self, sort_keys: Iterable[str]) -> dict[str, Item]:
        keys = [(self._installation, sort_key) for sort_key in sort_keys]
        found = self._table.batch_get(keys, consistent=True) if keys else {}
        return {key[1]: item for key, item in found.items()}

    def _item(self, sort_key: str) -> Item:
        return {"installation": self._installation, "key": sort_key}

    def _phone_sort_key(self, phone: str) -> str:
        return f"phone#{hashlib.blake2b(phone.encode(), key=self._salt, digest_size=16).hexdigest()}"


def _client_sort_key(key: ClientKey) -> str:
    return f"client#{key[0]}#{key[1]}"


def _client_key(sort_key: str) -> ClientKey:
    _, location, client = sort_key.split("#")
    return int(location), int(client)


def _belongs_to_another(owners: set[ClientKey], key: ClientKey) -> bool:
    return any(location == key[0] and client != key[1] for location, client in owners)


def _ending(phone: str) -> str:
    return "".join(character for character in phone if character.isdigit())[-10:]


def _group_of(person: Person, groups: list[list[Person]]) -> list[Person]:
    """Return the group that shares this person's contact: the same phone at other locations only, else a new one."""
    for group in groups:
        elsewhere = all(other.key[0] != person.key[0] for other in group)
        if person.phone and group[0].phone == person.phone and elsewhere:
            return group
    groups.append([])
    return groups[-1]
