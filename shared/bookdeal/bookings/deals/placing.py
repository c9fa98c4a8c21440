"""Which deal does a new booking go to? That of its visit, the one it was made from, one that waits for it, or none.

A deal is claimed, and the booking linked to it, before anything is written to it: whatever happens then, no other
booking takes it, and the next run goes on with it.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bookdeal.bookings.deals.run import Change, Run
from bookdeal.bookings.intents import Making, mark_of
from bookdeal.bookings.links import BookingKey, BookingLink
from bookdeal.bookings.origins import Origin
from bookdeal.bookings.visits import current, visit_mark
from bookdeal.model.booking import Booking, BookingStatus
from bookdeal.model.client import ClientKey
from bookdeal.model.deal import Deal, Place
from bookdeal.model.settings import Grouping
from bookdeal.runtime.store import Write

MOST_CANDIDATES = 20
"""So many of a contact's newest deals are looked at for one that waits for a booking."""

NOTHING_MADE = 1
"""When a task was last tried that surely was not made yet."""

BOOKED_FROM, MOVED, SAME_VISIT, ADOPTED = "booked_from_deal", "place_moved", "joined_visit", "adopted_deal"
"""Why a new booking goes to a deal that is there already."""


@dataclass(frozen=True, slots=True)
class Group:
    """New bookings that belong on one deal; `lead` is the one that it shows, `visit` the key of their visit's item."""

    lead: Change
    changes: tuple[Change, ...]
    visit: str | None = None

    @property
    def mark(self) -> str:
        """The mark by which the deal that is made for them is found again."""
        return self.lead.mark

    @property
    def bookings(self) -> tuple[Booking, ...]:
        """What they are now."""
        return tuple(change.booking for change in self.changes)

    @property
    def keys(self) -> tuple[BookingKey, ...]:
        """Their keys."""
        return tuple(change.key for change in self.changes)


@dataclass(slots=True)
class Placed:
    """Where new bookings go: `linked` are to be applied to the deal they were given, for `new` one is to be made.

    `links` are links of other bookings as they stand now: their deals hold more bookings than before.
    """

    linked: list[Change] = field(default_factory=list)
    new: list[Group] = field(default_factory=list)
    links: dict[BookingKey, BookingLink] = field(default_factory=dict)


@dataclass(slots=True)
class _Wish:
    """The deal that a group would take, and why; no deal and `is_fresh`: a new one whatever else may wait for it."""

    deal: int | None = None
    event: str = ""
    is_fresh: bool = False


