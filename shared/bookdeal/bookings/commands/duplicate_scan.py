"""The scan for duplicates: all contacts, all deals and the coming bookings, in slices, with a few lines kept of each.

Contacts and deals are read page by page, bookings location by location, and what tells them apart is kept as lines
without persons (`duplicates.traits.Lines`). Then contacts that share something are compared: those whose names differ
are read again for that, 150 at a time, for a mark of a name tells only whether it is the same. In the end all lines are
put together, and the groups replace those of the scan before.

A slice that is killed is done again and keeps the same. What is made while the scan goes on may be found by the next.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from bookdeal.altegio.client import PAGE
from bookdeal.bookings.deals.run import Run
from bookdeal.duplicates import bookings, contacts, deals, traits
from bookdeal.duplicates.contacts import ContactTraits
from bookdeal.duplicates.findings import Found, Scan
from bookdeal.duplicates.pairs import Kind, Level, Pair, Reason, Unions, grouped
from bookdeal.model.booking import Booking, BookingStatus, Location
from bookdeal.model.client import ClientKey
from bookdeal.model.command import Command, Done, GoesOn
from bookdeal.model.deal import Contact, Deal
from bookdeal.runtime.errors import NotFound, RateLimited, Rejected, Revoked, Transient, closes_location
from bookdeal.runtime.limiter import Lane

SLICE_SECONDS = 5.0
"""A slice begins nothing further after so long, so that live hints pass between."""

READ_AT_ONCE = 150
"""Contacts that are read in one request to be compared by their names."""

MOST_READ = 600
"""Contacts that share something and are read again at most. Where more do, they are no family but a fault of some
import: then the same name counts, and no likeness."""

WEIGHED_AT_ONCE = 1000
"""Contacts that are compared in one go without being read: their owners are looked up before."""

_STANDING = (BookingStatus.WAITING, BookingStatus.CONFIRMED)
_CONTACTS, _DEALS, _BOOKINGS, _COMPARE, _GROUP, _CLEAR, _END = (
    "contacts",
    "deals",
    "bookings",
    "compare",
    "group",
    "clear",
    "end",
)
_PAIRS = "pairs"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a scan has come.

    `page` is the next page of what is being read, `location` that whose bookings are. `after` is the contact by which
    the neighbourhood compared last is named, `part` the number of its next page of pairs. The rest counts.
    """

    phase: str = _CONTACTS
    page: int = 1
    location: int = 0
    after: int = 0
    part: int = 0
    contacts: int = 0
    deals: int = 0
    bookings: int = 0
    groups: int = 0
    refused_locations: int = 0

    @staticmethod
    def of(stored: Mapping[str, Any] | None) -> "Progress":
        """Read what a command keeps of it."""
        return Progress(**stored) if stored else Progress()

    def counts(self) -> dict[str, int]:
        """Return what was read and found."""
        names = ("contacts", "deals", "bookings", "groups", "refused_locations")
        return {name: count for name, count in asdict(self).items() if name in names}


def scan_duplicates(command: Command, run: Run) -> Done | GoesOn:
    """Search the whole account for duplicates, slice by slice; the result counts what was read and found."""
    scan = _Scanning(command, run.within(lane=Lane.BULK))
    until = run.clock.monotonic() + SLICE_SECONDS
    progress, is_first = Progress.of(command.progress), True
    while progress.phase != _END:
        if not is_first and run.clock.monotonic() >= until:
            return GoesOn(asdict(progress))
        run.deadline.check(run.margin)
        try:
            progress = scan.step(progress, until)
        except (RateLimited, Transient):
            if is_first:
                raise
            return GoesOn(asdict(progress))
        is_first = False
    return Done(progress.counts())


