"""Clients become contacts: by the stored link, by phone, by e-mail, else anew – and never twice.

What a phone or an e-mail led to is remembered by a keyed mark of it, so that Kommo's search, which may lag, is asked
only about people we have never seen, and neither is stored.
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Protocol

from bookdeal.clients.identity import Assigned, Doubt, Match, Person, assign, email_of
from bookdeal.clients.phones import comparable, search_text, shared_digits
from bookdeal.model.booking import Client
from bookdeal.model.client import ClientKey
from bookdeal.model.deal import Contact
from bookdeal.runtime.clock import Clock
from bookdeal.runtime.store import Item, Table, Write

MOST_SEARCHES = 20
"""Above so many phones and e-mails of unknown clients the account's contacts are listed instead of searched singly."""

INDEX_FRESH_SECONDS = 5.0
"""How long the index of an account's contacts is taken as it is: who was made meanwhile would be made again.

To bring it up to date costs one request, for the last page.
"""

INDEX_KEPT_SECONDS = 3600.0
"""How long it is kept at all."""


class ContactReader(Protocol):
    """What is asked of the Kommo client here."""

    def contacts(self, ids: Sequence[int]) -> dict[int, Contact]:
        """Return these contacts, without the ones that are gone."""

    def find_contacts(self, query: str) -> list[Contact]:
        """Search contacts by a phone's digits or by an e-mail."""

    def all_contacts(self, from_page: int = 1) -> Iterable[Sequence[Contact]]:
        """Return every contact, oldest first, page by page."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is stored of a client: his contact, and a mark of the phone and e-mail that were last brought there."""

    contact: int
    seen: str


@dataclass(frozen=True, slots=True)
class Card:
    """What is stored of a contact: whose it is, and whose client id it shows.

    `latest` is the start of the latest visit known of the client that is shown, as ISO text of the location's clock;
    "" when none is known.
    """

    clients: frozenset[ClientKey] = frozenset()
    shown: ClientKey | None = None
    latest: str = ""


@dataclass(frozen=True, slots=True)
class Owners:
    """What is to be remembered of a contact: clients with their data's mark, and the ways by which it is found again.

    `phones` in E.164, `emails` as `email_of` returns them. `card` replaces what is shown; its clients are joined.
    """

    contact: int
    clients: Mapping[ClientKey, str]
    phones: frozenset[str] = frozenset()
    emails: frozenset[str] = frozenset()
    card: Card = Card()


@dataclass(slots=True)
class ContactIndex:
    """Which contacts of an account have which phone or e-mail; kept in a process's memory only.

    It is filled when many unknown clients come at once, and goes on where it was when a run ended before it was whole:
    `pages` were read so far. What people make later stands on later pages; what they edit is seen when it is made anew.
    """

    by_digits: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    by_email: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    pages: int = 0
    begun_at: float = 0.0
    whole_at: float = 0.0

    def bring_up_to_date(self, kommo: ContactReader, now: float, is_enough: Callable[[], bool] = lambda: False) -> bool:
        """Read the contacts that are not in it yet; tells whether that came to its end before it was enough.

        May be cut off by any error of the reader and called again.
        """
        if now - self.begun_at > INDEX_KEPT_SECONDS:
            self.by_digits.clear()
            self.by_email.clear()
            self.pages, self.begun_at, self.whole_at = 0, now, 0.0
        if now - self.whole_at < INDEX_FRESH_SECONDS:
            return True
        # The last page may have grown since it was read.
        self.pages = max(0, self.pages - 1)
        for page in kommo.all_contacts(self.pages + 1):
            for contact in page:
                for number in contact.phones:
                    self.by_digits[shared_digits(number)].add(contact.id)
                for email in contact.emails:
                    self.by_email[email_of(email)].add(contact.id)
            self.pages += 1
            if is_enough():
                return False
        self.whole_at = now
        return True

    def alike(self, phones: Iterable[str], emails: Iterable[str]) -> set[int]:
        """Return the contacts that may have one of these phones (E.164) or e-mails."""
        found: set[int] = set()
        for digits in filter(None, map(shared_digits, phones)):
            found |= self.by_digits.get(digits, set())
        for email in filter(None, emails):
            found |= self.by_email.get(email, set())
        return found


