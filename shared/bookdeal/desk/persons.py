"""One person's data: who is meant, and all that is kept of him."""

from dataclasses import dataclass
from itertools import islice
from typing import Any

from bookdeal.bookings.commands.persons import Who, is_about, names
from bookdeal.bookings.links import BookingKey
from bookdeal.clients.contacts import ContactBook, ContactIndex
from bookdeal.clients.identity import email_of
from bookdeal.clients.phones import e164
from bookdeal.desk.requests import ErasePerson, ExportPerson
from bookdeal.duplicates.findings import Findings
from bookdeal.installs.installation import Installation
from bookdeal.installs.uninstalling import Tables
from bookdeal.runtime.clock import Clock
from bookdeal.runtime.errors import Conflict, Invalid, NotFound
from bookdeal.runtime.store import Item

ITEMS_A_PAGE = 5000
"""Links looked through for one page of an export."""


@dataclass(frozen=True, slots=True)
class PersonFiles:
    """Finds persons and what is kept of them; writes nothing."""

    tables: Tables
    clock: Clock

    def who(self, installation: Installation, request: ExportPerson | ErasePerson) -> Who:
        """Return who is meant, with all that he is known as.

        Raises NotFound when nobody is known so, Invalid for what is no phone or e-mail, and Conflict when it fits
        several contacts, such as a family's phone: then a contact or a client has to be named.
        """
        book = ContactBook(self.tables.links, installation.id, installation.phone_salt, ContactIndex(), self.clock)
        clients = {request.client} if request.client else set()
        contacts = {request.contact} if request.contact else set(book.contacts_of(clients).values())
        if request.phone:
            contacts = book.led_to(_numbers(request.phone, installation), ())
        elif request.email:
            if not email_of(request.email):
                raise Invalid("email")
            contacts = book.led_to((), [email_of(request.email)])
        if len(contacts) > 1:
            raise Conflict("several_contacts", params={"contacts": " ".join(map(str, sorted(contacts)))})
        clients.update(*book.owners(contacts).values())
        if not clients and not contacts:
            raise NotFound("person")
        return Who(frozenset(clients), frozenset(contacts))

    def export(self, installation: Installation, request: ExportPerson) -> dict[str, Any]:
        """Return what a stretch of the links and all that belongs to it say of a person, and where to go on."""
        who = self.who(installation, request)
        found = list(
            islice(self.tables.links.query(installation.id, after=request.after, consistent=True), ITEMS_A_PAGE + 1)
        )
        links = [item for item in found[:ITEMS_A_PAGE] if is_about(item, who)]
        bookings = [str(item["key"]) for item in links if str(item["key"]).startswith("booking#")]
        deals = sorted({int(item["deal"]) for item in links if item["key"] in bookings})
        waiting = list(self.tables.parked.query(installation.id, "booking#", consistent=True))
        parked = [
            item
            for item in waiting
            if item["key"] in bookings or (not request.after and names(_booking(item), item["params"], who))
        ]
        decisions = [
            item
            for deal in deals
            for item in self.tables.decisions.query(installation.id, f"deal#{deal}#")
            if f"booking#{item['location']}#{item['booking']}" in bookings
        ]
        findings = Findings(self.tables.decisions, installation.id)
        return {
            "person": who.params(),
            "links": [_shown(item) for item in links],
            "parked": [_shown(item) for item in parked],
            "decisions": [_shown(item) for item in decisions],
            "duplicates": [] if request.after else findings.naming(who.contacts),
            "next": str(found[ITEMS_A_PAGE - 1]["key"]) if len(found) > ITEMS_A_PAGE else "",
        }


def _numbers(phone: str, installation: Installation) -> set[str]:
    """Return what a phone may mean at the installation's locations, in E.164."""
    countries = {location.country for location in installation.locations} or {""}
    numbers = {number for country in countries if (number := e164(phone, country))}
    if not numbers:
        raise Invalid("phone")
    return numbers


def _booking(item: Item) -> BookingKey:
    _, location, booking = str(item["key"]).split("#")
    return int(location), int(booking)


def _shown(item: Item) -> Item:
    return {name: value for name, value in item.items() if name != "installation"}
