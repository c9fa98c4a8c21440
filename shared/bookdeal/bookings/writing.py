"""Deals are made equal to their bookings: new ones are made once, known ones get only what differs, in batches.

Whatever happens between two writes, the next run comes to the same end: what is about to be made is written down first
(`intents`), what was applied is written down after (`links`), and a change that is repeated changes nothing.
"""

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import partial
from itertools import batched

from bookdeal.bookings import rules
from bookdeal.bookings.decisions import Decision
from bookdeal.bookings.digest import digest
from bookdeal.bookings.intents import MARGIN, Intent, Making, mark_of, parse_mark
from bookdeal.bookings.links import BookingKey, BookingLink
from bookdeal.bookings.making import Maker
from bookdeal.bookings.meeting import Meeting
from bookdeal.bookings.planning import Applied, Surroundings, Update, plan_new, plan_update
from bookdeal.bookings.run import Change, Run
from bookdeal.bookings.tasks import Tasks
from bookdeal.clients.identity import ClientKey
from bookdeal.model.booking import Booking
from bookdeal.model.deal import Deal, NewDeal, Place
from bookdeal.runtime.errors import Refusal, Rejected

READ_AT_ONCE = 150
"""Deals read in one request: more would not fit into one address."""

_CONTACT = "contacts"
"""The part of a refused deal that points at its contact."""


@dataclass(frozen=True, slots=True)
class _Planned:
    """A linked booking with its deal's plan; `contact` is the deal's contact from now on."""

    change: Change
    link: BookingLink
    deal: Deal
    update: Update
    contact: int | None


