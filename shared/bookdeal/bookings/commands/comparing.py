"""The comparison of both sides: all bookings of a window of visit days against all links and deals, both ways.

First deals are looked at for the marks that they bear: all of them once a week, else those that have changed. Then
each location's bookings are read, some visit days at a time, and compared with what their deals really show; at last
its links are looked through for bookings that the list did not show. Agreement costs nothing but reading. Where the
answer is certain a booking is worked off at once, as if it had rung; all else is listed and waits for a person. Every
step may be repeated.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import batched, islice
from typing import Any
from zoneinfo import ZoneInfo

from bookdeal.altegio.client import Row
from bookdeal.altegio.models import Unreadable
from bookdeal.bookings import rules
from bookdeal.bookings.commands.reading_days import Days, packed, read_days, unpacked
from bookdeal.bookings.commands.rebuilding import key_of, link_marks
from bookdeal.bookings.deals.holding import Held, held_by_deal
from bookdeal.bookings.deals.plans import plan_held
from bookdeal.bookings.deals.run import NOT_TIMED, READ_AT_ONCE, Change, LayoutChanged, Run
from bookdeal.bookings.deals.writing import Writer
from bookdeal.bookings.differences import Difference, DifferenceKind, Proof, Tally
from bookdeal.bookings.digest import VANISHED, digest, is_unchanged
from bookdeal.bookings.links import BookingKey, BookingLink
from bookdeal.bookings.parking import Parked
from bookdeal.model.booking import Booking, BookingStatus, Location
from bookdeal.model.command import Command, Done, GoesOn
from bookdeal.model.deal import Deal, Place
from bookdeal.runtime.errors import NotFound, RateLimited, Rejected, Revoked, Transient, closes_location
from bookdeal.runtime.limiter import Lane

BACK, AHEAD = 31, 180
"""The visit days that are compared unless somebody asks for others, from today."""

SLICE_SECONDS = 5.0
"""A slice of the comparison begins no further step after so long, so that live hints pass between."""

ROWS = 900
"""So many bookings are read and compared in one step, and those of the day in which it ends."""

LINKS = 500
"""So many links are looked through in one step."""

MOST_ALONE = 20
"""So many bookings of a location that its list did not show are asked for alone, to be sure that they are not there."""

WHOLE_SECONDS = 7 * 24 * 3600
"""After so long all deals are looked at for their marks, not only those that have changed."""

MARGIN = 300
"""Seconds before the last comparison from which on deals count as changed since."""

MOST_SEEN = 300_000
"""So long a text of a location's bookings fits into an item: some 60,000 of them. With more, absence is not told."""

EVENT = "compared"

