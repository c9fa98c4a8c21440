"""Deals are made equal to their bookings: new ones are made once, known ones get only what differs, in batches.

Whatever happens between two writes, the next run comes to the same end: what is about to be made is written down first
(`intents`), what was applied is written down after (`links`), and a change that is repeated changes nothing.
"""

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import partial
from itertools import batched

from bookdeal.bookings import rules
from bookdeal.bookings.deals.holding import Held, held_by_deal
from bookdeal.bookings.deals.making import Maker
from bookdeal.bookings.deals.meeting import Meeting
from bookdeal.bookings.deals.merged_deals import follow
from bookdeal.bookings.deals.placing import Group, Placing, found_link
from bookdeal.bookings.deals.plans import plan_held, surroundings
from bookdeal.bookings.deals.recording import record
from bookdeal.bookings.deals.responsible import assigned
from bookdeal.bookings.deals.run import READ_AT_ONCE, Change, Run
from bookdeal.bookings.deals.tasks import Tasks
from bookdeal.bookings.decisions import Decision
from bookdeal.bookings.digest import VANISHED, digest
from bookdeal.bookings.intents import MARGIN, Intent, Making, mark_of, move_mark, parse_mark, parse_move
from bookdeal.bookings.links import BookingKey, BookingLink
from bookdeal.bookings.planning import Update, plan_new
from bookdeal.bookings.rules import Explanation, Verdict
from bookdeal.bookings.undo import (
    MAIN_CONTACT,
    Entity,
    Keeper,
    Undo,
    contact_property,
    properties_after,
    properties_of,
)
from bookdeal.bookings.visits import visit_of
from bookdeal.model.client import ClientKey
from bookdeal.model.deal import Deal, NewDeal, Place
from bookdeal.model.settings import ResponsibleBy
from bookdeal.runtime.errors import Refusal
from bookdeal.runtime.store import Write

_CONTACT = "contacts"
"""The part of a refused deal that points at its contact."""

_RESPONSIBLE = "responsible_user_id"
"""The part of a refused deal that points at who is responsible for it."""


@dataclass(frozen=True, slots=True)
class _Planned:
    """A deal with its bookings and its plan; `contact` is the deal's contact from now on."""

    held: Held
    deal: Deal
    update: Update
    contact: int | None

    @property
    def link(self) -> BookingLink:
        """The link of the booking that the deal shows."""
        return self.held.link

    @property
    def swaps(self) -> bool:
        """Whether the deal gets another contact, or loses one."""
        return self.linked is not None or self.unlinked is not None

    @property
    def linked(self) -> int | None:
        """The contact that the deal has to be linked to, None for none.

        A contact that a person has taken off the deal was taken off on purpose.
        """
        is_new = self.contact != self.link.contact and self.contact not in self.deal.contacts
        return self.contact if is_new else None

    @property
    def unlinked(self) -> int | None:
        """The contact that the deal must not be linked to any more, None for none."""
        is_old = self.contact != self.link.contact and self.link.contact in self.deal.contacts
        return self.link.contact if is_old else None

    @property
    def codes(self) -> tuple[str, ...]:
        """What is written, as codes."""
        return (*self.update.fields, *(("CONTACT",) if self.linked or self.unlinked else ()))

    def undo(self, keeper: Keeper) -> Undo:
        """Return what is written, as it can be undone."""
        after = properties_after(self.update.change) if self.update.change else {}
        kept = [id for id in self.deal.contacts if id != self.unlinked]
        if self.unlinked is not None:
            after |= {contact_property(self.unlinked): None, MAIN_CONTACT: kept[0] if kept else None}
        if self.linked is not None:
            after |= {contact_property(self.linked): True, MAIN_CONTACT: self.linked}
        return keeper.undo(Entity.DEAL, self.deal.id, properties_of(self.deal, after), after)


