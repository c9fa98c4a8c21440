"""Contacts show what their clients spent, how often they came and what they paid in advance.

One client or all of them go the same way: totals are searched 200 at a time, memberships asked for one by one, and only
contacts that would show something else than before are read and written. All of it may be repeated at any point.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from itertools import batched, islice
from typing import Any
from zlib import crc32
from zoneinfo import ZoneInfo

from bookdeal.bookings.deals.merging import let_go
from bookdeal.bookings.deals.run import Run
from bookdeal.bookings.deals.writing import Writer
from bookdeal.bookings.links import BookingLink
from bookdeal.clients.memberships import membership_values
from bookdeal.clients.statistics import statistics_values, summed
from bookdeal.clients.statistics_book import ContactStatistics
from bookdeal.installs.installation import Installation
from bookdeal.model.booking import Booking, BookingStatus, Client
from bookdeal.model.client import ClientKey, ClientTotals, Membership
from bookdeal.model.command import Command, Done, GoesOn
from bookdeal.model.deal import ContactChange, FieldValue
from bookdeal.runtime.errors import NotFound, RateLimited, Rejected, Transient
from bookdeal.runtime.limiter import Lane

SLICE_SECONDS = 5.0
"""A slice of the work on all contacts begins nothing further after so long, so that live hints pass between."""

CHUNK = 500
"""Contacts whose totals are compared at once: two or three searches and two full batches of writes at most."""

CLIENTS_AT_ONCE = 200
"""Clients whose totals are read in one request."""

MEMBERS_AT_ONCE = 20
"""Clients whose memberships may be asked for in one go: each takes a request."""

MEMBERS = 5
"""The same of contacts who are known to have one, among all contacts."""

FEW = 10
"""So many clients are asked for alone: whom a search does not show, or what memberships they have."""

NIGHT_BEGINS, NIGHT_ENDS = time(1), time(6)
"""When all contacts are compared, by the clock of the first location: some time between the two."""

_SPREAD_MINUTES = 180

_BALANCES, _TOTALS, _MEMBERSHIPS, _END = "balances", "totals", "memberships", "end"
_NEXT = {_BALANCES: _TOTALS, _TOTALS: _MEMBERSHIPS, _MEMBERSHIPS: _END}


def refresh_clients(command: Command, run: Run) -> Done | GoesOn:
    """Bring contacts up to date: those of the parameter `contacts`, or all of them slice by slice without it.

    Named contacts are compared with what they really show; of all, those are left alone that nothing changed for.
    Raises RateLimited, Transient, LayoutChanged, Revoked.
    """
    named = command.params.get("contacts")
    if named is not None:
        owners = run.records.book.owners(int(contact) for contact in named)
        ClientStatistics(run).refresh(owners, is_named=True)
        return Done({"contacts": len(owners)})
    progress = ClientStatistics(run.within(lane=Lane.BULK)).slice(command.progress or {})
    return Done() if progress["phase"] == _END else GoesOn(progress)


def moves_totals(booking: Booking, link: BookingLink | None) -> bool:
    """Tell whether a change of a booking may change what its client's contact shows. A new one may be a new contact."""
    if link is None or booking.paid_in_full or booking.products:
        return True
    return BookingStatus.ARRIVED in (booking.status, link.inputs.status if link.inputs else None)


def night_of(installation: Installation, now: float) -> str:
    """Return the day (ISO) whose night it is at the first location, "" while it is not, or not yet time.

    Installations begin at different minutes of the night, so that they do not all ask at once.
    """
    if not installation.locations:
        return ""
    local = datetime.fromtimestamp(now, ZoneInfo(installation.locations[0].timezone or "UTC"))
    begins = datetime.combine(local, NIGHT_BEGINS, local.tzinfo)
    begins += timedelta(minutes=crc32(installation.id.encode()) % _SPREAD_MINUTES)
    return local.date().isoformat() if begins <= local and local.time() < NIGHT_ENDS else ""


