"""Meeting clients: each becomes one contact in Kommo, found or made, before his deals are made."""

from collections.abc import Iterable, Mapping, Sequence

from bookdeal.bookings.intents import MARGIN, Intent, Making, mark_of, parse_mark
from bookdeal.bookings.making import Maker
from bookdeal.bookings.run import Change, Run
from bookdeal.clients.contacts import ClientKey, Owners, Person
from bookdeal.clients.identity import e164
from bookdeal.model.deal import Contact, ContactChange, NewContact
from bookdeal.runtime.errors import Refusal


class Meeting:
    """Finds or makes the contacts of a run's clients."""

    def __init__(self, run: Run, maker: Maker) -> None:
        """Bind to one run."""
        self._run = run
        self._maker = maker

    def contacts_of(self, changes: Sequence[Change]) -> dict[ClientKey, int]:
        """Return the contact of each client; those that are ambiguous, refused or uncertain are missing in it."""
        people = {}
        for change in changes:
            location = self._run.installation.location(change.booking.location)
            if change.booking.client is not None and location is not None:
                people[change.booking.location, change.booking.client.id] = Person.of(location, change.booking.client)
        if not people:
            return {}
        resolved = self._run.records.book.resolve(people.values(), self._run.kommo)
        uncertain = self._show_client_ids(resolved.matched)
        contacts = {key: contact for key, contact in resolved.known.items() if contact not in uncertain}
        matched = [Owners.of([people[key]], contacts[key]) for key in resolved.matched if key in contacts]
        self._run.transact(self._run.records.book.remember(_merged(matched)))
        refused = self._make_contacts(resolved.new, contacts)
        for change in changes:
            key = change.client_key
            if key in resolved.candidates:
                self._run.park(change, "ambiguous_contact", contacts=resolved.candidates[key])
            elif key in refused:
                self._run.park(change, "contact_refused", code=refused[key].code, path=refused[key].path)
            elif key is not None and key not in contacts:
                self._run.owed.add(change.key)
        return contacts

    def _make_contacts(
        self, groups: Sequence[Sequence[Person]], contacts: dict[ClientKey, int]
    ) -> dict[ClientKey, Refusal]:
        by_mark = {mark_of(*group[0].key): group for group in groups}
        client_id = self._run.layout.contact_fields["CLIENT_ID"]

        def take(made: Mapping[str, int], intent: Intent) -> None:
            owners = [Owners.of(by_mark[mark], contact) for mark, contact in made.items()]
            self._run.transact([*self._run.records.book.remember(owners), [self._run.records.intents.settle(intent)]])
            contacts.update({person.key: contact for mark, contact in made.items() for person in by_mark[mark]})
            self._run.counts["contacts_made"] += len(made)

        wanted = {mark: _new_contact(group[0], mark, client_id) for mark, group in by_mark.items()}
        refused = self._maker.make(Making.CONTACTS, wanted, self._run.kommo.create_contacts, take)
        self._run.check_make_up(refused.values())
        return {person.key: refusal for mark, refusal in refused.items() for person in by_mark[mark]}

    def _show_client_ids(self, matched: Mapping[ClientKey, Contact]) -> set[int]:
        """Write the client's id on contacts that were there before, unless it stands there.

        Returns those contacts of which it is not known whether they show it.
        """
        client_id = self._run.layout.contact_fields["CLIENT_ID"]
        changes = {
            contact.id: ContactChange(contact.id, {client_id: str(client)})
            for (_, client), contact in matched.items()
            if contact.fields.get(client_id) != str(client)
        }
        refused, uncertain = self._run.change([*changes.values()], self._run.kommo.update_contacts)
        self._run.check_make_up(refused.values())
        self._run.counts["client_ids_not_shown"] += len(refused)
        return uncertain

    def forget_if_gone(self, contacts: Iterable[int]) -> set[int]:
        """Drop the links to those of these contacts that are gone, and return them."""
        asked = set(contacts)
        gone = asked.difference(self._run.kommo.contacts(sorted(asked))) if asked else set[int]()
        if gone:
            self._run.records.book.forget(gone)
            self._run.counts["contacts_gone"] += len(gone)
        return gone

    def find(self, intent: Intent) -> set[str]:
        """Look among the newest contacts for what an intent may have made, take it over, and return its marks."""
        client_id = self._run.layout.contact_fields["CLIENT_ID"]
        wanted: dict[str, list[str]] = {}
        for mark in intent.marks:
            wanted.setdefault(str(parse_mark(mark)[1]), []).append(mark)
        oldest: dict[str, Contact] = {}
        for page in self._run.kommo.newest_contacts(intent.at - MARGIN):
            alike = [contact for contact in page if str(contact.fields.get(client_id)) in wanted]
            owners = self._run.records.book.owners(contact.id for contact in alike)
            for contact in alike:
                for mark in wanted[str(contact.fields.get(client_id))]:
                    # The same number may be somebody else's at another location.
                    if parse_mark(mark) in owners.get(contact.id, {parse_mark(mark)}):
                        oldest[mark] = contact
        found = []
        for mark, contact in oldest.items():
            location = self._run.installation.location(parse_mark(mark)[0])
            country = location.country if location else ""
            phones = frozenset(phone for number in contact.phones if (phone := e164(number, country)))
            found.append(Owners(contact.id, frozenset({parse_mark(mark)}), phones))
        self._run.transact(self._run.records.book.remember(_merged(found)))
        return set(oldest)


def _new_contact(person: Person, mark: str, client_id_field: int) -> NewContact:
    client = person.client
    return NewContact(
        mark=mark,
        name=client.name or person.phone or str(client.id),
        phone=person.phone or client.phone,
        email=client.email,
        fields={client_id_field: str(client.id)},
    )


def _merged(owners: Iterable[Owners]) -> list[Owners]:
    """Join what is to be remembered of the same contact."""
    joined: dict[int, Owners] = {}
    for owned in owners:
        before = joined.get(owned.contact, Owners(owned.contact, frozenset(), frozenset()))
        joined[owned.contact] = Owners(owned.contact, before.clients | owned.clients, before.phones | owned.phones)
    return list(joined.values())