class Writer:
    """Works off changed bookings of one installation within one run."""

    def __init__(self, run: Run) -> None:
        """Bind the writer to one run."""
        self._run = run
        finders: dict[Making, Callable[[Intent], set[str]]] = {
            Making.DEALS: self._find_deals,
            Making.MOVES: self._doubt_moves,
        }
        self._maker = Maker(run.records.intents, finders, run.batch, run.clock, run.deadline, run.margin, run.uncertain)
        self._meeting = Meeting(run, self._maker)
        self._placing = Placing(run)
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

    @property
    def _has_turns(self) -> bool:
        return self._run.installation.settings.responsible.by is ResponsibleBy.ROUND_ROBIN

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
        self._meeting.recognise(
            {
                change.client_key: link.contact
                for change, link in known
                if link.is_rebuilt and link.contact is not None and change.client_key is not None
            }
        )
        meeting = [*new, *(change for change, link in known if _has_another_client(change, link))]
        contacts = self._meeting.contacts_of(meeting)
        self._meeting.keep_up([change for change, link in known if not _has_another_client(change, link)])
        placed = self._placing.place(new, contacts)
        strangers = self._make_deals(placed.new, contacts)
        if strangers:
            contacts |= self._meeting.contacts_of([change for group in strangers for change in group.changes])
            for group in self._make_deals(strangers, contacts):
                self._run.owed.update(group.keys)
        known = [(change, placed.links.get(change.key, link)) for change, link in known]
        known += [(change, change.link) for change in placed.linked if change.link is not None]
        self._update_deals(known, contacts)

    # -- new deals -------------------------------------------------------------------------------------------------

    def _make_deals(self, groups: Sequence[Group], contacts: Mapping[ClientKey, int]) -> list[Group]:
        """Make the deals of these bookings; return those whose contact turns out to be gone."""
        by_mark = {group.mark: group for group in groups if self._run.owed.isdisjoint(group.keys)}
        wanted: dict[str, NewDeal] = {}
        verdicts: dict[str, Verdict] = {}
        for mark, group in by_mark.items():
            contact = contacts.get(group.lead.client_key) if group.lead.client_key else None
            plan = self._run.guarded(group.lead, partial(self._plan_new, group, contact))
            if plan is not None:
                wanted[mark], verdicts[mark] = plan
        chosen = self._run.installation.settings.responsible
        users = assigned({mark: by_mark[mark].lead.booking for mark in wanted}, chosen, self._run.records.turns)
        wanted = {mark: replace(deal, responsible=users[mark]) for mark, deal in wanted.items()}
        self._placing.hold_visits(by_mark[mark] for mark in wanted)
        taken: set[str] = set()

        def take(made: Mapping[str, int], intent: Intent) -> None:
            owed_tasks = self._tasks.make([(deal, by_mark[mark].lead) for mark, deal in made.items()])
            groups = []
            for mark, deal in made.items():
                group, plan = by_mark[mark], wanted[mark]
                said = replace(
                    found_link(group.lead.key, deal, plan.contact, plan.place),
                    inputs=rules.inputs_of(group.lead.booking),
                    home=plan.place.pipeline if plan.place else None,
                    others=tuple(key for key in group.keys if key != group.lead.key),
                )
                links = [
                    replace(
                        _applied(change, found_link(change.key, deal, None, None).saying(said)),
                        task_owed=owed_tasks.get(change.key, 0),
                    )
                    for change in group.changes
                ]
                codes = tuple(self._run.layout.deal_fields)
                verdict = verdicts[mark]
                decision = self._decision(group.lead, deal, verdict.rule, None, plan.place, codes, None, verdict.why)
                writes = [self._run.records.links.change(link, None) for link in links]
                writes.append(self._run.records.links.claim(links[0]))
                writes += self._run.records.decisions.record(decision)
                if self._has_turns:
                    writes.append(self._run.records.turns.done(mark))
                groups.append(writes)
            self._run.transact([*groups, [self._run.records.intents.settle(intent)]])
            for mark in made:
                for change in by_mark[mark].changes:
                    self._run.release(change, wanted[mark].contact)
            taken.update(made)
            self._run.counts["deals_made"] += len(made)

        refused = self._maker.make(Making.DEALS, wanted, self._run.kommo.create_deals, take)
        for user in dict.fromkeys((chosen.fallback, None)):
            # Who is responsible may have left the account: the deal matters more than whose it is.
            left = [mark for mark, why in refused.items() if _RESPONSIBLE in why.path and users[mark] != user]
            if left:
                self._run.counts["responsible_refused"] += len(left)
                wanted |= {mark: replace(wanted[mark], responsible=user) for mark in left}
                users |= dict.fromkeys(left, user)
                others = {mark: why for mark, why in refused.items() if mark not in left}
                again = {mark: wanted[mark] for mark in left}
                refused = others | self._maker.make(Making.DEALS, again, self._run.kommo.create_deals, take)
        self._run.check_make_up(refused.values())
        suspected = {wanted[mark].contact for mark, refusal in refused.items() if _CONTACT in refusal.path}
        gone = self._meeting.forget_if_gone(contact for contact in suspected if contact is not None)
        strangers = []
        for mark, group in by_mark.items():
            if mark in refused and wanted[mark].contact in gone:
                strangers.append(group)
            elif mark in refused:
                for change in group.changes:
                    self._run.park(change, "deal_refused", code=refused[mark].code, path=refused[mark].path)
            elif mark in wanted and mark not in taken:
                self._run.owed.update(group.keys)
        return strangers

    def _plan_new(self, group: Group, contact: int | None) -> tuple[NewDeal, Verdict]:
        lead = group.lead.booking
        visit = visit_of(lead, group.bookings)
        return plan_new(lead, group.mark, contact, surroundings(self._run, lead), visit)

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
                link = found_link(key, deal.id, deal.contacts[0] if deal.contacts else None, deal.place)
                link = replace(link, task_owed=intent.at)
                group = [self._run.records.links.change(link, None), self._run.records.links.claim(link)]
                if self._has_turns:
                    group.append(self._run.records.turns.done(mark_of(*key)))
                groups.append(group)
        self._run.transact(groups)
        self._run.counts["deals_found_again"] += len(groups)
        return {mark_of(*key) for key in oldest}

    # -- known deals -----------------------------------------------------------------------------------------------

    def _update_deals(self, known: Sequence[tuple[Change, BookingLink]], contacts: Mapping[ClientKey, int]) -> None:
        planned: list[_Planned] = []
        ready = [(change, link) for change, link in known if change.key not in self._run.owed]
        everything = held_by_deal(self._run, ready)
        shared = [held.lead for held in everything if held.may_show_another and held.lead.client_key not in contacts]
        contacts = {**contacts, **self._meeting.contacts_of(shared)}
        for chunk in batched(everything, READ_AT_ONCE, strict=False):
            self._run.deadline.check(self._run.margin)
            deals = self._run.kommo.deals([held.deal for held in chunk])
            met = self._met_again(chunk, deals)
            follow(self._run, [held.link for held in chunk if held.deal not in deals], self._run.owed.update)
            for held in chunk:
                if any(change.key in self._run.owed for change in (held.lead, *held.rung)):
                    self._run.owed.update(change.key for change in held.rung)
                    continue
                deal = deals.get(held.deal)
                if deal is None:
                    self._note_gone(held)
                    continue
                update = self._run.guarded(held.lead, partial(plan_held, self._run, held, deal))
                if update is None:
                    continue
                contact = held.link.contact
                if _has_another_client(held.lead, held.link) or held.may_show_another or held.lead.client_key in met:
                    contact = _contact_of(held.lead, {**contacts, **met}, contact)
                if contact is None and held.link.is_rebuilt:
                    contact = held.link.contact
                planned.append(_Planned(held, deal, update, contact))
            while len(planned) >= self._run.batch.size:
                size = self._run.batch.size
                self._apply(planned[:size])
                planned = planned[size:]
        if planned:
            self._apply(planned)

    def _met_again(self, chunk: Sequence[Held], deals: Mapping[int, Deal]) -> dict[ClientKey, int]:
        """Return anew the contacts of those clients whose deal has lost its contact because that is gone."""
        bare = [
            (held.lead, held.link.contact)
            for held in chunk
            if (deal := deals.get(held.deal)) is not None and not deal.contacts
            if held.link.contact is not None and held.lead.client_key is not None
        ]
        gone = self._meeting.forget_if_gone(contact for _, contact in bare)
        return self._meeting.contacts_of([change for change, contact in bare if contact in gone])

    def _apply(self, planned: Sequence[_Planned]) -> None:
        """Carry out these plans and remember them."""
        keeper = self._run.keeper
        decided = {plan.deal.id: decision for plan in planned if (decision := self._decided(plan, keeper)) is not None}
        if self._run.command:
            # Before it is written: a kill must not leave anything that cannot be undone.
            record(self._run, list(decided.values()))
            decided = {}
        changes = [plan.update.change for plan in planned if plan.update.change]
        moves = {
            plan.deal.id: move_mark(plan.deal.id, place)
            for plan in planned
            if (place := plan.update.choice.place) is not None
        }
        intents = self._run.records.intents
        intent = intents.begin(Making.MOVES, moves.values(), self._run.clock.now()) if moves else None
        refused, uncertain = self._run.change(changes, self._run.kommo.update_deals)
        self._run.check_make_up(refused.values())
        written = [plan for plan in planned if plan.deal.id not in refused and plan.deal.id not in uncertain]
        swapping = [plan for plan in written if plan.swaps]
        # What is written to a deal and not remembered looks like a person's doing if its booking goes back meanwhile:
        # who waits for no other call is remembered first.
        self._remember([plan for plan in written if not plan.swaps], decided)
        not_linked = self._swap_contacts(swapping)
        refused |= {deal: refusal for deal, refusal in not_linked.items() if refusal is not None}
        self._remember([plan for plan in swapping if plan.deal.id not in not_linked], decided)
        if intent is not None:
            intents.keep(intent, [mark for deal, mark in moves.items() if deal in uncertain])
        for plan in planned:
            if plan.deal.id in refused:
                refusal = refused[plan.deal.id]
                reason = "contact_refused" if plan.deal.id in not_linked else "deal_refused"
                for change in plan.held.rung:
                    self._run.park(change, reason, code=refusal.code, path=refusal.path)
            elif plan.deal.id in uncertain or plan.deal.id in not_linked:
                self._run.owed.update(change.key for change in plan.held.rung)
            else:
                for change in plan.held.rung:
                    self._run.release(change, plan.contact)
                self._run.counts["deals_changed" if plan.update.change else "deals_equal"] += 1
                self._run.counts["deals_moved"] += plan.update.choice.place is not None

    def _remember(self, done: Sequence[_Planned], decided: Mapping[int, Decision]) -> None:
        """Store what these deals show now; make the tasks that are owed for them."""
        if not done:
            return
        owed_tasks = self._tasks.make_owed(
            [
                (plan.deal.id, change, plan.held.links[change.key].task_owed)
                for plan in done
                for change in plan.held.changes
                if plan.held.links[change.key].task_owed
            ]
        )
        groups = []
        for plan in done:
            group = self._remembered(plan, owed_tasks)
            if plan.deal.id in decided:
                group += self._run.records.decisions.record(decided[plan.deal.id])
            groups.append(group)
        for plan, conflict in zip(done, self._run.transact(groups), strict=True):
            if conflict is not None:
                self._run.owed.update(change.key for change in plan.held.rung)

    def _doubt_moves(self, intent: Intent) -> set[str]:
        """Doubt the moves that were not answered, or that a run could not remember; what it remembered stands.

        Else a booking that goes back to what it was would look unchanged, and where its deal stands a person's doing.
        """
        places = dict(map(parse_move, intent.marks))
        links = self._run.records.links
        theirs = links.of_deals(places)
        everything = links.with_others(theirs.values())
        groups = []
        for deal, link in theirs.items():
            if not link.gone and not link.put == link.known == places[deal]:
                said = replace(link, tried=places[deal])
                held = [everything[key] for key in link.held if key in everything]
                groups.append(
                    [links.change(replace(one.saying(said), digest="", changed="", read_at=0), one) for one in held]
                )
        self._run.transact(groups)
        return set(intent.marks)

    def _decided(self, plan: _Planned, keeper: Keeper) -> Decision | None:
        """Return the decision that a plan is, None where nothing is written and nothing skipped."""
        choice = plan.update.choice
        if not (plan.codes or choice.place or choice.skipped):
            return None
        decision = self._decision(
            plan.held.rung[0],
            plan.deal.id,
            choice.rule,
            plan.deal.place,
            choice.place,
            plan.codes,
            choice.skipped,
            choice.why,
        )
        undo = plan.undo(keeper)
        return replace(decision, undo=undo) if undo.after else decision

    def _remembered(self, plan: _Planned, owed_tasks: Mapping[BookingKey, int]) -> list[Write]:
        """Return the writes of a deal's links: of the bookings that were applied, and of others where it differs."""
        links, held, choice = self._run.records.links, plan.held, plan.update.choice
        stands: Place | None = choice.place or plan.deal.place
        if self._is_to_be_noticed(plan):
            self._run.moved.add(plan.deal.id)
            stands = plan.link.known
        said = replace(
            plan.link,
            contact=plan.contact,
            inputs=rules.inputs_of(held.lead.booking),
            put=choice.put or plan.link.put,
            known=stands,
            home=choice.home,
            tried=None,
        )
        applied = {
            change.key: replace(
                _applied(change, held.links[change.key].saying(said)), task_owed=owed_tasks.get(change.key, 0)
            )
            for change in held.changes
        }
        rung = {change.key for change in held.rung}
        after = {key: applied.get(key, link.saying(said)) for key, link in held.links.items()}
        return [links.change(after[key], link) for key, link in held.links.items() if key in rung or after[key] != link]

    def _is_to_be_noticed(self, plan: _Planned) -> bool:
        """Tell whether a person's move is seen here first and may set a status: then that is seen to afterwards.

        A status that has changed itself counts for more than the stage of before.
        """
        stands, choice, inputs = plan.deal.place, plan.update.choice, plan.link.inputs
        return (
            self._run.installation.settings.status_sync.reverse
            and inputs is not None
            and inputs.status is plan.held.lead.booking.status
            and choice.place is None
            and choice.put != stands
            and plan.link.known not in (None, stands)
        )

    def _swap_contacts(self, planned: Sequence[_Planned]) -> dict[int, Refusal | None]:
        """Give deals their booking's present client.

        Returns those that did not get theirs, with the reason; None where the contact turns out to be gone, so that the
        client has to be met again.
        """
        kommo = self._run.kommo
        link = [plan for plan in planned if plan.linked is not None]
        unlink = [plan for plan in planned if plan.unlinked is not None]
        refused = self._run.halving(
            link, lambda plans: kommo.link_contacts([_main_contact(plan) for plan in plans]), _deal_id
        )
        gone = self._meeting.forget_if_gone(plan.contact for plan in link if plan.deal.id in refused and plan.contact)
        not_linked = {
            plan.deal.id: None if plan.contact in gone else refused[plan.deal.id]
            for plan in link
            if plan.deal.id in refused
        }
        # One that cannot be unlinked is not linked any more.
        self._run.halving(unlink, lambda plans: kommo.unlink_contacts([_old_contact(plan) for plan in plans]), _deal_id)
        return not_linked

    def _note_gone(self, held: Held) -> None:
        """A person deleted the deal: remember it and leave it so."""
        links = self._run.records.links
        writes = [links.change(replace(link, gone=True), link) for link in held.links.values()]
        known = held.link.known
        decision = self._decision(held.rung[0], held.deal, "deal_deleted", known, None, (), "deal_deleted_by_hand")
        self._run.transact([[*writes, *self._run.records.decisions.record(decision)]])
        self._run.counts["deals_gone"] += 1

    # -- what both of them need ------------------------------------------------------------------------------------

    def _decision(
        self,
        change: Change,
        deal: int,
        rule: str,
        before: Place | None,
        after: Place | None,
        codes: tuple[str, ...],
        skipped: str | None,
        why: Explanation | None = None,
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
            why=why.to_json() if why is not None and why.trials else None,
            batch=self._run.command,
        )


def _applied(change: Change, link: BookingLink) -> BookingLink:
    """Return a booking's link as it is once this version of it is applied."""
    booking = change.booking
    if change.is_vanished:
        return replace(link, digest=VANISHED, changed="", read_at=change.read_at)
    return replace(
        link,
        client=booking.client.id if booking.client else link.client,
        digest=digest(booking),
        changed=booking.changed,
        read_at=change.read_at,
        day=booking.starts_at.date().isoformat(),
    )


def _contact_of(lead: Change, contacts: Mapping[ClientKey, int], before: int | None) -> int | None:
    """Return the contact of the booking that a deal shows; of one without a client the deal keeps its contact."""
    return before if lead.client_key is None else contacts.get(lead.client_key)


def _deal_id(plan: _Planned) -> int:
    return plan.deal.id


def _main_contact(plan: _Planned) -> tuple[int, int, bool]:
    return plan.deal.id, plan.contact or 0, True


def _old_contact(plan: _Planned) -> tuple[int, int]:
    return plan.deal.id, plan.link.contact or 0


def _has_another_client(change: Change, link: BookingLink) -> bool:
    client = change.booking.client
    return client is not None and (link.client != client.id or link.contact is None)