class _Scanning:
    """One scan within one run."""

    def __init__(self, command: Command, run: Run) -> None:
        self._run = run
        self._id, self._at = command.id, command.at
        self._findings = run.records.findings
        self._lines = traits.Lines(run.installation.phone_salt)
        locations = run.installation.locations
        self._country = run.layout.account.country or next((one.country for one in locations), "")
        self._client_field = run.layout.contact_fields.get("CLIENT_ID")

    def step(self, progress: Progress, until: float) -> Progress:
        """Do one piece of work; pages are turned until that time."""
        steps: Mapping[str, Callable[[Progress], Progress]] = {
            _CONTACTS: lambda now: self._read_pages(
                now, until, self._run.kommo.all_contacts(now.page), self._contact_line, _DEALS
            ),
            _DEALS: lambda now: self._read_pages(
                now, until, self._run.kommo.all_deals(now.page), self._deal_line(), _BOOKINGS
            ),
            _BOOKINGS: self._read_bookings,
            _COMPARE: lambda now: self._compare(now, until),
            _GROUP: self._group,
            _CLEAR: lambda now: replace(now, phase=_END) if self._findings.clear(self._id) else now,
        }
        return steps[progress.phase](progress)

    # -- reading -----------------------------------------------------------------------------------------------------

    def _read_pages[E](
        self,
        progress: Progress,
        until: float,
        pages: Iterable[Sequence[E]],
        line: Callable[[E], str],
        following: str,
    ) -> Progress:
        """Keep the lines of all pages, as many as there is time for; what was read before an error stays read."""
        reading = iter(pages)
        first = progress.page
        while progress.page == first or self._run.clock.monotonic() < until:
            self._run.deadline.check(self._run.margin)
            try:
                page = next(reading, None)
            except (RateLimited, Transient):
                if progress.page == first:
                    raise
                return progress
            if page is None:
                return replace(progress, phase=following, page=1)
            self._findings.keep_rows(self._id, progress.phase, progress.page, [line(entity) for entity in page])
            count = {progress.phase: getattr(progress, progress.phase) + len(page)}
            progress = replace(progress, page=progress.page + 1, **count)
        return progress

    def _contact_line(self, contact: Contact) -> str:
        return self._lines.contact(traits.of_contact(contact, self._country, self._client_field))

    def _deal_line(self) -> Callable[[Deal], str]:
        fields, are_open = self._run.layout.deal_fields, traits.open_places(self._run.layout.pipelines)
        return lambda deal: self._lines.deal(traits.of_deal(deal, fields, are_open))

    def _read_bookings(self, progress: Progress) -> Progress:
        """Keep the lines of one page of the bookings that are still to come, of the next location that has one."""
        ids = sorted(location.id for location in self._run.installation.locations)
        location = next((id for id in ids if id >= progress.location), None)
        at = self._run.installation.location(location) if location is not None else None
        if at is None:
            return replace(progress, phase=_COMPARE, page=1)
        further = replace(progress, location=at.id + 1, page=1)
        try:
            read = self._run.altegio.changed_bookings(
                at.id, changed_after=None, from_day=self._today(at), page=progress.page
            )
        except (NotFound, Rejected, Revoked) as error:
            if not closes_location(error):
                raise
            return replace(further, refused_locations=progress.refused_locations + 1)
        coming = [row for row in read.rows if isinstance(row, Booking) and row.status in _STANDING]
        of = self._run.records.book.contacts_of((at.id, one.client.id) for one in coming if one.client is not None)
        lines = []
        for booking in coming:
            contact = of.get((at.id, booking.client.id)) if booking.client is not None else None
            lines.append(self._lines.booking(traits.of_booking(booking, at.country or self._country, contact)))
        self._findings.keep_rows(self._id, f"{_BOOKINGS}#{at.id}", progress.page, lines)
        progress = replace(progress, bookings=progress.bookings + len(read.rows))
        further = replace(further, bookings=progress.bookings)
        is_last = not read.rows or progress.page * PAGE >= read.total
        return further if is_last else replace(progress, location=at.id, page=progress.page + 1)

    def _today(self, location: Location) -> date:
        return datetime.fromtimestamp(self._run.clock.now(), ZoneInfo(location.timezone or "UTC")).date()

    # -- comparing contacts ------------------------------------------------------------------------------------------

    def _compare(self, progress: Progress, until: float) -> Progress:
        """Compare contacts that share something, one neighbourhood after the other, by their smallest ids."""
        known = self._contacts()
        left = [ids for ids in _neighbourhoods(known) if ids[0] > progress.after]
        first = progress.part
        while left:
            some = left[: _taken(left, known)]
            if progress.part > first and self._run.clock.monotonic() >= until:
                return progress
            try:
                pairs = self._weighed(some, known)
            except (RateLimited, Transient):
                if progress.part == first:
                    raise
                return progress
            self._findings.keep_rows(self._id, _PAIRS, progress.part, [_pair_line(pair) for pair in pairs])
            progress = replace(progress, after=some[-1][0], part=progress.part + 1)
            del left[: len(some)]
        return replace(progress, phase=_GROUP)

    def _weighed(self, some: Sequence[Sequence[int]], known: Mapping[int, ContactTraits]) -> list[Pair[int]]:
        self._run.deadline.check(self._run.margin)
        unread = [id for ids in some if _have_to_be_read(ids, known) for id in ids]
        read = self._run.kommo.contacts(unread) if unread else {}
        clear = {id: traits.of_contact(one, self._country, self._client_field) for id, one in read.items()}
        owners = self._run.records.book.owners(id for ids in some for id in ids)
        pairs = []
        for ids in some:
            # Who is gone by now is nobody's duplicate.
            at_hand = clear if _have_to_be_read(ids, known) else known
            pairs += contacts.alike_contacts(_owned(at_hand[id], owners) for id in ids if id in at_hand)
        return pairs

    def _contacts(self) -> dict[int, ContactTraits]:
        return {one.id: one for one in map(traits.contact_from, self._findings.rows(self._id, _CONTACTS))}

    # -- putting together --------------------------------------------------------------------------------------------

    def _group(self, progress: Progress) -> Progress:
        """Make groups of all that was kept, and let them be the newest."""
        pairs = list(map(_pair_from, self._findings.rows(self._id, _PAIRS)))
        pairs += self._by_name({(pair.first, pair.second) for pair in pairs})
        people = grouped(pairs, self._findings.ignored_ids(Kind.CONTACTS))
        person_of = {id: one.members[0] for one in people if one.level is Level.CERTAIN for id in one.members}
        found = [Found.of(Kind.CONTACTS, group) for group in people]
        found += self._deal_groups(person_of)
        found += self._booking_groups(person_of)
        self._findings.keep_groups(self._id, found)
        progress = replace(progress, phase=_CLEAR, groups=len(found))
        self._findings.replace_newest(Scan(self._id, self._at, progress.counts()))
        return progress

    def _by_name(self, known: set[tuple[int, int]]) -> list[Pair[int]]:
        everybody = self._contacts()
        pairs = [pair for pair in contacts.alike_by_name(everybody.values()) if (pair.first, pair.second) not in known]
        owners = self._run.records.book.owners({id for pair in pairs for id in (pair.first, pair.second)})
        named = {id: _owned(everybody[id], owners) for pair in pairs for id in (pair.first, pair.second)}
        return contacts.alike_by_name(named.values())

    def _deal_groups(self, person_of: Mapping[int, int]) -> list[Found]:
        ignored = self._findings.ignored_ids(Kind.DEALS)
        read = map(traits.deal_from, self._findings.rows(self._id, _DEALS))
        known = {one.id: replace(one, person=person_of.get(one.person, one.person)) for one in read}
        groups = grouped(deals.alike_deals(known.values()), ignored)
        return [Found.of(Kind.DEALS, one, deals.best_deal([known[id] for id in one.members])) for one in groups]

    def _booking_groups(self, person_of: Mapping[int, int]) -> list[Found]:
        ignored = self._findings.ignored_bookings()
        read = map(traits.booking_from, self._findings.rows(self._id, _BOOKINGS))
        known = (traits.with_person(one, person_of) for one in read)
        return [Found.of(Kind.BOOKINGS, one) for one in grouped(bookings.alike_bookings(known), ignored)]


