"""The import of older bookings: deals for visits of the time before going live, in slices between which others pass.

It makes deals as everything does, with three differences: they stand where the import's mapping says, bear the dates of
their bookings, and nobody gets a task. What was made is linked, so that whatever is killed and repeated is made once;
what is counted is counted by days that were read as a whole.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import pairwise

from bookdeal.altegio.client import PAGE, BookingPage, Row
from bookdeal.bookings import rules
from bookdeal.bookings.commands.rebuilding import link_marks
from bookdeal.bookings.deals.holding import read_bookings
from bookdeal.bookings.deals.run import Change, LayoutChanged, Run
from bookdeal.bookings.deals.writing import Writer
from bookdeal.bookings.imports import Import, ImportState, Phase, Progress, counted
from bookdeal.bookings.intents import SECOND_LOOK
from bookdeal.bookings.links import BookingLink
from bookdeal.bookings.stamps import earliest_wall_clock
from bookdeal.installs.recommended import HISTORY_PIPELINE, recommended
from bookdeal.model.booking import Booking, BookingStatus, Location
from bookdeal.model.command import Command, Done, GoesOn
from bookdeal.model.settings import Adoption, Settings, StatusSync, SyncMode
from bookdeal.model.settings import Mapping as StageMapping
from bookdeal.runtime.errors import Rejected, Transient
from bookdeal.runtime.limiter import Lane

SLICE_SECONDS = 5.0
"""A slice begins no further step after so long, so that live hints pass between."""

MOST_LOOKS = 5
"""How often bookings are read again of which it is not certain what became of their deals."""

MOST_UNCERTAIN = 1000
"""With so many of them no further ones are taken in before these are certain."""

OVERLAP = 120
"""Seconds before the beginning from which changes are looked at once more."""

EVENT = "imported"
MADE = "made"
HAS_DEAL, DELETED, UNREADABLE, PARKED, UNCERTAIN = "has_deal", "deleted_by_hand", "unreadable", "parked", "uncertain"
"""What became of a booking: its deal was made, or why it was skipped, beside the reasons of `rules.out_of_scope`."""

NOT_TIMED = 0


def import_history(command: Command, run: Run) -> Done | GoesOn:
    """Go on with the installation's import, if it is this command's and runs; the result counts what came of it.

    Raises Rejected for a stage that is gone ("stage_gone"), LayoutChanged, RateLimited, Transient, Revoked.
    """
    known = run.records.imports.read()
    if known is None or known.command != command.id or known.state is not ImportState.RUNNING:
        return Done()
    if not run.records.links.have_begun():
        # A booking without a link might have a deal: whoever reads bookings next finds out (ADR 0016).
        raise Transient("links", wait=SECOND_LOOK)
    return _Importing(command, run.within(lane=Lane.BULK), known).go_on()


@dataclass(slots=True)
class _Importing:
    """One slice of an import."""

    command: Command
    run: Run
    known: Import
    until: float = field(init=False)

    def __post_init__(self) -> None:
        self.until = self.run.clock.monotonic() + SLICE_SECONDS

    @property
    def _is_over(self) -> bool:
        return self.run.clock.monotonic() >= self.until

    def go_on(self) -> Done | GoesOn:
        progress = self.known.progress
        mapping = self.known.wanted.mapping
        if mapping is None or progress.phase is Phase.PLACE:
            return self._place(mapping)
        self._require_stages(mapping)
        while progress.phase is not Phase.END and not self._is_over:
            further = self._step(progress, mapping)
            if further is None:
                break
            progress = further
            if not self.run.records.imports.advance(self.command.id, progress):
                return Done()  # another command goes on with it, or another import was begun
        if progress.phase is Phase.END:
            return Done({"made": progress.made, "skipped": dict(progress.skipped)})
        return GoesOn({"seen": progress.seen, "total": progress.total})

    # -- where the deals go ----------------------------------------------------------------------------------------

    def _place(self, mapping: StageMapping | None) -> GoesOn | Done:
        """Find or make the pipeline, and note the mapping: from then on its deals keep to it."""
        self.run.deadline.check(self.run.margin)
        mapping = mapping or recommended(self.run.kommo, self.run.layout.account.language, HISTORY_PIPELINE)
        imports = self.run.records.imports
        is_ours = imports.place(self.command.id, mapping, self.known)
        is_ours = is_ours and imports.advance(self.command.id, replace(self.known.progress, phase=Phase.DEALS))
        # The next slice knows the pipeline: this run's own picture of the account may be older than it.
        return GoesOn({}) if is_ours else Done()

    def _require_stages(self, mapping: StageMapping) -> None:
        """Raise LayoutChanged, or Rejected where the account was just looked at, for a stage that it does not have."""
        try:
            for status in BookingStatus:
                rules.first_place(rules.Inputs(status, 0, None), _sync(mapping), self.run.layout.pipelines)
        except rules.UnknownStage:
            if not self.run.layout_is_fresh:
                raise LayoutChanged from None
            raise Rejected("stage_gone", params={"pipeline": mapping.pipeline}) from None

    # -- step by step ----------------------------------------------------------------------------------------------

    def _step(self, progress: Progress, mapping: StageMapping) -> Progress | None:
        """Do the next step; None: the slice was over before its end, and what it did is remembered elsewhere."""
        self.run.deadline.check(self.run.margin)
        if progress.phase is Phase.DEALS:
            return self._look_at_deals(progress)
        if not self.run.records.book.list_everybody(self.run.kommo, lambda: self._is_over):
            return None
        if len(progress.again) >= MOST_UNCERTAIN:
            return self._look_again(progress, mapping)
        match progress.phase:
            case Phase.BOOKINGS | Phase.CHANGES if progress.done < len(self.known.wanted.locations):
                location = self.run.installation.location(self.known.wanted.locations[progress.done])
                if location is None:  # it is not served any more
                    return replace(progress, done=progress.done + 1)
                take_in = self._read_on if progress.phase is Phase.BOOKINGS else self._look_at_changes
                return take_in(progress, location, mapping)
            case Phase.BOOKINGS:
                return replace(progress, phase=Phase.CHANGES, done=0, page=1)
            case Phase.CHANGES:
                return replace(progress, phase=Phase.AGAIN if progress.again else Phase.END)
            case _:
                return self._look_again(progress, mapping)

    def _look_at_deals(self, progress: Progress) -> Progress:
        """Link the deals of one page that show a booking already; after the last one, count what there is to import."""
        deals = next(iter(self.run.kommo.all_deals(progress.page)), None)
        if deals is not None:
            link_marks(self.run, deals)
            newest = max((progress.newest, *(deal.id for deal in deals)))
            return replace(progress, page=progress.page + 1, newest=newest)
        wanted = self.known.wanted
        total = sum(
            self.run.altegio.count_bookings(location.id, wanted.first, wanted.last, with_cancelled=True)
            for location in self.run.installation.locations
            if location.id in wanted.locations
        )
        return replace(progress, phase=Phase.BOOKINGS, total=total, began=int(self.run.clock.now()))

    def _read_on(self, progress: Progress, location: Location, mapping: StageMapping) -> Progress:
        """Take in the next days of a location, as many as one page holds as a whole, the latest first."""
        first, last = self.known.wanted.first, progress.until or self.known.wanted.last
        page = self.run.altegio.changed_bookings(location.id, changed_after=None, from_day=first, until_day=last)
        rows, until = whole_days(page, last)
        if rows is None:
            rows = [row for each in self.run.altegio.visit_bookings(location.id, last) for row in each.rows]
        fates = self._fates(progress, location, rows, int(page.server_time), mapping)
        progress = self._counted(replace(progress, seen=progress.seen + len(rows)), fates)
        if until is None or until < first:
            return replace(progress, done=progress.done + 1, until=None)
        return replace(progress, until=until)

    def _look_at_changes(self, progress: Progress, location: Location, mapping: StageMapping) -> Progress:
        """Take in one page of what changed at a location since bookings were first read."""
        page = self.run.altegio.changed_bookings(
            location.id,
            changed_after=earliest_wall_clock(progress.began - OVERLAP, location.timezone),
            from_day=self.known.wanted.first,
            until_day=self.known.wanted.last,
            page=progress.page,
        )
        uncertain = {booking for at, booking, _ in progress.again if at == location.id}
        rows = [row for row in page.rows if row.id not in uncertain]
        links = self.run.records.links.of_bookings((location.id, row.id) for row in rows)
        unlinked = [row for row in rows if isinstance(row, Booking) and (location.id, row.id) not in links]
        before = {booking for at, booking in self.run.records.parked.all() if at == location.id}
        fates = self._fates(progress, location, unlinked, int(page.server_time), mapping)
        # Those that get no deal, or were parked, were counted when they were seen first.
        news = [fate for fate in fates if fate.outcome in (MADE, UNCERTAIN)]
        news += [fate for fate in fates if fate.outcome == PARKED and fate.booking not in before]
        progress = self._counted(progress, news)
        released = sum(fate.booking in before for fate in news)
        progress = replace(progress, skipped=counted(progress.skipped, {PARKED: -released}))
        if not page.rows or (progress.page - 1) * PAGE + len(page.rows) >= page.total:
            return replace(progress, done=progress.done + 1, page=1)
        return replace(progress, page=progress.page + 1)

    def _look_again(self, progress: Progress, mapping: StageMapping) -> Progress:
        """Look again at the bookings of one location that were uncertain, once there can be certainty."""
        wait = progress.later_at - self.run.clock.now()
        if wait > 0:
            raise Transient("uncertain", wait=wait)
        here = progress.again[0][0]
        days = {booking: day.isoformat() for at, booking, day in progress.again if at == here}
        others = tuple(one for one in progress.again if one[0] != here)
        location = self.run.installation.location(here)
        fates: list[_Fate] = []
        if location is not None and progress.looks < MOST_LOOKS:
            rows = [row for row in read_bookings(self.run.altegio, here, days, worth_a_day=1) if row.id in days]
            fates = self._fates(progress, location, rows, NOT_TIMED, mapping)
        settled = [fate for fate in fates if fate.outcome != UNCERTAIN]
        open_ = tuple(
            (here, fate.booking, fate.day) for fate in fates if fate.outcome == UNCERTAIN and fate.day is not None
        )
        progress = self._counted(progress, settled)
        progress = replace(
            progress,
            skipped=counted(progress.skipped, {UNCERTAIN: -len(settled)}),
            again=(*others, *open_),
            looks=progress.looks + 1 if open_ else 0,
            later_at=self._later if open_ else 0,
        )
        is_last = progress.phase is Phase.AGAIN and not progress.again
        return replace(progress, phase=Phase.END) if is_last else progress

    # -- deals -----------------------------------------------------------------------------------------------------

    @property
    def _later(self) -> int:
        return int(self.run.clock.now()) + SECOND_LOOK + 1

    def _counted(self, progress: Progress, fates: Sequence["_Fate"]) -> Progress:
        """Return how far the import has come once these bookings are counted."""
        outcomes = Counter(fate.outcome for fate in fates)
        made = outcomes.pop(MADE, 0)
        uncertain = tuple(
            (fate.location, fate.booking, fate.day)
            for fate in fates
            if fate.outcome == UNCERTAIN and fate.day is not None
        )
        return replace(
            progress,
            made=progress.made + made,
            skipped=counted(progress.skipped, outcomes),
            again=(*progress.again, *uncertain),
            later_at=self._later if uncertain else progress.later_at,
        )

    def _fates(
        self, progress: Progress, location: Location, rows: Iterable[Row], read_at: int, mapping: StageMapping
    ) -> list["_Fate"]:
        """Make the deals of these bookings, as far as they have none; return what became of each."""
        run = importing(self.run, mapping)
        fates = []
        bookings: dict[int, Booking] = {}
        for row in rows:
            if isinstance(row, Booking):
                bookings[row.id] = row
            else:
                fates.append(_Fate(location.id, row.id, None, UNREADABLE))
                run.records.parked.park((location.id, row.id), UNREADABLE, row.reason, run.clock.now(), part=row.reason)
        links = run.records.links.of_bookings((location.id, id) for id in bookings)
        changes = []
        for booking in bookings.values():
            link = links.get((location.id, booking.id))
            outcome = (
                _linked(link, progress, mapping) if link else rules.out_of_scope(booking, run.installation.settings)
            )
            if outcome is None:
                changes.append(Change(booking, link, EVENT, read_at))
            else:
                fates.append(_Fate(location.id, booking.id, booking.starts_at.date(), outcome))
        if changes:
            Writer(run).write(changes)
        links = run.records.links.of_bookings(change.key for change in changes)
        for change in changes:
            link = links.get(change.key)
            outcome = UNCERTAIN if change.key in run.owed else PARKED
            outcome = (_linked(link, progress, mapping) if link else None) or outcome
            day = change.booking.starts_at.date()
            fates.append(_Fate(location.id, change.booking.id, day, MADE if outcome == HAS_DEAL else outcome))
        return fates


@dataclass(frozen=True, slots=True)
class _Fate:
    """What became of a booking. `day` is that of its visit, None of one that could not be read."""

    location: int
    booking: int
    day: date | None
    outcome: str


def _linked(link: BookingLink, progress: Progress, mapping: StageMapping) -> str | None:
    """Return what became of a linked booking; None where its deal was found again and has to be applied yet."""
    if link.gone:
        return DELETED
    if link.inputs is None and not link.is_rebuilt:
        return None
    # A deal that is younger than the import and at home in its pipeline was made by it: before a kill, perhaps.
    is_own = link.deal > progress.newest and link.home == mapping.pipeline
    return MADE if is_own else HAS_DEAL


def importing(run: Run, mapping: StageMapping) -> Run:
    """Return the run as an import makes deals: by its own mapping, with the bookings' dates, without tasks.

    What is to be looked at again is the import's own matter.
    """
    settings: Settings = replace(
        run.installation.settings,
        status_sync=_sync(mapping),
        start_from=None,
        task=None,
        adoption=Adoption(),
    )
    installation = replace(run.installation, settings=settings)
    return replace(run, installation=installation, keeps_dates=True, owed=set())


def _sync(mapping: StageMapping) -> StatusSync:
    return StatusSync(SyncMode.SIMPLE, mapping)


def whole_days(page: BookingPage, last: date) -> tuple[Sequence[Row] | None, date | None]:
    """Return the rows of the days that a page holds as a whole, and the day down to which to read on (None: no more).

    The page is the first of all visits up to the day `last`, the latest first. No rows: the day `last` fills it alone,
    or its order is another, and that day has to be read by itself.
    """
    if page.total <= len(page.rows):
        return page.rows, None
    days = list(_days(page.rows, last))
    is_ordered = all(later >= earlier for later, earlier in pairwise(days))
    if not is_ordered or not days or days[-1] >= last:
        return None, last - timedelta(days=1)
    return [row for row, day in zip(page.rows, days, strict=True) if day > days[-1]], days[-1]


def _days(rows: Sequence[Row], last: date) -> Iterator[date]:
    """Yield the visit day of each row; one that cannot be read stands among those of its day."""
    day = last
    for row in rows:
        day = row.starts_at.date() if isinstance(row, Booking) else day
        yield day