class Placing:
    """Places the new bookings of one run."""

    def __init__(self, run: Run) -> None:
        """Bind to one run."""
        self._run = run

    def place(self, changes: Sequence[Change], contacts: Mapping[ClientKey, int]) -> Placed:
        """Say which deal each of these new bookings goes to, and claim those that are there already.

        Bookings whose deal may still turn up are put off.
        """
        placed = Placed()
        origins = self._run.records.origins.of(change.booking.external_id for change in changes)
        groups = self._certain(self._groups(changes), origins)
        wishes = {group.mark: _Wish() for group in groups}
        groups = self._of_their_visit(groups, wishes)
        self._made_from(groups, wishes, origins)
        self._adopting(groups, wishes, contacts)
        placed.new = [group for group in groups if wishes[group.mark].deal is None]
        wished = [(group, wishes[group.mark]) for group in groups if wishes[group.mark].deal is not None]
        if wished:
            self._take(wished, placed)
        return placed

    def hold_visits(self, groups: Iterable[Group]) -> None:
        """Write down which booking stands for a visit, before its deal is made: later ones of the visit join it."""
        links = self._run.records.links
        self._run.transact([[links.hold_visit(group.visit, group.lead.key)] for group in groups if group.visit])

    def _groups(self, changes: Sequence[Change]) -> list[Group]:
        if self._run.installation.settings.grouping is not Grouping.VISIT:
            return [Group(change, (change,)) for change in changes]
        together: dict[str, list[Change]] = {}
        for change in changes:
            together.setdefault(visit_mark(change.booking) or change.mark, []).append(change)
        groups = []
        for members in together.values():
            shown = current([change.booking for change in members], self._run.instant)
            lead = next(change for change in members if change.booking is shown)
            groups.append(Group(lead, tuple(members), visit_mark(shown)))
        return groups

    def _certain(self, groups: Sequence[Group], origins: Mapping[str, Origin]) -> list[Group]:
        """Put off the groups of which a deal may still turn up, or which replace a booking that has none as yet."""
        uncertain = self._run.uncertain[Making.DEALS]
        new = {key for group in groups for key in group.keys}
        certain = []
        for group in groups:
            marks = {change.mark for change in group.changes}
            is_first = new.isdisjoint(_replaced(group.bookings, origins))
            if is_first and uncertain.isdisjoint(marks) and self._run.owed.isdisjoint(group.keys):
                certain.append(group)
            else:
                self._run.owed.update(group.keys)
        return certain

    def _of_their_visit(self, groups: Sequence[Group], wishes: Mapping[str, _Wish]) -> list[Group]:
        """Let bookings go to the deal of their visit; put them off while that is about to be made."""
        marks = [group.visit for group in groups if group.visit]
        founders = self._run.records.links.of_visits(marks) if marks else {}
        links = self._run.records.links.of_bookings(founders.values()) if founders else {}
        ready = []
        for group in groups:
            founder = founders.get(group.visit or "")
            link = links.get(founder) if founder else None
            if link is not None and not link.gone:
                wishes[group.mark].deal, wishes[group.mark].event = link.deal, SAME_VISIT
            elif founder is not None and mark_of(*founder) in self._run.uncertain[Making.DEALS]:
                self._run.owed.update(group.keys)
                continue
            ready.append(group)
        return ready

    def _made_from(self, groups: Sequence[Group], wishes: Mapping[str, _Wish], origins: Mapping[str, Origin]) -> None:
        """Let bookings go to the deal that they were made from.

        One that was booked in a deal's card does not, where the deal's client has been there already. One in another's
        place goes to that one's deal, wherever it stands.
        """
        sources = self._sources([group for group in groups if wishes[group.mark].deal is None], origins)
        if not sources:
            return
        deals = {deal for deal, _ in sources.values()}
        links = self._run.records.links.of_deals(deals)
        there = self._run.kommo.deals(sorted(deals.difference(links)))
        for mark, (deal, event) in sources.items():
            link = links.get(deal)
            if (link is None and deal not in there) or (link is not None and link.gone):
                continue
            has_arrived = link is not None and link.inputs is not None and link.inputs.status is BookingStatus.ARRIVED
            if has_arrived and event == BOOKED_FROM:
                wishes[mark].is_fresh = True
            else:
                wishes[mark].deal, wishes[mark].event = deal, event

    def _sources(self, groups: Sequence[Group], origins: Mapping[str, Origin]) -> dict[str, tuple[int, str]]:
        """Return the deals that groups were made from, and how, by the groups' marks."""
        replaced = [key for group in groups for key in _replaced(group.bookings, origins)]
        links = self._run.records.links.of_bookings(replaced) if replaced else {}
        sources: dict[str, tuple[int, str]] = {}
        for group in groups:
            for booking in group.bookings:
                origin = origins.get(booking.external_id, Origin(None))
                link = links.get((booking.location, origin.replaces)) if origin.replaces else None
                deal = link.deal if link else origin.deal
                if deal is not None:
                    sources.setdefault(group.mark, (deal, MOVED if origin.replaces else BOOKED_FROM))
        return sources

    def _adopting(
        self, groups: Sequence[Group], wishes: Mapping[str, _Wish], contacts: Mapping[ClientKey, int]
    ) -> None:
        """Let bookings take the latest open deal of their contact that has no booking, where the settings say so."""
        if not self._run.installation.settings.adoption.on:
            return
        asking: dict[str, int] = {}
        for group in sorted(groups, key=lambda group: self._run.instant(group.lead.booking)):
            contact = contacts.get(group.lead.client_key) if group.lead.client_key else None
            if contact is not None and wishes[group.mark].deal is None and not wishes[group.mark].is_fresh:
                asking[group.mark] = contact
        free = self._free_deals(sorted(set(asking.values()))) if asking else {}
        for mark, contact in asking.items():
            if free.get(contact):
                wishes[mark].deal, wishes[mark].event = free[contact].pop(0).id, ADOPTED

    def _free_deals(self, contacts: Sequence[int]) -> dict[int, list[Deal]]:
        """Return the deals of these contacts that wait for a booking, the latest first. Asks twice for up to 150."""
        self._run.deadline.check(self._run.margin)
        newest = {
            contact: sorted(deals, reverse=True)[:MOST_CANDIDATES]
            for contact, deals in self._run.kommo.deals_of_contacts(contacts).items()
        }
        asked = {deal for deals in newest.values() for deal in deals}
        held = self._run.records.links.held(asked)
        deals = self._run.kommo.deals(sorted(asked.difference(held)))
        free: dict[int, list[Deal]] = {}
        for contact, ids in newest.items():
            waiting = [deals[id] for id in ids if id in deals and self._waits(deals[id], contact)]
            free[contact] = sorted(waiting, key=lambda deal: (deal.created_at, deal.id), reverse=True)
        return free

    def _waits(self, deal: Deal, contact: int) -> bool:
        """Tell whether a deal is its contact's own, open, in a chosen pipeline, and shows no booking."""
        chosen = self._run.installation.settings.adoption.pipelines
        shown = deal.fields.get(self._run.layout.deal_fields["BOOKING_ID"])
        is_chosen = not chosen or deal.place.pipeline in chosen
        is_own = bool(deal.contacts) and deal.contacts[0] == contact
        is_open = any(
            stage.kind == "open"
            for pipeline in self._run.layout.pipelines
            if pipeline.id == deal.place.pipeline
            for stage in pipeline.stages
            if stage.id == deal.place.stage
        )
        return is_chosen and is_own and is_open and not shown

    def _take(self, wished: Sequence[tuple[Group, _Wish]], placed: Placed) -> None:
        """Claim the deals and link the bookings to them: all of a deal's in one write, or none."""
        links = self._run.records.links
        claimed = {wish.deal for _, wish in wished if wish.deal is not None}
        held = links.held(claimed)
        known = links.of_bookings(key for keys in held.values() for key in keys)
        writes: list[list[Write]] = []
        taking: list[tuple[Group, list[BookingLink], list[BookingLink]]] = []
        for group, wish in wished:
            deal = wish.deal or 0
            before = held.get(deal, ())
            beside = [known[key] for key in before if key in known]
            joined, besides, group_writes = self._joined(
                group, deal, beside, before, with_task=wish.event not in (SAME_VISIT, MOVED)
            )
            writes.append(group_writes)
            taking.append((group, joined, besides))
            held[deal] = joined[0].held
            known.update({link.key: link for link in (*joined, *besides)})
        conflicts = self._run.transact(writes)
        events = {group.mark: wish.event for group, wish in wished}
        for (group, joined, besides), conflict in zip(taking, conflicts, strict=True):
            if conflict is not None:
                self._run.owed.update(group.keys)
                continue
            mine = {link.key: link for link in joined}
            placed.links.update({link.key: link for link in (*joined, *besides)})
            event = events[group.mark]
            placed.linked += [replace(change, link=mine[change.key], event=event) for change in group.changes]
            self._run.counts[event] += 1

    def _joined(
        self, group: Group, deal: int, beside: Sequence[BookingLink], held: Collection[BookingKey], *, with_task: bool
    ) -> tuple[list[BookingLink], list[BookingLink], list[Write]]:
        """Return the links of a group on a deal, those of the bookings that it held before, and their writes."""
        links = self._run.records.links
        keys = sorted({*held, *group.keys})
        owes_task = with_task and self._run.installation.settings.task is not None
        joined = []
        for change in group.changes:
            link = found_link(change.key, deal, None, None)
            link = link.saying(beside[0]) if beside else link
            others = tuple(key for key in keys if key != change.key)
            owed = NOTHING_MADE if owes_task and change is group.lead else 0
            joined.append(replace(link, others=others, task_owed=owed, version=1))
        besides = [
            replace(link, others=tuple(key for key in keys if key != link.key), version=link.version + 1)
            for link in beside
        ]
        writes = [links.change(link, None) for link in joined]
        writes += [links.change(after, before) for after, before in zip(besides, beside, strict=True)]
        writes.append(links.claim(joined[0], held))
        if group.visit:
            writes.append(links.hold_visit(group.visit, group.lead.key))
        return joined, besides, writes


def _replaced(bookings: Iterable[Booking], origins: Mapping[str, Origin]) -> list[BookingKey]:
    """Return the bookings in whose place these are."""
    made = [(booking.location, origins[booking.external_id]) for booking in bookings if booking.external_id in origins]
    return [(location, origin.replaces) for location, origin in made if origin.replaces]


def found_link(key: BookingKey, deal: int, contact: int | None, place: Place | None) -> BookingLink:
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