@dataclass(slots=True)
class Resolved:
    """Who the clients of a batch are.

    `known`: client → contact. `matched`: those of them that no link knew before. `stale`: those whose phone or e-mail
    is no longer what was last brought to their contact. `contacts`: contacts as they stand, where they were read.
    `doubts`: clients for whom a person has to say. `new`: those for whom a contact is to be made, one list for each.
    """

    known: dict[ClientKey, int] = field(default_factory=dict)
    matched: set[ClientKey] = field(default_factory=set)
    stale: set[ClientKey] = field(default_factory=set)
    contacts: dict[int, Contact] = field(default_factory=dict)
    doubts: dict[ClientKey, Match] = field(default_factory=dict)
    new: list[list[Person]] = field(default_factory=list)


class ContactBook:
    """One installation's memory of which client is which contact."""

    def __init__(self, table: Table, installation: str, phone_salt: str, index: ContactIndex, clock: Clock) -> None:
        """Bind the links table to one installation; `phone_salt` keys the marks of phones and e-mails."""
        self._index = index
        self._clock = clock
        self._table = table
        self._installation = installation
        self._salt = phone_salt.encode()[: hashlib.blake2b.MAX_KEY_SIZE]

    def list_everybody(self, kommo: ContactReader, is_enough: Callable[[], bool]) -> bool:
        """List the account's contacts, as far as that is not done yet; tells whether it is before it was enough."""
        return self._index.bring_up_to_date(kommo, self._clock.now(), is_enough)

    def resolve(self, people: Iterable[Person], kommo: ContactReader, searches: int = MOST_SEARCHES) -> Resolved:
        """Say who these clients are. Writes nothing; asks Kommo only about those that no link knows.

        Above so many `searches` the account's contacts are listed instead.
        """
        resolved = Resolved()
        everybody = {person.key: person for person in people}
        for key, known in self.known(everybody).items():
            resolved.known[key] = known.contact
            if known.seen != self.mark_of(everybody[key].client):
                resolved.stale.add(key)
        unknown = [person for key, person in everybody.items() if key not in resolved.known]
        if unknown:
            assigned = self._assign(unknown, resolved, kommo, searches)
            resolved.known |= assigned.matched
            resolved.matched |= assigned.matched.keys()
            resolved.doubts, resolved.new = assigned.doubts, assigned.groups
        return resolved

    def known(self, keys: Iterable[ClientKey]) -> dict[ClientKey, Known]:
        """Return what is stored of these clients, without those that nothing is known of."""
        return {
            _client_key(sort_key): Known(int(item["contact"]), str(item.get("seen", "")))
            for sort_key, item in self._items(_client_sort_key(key) for key in keys).items()
        }

    def cards(self, contacts: Iterable[int]) -> dict[int, Card]:
        """Return what is stored of these contacts, without those that nothing is known of."""
        found = self._items(_contact_sort_key(contact) for contact in set(contacts))
        return {int(item["contact"]): _card_from(item) for item in found.values()}

    def owners(self, contacts: Iterable[int]) -> dict[int, Set[ClientKey]]:
        """Return whose contacts these are, without those that are not known."""
        return {contact: card.clients for contact, card in self.cards(contacts).items()}

    def contacts_of(self, clients: Iterable[ClientKey]) -> dict[ClientKey, int]:
        """Return which contacts these clients are, without those that no link knows."""
        return {key: known.contact for key, known in self.known(set(clients)).items()}

    def count_clients(self, location: int) -> int:
        """Return how many clients of a location have their contact."""
        return self._table.count(self._installation, f"client#{location}#")

    def led_to(self, phones: Iterable[str], emails: Iterable[str]) -> set[int]:
        """Return the contacts that these phones (E.164) and e-mails (as `email_of` returns them) once led to."""
        items = self._items(self._ways_of(phones, emails)).values()
        return {int(contact) for item in items for contact in item["contacts"]}

    def everybody(self, after: int = 0) -> Iterator[tuple[int, Set[ClientKey]]]:
        """Yield every contact with its clients, in the table's order, behind the contact named."""
        behind = _contact_sort_key(after) if after else ""
        for item in self._table.query(self._installation, "contact#", after=behind, consistent=True):
            yield int(item["contact"]), _card_from(item).clients

    def mark_of(self, client: Client) -> str:
        """Return the mark of a client's phone and e-mail, by which a change of them is noticed, however written."""
        digits = "".join(filter(str.isdigit, client.phone))
        return self._hash(f"{digits}\n{client.email.strip().casefold()}")

    def remember(self, owners: Sequence[Owners]) -> list[list[Write]]:
        """Return, for each contact, the writes that remember whose it is and by what it is found again."""
        cards = self.cards(owned.contact for owned in owners)
        ways = {owned.contact: self._ways(owned) for owned in owners}
        contacts: dict[str, set[int]] = defaultdict(set)
        for sort_key, item in self._items(set().union(*ways.values())).items():
            contacts[sort_key].update(item["contacts"])
        groups = []
        for owned in owners:
            card = cards.get(owned.contact, Card())
            shown = owned.card if owned.card.shown is not None else card
            cards[owned.contact] = card = Card(card.clients | owned.clients.keys(), shown.shown, shown.latest)
            group = [self._client_write(key, owned.contact, seen) for key, seen in owned.clients.items()]
            group.append(self._table.putting(self._card_item(owned.contact, card)))
            for way in sorted(ways[owned.contact]):
                contacts[way].add(owned.contact)
                group.append(self._table.putting({**self._item(way), "contacts": sorted(contacts[way])}))
            groups.append(group)
        return groups

    def follow(self, gone: int, winner: int) -> list[Write]:
        """Return the writes that make a merged contact's clients those of the contact that it was merged into."""
        cards = self.cards([gone, winner])
        lost, kept = cards.get(gone, Card()), cards.get(winner, Card())
        shown = kept if kept.shown is not None else lost
        joined = Card(kept.clients | lost.clients, shown.shown, shown.latest)
        # Without a mark they count as changed, so that the winner gets what it lacks with their next booking.
        moved = [self._client_write(key, winner, "") for key in sorted(lost.clients)]
        return [
            *moved,
            self._table.putting(self._card_item(winner, joined)),
            self._table.deleting(self._installation, _contact_sort_key(gone)),
        ]

    def forget(self, contacts: Iterable[int]) -> None:
        """Drop the links to contacts that are gone: their clients are resolved anew at their next booking."""
        for contact, card in self.cards(contacts).items():
            for key in card.clients:
                self._table.delete(self._installation, _client_sort_key(key))
            self._table.delete(self._installation, _contact_sort_key(contact))

    def _assign(self, people: Sequence[Person], resolved: Resolved, kommo: ContactReader, searches: int) -> Assigned:
        """Weigh the contacts that may be these people's: remembered ones, else what Kommo finds by phone, by e-mail."""
        contacts, remembered = self._remembered(people, kommo)
        resolved.contacts |= contacts
        phones = {person.phone for person in people if not self._ways_of([person.phone], ()) <= remembered}
        emails = {person.email for person in people if not self._ways_of((), [person.email]) <= remembered}
        if len(phones) + len(emails) > searches:
            self._index.bring_up_to_date(kommo, self._clock.now())
            alike = self._index.alike(phones, emails) - resolved.contacts.keys()
            resolved.contacts |= kommo.contacts(sorted(alike)) if alike else {}
            return self._weighed(people, resolved)
        self._search({search_text(phone) for phone in phones}, resolved, kommo)
        assigned = self._weighed(people, resolved)
        # An e-mail counts only where no contact has the phone.
        unsure = {person.email for person in people if _is_unsure(person.key, assigned)} & emails
        return self._weighed(people, resolved) if self._search(unsure, resolved, kommo) else assigned

    def _weighed(self, people: Sequence[Person], resolved: Resolved) -> Assigned:
        return assign(people, resolved.contacts.values(), self.owners(resolved.contacts))

    def _remembered(self, people: Iterable[Person], kommo: ContactReader) -> tuple[dict[int, Contact], set[str]]:
        """Return the contacts that these people's phones and e-mails once led to, and the sort keys that led there."""
        ways: set[str] = set()
        for person in people:
            ways |= self._ways_of([person.phone], [person.email])
        led_to = {sort_key: {int(id) for id in item["contacts"]} for sort_key, item in self._items(ways).items()}
        ids = set[int]().union(*led_to.values())
        contacts = kommo.contacts(sorted(ids)) if ids else {}
        return contacts, {sort_key for sort_key, ids in led_to.items() if ids & contacts.keys()}

    def _search(self, queries: Iterable[str], resolved: Resolved, kommo: ContactReader) -> bool:
        """Ask Kommo's search, which finds more than fits; returns whether it found somebody new."""
        before = len(resolved.contacts)
        for query in sorted(queries):
            resolved.contacts |= {contact.id: contact for contact in kommo.find_contacts(query)}
        return len(resolved.contacts) > before

    def _ways(self, owned: Owners) -> set[str]:
        return self._ways_of(owned.phones, owned.emails)

    def _ways_of(self, phones: Iterable[str], emails: Iterable[str]) -> set[str]:
        """Return the sort keys under which contacts are found again by a phone or an e-mail."""
        return {f"phone#{self._hash(comparable(phone))}" for phone in phones if phone} | {
            f"email#{self._hash(email)}" for email in emails if email
        }

    def _hash(self, text: str) -> str:
        return hashlib.blake2b(text.encode(), key=self._salt, digest_size=16).hexdigest()

    def _client_write(self, key: ClientKey, contact: int, seen: str) -> Write:
        return self._table.putting({**self._item(_client_sort_key(key)), "contact": contact, "seen": seen})

    def _card_item(self, contact: int, card: Card) -> Item:
        return {
            **self._item(_contact_sort_key(contact)),
            "contact": contact,
            "clients": [list(key) for key in sorted(card.clients)],
            "shown": list(card.shown) if card.shown else None,
            "latest": card.latest,
        }

    def _items(self, sort_keys: Iterable[str]) -> dict[str, Item]:
        keys = [(self._installation, sort_key) for sort_key in sort_keys]
        found = self._table.batch_get(keys, consistent=True) if keys else {}
        return {key[1]: item for key, item in found.items()}

    def _item(self, sort_key: str) -> Item:
        return {"installation": self._installation, "key": sort_key}


def _card_from(item: Item) -> Card:
    shown = item.get("shown")
    clients = frozenset((int(location), int(client)) for location, client in item["clients"])
    return Card(clients, (int(shown[0]), int(shown[1])) if shown else None, str(item.get("latest", "")))


def _contact_sort_key(contact: int) -> str:
    return f"contact#{contact}"


def _client_sort_key(key: ClientKey) -> str:
    return f"client#{key[0]}#{key[1]}"


def _client_key(sort_key: str) -> ClientKey:
    _, location, client = sort_key.split("#")
    return int(location), int(client)


def _is_unsure(key: ClientKey, assigned: Assigned) -> bool:
    doubt = assigned.doubts.get(key)
    return key not in assigned.matched and (doubt is None or doubt.doubt is Doubt.ALIKE)
