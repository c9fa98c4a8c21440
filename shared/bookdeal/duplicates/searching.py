"""The search around one deal or one contact, while somebody looks at it: a few requests, the same engine as the scan.

Contacts are found as the account's own search finds them, which may lag behind by moments, and by what Bookdeal
remembers of phones and e-mails.
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from typing import Protocol

from bookdeal.clients.contacts import ContactBook
from bookdeal.clients.identity import email_of
from bookdeal.clients.phones import e164, search_text
from bookdeal.duplicates import traits
from bookdeal.duplicates.contacts import alike_contacts
from bookdeal.duplicates.deals import DealTraits, alike_deals, best_deal
from bookdeal.duplicates.findings import Findings, Found
from bookdeal.duplicates.pairs import Kind, Level, Pair, grouped
from bookdeal.model.client import ClientKey
from bookdeal.model.deal import Contact, Deal, Place
from bookdeal.runtime.errors import NotFound

MOST_SEARCHES = 4
"""Phones and e-mails of a contact that are searched for; of more the rest is left out."""

MOST_DEALS = 150
"""Deals of the people around that are looked at, the newest: one request."""


class Kommo(Protocol):
    """What is asked of the Kommo client here."""

    def deals(self, ids: Sequence[int]) -> dict[int, Deal]:
        """Return these deals, without those that are gone."""

    def contacts(self, ids: Sequence[int]) -> dict[int, Contact]:
        """Return these contacts, without those that are gone."""

    def find_contacts(self, query: str) -> list[Contact]:
        """Search contacts by a phone's digits or by an e-mail."""

    def deals_of_contacts(self, ids: Sequence[int]) -> Mapping[int, Sequence[int]]:
        """Return the deals of these contacts, without the contacts that are gone."""


@dataclass(frozen=True, slots=True)
class Around:
    """What was found around one deal or contact, and all deals of the person that were looked at."""

    found: list[Found]
    deals: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Search:
    """Searches one account for one user.

    `country` reads national numbers, `fields` are the account's field ids by their code. What belongs to the locations
    `hidden` is not shown: deals of bookings there, and people who are known to be clients only there.
    """

    kommo: Kommo
    book: ContactBook
    country: str
    fields: Mapping[str, int]
    client_field: int | None
    are_open: Set[Place]
    findings: Findings
    hidden: Set[int] = frozenset()

    def around_deal(self, id: int) -> Around:
        """Return the groups that a deal and its main contact belong to. Raises NotFound("deal")."""
        deal = self.kommo.deals([id]).get(id)
        if deal is None:
            raise NotFound("deal", params={"deal": id})
        if self._is_hidden(traits.of_deal(deal, self.fields, self.are_open)):
            raise NotFound("deal", params={"deal": id})
        main = deal.contacts[0] if deal.contacts else 0
        contact = self.kommo.contacts([main]).get(main) if main else None
        pairs = self._contacts(contact) if contact is not None else []
        return self._around(pairs, main, deal)

    def around_contact(self, id: int) -> Around:
        """Return the groups that a contact, or any of its deals, belongs to. Raises NotFound("contact")."""
        contact = self.kommo.contacts([id]).get(id)
        if contact is None or self._hidden_ones(self.book.owners([id])):
            raise NotFound("contact", params={"contact": id})
        return self._around(self._contacts(contact), id)

    def _around(self, pairs: Sequence[Pair[int]], contact: int, deal: Deal | None = None) -> Around:
        people = grouped(pairs, self.findings.ignored_ids(Kind.CONTACTS))
        mine = next((one for one in people if one.level is Level.CERTAIN and contact in one.members), None)
        deals = self._deals(mine.members if mine else [contact] if contact else [], deal)
        alike = grouped(alike_deals(deals.values()), self.findings.ignored_ids(Kind.DEALS))
        found = [Found.of(Kind.CONTACTS, one) for one in people if contact in one.members]
        found += [
            Found.of(Kind.DEALS, one, best_deal([deals[member] for member in one.members]))
            for one in alike
            if deal is None or deal.id in one.members
        ]
        return Around(found, tuple(deals))

    def _contacts(self, contact: Contact) -> list[Pair[int]]:
        """Return the pairs among a contact and all that share something with it."""
        mine = traits.of_contact(contact, self.country, self.client_field)
        phones = sorted({number for phone in contact.phones if (number := e164(phone, self.country))})
        emails = sorted({email for one in contact.emails if (email := email_of(one))})
        known = {contact.id: contact}
        for query in (*(search_text(phone) for phone in phones), *emails)[:MOST_SEARCHES]:
            known |= {one.id: one for one in self.kommo.find_contacts(query)}
        unread = self.book.led_to(phones, emails) - known.keys()
        known |= self.kommo.contacts(sorted(unread)) if unread else {}
        alike = [traits.of_contact(one, self.country, self.client_field) for one in known.values()]
        # A search finds more than fits.
        near = [one for one in alike if one.id == contact.id or not set(one.marks).isdisjoint(mine.marks)]
        owners = self.book.owners(one.id for one in near)
        hidden = self._hidden_ones(owners) - {contact.id}
        return alike_contacts(
            replace(one, clients=frozenset(owners.get(one.id, ()))) for one in near if one.id not in hidden
        )

    def _deals(self, person: Sequence[int], besides: Deal | None) -> dict[int, DealTraits]:
        """Return the deals of all contacts of a person, and one more."""
        theirs = self.kommo.deals_of_contacts(person) if person else {}
        ids = sorted({id for some in theirs.values() for id in some}, reverse=True)[:MOST_DEALS]
        read = {**self.kommo.deals(ids)} if ids else {}
        if besides is not None:
            read[besides.id] = besides
        known = (traits.of_deal(deal, self.fields, self.are_open) for deal in read.values())
        return {
            one.id: replace(one, person=person[0] if one.person in person else one.person)
            for one in known
            if not self._is_hidden(one)
        }

    def _is_hidden(self, deal: DealTraits) -> bool:
        return deal.booking is not None and deal.booking[0] in self.hidden

    def _hidden_ones(self, owners: Mapping[int, Set[ClientKey]]) -> set[int]:
        return {id for id, clients in owners.items() if clients and all(at in self.hidden for at, _ in clients)}
