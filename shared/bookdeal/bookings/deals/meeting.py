"""Meeting clients: each becomes one contact in Kommo, found or made, before his deals are made, and is kept up to date.

What a contact has is never taken away: phones and e-mails are added to it, its name is left alone.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field

from bookdeal.bookings.deals.making import Maker
from bookdeal.bookings.deals.merging import let_go
from bookdeal.bookings.deals.questions import AMBIGUOUS, ask_again, asked_about
from bookdeal.bookings.deals.run import Change, Run
from bookdeal.bookings.intents import MARGIN, Intent, Making, mark_of, parse_mark
from bookdeal.clients.contacts import MOST_SEARCHES, Card, Owners
from bookdeal.clients.identity import Person, email_of
from bookdeal.clients.phones import comparable, e164, numbers_in
from bookdeal.model.booking import BookingStatus, Client
from bookdeal.model.client import ClientKey
from bookdeal.model.deal import Contact, ContactChange, NewContact
from bookdeal.runtime.errors import Refusal
from bookdeal.runtime.limiter import Lane


@dataclass(slots=True)
class _Crowd:
    """The clients of a batch. `latest` is when the latest of his visits here begins, "" for cancelled ones only."""

    people: dict[ClientKey, Person] = field(default_factory=dict)
    latest: dict[ClientKey, str] = field(default_factory=dict)

    def last(self, keys: Iterable[ClientKey]) -> ClientKey:
        """Return which of these clients has the latest visit."""
        return max(keys, key=lambda key: (self.latest[key], key))


class Meeting:
    """Finds or makes the contacts of a run's clients."""

    def __init__(self, run: Run, maker: Maker) -> None:
        """Bind to one run."""
        self._run = run
        self._maker = maker

    def contacts_of(self, changes: Sequence[Change]) -> dict[ClientKey, int]:
        """Return the contact of each client; those that are ambiguous, refused or uncertain are missing in it."""
        crowd = self._crowd(changes)
        if not crowd.people:
            return {}
        # Among many bookings of old, search would be asked a few times for each page of them.
        searches = 0 if self._run.lane is Lane.BULK else MOST_SEARCHES
        resolved = self._run.records.book.resolve(crowd.people.values(), self._run.kommo, searches)
        contacts = dict(resolved.known)
        refused = self._make_contacts(resolved.new, crowd, contacts)
        fresh = resolved.matched | resolved.stale | _not_whole(resolved.new)
        uncertain, gone = self._bring_up_to_date(crowd, contacts, fresh, resolved.contacts)
        for lost in gone | (uncertain & resolved.matched):
            del contacts[lost]
        for change in changes:
            key = change.client_key
            if key is None:
                continue
            if key in resolved.doubts:
                answer = resolved.doubts[key]
                self._run.park(change, AMBIGUOUS, client=key[1], doubt=str(answer.doubt), contacts=answer.candidates)
            elif key in refused:
                self._run.park(change, "contact_refused", code=refused[key].code, path=refused[key].path)
            elif key not in contacts:
                self._run.owed.add(change.key)
        self._ask_again(contacts, changes)
        return contacts

    def keep_up(self, changes: Sequence[Change]) -> None:
        """Bring what changed about known clients to their contacts: phones and e-mails, and whose id is shown."""
        book = self._run.records.book
        known = book.known(change.client_key for change in changes if change.client_key is not None)
        stale: set[ClientKey] = set()
        moved: set[ClientKey] = set()
        for change in changes:
            key, client = change.client_key, change.booking.client
            if key is None or client is None or key not in known:
                continue
            if known[key].seen != book.mark_of(client):
                stale.add(key)
            if change.link is not None and change.booking.starts_at.date().isoformat() != change.link.day:
                moved.add(key)
        if stale or moved:
            crowd = self._crowd([change for change in changes if change.client_key in stale | moved])
            self._bring_up_to_date(crowd, {key: known[key].contact for key in crowd.people}, stale, {})

    def keep_up_with(self, clients: Mapping[ClientKey, Client]) -> None:
        """Bring phones and e-mails of these clients to their contacts, as far as they are known and have changed."""
        book = self._run.records.book
        known = book.known(clients)
        stale = {key for key, what in known.items() if what.seen != book.mark_of(clients[key])}
        crowd = _Crowd()
        for key in stale:
            location = self._run.installation.location(key[0])
            if location is not None:
                crowd.people[key], crowd.latest[key] = Person.of(location, clients[key]), ""
        if crowd.people:
            self._bring_up_to_date(crowd, {key: known[key].contact for key in crowd.people}, stale, {})

    def forget_if_gone(self, contacts: Iterable[int]) -> set[int]:
        """Let go of those of these contacts that are gone, and return them."""
        asked = set(contacts)
        gone = asked.difference(self._run.kommo.contacts(sorted(asked))) if asked else set[int]()
        let_go(self._run, gone)
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
        found: dict[int, Owners] = {}
        for mark, contact in oldest.items():
            found[contact.id] = self._found_owners(contact, parse_mark(mark), found.get(contact.id))
        self._run.transact(self._run.records.book.remember([*found.values()]))
        return set(oldest)

    def recognise(self, contacts: Mapping[ClientKey, int]) -> None:
        """Remember whose these contacts are, where nothing is known of the client and the contact shows his id."""
        known = self._run.records.book.known(contacts)
        unknown = {key: contact for key, contact in contacts.items() if key not in known}
        if not unknown:
            return
        client_id = self._run.layout.contact_fields["CLIENT_ID"]
        there = self._run.kommo.contacts(sorted(set(unknown.values())))
        found: dict[int, Owners] = {}
        for key, id in unknown.items():
            contact = there.get(id)
            if contact is not None and str(contact.fields.get(client_id)) == str(key[1]):
                found[id] = self._found_owners(contact, key, found.get(id))
        self._run.transact(self._run.records.book.remember([*found.values()]))

    def _found_owners(self, contact: Contact, key: ClientKey, before: Owners | None) -> Owners:
        """Return what is to be remembered of a contact that is a client's, beside those that it is already."""
        location = self._run.installation.location(key[0])
        country = location.country if location else ""
        # Without a mark of his data he is brought up to date with his next booking.
        clients = {**(before.clients if before else {}), key: ""}
        phones = frozenset(phone for number in contact.phones if (phone := e164(number, country)))
        emails = frozenset(email for text in contact.emails if (email := email_of(text)))
        return Owners(contact.id, clients, phones, emails, Card(shown=key))

    def make(self, change: Change) -> Refusal | None:
        """Make a contact for a booking's client whoever else may fit, because a person says that he is nobody else.

        Returns why Kommo refuses it. Without a refusal the contact is there, or it is uncertain whether it is.
        """
        crowd = self._crowd([change])
        refused = self._make_contacts([[person] for person in crowd.people.values()], crowd, {})
        return next(iter(refused.values()), None)

    def take(self, change: Change, contact: Contact) -> None:
        """Make a contact that of a booking's client, whoever else it belongs to, because a person says so."""
        crowd = self._crowd([change])
        keys = crowd.people.keys()
        self._bring_up_to_date(crowd, dict.fromkeys(keys, contact.id), set(keys), {contact.id: contact})

    def _crowd(self, changes: Sequence[Change]) -> _Crowd:
        crowd = _Crowd()
        for change in changes:
            booking, location = change.booking, self._run.installation.location(change.booking.location)
            if booking.client is None or location is None:
                continue
            key = (booking.location, booking.client.id)
            begins = booking.starts_at.isoformat() if booking.status is not BookingStatus.CANCELLED else ""
            if key not in crowd.people or begins >= crowd.latest[key]:
                crowd.people[key] = Person.of(location, booking.client)
            crowd.latest[key] = max(begins, crowd.latest.get(key, ""))
        return crowd

    def _make_contacts(
        self, groups: Iterable[Sequence[Person]], crowd: _Crowd, contacts: dict[ClientKey, int]
    ) -> dict[ClientKey, Refusal]:
        by_mark: dict[str, list[Person]] = {}
        for group in groups:
            # The contact shows the id of the client with the latest visit, and that is by what it is found again.
            first = crowd.last(person.key for person in group)
            by_mark[mark_of(*first)] = sorted(group, key=lambda person: person.key != first)

        def take(made: Mapping[str, int], intent: Intent) -> None:
            owners = [self._owners(by_mark[mark], contact, crowd) for mark, contact in made.items()]
            self._run.transact([*self._run.records.book.remember(owners), [self._run.records.intents.settle(intent)]])
            contacts.update({person.key: contact for mark, contact in made.items() for person in by_mark[mark]})
            self._run.counts["contacts_made"] += len(made)

        client_id = self._run.layout.contact_fields["CLIENT_ID"]
        wanted = {mark: _new_contact(group, mark, client_id) for mark, group in by_mark.items()}
        refused = self._maker.make(Making.CONTACTS, wanted, self._run.kommo.create_contacts, take)
        self._run.check_make_up(refused.values())
        return {person.key: refusal for mark, refusal in refused.items() for person in by_mark[mark]}

    def _owners(self, group: Sequence[Person], contact: int, crowd: _Crowd) -> Owners:
        return Owners(
            contact,
            {person.key: self._run.records.book.mark_of(person.client) for person in group},
            frozenset(person.phone for person in group if person.phone),
            frozenset(person.email for person in group if person.email),
            Card(shown=group[0].key, latest=crowd.latest[group[0].key]),
        )

    def _bring_up_to_date(
        self,
        crowd: _Crowd,
        contacts: Mapping[ClientKey, int],
        fresh: Set[ClientKey],
        read: Mapping[int, Contact],
    ) -> tuple[set[ClientKey], set[ClientKey]]:
        """Bring the data of `fresh` clients to their contacts, and show the client with the latest visit.

        `read` are contacts as they stand. Returns the clients of which it is not known whether it was done, and those
        whose contact turns out to be gone.
        """
        of_contact: dict[int, list[ClientKey]] = defaultdict(list)
        for key, id in contacts.items():
            of_contact[id].append(key)
        cards = self._run.records.book.cards(of_contact)
        shown = {id: _shown(cards.get(id, Card()), keys, crowd) for id, keys in of_contact.items()}
        touched = {id: [key for key in keys if key in fresh] for id, keys in of_contact.items()}
        wanted = {id for id in of_contact if touched[id] or shown[id].shown != cards.get(id, Card()).shown}
        there = {id: read[id] for id in wanted if id in read}
        if missing := wanted - there.keys():
            there |= self._run.kommo.contacts(sorted(missing))
        gone = wanted - there.keys()
        let_go(self._run, gone)
        changes = []
        for id, contact in there.items():
            people = [crowd.people[key] for key in touched[id]]
            change = _change(contact, people, shown[id].shown, self._run.layout.contact_fields["CLIENT_ID"])
            if change is not None:
                changes.append(change)
        refused, uncertain = self._run.change(changes, self._run.kommo.update_contacts)
        self._run.check_make_up(refused.values())
        self._run.counts["contacts_changed"] += len(changes) - len(refused) - len(uncertain)
        self._run.counts["contacts_not_changed"] += len(refused)
        owners = []
        for id in of_contact:
            is_done = id in there and id not in uncertain
            if is_done or (id not in wanted and shown[id] != cards.get(id)):
                people = [crowd.people[key] for key in touched[id]]
                owners.append(
                    Owners(
                        id,
                        {person.key: self._run.records.book.mark_of(person.client) for person in people},
                        frozenset(person.phone for person in people if person.phone),
                        frozenset(person.email for person in people if person.email),
                        shown[id],
                    )
                )
        self._run.transact(self._run.records.book.remember(owners))
        return (
            {key for id in uncertain for key in of_contact[id]},
            {key for id in gone for key in of_contact[id]},
        )

    def _ask_again(self, contacts: Mapping[ClientKey, int], changes: Sequence[Change]) -> None:
        """Let other bookings be looked at again that wait for a client who has a contact now."""
        here = {change.key for change in changes}
        waiting = {
            booking
            for booking, why in self._run.records.parked.all().items()
            if booking not in here and asked_about(booking, why) in contacts
        }
        ask_again(self._run, waiting)


