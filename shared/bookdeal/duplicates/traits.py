"""What tells contacts, deals and bookings apart, taken from them as they stand. Pure.

`keyed` brings it into short lines without anything of a person in clear: ids, times, and keyed marks of phones, e-mails
and names, of which a scan keeps millions of bytes for an hour. Two marks tell only whether they are of the same thing.
"""

import hashlib
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field, replace
from datetime import datetime

from bookdeal.clients.identity import email_of
from bookdeal.clients.phones import comparable, e164, numbers_in
from bookdeal.duplicates.bookings import BookingTraits
from bookdeal.duplicates.contacts import ContactTraits
from bookdeal.duplicates.deals import DealTraits
from bookdeal.duplicates.likeness import Words, words
from bookdeal.duplicates.pairs import BookingKey
from bookdeal.model.booking import Booking
from bookdeal.model.deal import Contact, Deal, FieldValue, Pipeline, Place

MOST_MARKS = 20
"""Phones, and e-mails, of one contact that are kept in its line."""

_MIDNIGHT = datetime(1970, 1, 1)
_CLOSED = ("won", "lost")


def open_places(pipelines: Iterable[Pipeline]) -> frozenset[Place]:
    """Return the stages that are not closed. A stage that the account does not list belongs to an archived pipeline."""
    return frozenset(
        Place(pipeline.id, stage.id) for pipeline in pipelines for stage in pipeline.stages if stage.kind not in _CLOSED
    )


def of_contact(contact: Contact, country: str, client_field: int | None) -> ContactTraits:
    """Return what tells a contact; national numbers are `country`'s, `client_field` shows the client id."""
    shown = contact.fields.get(client_field) if client_field is not None else None
    return ContactTraits(
        id=contact.id,
        words=words(contact.name),
        phones=frozenset[str]().union(*(numbers_in(phone, country) for phone in contact.phones)),
        emails=frozenset(map(email_of, contact.emails)) - {""},
        client=str(shown) if str(shown).isdecimal() else "",
    )


def of_deal(deal: Deal, fields: Mapping[str, int], are_open: Set[Place]) -> DealTraits:
    """Return what tells a deal; its person is its main contact. `fields` are the account's field ids by their code."""
    return DealTraits(
        id=deal.id,
        person=deal.contacts[0] if deal.contacts else 0,
        words=words(deal.name),
        is_open=deal.place in are_open,
        pipeline=deal.place.pipeline,
        created_at=deal.created_at,
        booking=_booking(deal.fields, fields),
    )


def of_booking(booking: Booking, country: str, contact: int | None) -> BookingTraits:
    """Return what tells a booking; `country` is its location's, `contact` that of its client where it is known."""
    client = booking.client
    persons = {person_of_contact(contact)} if contact is not None else set()
    if client is not None:
        persons.add(f"client {booking.location} {client.id}")
        phone, name = comparable(e164(client.phone, country)), words(client.name)
        if phone and name:
            persons.add(" ".join(("phone", phone, *name)))
    return BookingTraits(
        key=(booking.location, booking.id),
        persons=frozenset(persons),
        starts_at=int((booking.starts_at - _MIDNIGHT).total_seconds()) // 60,
        minutes=booking.length // 60,
        services=frozenset(line.service for line in booking.services),
        event=booking.event,
        visitor=words(booking.visitor),
    )


def person_of_contact(contact: int) -> str:
    """Return the mark of whoever a contact is, among a booking's persons."""
    return f"contact {contact}"


def _booking(shown: Mapping[int, FieldValue], fields: Mapping[str, int]) -> BookingKey | None:
    try:
        return int(str(shown[fields["COMPANY_ID"]])), int(str(shown[fields["BOOKING_ID"]]))
    except (KeyError, ValueError):
        return None


@dataclass(frozen=True, slots=True)
class Lines:
    """Writes traits as lines without persons, and reads them. `salt` keys the marks.

    A name that is read back has as many words as before, none of them a real one: it is the same as another or not.
    """

    salt: str
    _marks: dict[str, str] = field(default_factory=dict)

    def contact(self, contact: ContactTraits) -> str:
        """Write a contact's traits. Whose contact it is is not among them."""
        told = (sorted(some)[:MOST_MARKS] for some in (contact.phones, contact.emails))
        phones, emails = (",".join(map(self._mark, some)) for some in told)
        return "|".join((str(contact.id), self._name(contact.words), phones, emails, contact.client))

    def deal(self, deal: DealTraits) -> str:
        """Write a deal's traits."""
        booking = f"{deal.booking[0]},{deal.booking[1]}" if deal.booking else ""
        flags = f"{deal.person},{int(deal.is_open)},{deal.pipeline},{deal.created_at}"
        return "|".join((str(deal.id), self._name(deal.words), flags, booking))

    def booking(self, booking: BookingTraits) -> str:
        """Write a booking's traits. The persons' marks say nothing but which are the same."""
        persons = [one if one.startswith("contact ") else self._mark(one) for one in sorted(booking.persons)]
        times = f"{booking.starts_at},{booking.minutes},{booking.event or 0}"
        services = ",".join(map(str, sorted(booking.services)))
        key = f"{booking.key[0]},{booking.key[1]}"
        return "|".join((key, self._name(booking.visitor), times, services, ",".join(persons)))

    def _mark(self, text: str) -> str:
        return hashlib.blake2b(text.encode(), key=self.salt.encode()[:64], digest_size=8).hexdigest()

    def _name(self, name: Words) -> str:
        if not name:
            return ""
        whole = " ".join(name)
        if whole not in self._marks:
            self._marks[whole] = f"{len(name)}{self._mark(whole)}"
        return self._marks[whole]


def contact_from(line: str) -> ContactTraits:
    """Read a contact's traits."""
    id, name, phones, emails, client = line.split("|")
    return ContactTraits(int(id), _words(name), _several(phones), _several(emails), client)


def deal_from(line: str) -> DealTraits:
    """Read a deal's traits."""
    id, name, flags, booking = line.split("|")
    person, is_open, pipeline, created_at = map(int, flags.split(","))
    return DealTraits(int(id), person, _words(name), bool(is_open), pipeline, created_at, _key(booking))


def booking_from(line: str) -> BookingTraits:
    """Read a booking's traits."""
    key, visitor, times, services, persons = line.split("|")
    starts_at, minutes, event = map(int, times.split(","))
    known = frozenset(map(int, _several(services)))
    return BookingTraits(
        _key(key) or (0, 0), _several(persons), starts_at, minutes, known, event or None, _words(visitor)
    )


def with_person(booking: BookingTraits, person_of: Mapping[int, int]) -> BookingTraits:
    """Return a booking whose contact is told by the one that stands for all contacts of the person."""
    persons = set()
    for one in booking.persons:
        kind, _, contact = one.partition(" ")
        is_contact = kind == "contact" and contact
        persons.add(person_of_contact(person_of.get(int(contact), int(contact))) if is_contact else one)
    return replace(booking, persons=frozenset(persons))


def _words(name: str) -> Words:
    # A whole name beside its number of words: as many words, all alike, that no other name has.
    return (name[1:],) * int(name[0]) if name else ()


def _several(text: str) -> frozenset[str]:
    return frozenset(text.split(",")) - {""}


def _key(text: str) -> BookingKey | None:
    location, _, booking = text.partition(",")
    return (int(location), int(booking)) if booking else None