_DEALS, _BOOKINGS, _LINKS, _END = "deals", "bookings", "links", "end"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a comparison has come.

    `since` is from when on changed deals are to be looked at (unix seconds), 0 while all are listed, of which `page` is
    the next page. `deals`, `linked` and `whole_at` are as in `Proof`. `location` is compared now: of its visits those
    up to the day `until` are still to be read; `after` is the last of its links looked through; `alone` counts those
    asked for alone. `not_read` are locations not wholly read.
    """

    phase: str = _DEALS
    began: int = 0
    whole_at: int = 0
    since: int = 0
    page: int = 1
    deals: int = 0
    linked: int = 0
    location: int = 0
    until: str = ""
    after: int = 0
    alone: int = 0
    not_read: tuple[int, ...] = ()
    tallies: Mapping[str, Sequence[int]] = field(default_factory=dict)

    @staticmethod
    def of(stored: Mapping[str, Any] | None) -> "Progress":
        """Read what a command keeps of it."""
        return Progress(**{**stored, "not_read": tuple(stored["not_read"])}) if stored else Progress()

    def stored(self) -> dict[str, Any]:
        """Return what a command keeps of it."""
        return asdict(self) | {"not_read": list(self.not_read)}

    def counting(self, location: int, tally: Tally) -> "Progress":
        """Return it with so much more found at a location."""
        before = Tally(*self.tallies.get(str(location), ()))
        return replace(self, tallies={**self.tallies, str(location): before.plus(tally).stored()})


def compare(command: Command, run: Run) -> Done | GoesOn:
    """Carry out `{"back", "ahead"}`, in days; the result counts what `Proof` says of all locations.

    Raises LayoutChanged at the beginning, so that the account's make-up is read anew.
    """
    progress = Progress.of(command.progress)
    if command.progress is None:
        if not run.layout_is_fresh:
            raise LayoutChanged
        progress = _begun(run, int(run.clock.now()))
    comparison = Comparison(command, run.within(lane=Lane.BULK))
    until, is_first = run.clock.monotonic() + SLICE_SECONDS, True
    while progress.phase != _END and (is_first or run.clock.monotonic() < until):
        try:
            progress = comparison.step(progress)
        except (RateLimited, Transient):
            if is_first:
                raise
            break
        is_first = False
    if progress.phase != _END:
        return GoesOn(progress.stored())
    return Done(comparison.ended(progress))


@dataclass(slots=True)
class _Findings:
    """What comes of some bookings: those that agree, are to be worked off, differ, or wait among parked work."""

    compared: set[BookingKey] = field(default_factory=set)
    agree: set[BookingKey] = field(default_factory=set)
    forced: dict[BookingKey, Change] = field(default_factory=dict)
    parked: set[BookingKey] = field(default_factory=set)
    differences: list[Difference] = field(default_factory=list)


class Comparison:
    """Carries one comparison on within one run."""

    def __init__(self, command: Command, run: Run) -> None:
        """Bind a comparison to a run."""
        self._id = command.id
        self._back = int(command.params.get("back", BACK))
        self._ahead = int(command.params.get("ahead", AHEAD))
        self._run = run
        self._writer = Writer(run)

    def step(self, progress: Progress) -> Progress:
        """Return how far it is after one more step."""
        self._run.deadline.check(self._run.margin)
        if progress.phase == _DEALS:
            return self._deals(progress)
        location = self._run.installation.location(progress.location)
        if location is None:  # it was taken out of the account's locations meanwhile
            return self._next_location(progress)
        try:
            return (
                self._bookings(progress, location) if progress.phase == _BOOKINGS else self._hidden(progress, location)
            )
        except (NotFound, Rejected, Revoked) as error:
            if not closes_location(error):
                raise
            return self._next_location(self._not_read(progress, *self._window(location), error.reason or error.code))

    def ended(self, progress: Progress) -> dict[str, Any]:
        """Store what was proved, remove differences that are none any more; returns the counts."""
        differences, now = self._run.records.differences, int(self._run.clock.now())
        tallies = {int(location): Tally(*counts) for location, counts in progress.tallies.items()}
        differences.settle(self._id, progress.not_read)
        differences.keep_proof(
            Proof(
                began=progress.began,
                ended=now,
                back=self._back,
                ahead=self._ahead,
                deals=progress.deals,
                linked=progress.linked,
                whole_at=progress.whole_at,
                tallies=tallies,
            )
        )
        total = Tally()
        for tally in tallies.values():
            total = total.plus(tally)
        return {**asdict(total), "differ": total.differ, "deals": progress.deals, "linked": progress.linked}

    # -- deals -----------------------------------------------------------------------------------------------------

    def _deals(self, progress: Progress) -> Progress:
        """Look at the marks of one page of all deals, or of all that have changed, as far as the time goes."""
        if not progress.since:
            page = next(iter(self._run.kommo.all_deals(progress.page)), None)
            if page is None:
                return self._next_location(progress)
            return self._marked(replace(progress, page=progress.page + 1), page)
        until = self._run.clock.monotonic() + SLICE_SECONDS
        twins = [one.deal for one in self._listed(DifferenceKind.TWIN_DEALS)]
        progress = self._marked(progress, [*self._run.kommo.deals(twins).values()] if twins else [])
        since = progress.since
        for page in self._run.kommo.changed_deals(since):
            self._run.deadline.check(self._run.margin)
            if page[0].updated_at > page[-1].updated_at:
                # They come the other way round where the account may not filter: that cannot be interrupted.
                return replace(progress, since=0, whole_at=progress.began)
            progress = replace(self._marked(progress, page), since=page[-1].updated_at)
            if progress.since > since and self._run.clock.monotonic() >= until:
                return progress
        return self._next_location(progress)

    def _marked(self, progress: Progress, deals: Sequence[Deal]) -> Progress:
        """Look at the marks of these deals: link those whose booking has none, and list those that bear another's."""
        fields, installation = self._run.layout.deal_fields, self._run.installation
        ours = [deal for deal in deals if (key := key_of(deal, fields)) and installation.location(key[0])]
        marks = link_marks(self._run, ours)
        self._note(
            Difference(DifferenceKind.TWIN_DEALS, *key, deal=twin, params={"linked": linked})
            for twin, (key, linked) in marks.twins.items()
        )
        return replace(progress, deals=progress.deals + len(deals), linked=progress.linked + marks.linked)

    def _listed(self, kind: DifferenceKind) -> list[Difference]:
        locations = [location.id for location in self._run.installation.locations]
        return list(self._run.records.differences.of(locations, kind))

    def _next_location(self, progress: Progress) -> Progress:
        ids = [location.id for location in self._run.installation.locations if location.id > progress.location]
        if not ids:
            return replace(progress, phase=_END)
        return replace(progress, phase=_BOOKINGS, location=min(ids), until="", after=0, alone=0)

    # -- bookings --------------------------------------------------------------------------------------------------

    def _window(self, location: Location) -> tuple[date, date]:
        today = datetime.fromtimestamp(self._run.clock.now(), ZoneInfo(location.timezone or "UTC")).date()
        return today - timedelta(days=self._back), today + timedelta(days=self._ahead)

    def _bookings(self, progress: Progress, location: Location) -> Progress:
        """Compare the bookings of the next visit days, from the latest on."""
        first, last = self._window(location)
        last = date.fromisoformat(progress.until) if progress.until else last
        part = read_days(
            self._run.altegio,
            location.id,
            first,
            last,
            rows=ROWS,
            check=lambda: self._run.deadline.check(self._run.margin),
        )
        if not part.is_steady:
            progress = self._not_read(progress, part.until or first, last, "unsteady")
        progress = progress.counting(location.id, self._compared(location, part))
        seen = packed({*self._seen(location), *part.rows})
        if len(seen) > MOST_SEEN:
            progress = self._not_read(progress, first, last, "too_many")
        else:
            self._run.records.differences.see(self._id, location.id, seen, self._run.clock.now())
        return (
            replace(progress, phase=_LINKS) if part.until is None else replace(progress, until=part.until.isoformat())
        )

    def _seen(self, location: Location) -> set[int]:
        return unpacked(self._run.records.differences.seen(self._id, location.id))

    def _not_read(self, progress: Progress, first: date, last: date, reason: str) -> Progress:
        params = {"first": first.isoformat(), "last": last.isoformat(), "reason": reason}
        self._note([Difference(DifferenceKind.NOT_READ, progress.location, params=params)])
        return replace(progress, not_read=tuple({*progress.not_read, progress.location}))

    def _compared(self, location: Location, part: Days) -> Tally:
        """Compare bookings with their deals, work off what surely was missed, and list what differs."""
        found = _Findings()
        bookings = [self._run.with_categories(row) for row in part.rows.values() if isinstance(row, Booking)]
        for row in part.rows.values():
            if isinstance(row, Unreadable) and row.id:
                self._unreadable(location, row, found)
        links = self._run.records.links.of_bookings((location.id, booking.id) for booking in bookings)
        parked = self._run.records.parked.all()
        known: list[tuple[Change, BookingLink]] = []
        for booking in bookings:
            key = (booking.location, booking.id)
            link, change = links.get(key), Change(booking, links.get(key), EVENT, part.read_at)
            if link is None or link.gone:
                if rules.out_of_scope(booking, self._run.installation.settings) is not None:
                    continue
                found.compared.add(key)
                if _stops(parked.get(key), booking):
                    found.parked.add(key)
                elif link is None:
                    found.forced[key] = change
                else:
                    found.differences.append(Difference(DifferenceKind.DEAL_DELETED, *key, deal=link.deal))
                continue
            found.compared.add(key)
            if _stops(parked.get(key), booking):
                found.parked.add(key)
            elif not is_unchanged(link.digest, link.changed, booking):
                found.forced[key] = change
            else:
                known.append((change, link))
        self._compare_deals(known, found)
        self._work_off(found)
        self._note(found.differences)
        repaired = found.forced.keys() - {one.key for one in found.differences if not one.is_for_information}
        repaired -= found.parked
        self._run.counts["compared"] += len(found.compared)
        self._run.counts["repaired"] += len(repaired)
        return Tally(len(found.compared), len(found.agree), len(repaired), len(found.parked))

    def _unreadable(self, location: Location, row: Unreadable, found: _Findings) -> None:
        key = (location.id, row.id)
        found.compared.add(key)
        if key in self._run.records.parked.all():
            found.parked.add(key)
        else:
            difference = Difference(DifferenceKind.BOOKING_UNREADABLE, *key, params={"part": row.reason})
            found.differences.append(difference)

    def _compare_deals(self, known: Sequence[tuple[Change, BookingLink]], found: _Findings) -> None:
        """Compare bookings that were applied with what their deals show."""
        for chunk in batched(held_by_deal(self._run, known), READ_AT_ONCE, strict=False):
            self._run.deadline.check(self._run.margin)
            deals = self._run.kommo.deals([held.deal for held in chunk])
            for held in chunk:
                keys = {change.key for change in held.rung}
                deal = deals.get(held.deal)
                differences = self._judged(held, deal) if deal is not None else []
                if differences is None:
                    found.parked |= keys
                elif deal is None or self._lacks_contact_alone(held, deal, differences):
                    found.forced.update({change.key: change for change in held.rung})
                else:
                    # Only the booking that the deal shows is named; the others of the deal agree.
                    is_right = all(one.is_for_information for one in differences)
                    found.differences += differences
                    found.agree |= keys if is_right else keys - {held.lead.key}
            # A move that was not heard of is noticed by the mover, as if it had rung.
            self._run.moved.update(
                held.deal for held in chunk if held.deal in deals and deals[held.deal].place != held.link.known
            )

    def _lacks_contact_alone(self, held: Held, deal: Deal, differences: Sequence[Difference]) -> bool:
        """Tell whether a deal has no contact and is right otherwise: then its client is met again without asking.

        Where a person has changed the deal too, working it off would undo that.
        """
        waits = self._run.records.parked.all().get(held.lead.key)
        is_question = waits is not None and waits.is_question
        is_met = held.link.contact is not None and bool(deal.contacts)
        is_changed = any(one.kind is DifferenceKind.DEAL_DIFFERS for one in differences)
        return held.lead.client_key is not None and not (is_met or is_question or is_changed)

    def _judged(self, held: Held, deal: Deal) -> list[Difference] | None:
        """Return how a deal differs from what it ought to be; None where that cannot be told, and is parked."""
        plan = self._run.guarded(held.lead, lambda: plan_held(self._run, held, deal))
        if plan is None:
            return None
        key, link = held.lead.key, held.link
        found = []
        if plan.fields:
            found.append(Difference(DifferenceKind.DEAL_DIFFERS, *key, deal=deal.id, params={"fields": plan.fields}))
        if held.lead.client_key is not None and link.contact is not None and not deal.contacts:
            found.append(Difference(DifferenceKind.CONTACT_MISSING, *key, deal=deal.id))
        is_ours = deal.place == link.put
        home = link.home if is_ours and link.home is not None else deal.place.pipeline
        wanted = self._wanted_place(held.lead.booking, home)
        if wanted is not None and wanted != deal.place:
            kind = DifferenceKind.STAGE_OUTDATED if is_ours else DifferenceKind.STAGE_MOVED
            params = {"pipeline": wanted.pipeline, "stage": wanted.stage}
            found.append(Difference(kind, *key, deal=deal.id, params=params))
        return found

    def _wanted_place(self, booking: Booking, home: int) -> Place | None:
        """Return where the rules want a booking's deal now, None for nowhere, or where they name a stage that is gone.

        That is for the set-up check to tell; here nothing depends on it.
        """
        sync, pipelines = self._run.installation.settings.status_sync, self._run.layout.pipelines
        try:
            return rules.verdict(rules.inputs_of(booking), sync, pipelines, home).place
        except rules.UnknownStage:
            return None

    def _work_off(self, found: _Findings) -> None:
        """Work off what was missed, and judge it as it is then: what still is not right is listed."""
        forced = [*found.forced.values()]
        if not forced:
            return
        self._run.deadline.check(self._run.margin)
        self._writer.write(forced)
        links = self._run.records.links.of_bookings(found.forced)
        parked = self._run.records.parked.all()
        done: list[tuple[Change, BookingLink]] = []
        for key, change in found.forced.items():
            link = links.get(key)
            if _stops(parked.get(key), change.booking):
                found.parked.add(key)
            elif link is None:
                found.differences.append(Difference(DifferenceKind.BOOKING_WITHOUT_DEAL, *key))
            elif link.gone:
                if change.booking.status is not BookingStatus.CANCELLED:
                    found.differences.append(Difference(DifferenceKind.DEAL_DELETED, *key, deal=link.deal))
            elif not is_unchanged(link.digest, link.changed, change.booking):
                found.differences.append(Difference(DifferenceKind.DEAL_DIFFERS, *key, deal=link.deal))
            else:
                done.append((replace(change, link=link), link))
        for chunk in batched(held_by_deal(self._run, done) if done else (), READ_AT_ONCE, strict=False):
            deals = self._run.kommo.deals([held.deal for held in chunk])
            for held in chunk:
                deal = deals.get(held.deal)
                found.differences += (self._judged(held, deal) or []) if deal is not None else []

    # -- links -----------------------------------------------------------------------------------------------------

    def _hidden(self, progress: Progress, location: Location) -> Progress:
        """Look through some of a location's links for bookings of the window that its list did not show."""
        first, last = (day.isoformat() for day in self._window(location))
        links = self._run.records.links.of_location(location.id, progress.after)
        chunk = [] if location.id in progress.not_read else list(islice(links, LINKS))
        if not chunk:
            self._run.records.differences.see(self._id, location.id, "", self._run.clock.now())
            return self._next_location(progress)
        seen = self._seen(location)
        hidden = [
            link
            for link in chunk
            if first <= link.day <= last and link.booking not in seen and not link.gone and link.digest != VANISHED
        ]
        rows: dict[int, Row] = {}
        absent: list[Difference] = []
        for link in hidden:
            row = self._read_alone(location, link.booking) if progress.alone + len(rows) < MOST_ALONE else None
            if row is None:
                absent.append(Difference(DifferenceKind.BOOKING_ABSENT, *link.key, deal=link.deal))
            else:
                rows[row.id] = row
        self._note(absent)
        tally = Tally(compared=len(absent))
        if rows:
            tally = tally.plus(self._compared(location, Days(rows, is_steady=True, read_at=NOT_TIMED)))
        progress = progress.counting(location.id, tally)
        return replace(progress, after=chunk[-1].booking, alone=progress.alone + len(hidden))

    def _read_alone(self, location: Location, id: int) -> Row | None:
        self._run.deadline.check(self._run.margin)
        try:
            return self._run.altegio.booking(location.id, id)
        except Rejected as error:
            if "booking" not in error.params:
                raise
            return Unreadable(id, error.reason)

    def _note(self, found: Iterable[Difference]) -> None:
        self._run.records.differences.note(list(found), self._id, self._run.clock.now())


def _begun(run: Run, now: int) -> Progress:
    """Return where a comparison begins: with all deals, or with those that have changed since the last one."""
    last = run.records.differences.proof()
    if last is None or now - last.whole_at > WHOLE_SECONDS:
        return Progress(began=now, whole_at=now)
    return Progress(began=now, whole_at=last.whole_at, since=last.began - MARGIN)


def _stops(parked: Parked | None, booking: Booking) -> bool:
    """Tell whether a booking as it is now waits among parked work, or a person has dropped it there."""
    return parked is not None and not parked.is_question and parked.version == digest(booking)