def _neighbourhoods(known: Mapping[int, ContactTraits]) -> list[list[int]]:
    """Return the contacts that share something with one another, in order, each set by its smallest id."""
    unions = Unions[int]()
    members: set[int] = set()
    for ids in contacts.shared_marks(known.values()).values():
        members.update(ids)
        for id in ids[1:]:
            unions.join(ids[0], id)
    found: dict[int, list[int]] = defaultdict(list)
    for id in sorted(members):
        found[unions.root(id)].append(id)
    return [found[root] for root in sorted(found)]


def _have_to_be_read(ids: Sequence[int], known: Mapping[int, ContactTraits]) -> bool:
    """Tell whether their names differ, and how much: marks of names do not say. Of very many it is not asked."""
    return len(ids) <= MOST_READ and len({known[id].words for id in ids}) > 1


def _taken(left: Sequence[Sequence[int]], known: Mapping[int, ContactTraits]) -> int:
    """Return how many of these neighbourhoods are compared in one go, at least one."""
    unread = weighed = 0
    for at, ids in enumerate(left):
        weighed += len(ids)
        unread += len(ids) if _have_to_be_read(ids, known) else 0
        if at and (unread > READ_AT_ONCE or weighed > WEIGHED_AT_ONCE):
            return at
    return len(left)


def _owned(contact: ContactTraits, owners: Mapping[int, Any]) -> ContactTraits:
    clients: frozenset[ClientKey] = frozenset(owners.get(contact.id, ()))
    return replace(contact, clients=clients)


def _pair_line(pair: Pair[int]) -> str:
    return f"{pair.first}|{pair.second}|{pair.level}|{','.join(sorted(pair.reasons))}"


def _pair_from(line: str) -> Pair[int]:
    first, second, level, reasons = line.split("|")
    return Pair(int(first), int(second), Level(level), frozenset(map(Reason, reasons.split(","))))
