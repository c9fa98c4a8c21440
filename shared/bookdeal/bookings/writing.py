"""Deals are made equal to their bookings: new ones are made once, known ones get only what differs, in batches.

Whatever happens between two writes, the next run comes to the same end: what is about to be made is written down first
(`intents`), what was applied is written down after (`links`), and a change that is repeated changes nothing.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import batched
from typing import Protocol

from bookdeal.bookings import fields, rules
from bookdeal.bookings.decisions import Decision, Decisions
from bookdeal.bookings.digest import digest
from bookdeal.bookings.intents import MARGIN, SECOND_LOOK, Intent, Intents, Making, mark_of, parse_mark
from bookdeal.bookings.links import BookingKey, BookingLink, Links
from bookdeal.bookings.making import BatchSize, Maker
from bookdeal.bookings.parking import ParkedWork
from bookdeal.bookings.planning import Applied, Surroundings, Update, plan_new, plan_update
from bookdeal.clients.contacts import ClientKey, ContactBook, ContactReader, Owners, Person
from bookdeal.clients.identity import e164
from bookdeal.installs.installation import Installation, Layout
from bookdeal.model.booking import Booking, Client
from bookdeal.model.deal import (
    Contact,
    ContactChange,
    Deal,
    DealChange,
    NewContact,
    NewDeal,
    NewTask,
    Place,
    Task,
)
from bookdeal.runtime.clock import Clock, Deadline
from bookdeal.runtime.errors import BatchTooHeavy, Conflict, RateLimited, Refusal, Rejected, Transient, UnknownOutcome
from bookdeal.runtime.store import Write

READ_AT_ONCE = 150
"""Deals read in one request: more would not fit into one address."""

REPEATS = 3
"""How often a change whose outcome is unknown is sent again within one run: it is the same change."""

_MAKE_UP = ("status_id", "pipeline_id", "custom_fields_values")
"""Parts of a refused deal that point at the account's make-up, not at this deal."""

_CONTACT = "contacts"
"""The part of a refused deal that points at its contact."""


class Kommo(ContactReader, Protocol):
    """What is asked of the Kommo client here."""

    def deals(self, ids: Sequence[int]) -> dict[int, Deal]:
        """Return these deals, without those that are gone."""

    def newest_deals(self, since: int) -> Iterable[Sequence[Deal]]:
        """Return the deals made since, newest first, page by page."""

    def newest_contacts(self, since: int) -> Iterable[Sequence[Contact]]:
        """Return the contacts made since, newest first, page by page."""

    def create_deals(self, deals: Sequence[NewDeal]) -> Mapping[str, int]:
        """Make deals; return their ids by mark."""

    def create_contacts(self, contacts: Sequence[NewContact]) -> Mapping[str, int]:
        """Make contacts; return their ids by mark."""

    def create_tasks(self, tasks: Sequence[NewTask]) -> Mapping[str, int]:
        """Make tasks; return their ids by mark."""

    def update_deals(self, changes: Sequence[DealChange]) -> set[int]:
        """Change deals; return the ids that were changed."""

    def update_contacts(self, changes: Sequence[ContactChange]) -> set[int]:
        """Change contacts; return the ids that were changed."""

    def tasks(self, deals: Sequence[int]) -> Sequence[Task]:
        """Return the tasks of these deals."""

    def link_contacts(self, pairs: Sequence[tuple[int, int, bool]]) -> None:
        """Link contacts to deals: deal, contact, whether it is the main one."""

    def unlink_contacts(self, pairs: Sequence[tuple[int, int]]) -> None:
        """Unlink contacts from deals: deal, contact."""


class LayoutChanged(Exception):
    """Kommo refuses a stage or a field that the account used to have: its make-up has to be read again."""


@dataclass(frozen=True, slots=True)
class Change:
    """One booking to be worked off: as it is now, its link if it has one, what set it off, `read_at` as in the link."""

    booking: Booking
    link: BookingLink | None
    event: str
    read_at: int

    @property
    def key(self) -> BookingKey:
        """The booking's key."""
        return self.booking.location, self.booking.id

    @property
    def mark(self) -> str:
        """The booking's mark."""
        return mark_of(*self.key)

    @property
    def client_key(self) -> ClientKey | None:
        """The key of the booking's client, None when it has none."""
        return (self.booking.location, self.booking.client.id) if self.booking.client else None