class Writer:
    """Works off changed bookings of one installation within one run."""

    def __init__(self, run: Run) -> None:
        """Bind the writer to one run."""
        self._run = run
        finders: dict[Making, Callable[[Intent], set[str]]] = {Making.DEALS: self._find_deals}
        self._maker = Maker(run.records.intents, finders, run.batch, run.clock, run.deadline, run.margin, run.uncertain)
        self._meeting = Meeting(run, self._maker)
        self._tasks = Tasks(run)
        finders[Making.CONTACTS] = self._meeting.find

    @property
    def owed(self) -> Set[BookingKey]:
        """The bookings that have to be read again later."""
        return self._run.owed

    @property
    def meeting(self) -> Meeting:
        """Finds or makes the contacts of this run's clients."""
        return self._meeting

    def settle_open_intents(self) -> None:
        """Find out what became of batches that were begun and never answered."""
        self._maker.settle_open()

    def write(self, changes: Sequence[Change]) -> None:
        """Work off these bookings; the same one must not be given twice. The rest is in the run's `owed`, or parked.

        Raises LayoutChanged, rules.UnknownStage, RateLimited, Transient, Revoked: then some are done, and all of them
        can be given again.
        """
        changes = [replace(change, booking=self._run.with_categories(change.booking)) for change in changes]
        new = [change for change in changes if change.link is None]
        known = [(change, change.link) for change in changes if change.link is not None and not change.link.gone]
        meeting = [*new, *(change for change, link in known if _has_another_client(change, link))]
        contacts = self._meeting.contacts_of(meeting)
        self._meeting.keep_up([change for change, link in known if not _has_another_client(change, link)])
        strangers = self._make_deals(new, contacts)
        if strangers:
            contacts |= self._meeting.contacts_of(strangers)
            self._run.owed.update(change.key for change in self._make_deals(strangers, contacts))
        self._update_deals(known, contacts)

    # -- new deals -------------------------------------------------------------------------------------------------

    def _make_deals(self, changes: Sequence[Change], contacts: Mapping[ClientKey, int]) -> list[Change]:
        """Make the deals of these bookings; return those bookings whose contact turns out to be gone."""
        by_mark = {change.mark: change for change in changes if change.key not in self._run.owed}
        wanted: dict[str, NewDeal] = {}
        rule: dict[str, str] = {}
        for mark, change in by_mark.items():
            contact = contacts.get(change.client_key) if change.client_key else None
            around = self._around(change.booking)
            plan = self._run.guarded(change, partial(plan_new, change.booking, mark, contact, around))
            if plan is not None:
                wanted[mark], rule[mark] = plan
        taken: set[str] = set()

        def take(made: Mapping[str, int], intent: Intent) -> None:
            owed_tasks = self._tasks.make({deal: by_mark[mark] for mark, deal in made.items()})
            groups = []
            for mark, deal in made.items():
                change, plan = by_mark[mark], wanted[mark]
                link = replace(
                    _found_link(change.key, deal, plan.contact, plan.place), task_owed=owed_tasks.get(deal, 0)
                )
                home = plan.place.pipeline if plan.place else None
                applied = self._applied(change, link, plan.place, plan.place, home)
                decision = self._decision(
                    change, deal, rule[mark], None, plan.place, tuple(self._run.layout.deal_fields), None
                )
                groups.append(
                    [
                        self._run.records.links.change(applied, None),
                        self._run.records.links.claim(applied),
                        self._run.records.decisions.record(decision),
                    ]
                )
            self._run.transact([*groups, [self._run.records.intents.settle(intent)]])
            for mark in made:
                self._run.release(by_mark[mark], wanted[mark].contact)
            taken.update(made)
            self._run.counts["deals_made"] += len(made)

        refused = self._maker.make(Making.DEALS, wanted, self._run.kommo.create_deals, take)
        self._run.check_make_up(refused.values())
        suspected = {wanted[mark].contact for mark, refusal in refused.items() if _CONTACT in refusal.path}
        gone = self._meeting.forget_if_gone(contact for contact in suspected if contact is not None)
        strangers = []
        for mark, change in by_mark.items():
            if mark in refused and wanted[mark].contact in gone:
                strangers.append(change)
            elif mark in refused:
                self._run.park(change, "deal_refused", code=refused[mark].code, path=refused[mark].path)
            elif mark in wanted and mark not in taken:
                self._run.owed.add(change.key)
        return strangers

    def _find_deals(self, intent: Intent) -> set[str]:
        booking_id, location_id = self._run.layout.deal_fields["BOOKING_ID"], self._run.layout.deal_fields["COMPANY_ID"]
        marks = set(intent.marks)
        oldest: dict[BookingKey, Deal] = {}
        for page in self._run.kommo.newest_deals(intent.at - MARGIN):
            for deal in page:
                mark = f"{deal.fields.get(location_id)}:{deal.fields.get(booking_id)}"
                if mark in marks:
                    oldest[parse_mark(mark)] = deal
        linked = self._run.records.links.of_bookings(oldest)
        groups = []
        for key, deal in oldest.items():
            if key not in linked:
                link = _found_link(key, deal.id, deal.contacts[0] if deal.contacts else None, deal.place)
                link = replace(link, task_owed=intent.at)
                groups.append([self._run.records.links.change(link, None), self._run.records.links.claim(link)])
        self._run.transact(groups)
        self._run.counts["deals_found_again"] += len(groups)
        return {mark_of(*key) for key in oldest}

    # -- known deals -----------------------------------------------------------------------------------------------

    def _update_deals(self, known: Sequence[tuple[Change, BookingLink]], contacts: Mapping[ClientKey, int]) -> None:
        planned: list[_Planned] = []
        ready = [(change, link) for change, link in known if change.key not in self._run.owed]
        for chunk in batched(ready, READ_AT_ONCE, strict=False):
            self._run.deadline.check(self._run.margin)
            deals = self._run.kommo.deals([link.deal for _, link in chunk])
            met = self._met_again(chunk, deals)
            for change, link in chunk:
                if change.key in self._run.owed:
                    continue
                deal = deals.get(link.deal)
                if deal is None:
                    self._note_gone(change, link)
                    continue
                applied = Applied(link.inputs, link.put, link.home, link.known)
                around = self._around(change.booking)
                update = self._run.guarded(change, partial(plan_update, change.booking, applied, deal, around))
                if update is None:
                    continue
                contact = link.contact
                if _has_another_client(change, link) or change.client_key in met:
                    contact = {**contacts, **met}.get(change.client_key) if change.client_key else None
                planned.append(_Planned(change, link, deal, update, contact))
            while len(planned) >= self._run.batch.size:
                size = self._run.batch.size
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
        gone = self._meeting.forget_if_gone(contact for _, contact in bare)
        return self._meeting.contacts_of([change for change, contact in bare if contact in gone])

    def _apply(self, planned: Sequence[_Planned]) -> None:
        """Carry out these plans and remember them."""
        changes = [plan.update.change for plan in planned if plan.update.change]
        refused, uncertain = self._run.change(changes, self._run.kommo.update_deals)
        self._run.check_make_up(refused.values())
        written = [plan for plan in planned if plan.deal.id not in refused and plan.deal.id not in uncertain]
        swapped, not_linked = self._swap_contacts(written)
        done = [plan for plan in written if plan.deal.id not in not_linked]
        refused |= {deal: refusal for deal, refusal in not_linked.items() if refusal is not None}
        owing = {plan.deal.id: (plan.change, plan.link.task_owed) for plan in done if plan.link.task_owed}
        owed_tasks = self._tasks.make_owed(owing)
        groups = []
        for plan in done:
            choice = plan.update.choice
            link = self._applied(
                plan.change,
                replace(plan.link, contact=plan.contact, task_owed=owed_tasks.get(plan.deal.id, 0)),
                choice.put or plan.link.put,
                choice.place or plan.deal.place,
                choice.home,
            )
            codes = (*plan.update.fields, *(("CONTACT",) if plan.deal.id in swapped else ()))
            group = [self._run.records.links.change(link, plan.link)]
            if codes or choice.place or choice.skipped:
                decision = self._decision(
                    plan.change, plan.deal.id, choice.rule, plan.deal.place, choice.place, codes, choice.skipped
                )
                group.append(self._run.records.decisions.record(decision))
            groups.append(group)
        for plan, conflict in zip(done, self._run.transact(groups), strict=True):
            if conflict is not None:
                self._run.owed.add(plan.change.key)
        for plan in planned:
            if plan.deal.id in refused:
                refusal = refused[plan.deal.id]
                reason = "contact_refused" if plan.deal.id in not_linked else "deal_refused"
                self._run.park(plan.change, reason, code=refusal.code, path=refusal.path)
            elif plan.deal.id in uncertain or plan.deal.id in not_linked:
                self._run.owed.add(plan.change.key)
            else:
                self._run.release(plan.change, plan.contact)
                self._run.counts["deals_changed" if plan.update.change else "deals_equal"] += 1
                self._run.counts["deals_moved"] += plan.update.choice.place is not None

    def _swap_contacts(self, planned: Sequence[_Planned]) -> tuple[set[int], dict[int, Refusal | None]]:
        """Give deals their booking's present client.

        Returns the deals whose contact changed, and those that did not get theirs, with the reason; None where the
        contact turns out to be gone, so that the client has to be met again.
        """
        kommo = self._run.kommo
        link: list[_Planned] = []
        unlink: list[_Planned] = []
        for plan in planned:
            if plan.contact == plan.link.contact:
                continue  # a person who has taken it off the deal has done so on purpose
            if plan.contact is not None and plan.contact not in plan.deal.contacts:
                link.append(plan)
            if plan.link.contact is not None and plan.link.contact in plan.deal.contacts:
                unlink.append(plan)
        refused = self._halving(link, lambda plans: kommo.link_contacts([_main_contact(plan) for plan in plans]))
        gone = self._meeting.forget_if_gone(plan.contact for plan in link if plan.deal.id in refused and plan.contact)
        not_linked = {
            plan.deal.id: None if plan.contact in gone else refused[plan.deal.id]
            for plan in link
            if plan.deal.id in refused
        }
        # One that cannot be unlinked is not linked any more.
        self._halving(unlink, lambda plans: kommo.unlink_contacts([_old_contact(plan) for plan in plans]))
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
        self._run.transact([[self._run.records.links.change(gone, link), self._run.records.decisions.record(decision)]])
        self._run.counts["deals_gone"] += 1

    # -- what both of them need ------------------------------------------------------------------------------------

    def _around(self, booking: Booking) -> Surroundings:
        location = self._run.installation.location(booking.location)
        if location is None:
            raise KeyError(f"location {booking.location}")
        return Surroundings(
            settings=self._run.installation.settings,
            location=location,
            pipelines=self._run.layout.pipelines,
            field_ids=self._run.layout.deal_fields,
            account_zone=self._run.layout.account.timezone,
            language=self._run.layout.account.language,
        )

    def _applied(
        self, change: Change, link: BookingLink, put: Place | None, known: Place | None, home: int | None
    ) -> BookingLink:
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
            home=home,
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
            at=self._run.clock.now(),
            correlation_id=self._run.correlation_id,
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