def _shown(card: Card, keys: Sequence[ClientKey], crowd: _Crowd) -> Card:
    """Return the contact's card once the latest of these visits is seen; as it was where a later one is known."""
    last = crowd.last(keys)
    is_later = card.shown is None or crowd.latest[last] > card.latest
    # A contact with one client shows him whatever is the latest of his visits.
    if not is_later or (last == card.shown and len(card.clients | {*keys}) == 1):
        return card
    return Card(card.clients, last, crowd.latest[last])


def _change(
    contact: Contact, people: Iterable[Person], shown: ClientKey | None, client_id: int
) -> ContactChange | None:
    """Return what the contact lacks, None when that is nothing. Phones and e-mails are written with the old ones."""
    phones = _kinds(contact.phones, contact.phone_kinds)
    emails = _kinds(contact.emails, contact.email_kinds)
    new_phones: dict[str, str] = {}
    new_emails: dict[str, str] = {}
    for person in people:
        numbers = {number for phone in phones for number in numbers_in(phone, person.country)}
        if person.phone and person.number not in numbers | {comparable(phone) for phone in new_phones}:
            new_phones[person.phone] = ""
        if person.email and person.email not in {email_of(email) for email in (*emails, *new_emails)}:
            new_emails[person.client.email.strip()] = ""
    wanted = str(shown[1]) if shown else None
    fields = {client_id: wanted} if wanted is not None and contact.fields.get(client_id) != wanted else {}
    if not (new_phones or new_emails or fields):
        return None
    return ContactChange(
        contact.id,
        fields,
        phones | new_phones if new_phones else {},
        emails | new_emails if new_emails else {},
    )


def _kinds(values: Sequence[str], kinds: Sequence[str]) -> dict[str, str]:
    return {value: kinds[place] if place < len(kinds) else "" for place, value in enumerate(values)}


def _new_contact(group: Sequence[Person], mark: str, client_id_field: int) -> NewContact:
    first = group[0]
    name = next((person.name for person in group if person.name), "")
    phone = next((person.phone for person in group if person.phone), "")
    return NewContact(
        mark=mark,
        name=name or phone or str(first.key[1]),
        phone=phone or first.client.phone,
        email=next((person.client.email.strip() for person in group if person.email), ""),
        fields={client_id_field: str(first.key[1])},
    )


def _not_whole(groups: Iterable[Sequence[Person]]) -> set[ClientKey]:
    """Return those clients of new contacts whose phone or e-mail did not go into the making of it."""
    return {
        person.key
        for group in groups
        for person in group
        if len({other.phone for other in group} - {""}) > 1 or len({other.email for other in group} - {""}) > 1
    }