@dataclass(frozen=True, slots=True)
class Records:
    """One installation's stores that the writer writes to. `transact` writes groups, each wholly or not at all."""

    links: Links
    decisions: Decisions
    intents: Intents
    parked: ParkedWork
    book: ContactBook
    transact: Callable[[Sequence[Sequence[Write]]], list[Conflict | None]]


@dataclass(frozen=True, slots=True)
class _Planned:
    """A linked booking with its deal's plan; `contact` is the deal's contact from now on."""

    change: Change
    link: BookingLink
    deal: Deal
    update: Update
    contact: int | None


class Writer:
    """Works off changed bookings of one installation within one run.

    `owed` are bookings that have to be read again later; `counts` is what was done, for the log.
    """

    def __init__(
        self,
        installation: Installation,
        layout: Layout,
        kommo: Kommo,
        records: Records,
        batch: BatchSize,
        clock: Clock,
        deadline: Deadline,
        correlation_id: str,
        *,
        layout_is_fresh: bool,
        margin: float = 0.5,
    ) -> None:
        """Bind the writer to one run.

        `layout_is_fresh`: the account's make-up was read in this run, so a refusal is not for its age. `margin` is the
        time in seconds that is left at the end.
        """
        self.owed: set[BookingKey] = set()
        self.counts: Counter[str] = Counter()
        self.layout = layout
        self._installation = installation
        self._kommo = kommo
        self._records = records
        self._batch = batch
        self._clock = clock
        self._deadline = deadline
        self._correlation_id = correlation_id
        self._margin = margin
        self._layout_is_fresh = layout_is_fresh
        finders = {Making.CONTACTS: self._find_contacts, Making.DEALS: self._find_deals}
        self._maker = Maker(records.intents, finders, batch, clock, deadline, margin)

    def settle_open_intents(self) -> None:
        """Find out what became of batches that were begun and never answered."""
        self._maker.settle_open()

    @property
    def has_uncertain(self) -> bool:
        """Something was begun whose outcome is still not known."""
        return any(self._maker.uncertain.values())

    def write(self, changes: Sequence[Change]) -> None:
        """Work off these bookings; the same one must not be given twice. The rest is in `owed`, or parked.

        Raises LayoutChanged, rules.UnknownStage, RateLimited, Transient, Revoked: then some are done, and all of them
        can be given again.
        """
        new = [change for change in changes if change.link is None]
        known = [(change, change.link) for change in changes if change.link is not None and not change.link.gone]
        meeting = [*new, *(change for change, link in known if _has_another_client(change, link))]
        contacts = self._contacts_of(meeting)
        strangers = self._make_deals(new, contacts)
        if strangers:
            contacts |= self._contacts_of(strangers)
            self.owed.update(change.key for change in self._make_deals(strangers, contacts))
        self._update_deals(known, contacts)

    # -- contacts --------------------------------------------------------------------------------------------------

    def _contacts_of(self, changes: Sequence[Change]) -> dict[ClientKey, int]:
        """Return the contact of each client; those that are ambiguous, refused or uncertain are missing in it."""
        people = {}
        for change in changes:
            location = self._installation.location(change.booking.location)
            if change.booking.client is not None and location is not None:
                people[change.booking.location, change.booking.client.id] = Person.of(location, change.booking.client)
        if not people:
            return {}
        resolved = self._records.book.resolve(people.values(), self._kommo)
        uncertain = self._show_client_ids(resolved.matched)
        contacts = {key: contact for key, contact in resolved.known.items() if contact not in uncertain}
        matched = [Owners.of([people[key]], contacts[key]) for key in resolved.matched if key in contacts]
        self._transact(self._records.book.remember(_merged(matched)))
        refused = self._make_contacts(resolved.new, contacts)
        for change in changes:
            key = change.client_key
            if key in resolved.candidates:
                self._park(change, "ambiguous_contact", contacts=resolved.candidates[key])
            elif key in refused:
                self._park(change, "contact_refused", code=refused[key].code, path=refused[key].path)
            elif key is not None and key not in contacts:
                self.owed.add(change.key)
        return contacts

    def _make_contacts(
        self, groups: Sequence[Sequence[Person]], contacts: dict[ClientKey, int]
    ) -> dict[ClientKey, Refusal]:
        by_mark = {mark_of(*group[0].key): group for group in groups}
        client_id = self.layout.contact_fields["CLIENT_ID"]

        def take(made: Mapping[str, int], intent: Intent) -> None:
            owners = [Owners.of(by_mark[mark], contact) for mark, contact in made.items()]
            self._transact([*self._records.book.remember(owners), [self._records.intents.settle(intent)]])
            contacts.update({person.key: contact for mark, contact in made.items() for person in by_mark[mark]})
            self.counts["contacts_made"] += len(made)

        wanted = {mark: _new_contact(group[0], mark, client_id) for mark, group in by_mark.items()}
        refused = self._maker.make(Making.CONTACTS, wanted, self._kommo.create_contacts, take)
        self._check_make_up(refused.values())
        return {person.key: refusal for mark, refusal in refused.items() for person in by_mark[mark]}

    def _show_client_ids(self, matched: Mapping[ClientKey, Contact]) -> set[int]:
        """Write the client's id on contacts that were there before, unless it stands there.

        Returns those contacts of which it is not known whether they show it.
        """
        client_id = self.layout.contact_fields["CLIENT_ID"]
        changes = {
            contact.id: ContactChange(contact.id, {client_id: str(client)})
            for (_, client), contact in matched.items()
            if contact.fields.get(client_id) != str(client)
        }
        refused, uncertain = self._change([*changes.values()], self._kommo.update_contacts)
        self._check_make_up(refused.values())
        self.counts["client_ids_not_shown"] += len(refused)
        return uncertain

    def _forget_if_gone(self, contacts: Iterable[int]) -> set[int]:
        """Drop the links to those of these contacts that are gone, and return them."""
        asked = set(contacts)
        gone = asked.difference(self._kommo.contacts(sorted(asked))) if asked else set[int]()
        if gone:
            self._records.book.forget(gone)
            self.counts["contacts_gone"] += len(gone)
        return gone

    def _find_contacts(self, intent: Intent) -> set[str]:
        client_id = self.layout.contact_fields["CLIENT_ID"]
        wanted: dict[str, list[str]] = {}
        for mark in intent.marks:
            wanted.setdefault(str(parse_mark(mark)[1]), []).append(mark)
        oldest: dict[str, Contact] = {}
        for page in self._kommo.newest_contacts(intent.at - MARGIN):
            alike = [contact for contact in page if str(contact.fields.get(client_id)) in wanted]
            owners = self._records.book.owners(contact.id for contact in alike)
            for contact in alike:
                for mark in wanted[str(contact.fields.get(client_id))]:
                    # The same number may be somebody else's at another location.
                    if parse_mark(mark) in owners.get(contact.id, {parse_mark(mark)}):
                        oldest[mark] = contact
        found = []
        for mark, contact in oldest.items():
            location = self._installation.location(parse_mark(mark)[0])
            country = location.country if location else ""
            phones = frozenset(phone for number in contact.phones if (phone := e164(number, country)))
            found.append(Owners(contact.id, frozenset({parse_mark(mark)}), phones))
        self._transact(self._records.book.remember(_merged(found)))
        return set(oldest)

    # -- new deals -------------------------------------------------------------------------------------------------

    def _make_deals(self, changes: Sequence[Change], contacts: Mapping[ClientKey, int]) -> list[Change]:
        """Make the deals of these bookings; return those bookings whose contact turns out to be gone."""
        by_mark = {change.mark: change for change in changes if change.key not in self.owed}
        wanted: dict[str, NewDeal] = {}
        rule: dict[str, str] = {}
        for mark, change in by_mark.items():
            contact = contacts.get(change.client_key) if change.client_key else None
            around = self._around(change.booking)
            plan = self._guarded(change, partial(plan_new, change.booking, mark, contact, around))
            if plan is not None:
                wanted[mark], rule[mark] = plan
        taken: set[str] = set()

        def take(made: Mapping[str, int], intent: Intent) -> None:
            owed_tasks = self._make_tasks({deal: by_mark[mark] for mark, deal in made.items()})
            groups = []
            for mark, deal in made.items():
                change, plan = by_mark[mark], wanted[mark]
                link = replace(
                    _found_link(change.key, deal, plan.contact, plan.place), task_owed=owed_tasks.get(deal, 0)
                )
                applied = self._applied(change, link, plan.place, plan.place)
                decision = self._decision(change, deal, rule[mark], None, plan.place, tuple(fields.DEAL_FIELDS), None)
                groups.append(
                    [
                        self._records.links.change(applied, None),
                        self._records.links.claim(applied),
                        self._records.decisions.record(decision),
                    ]
                )
            self._transact([*groups, [self._records.intents.settle(intent)]])
            for mark in made:
                self._release(by_mark[mark], wanted[mark].contact)
            taken.update(made)
            self.counts["deals_made"] += len(made)

        refused = self._maker.make(Making.DEALS, wanted, self._kommo.create_deals, take)
        self._check_make_up(refused.values())
        suspected = {wanted[mark].contact for mark, refusal in refused.items() if _CONTACT in refusal.path}
        gone = self._forget_if_gone(contact for contact in suspected if contact is not None)
        strangers = []
        for mark, change in by_mark.items():
            if mark in refused and wanted[mark].contact in gone:
                strangers.append(change)
            elif mark in refused:
                self._park(change, "deal_refused", code=refused[mark].code, path=refused[mark].path)
            elif mark in wanted and mark not in taken:
                self.owed.add(change.key)
        return strangers

    def _find_deals(self, intent: Intent) -> set[str]:
        booking_id, location_id = self.layout.deal_fields["BOOKING_ID"], self.layout.deal_fields["COMPANY_ID"]
        marks = set(intent.marks)
        oldest: dict[BookingKey, Deal] = {}
        for page in self._kommo.newest_deals(intent.at - MARGIN):
            for deal in page:
                mark = f"{deal.fields.get(location_id)}:{deal.fields.get(booking_id)}"
                if mark in marks:
                    oldest[parse_mark(mark)] = deal
        linked = self._records.links.of_bookings(oldest)
        groups = []
        for key, deal in oldest.items():
            if key not in linked:
                link = _found_link(key, deal.id, deal.contacts[0] if deal.contacts else None, deal.place)
                link = replace(link, task_owed=intent.at)
                groups.append([self._records.links.change(link, None), self._records.links.claim(link)])
        self._transact(groups)
        self.counts["deals_found_again"] += len(groups)
        return {mark_of(*key) for key in oldest}

    # -- tasks -----------------------------------------------------------------------------------------------------

    def _make_tasks(self, changes: Mapping[int, Change]) -> dict[int, int]:
        """Make the tasks of these new deals; return those that are still owed, with the time of the last try.

        A time of 1 means that surely nothing was made. A refused task is given up: its settings name something gone.
        """
        wanted = [task for deal, change in changes.items() if (task := self._task(change, deal)) is not None]
        owed: dict[int, int] = {}
        while wanted:
            chunk, wanted = wanted[: self._batch.size], wanted[self._batch.size :]
            now = int(self._clock.now())
            try:
                made = self._kommo.create_tasks(chunk)
            except (RateLimited, Transient):
                owed.update(dict.fromkeys((task.deal for task in chunk), 1))
            except UnknownOutcome:
                owed.update(dict.fromkeys((task.deal for task in chunk), now))
            except Rejected as error:
                refused = [task for task in chunk if task.mark in error.elements or len(chunk) == 1]
                self.counts["tasks_refused"] += len(refused)
                if refused:
                    # Whether the others of the batch were made is not certain (contract §1.2).
                    owed.update(dict.fromkeys((task.deal for task in chunk if task not in refused), now))
                else:
                    self._batch.shrink(len(chunk))
                    wanted = [*chunk, *wanted]
            else:
                self.counts["tasks_made"] += len(made)
                owed.update(dict.fromkeys((task.deal for task in chunk if task.mark not in made), now))
        self.owed.update(changes[deal].key for deal in owed)
        return owed

    def _make_owed_tasks(self, planned: Sequence[_Planned]) -> dict[int, int]:
        """Make the tasks that an earlier run could not be sure of, unless they are there; return those still owed."""
        owing = {plan.deal.id: plan for plan in planned if plan.link.task_owed}
        if not owing:
            return {}
        there = {(task.deal, task.text, task.due) for task in self._kommo.tasks(list(owing))}
        missing: dict[int, Change] = {}
        owed: dict[int, int] = {}
        for deal, plan in owing.items():
            task = self._task(plan.change, deal)
            if task is None or (deal, task.text, task.due) in there:
                continue
            if self._clock.now() - plan.link.task_owed < SECOND_LOOK:
                owed[deal] = plan.link.task_owed
                self.owed.add(plan.change.key)
            else:
                missing[deal] = plan.change
        return {**owed, **self._make_tasks(missing)}

    def _task(self, change: Change, deal: int) -> NewTask | None:
        """Return the task of a booking's deal; None when the settings want none or the visit is not expected."""
        template = self._installation.settings.task
        location = self._installation.location(change.booking.location)
        if template is None or location is None or not fields.is_upcoming(change.booking):
            return None
        return NewTask(
            mark=change.mark,
            deal=deal,
            type=template.type,
            text=fields.fill(template.text, change.booking, location),
            due=fields.task_due(change.booking, location, template.minutes_before),
            responsible=template.responsible,
        )

    # -- known deals -----------------------------------------------------------------------------------------------

    def _update_deals(self, known: Sequence[tuple[Change, BookingLink]], contacts: Mapping[ClientKey, int]) -> None:
        planned: list[_Planned] = []
        ready = [(change, link) for change, link in known if change.key not in self.owed]
        for chunk in batched(ready, READ_AT_ONCE, strict=False):
            self._deadline.check(self._margin)
            deals = self._kommo.deals([link.deal for _, link in chunk])
            met = self._met_again(chunk, deals)
            for change, link in chunk:
                if change.key in self.owed:
                    continue
                deal = deals.get(link.deal)
                if deal is None:
                    self._note_gone(change, link)
                    continue
                applied = Applied(link.inputs, link.put)
                around = self._around(change.booking)
                update = self._guarded(change, partial(plan_update, change.booking, applied, deal, around))
                if update is None:
                    continue
                contact = link.contact
                if _has_another_client(change, link) or change.client_key in met:
                    contact = {**contacts, **met}.get(change.client_key) if change.client_key else None
                planned.append(_Planned(change, link, deal, update, contact))
            while len(planned) >= self._batch.size:
                size = self._batch.size
                self._apply(planned[:size])
                planned = planned[size:]
        if planned:
            self._apply(planned)

    def _met_again(
        self, chunk: Sequence[tuple[Change, BookingLink]], deals: Mapping[int, Deal]
    ) -> dict[ClientKey, int]:
        """Return anew the contacts of those clients whose deal has lost its contact because that is gone."""
        bare = [
            (change, link.contact)
            for change, link in chunk
            if (deal := deals.get(link.deal)) is not None and not deal.contacts
            if link.contact is not None and change.client_key is not None
        ]
        gone = self._forget_if_gone(contact for _, contact in bare)
        return self._contacts_of([change for change, contact in bare if contact in gone])

    def _apply(self, planned: Sequence[_Planned]) -> None:
        """Carry out these plans and remember them."""
        changes = [plan.update.change for plan in planned if plan.update.change]
        refused, uncertain = self._change(changes, self._kommo.update_deals)
        self._check_make_up(refused.values())
        written = [plan for plan in planned if plan.deal.id not in refused and plan.deal.id not in uncertain]
        swapped, not_linked = self._swap_contacts(written)
        done = [plan for plan in written if plan.deal.id not in not_linked]
        refused |= {deal: refusal for deal, refusal in not_linked.items() if refusal is not None}
        owed_tasks = self._make_owed_tasks(done)
        groups = []
        for plan in done:
            choice = plan.update.choice
            link = self._applied(
                plan.change,
                replace(plan.link, contact=plan.contact, task_owed=owed_tasks.get(plan.deal.id, 0)),
                choice.put or plan.link.put,
                choice.place or plan.deal.place,
            )
            codes = (*plan.update.fields, *(("CONTACT",) if plan.deal.id in swapped else ()))
            group = [self._records.links.change(link, plan.link)]
            if codes or choice.place or choice.skipped:
                decision = self._decision(
                    plan.change, plan.deal.id, choice.rule, plan.deal.place, choice.place, codes, choice.skipped
                )
                group.append(self._records.decisions.record(decision))
            groups.append(group)
        for plan, conflict in zip(done, self._transact(groups), strict=True):
            if conflict is not None:
                self.owed.add(plan.change.key)
        for plan in planned:
            if plan.deal.id in refused:
                refusal = refused[plan.deal.id]
                reason = "contact_refused" if plan.deal.id in not_linked else "deal_refused"
                self._park(plan.change, reason, code=refusal.code, path=refusal.path)
            elif plan.deal.id in uncertain or plan.deal.id in not_linked:
                self.owed.add(plan.change.key)
            else:
                self._release(plan.change, plan.contact)
                self.counts["deals_changed" if plan.update.change else "deals_equal"] += 1
                self.counts["deals_moved"] += plan.update.choice.place is not None

    def _change[C: (DealChange, ContactChange)](
        self, changes: Sequence[C], write: Callable[[Sequence[C]], set[int]]
    ) -> tuple[dict[int, Refusal], set[int]]:
        """Write the changes; return the refused ones' ids with the reason, and the ids whose outcome stays unknown."""
        pending = {change.id: change for change in changes}
        refused: dict[int, Refusal] = {}
        unanswered = 0
        while pending:
            self._deadline.check(self._margin)
            chunk = list(pending.values())[: self._batch.size]
            try:
                written = write(chunk)
            except UnknownOutcome as error:
                if isinstance(error, BatchTooHeavy) and len(chunk) > 1:
                    self._batch.shrink(len(chunk))
                    continue
                unanswered += 1
                if unanswered == REPEATS:
                    break
            except Rejected as error:
                named = {chunk[int(at)].id: why for at, why in error.elements.items() if int(at) < len(chunk)}
                if not named and len(chunk) == 1:
                    named = {chunk[0].id: Refusal(error.reason)}
                elif not named:
                    self._batch.shrink(len(chunk))
                refused.update(named)
                for id in named:
                    del pending[id]
            else:
                self._batch.grow(len(chunk))
                if not written:
                    break
                for id in written:
                    pending.pop(id, None)
        return refused, set(pending)

    def _swap_contacts(self, planned: Sequence[_Planned]) -> tuple[set[int], dict[int, Refusal | None]]:
        """Give deals their booking's present client.

        Returns the deals whose contact changed, and those that did not get theirs, with the reason; None where the
        contact turns out to be gone, so that the client has to be met again.
        """
        link: list[_Planned] = []
        unlink: list[_Planned] = []
        for plan in planned:
            if plan.contact == plan.link.contact:
                continue  # a person who has taken it off the deal has done so on purpose
            if plan.contact is not None and plan.contact not in plan.deal.contacts:
                link.append(plan)
            if plan.link.contact is not None and plan.link.contact in plan.deal.contacts:
                unlink.append(plan)
        refused = self._halving(link, lambda plans: self._kommo.link_contacts([_main_contact(plan) for plan in plans]))
        gone = self._forget_if_gone(plan.contact for plan in link if plan.deal.id in refused and plan.contact)
        not_linked = {
            plan.deal.id: None if plan.contact in gone else refused[plan.deal.id]
            for plan in link
            if plan.deal.id in refused
        }
        # One that cannot be unlinked is not linked any more.
        self._halving(unlink, lambda plans: self._kommo.unlink_contacts([_old_contact(plan) for plan in plans]))
        return {plan.deal.id for plan in (*link, *unlink)}, not_linked

    def _halving(self, plans: Sequence[_Planned], send: Callable[[Sequence[_Planned]], None]) -> dict[int, Refusal]:
        """Send all; where the whole is refused, send its halves; return the deals that are refused alone."""
        if not plans:
            return {}
        try:
            send(plans)
        except Rejected as error:
            if len(plans) == 1:
                return {plans[0].deal.id: next(iter(error.elements.values()), Refusal(error.reason))}
            middle = len(plans) // 2
            return self._halving(plans[:middle], send) | self._halving(plans[middle:], send)
        return {}

    def _note_gone(self, change: Change, link: BookingLink) -> None:
        """A person deleted the deal: remember it and leave it so."""
        gone = replace(link, gone=True)
        decision = self._decision(change, link.deal, "deal_deleted", link.known, None, (), "deal_deleted_by_hand")
        self._transact([[self._records.links.change(gone, link), self._records.decisions.record(decision)]])
        self.counts["deals_gone"] += 1

    # -- what all of them need -------------------------------------------------------------------------------------

    def _guarded[T](self, change: Change, plan: Callable[[], T]) -> T | None:
        """Return a booking's plan; a booking that cannot be planned is parked and stops no other."""
        try:
            return plan()
        except rules.UnknownStage:
            raise
        except Exception as error:
            self._park(change, "planning_failed", code=type(error).__name__)
            return None

    def _around(self, booking: Booking) -> Surroundings:
        location = self._installation.location(booking.location)
        if location is None:
            raise KeyError(f"location {booking.location}")
        return Surroundings(
            settings=self._installation.settings,
            location=location,
            pipelines=self.layout.pipelines,
            field_ids=self.layout.deal_fields,
            account_zone=self.layout.account.timezone,
        )

    def _applied(self, change: Change, link: BookingLink, put: Place | None, known: Place | None) -> BookingLink:
        """Return the link as it is once this version of its booking is applied."""
        booking = change.booking
        return replace(
            link,
            client=booking.client.id if booking.client else link.client,
            digest=digest(booking),
            changed=booking.changed,
            read_at=change.read_at,
            day=booking.starts_at.date().isoformat(),
            inputs=rules.inputs_of(booking),
            put=put,
            known=known,
        )

    def _decision(
        self,
        change: Change,
        deal: int,
        rule: str,
        before: Place | None,
        after: Place | None,
        codes: tuple[str, ...],
        skipped: str | None,
    ) -> Decision:
        return Decision(
            deal=deal,
            location=change.booking.location,
            booking=change.booking.id,
            event=change.event,
            rule=rule,
            before=before,
            after=after,
            fields=codes,
            skipped=skipped,
            at=self._clock.now(),
            correlation_id=self._correlation_id,
        )

    def _check_make_up(self, refusals: Iterable[Refusal]) -> None:
        """Raise LayoutChanged, once in a run, when a refusal has a cause that all deals of the account share."""
        shared = any(part in refusal.path for refusal in refusals for part in _MAKE_UP)
        if shared and not self._layout_is_fresh:
            raise LayoutChanged

    def _park(self, change: Change, reason: str, **params: str | int | Sequence[int]) -> None:
        if self._records.parked.park(change.key, reason, digest(change.booking), self._clock.now(), **params):
            self.counts["parked"] += 1

    def _release(self, change: Change, contact: int | None) -> None:
        """Take a booking off the parked list, unless it has no contact because its person is still a question."""
        if change.client_key is None or contact is not None:
            self._records.parked.release(change.key)

    def _transact(self, groups: Sequence[Sequence[Write]]) -> list[Conflict | None]:
        return self._records.transact(groups) if groups else []