class ClientStatistics:
    """Reads and shows the statistics of one installation's contacts within one run."""

    def __init__(self, run: Run) -> None:
        """Bind to one run."""
        self._run = run
        self._altegio = run.altegio
        self._settings = run.installation.settings
        self._locations = {location.id: location for location in run.installation.locations}

    # -- some contacts ---------------------------------------------------------------------------------------------

    def refresh_some(self, clients: Sequence[ClientKey]) -> Sequence[ClientKey]:
        """Bring the contacts of the first of these clients up to date, as many as do not take long; return the others.

        They get new phones and e-mails whatever else the settings let them show. A client who is nobody's contact is
        left alone.
        """
        many = MEMBERS_AT_ONCE if self._settings.memberships else CLIENTS_AT_ONCE
        contacts = self._run.records.book.contacts_of(clients[:many])
        if self._settings.shows_clients:
            totals = self.refresh(self._run.records.book.owners(set(contacts.values())))
        else:
            totals, _ = self._read_totals(contacts)
        found = {key: Client(key[1], "", one.phone, one.email) for key, one in totals.items()}
        Writer(self._run).meeting.keep_up_with(found)
        return clients[many:]

    def refresh(
        self,
        contacts: Mapping[int, Collection[ClientKey]],
        *,
        is_named: bool = False,
        is_bulk: bool = False,
    ) -> Mapping[ClientKey, ClientTotals]:
        """Read what Altegio knows of these contacts' clients, show it, and return it.

        `is_named`: what the contacts show is looked at, even where nothing seems to have changed. `is_bulk`: only
        totals are read, and of contacts whose totals are as before nothing is kept, not even that they were read.
        """
        self._run.deadline.check(self._run.margin)
        known = self._run.records.statistics.read(contacts)
        keys = {key for clients in contacts.values() for key in clients}
        totals, gone = self._read_totals(keys)
        members = self._members(keys) if self._settings.memberships and not is_bulk else set[ClientKey]()
        fresh = {}
        for contact, clients in contacts.items():
            before = known.get(contact, ContactStatistics(contact))
            stay = {key: one for key, one in before.totals.items() if key in clients and key not in gone}
            now = stay | {key: totals[key] for key in clients if key in totals}
            memberships, expects = before.memberships, before.expects_memberships
            has_memberships = before.has_memberships or not members.isdisjoint(clients)
            if self._settings.memberships and not is_bulk and has_memberships:
                read = self._read_memberships({key: totals[key].phone for key in clients if key in totals})
                memberships, expects = (memberships, expects) if read is None else (read, False)
            fresh[contact] = replace(
                before,
                totals={key: replace(one, phone="", email="") for key, one in now.items()},
                memberships=memberships,
                expects_memberships=expects,
                read_at=int(self._run.clock.now()),
            )
        fresh = {id: one for id, one in fresh.items() if one.totals or id in known}
        self._show(fresh, known, is_named=is_named, is_bulk=is_bulk)
        return totals

    def _read_totals(self, keys: Collection[ClientKey]) -> tuple[dict[ClientKey, ClientTotals], set[ClientKey]]:
        """Return the totals of these clients, and those clients whom their location has no longer.

        A location that cannot be asked has nothing new to say. That a search does not show a client says nothing yet.
        """
        totals: dict[ClientKey, ClientTotals] = {}
        gone: set[ClientKey] = set()
        for location, clients in self._by_location(keys).items():
            try:
                found = self._altegio.clients(location, clients)
                totals |= {(location, id): one for id, one in found.items()}
                for id in [id for id in clients if id not in found][:FEW]:
                    one = self._altegio.client(location, id)
                    if one is None:
                        gone.add((location, id))
                    else:
                        totals[location, id] = one
            except (Rejected, NotFound):
                self._run.counts["clients_not_readable"] += len(clients)
        return totals, gone

    def _members(self, keys: Collection[ClientKey]) -> set[ClientKey]:
        """Return those of the clients whose memberships are worth a request: all of a few, else who has visits left."""
        if len(keys) <= FEW:
            return set(keys)
        members: set[ClientKey] = set()
        for location, clients in self._by_location(keys).items():
            for some in batched(clients, CLIENTS_AT_ONCE, strict=False):
                try:
                    found, _ = self._altegio.clients_with_membership(location, among=some)
                except (Rejected, NotFound):
                    self._run.counts["balances_not_readable"] += 1
                    break
                members.update((location, client) for client in found)
        return members

    def _by_location(self, keys: Iterable[ClientKey]) -> dict[int, list[int]]:
        """Return the clients of each synchronised location."""
        by_location: dict[int, list[int]] = defaultdict(list)
        for location, client in sorted(keys):
            if location in self._locations:
                by_location[location].append(client)
        return by_location

    def _read_memberships(self, phones: Mapping[ClientKey, str]) -> tuple[Membership, ...] | None:
        """Return the memberships of one contact, each once; None when they cannot be read, which says nothing."""
        found: dict[int, Membership] = {}
        asked = False
        for (location, _), phone in sorted(phones.items()):
            if not phone:
                continue
            self._run.deadline.check(self._run.margin)
            try:
                for membership in self._altegio.memberships(self._locations[location], phone):
                    found.setdefault(membership.id, membership)
            except (Rejected, NotFound):
                self._run.counts["memberships_not_readable"] += 1
                return None
            asked = True
        return tuple(found.values()) if asked else None

    # -- showing ---------------------------------------------------------------------------------------------------

    def _show(
        self,
        fresh: Mapping[int, ContactStatistics],
        known: Mapping[int, ContactStatistics],
        *,
        is_named: bool,
        is_bulk: bool,
    ) -> None:
        """Write what these contacts ought to show and do not, and keep what was read of them.

        What they show is known from the last time; those that were named are looked at.
        """
        wanted = {id: self._values(one) for id, one in fresh.items()}
        shown: dict[int, Mapping[int, FieldValue]] = {id: known[id].shown if id in known else {} for id in fresh}
        gone: set[int] = set()
        if is_named:
            there = self._run.kommo.contacts([*fresh])
            gone = set(fresh).difference(there)
            shown = {id: contact.fields for id, contact in there.items()}
        changes = [ContactChange(id, new) for id in shown if (new := _different(wanted[id], shown[id]))]
        refused, uncertain = self._run.change(changes, self._run.kommo.update_contacts)
        self._run.check_make_up(refused.values())
        doubtful = [*refused, *uncertain]
        gone |= set(doubtful).difference(self._run.kommo.contacts(doubtful)) if doubtful else set()
        writes = []
        for id, one in fresh.items():
            if id in gone or id in refused or id in uncertain:
                continue
            now = replace(one, shown=wanted[id])
            if not is_bulk or id not in known or now != replace(known[id], read_at=now.read_at):
                writes.append([self._run.records.statistics.keep(now)])
        self._run.transact([*writes, *([self._run.records.statistics.drop(id)] for id in gone)])
        let_go(self._run, gone)
        self._run.counts["clients_compared"] += len(fresh)
        self._run.counts["clients_shown"] += len(changes) - len(refused) - len(uncertain)
        self._run.counts["clients_refused"] += len(refused)

    def _values(self, one: ContactStatistics) -> dict[int, FieldValue]:
        """Return what a contact's fields ought to hold, by field id."""
        layout = self._run.layout
        values: dict[str, FieldValue] = {}
        if self._settings.statistics:
            values |= statistics_values(summed(one.totals, self._locations.values()))
        if self._settings.memberships:
            types = {code: layout.types[id] for code, id in layout.contact_fields.items() if id in layout.types}
            values |= membership_values(
                one.memberships, self._run.clock.now(), self._locations.values(), types, layout.account.timezone
            )
        return {layout.contact_fields[code]: value for code, value in values.items() if code in layout.contact_fields}

    # -- all contacts ----------------------------------------------------------------------------------------------

    def slice(self, progress: Mapping[str, Any]) -> dict[str, Any]:
        """Go on with all contacts for some seconds; return how far that came, its `phase` "end" when they are done.

        First the locations tell who has something left on a membership, then all totals are compared, then memberships
        are read: of those who have one, and of those who are known to have had one. Raises what ends a run early only
        when nothing was done before.
        """
        began = self._run.clock.monotonic()
        done = dict(progress) or {"phase": _BALANCES, "began": int(self._run.clock.now())}
        is_first = True
        while done["phase"] != _END and self._run.clock.monotonic() - began < SLICE_SECONDS:
            try:
                done = {"began": done["began"], **self._step(done)}
            except (RateLimited, Transient):
                if is_first:
                    raise
                break
            is_first = False
        if done["phase"] == _END:
            self._run.records.statistics.keep_all_read(done["began"])
        return done

    def _step(self, progress: Mapping[str, Any]) -> dict[str, Any]:
        after = int(progress.get("after", 0))
        match progress["phase"]:
            case "balances" if self._settings.memberships:
                return self._note_balances(after, int(progress.get("page", 1)))
            case "totals" if self._settings.statistics:
                chunk = dict(islice(self._run.records.book.everybody(after), CHUNK))
                if chunk:
                    self.refresh(chunk, is_bulk=True)
                    return {"phase": _TOTALS, "after": [*chunk][-1]}
            case "memberships" if self._settings.memberships:
                members = list(islice(self._run.records.statistics.with_memberships(after), MEMBERS))
                if members:
                    self.refresh(self._run.records.book.owners(members))
                    return {"phase": _MEMBERSHIPS, "after": members[-1]}
        return {"phase": _NEXT[progress["phase"]]}

    def _note_balances(self, after: int, page: int) -> dict[str, Any]:
        """Note who has something left on a membership, by one page of one location's clients.

        `after` is the location that was done last. A location that does not tell has nobody to note: its memberships
        are then found when their owners come, pay or buy.
        """
        location = min((id for id in self._locations if id > after), default=None)
        if location is None:
            return {"phase": _NEXT[_BALANCES]}
        self._run.deadline.check(self._run.margin)
        try:
            clients, is_more = self._altegio.clients_with_membership(location, page)
        except (Rejected, NotFound):
            self._run.counts["balances_not_readable"] += 1
            clients, is_more = [], False
        contacts = self._run.records.book.contacts_of((location, client) for client in clients)
        known = self._run.records.statistics.read(contacts.values())
        unknown = {
            contact: known.get(contact, ContactStatistics(contact))
            for contact in contacts.values()
            if contact not in known or not known[contact].has_memberships
        }
        self._run.transact(
            [[self._run.records.statistics.keep(replace(one, expects_memberships=True))] for one in unknown.values()]
        )
        if is_more:
            return {"phase": _BALANCES, "after": after, "page": page + 1}
        return {"phase": _BALANCES, "after": location}


def _different(wanted: Mapping[int, FieldValue], shown: Mapping[int, FieldValue]) -> dict[int, FieldValue]:
    return {id: value for id, value in wanted.items() if shown.get(id) != value}