def _new_contact(person: Person, mark: str, client_id_field: int) -> NewContact:
    client: Client = person.client
    return NewContact(
        mark=mark,
        name=client.name or person.phone or str(client.id),
        phone=person.phone or client.phone,
        email=client.email,
        fields={client_id_field: str(client.id)},
    )


def _found_link(key: BookingKey, deal: int, contact: int | None, place: Place | None) -> BookingLink:
    """Return the link of a deal that is known to be the booking's, with nothing applied to it yet."""
    return BookingLink(
        location=key[0],
        booking=key[1],
        deal=deal,
        contact=contact,
        client=None,
        digest="",
        changed="",
        read_at=0,
        day="",
        inputs=None,
        put=place,
        known=place,
    )


def _main_contact(plan: _Planned) -> tuple[int, int, bool]:
    return plan.deal.id, plan.contact or 0, True


def _old_contact(plan: _Planned) -> tuple[int, int]:
    return plan.deal.id, plan.link.contact or 0


def _has_another_client(change: Change, link: BookingLink) -> bool:
    client = change.booking.client
    return client is not None and (link.client != client.id or link.contact is None)


def _merged(owners: Iterable[Owners]) -> list[Owners]:
    """Join what is to be remembered of the same contact."""
    joined: dict[int, Owners] = {}
    for owned in owners:
        before = joined.get(owned.contact, Owners(owned.contact, frozenset(), frozenset()))
        joined[owned.contact] = Owners(owned.contact, before.clients | owned.clients, before.phones | owned.phones)
    return list(joined.values())
