"""The mover: one run makes an installation's deals equal to its bookings, and says what is left.

Hints are absorbed into the installation's state, work takes from the state, and what is not finished stays there: a
run may end or be killed anywhere, and the next one goes on.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from uuid import uuid4

from bookdeal.bookings import rules
from bookdeal.bookings.card.attempts import Attempts, Replaced
from bookdeal.bookings.card.settling import LEFT_OPEN, settle_left_open
from bookdeal.bookings.commands.client_statistics import night_of
from bookdeal.bookings.commands.comparing import AHEAD, BACK
from bookdeal.bookings.commands.rebuilding import Asking
from bookdeal.bookings.commands.store import Commands
from bookdeal.bookings.deals.categories import Categories
from bookdeal.bookings.deals.making import BatchSize
from bookdeal.bookings.deals.protocols import Altegio, Providers
from bookdeal.bookings.deals.responsible import Turns
from bookdeal.bookings.deals.run import LayoutChanged, Records, Run
from bookdeal.bookings.deals.writing import Writer
from bookdeal.bookings.decisions import Decisions
from bookdeal.bookings.differences import Differences
from bookdeal.bookings.digest import digest
from bookdeal.bookings.imports import Imports
from bookdeal.bookings.intents import Intents
from bookdeal.bookings.links import Links
from bookdeal.bookings.mover.carrying_out import CommandWork
from bookdeal.bookings.mover.client_totals import refresh_clients
from bookdeal.bookings.mover.demand import demand_of, is_swept, overlap_of
from bookdeal.bookings.mover.desk import MARGIN, Desk, LinksLost, Pace, closing
from bookdeal.bookings.mover.locations import LocationReader
from bookdeal.bookings.mover.noticing import notice_contacts, notice_deals
from bookdeal.bookings.mover.polling import caught_up, polled
from bookdeal.bookings.mover.reading import SWEEP_OVERLAP
from bookdeal.bookings.mover.reversing import Journal, Reversing
from bookdeal.bookings.mover.state import (
    MoverState,
    absorbed,
    state_from,
    state_item,
)
from bookdeal.bookings.mover.sweeping import Lately, is_any_open, next_sweep
from bookdeal.bookings.origins import Origins
from bookdeal.bookings.parking import ParkedWork, overdue_work
from bookdeal.bookings.previews import Previews
from bookdeal.clients.contacts import ContactBook, ContactIndex
from bookdeal.clients.statistics_book import StatisticsBook
from bookdeal.duplicates.findings import Findings
from bookdeal.installs.connections import ALTEGIO
from bookdeal.installs.installation import REBUILDING, SETTING_UP, STATE, Installation, Installations, Layout
from bookdeal.installs.layout import AccountReader, FieldGone, refresh_layout
from bookdeal.model.booking import Booking, Location
from bookdeal.model.command import CommandKind
from bookdeal.model.hint import Hint, HintKind
from bookdeal.runtime.clock import Clock, Deadline
from bookdeal.runtime.errors import (
    BookdealError,
    Conflict,
    NotFound,
    RateLimited,
    Rejected,
    Revoked,
    Transient,
)
from bookdeal.runtime.queue import Hints
from bookdeal.runtime.store import Store, Table

REMEMBERED_SECONDS = 60.0
"""How long an installation that owes nothing is remembered."""

LOOK_AGAIN = 60
"""Seconds until the sweep rings for what is uncertain or left over."""

ASK_FOR_HOOKS = 3600
"""Seconds after which it is looked again whether the hooks ring, when bells get lost."""

LONGEST_WAIT = 120.0
"""Seconds for which a run that cannot go on holds its installation's hints back at the most."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended. `wait`: it wants to be called again after so many seconds; None: it does not.

    `absorbed`: the hints themselves are no longer needed, because the installation's state holds what they ask for.
    `owed_since` is when the oldest work was rung for that is left and could be done (unix seconds). `overdue` is how
    much parked work an operator has to hear of, counted at each sweep.
    """

    reason: str
    wait: float | None = None
    absorbed: bool = True
    owed_since: int | None = None
    overdue: int = 0


@dataclass(frozen=True, slots=True)
class Schedule:
    """What is done without a bell: a sweep's `interval` in seconds, the visit days `back` and `ahead` that are compared
    at night; both 0: none are.
    """

    interval: float = 300.0
    back: int = BACK
    ahead: int = AHEAD


@dataclass(frozen=True, slots=True)
class Tables:
    """The mover's tables, of one unit of work."""

    store: Store
    installations: Table
    links: Table
    decisions: Table
    parked: Table


@dataclass(frozen=True, slots=True)
class Memory:
    """What a process remembers between runs.

    `installations` are those that had nothing left to do a moment ago: enough to drop a bell that says nothing new. A
    bell that does say something leads to a full reading, so that what is remembered may be a little old. `phones` are
    the indexes of accounts that many unknown clients were looked for in.
    """

    installations: dict[str, tuple[float, Installation]] = field(default_factory=dict)
    phones: defaultdict[str, ContactIndex] = field(default_factory=lambda: defaultdict(ContactIndex))

    def keep(self, installation: Installation, clock: Clock) -> None:
        """Remember an installation that owes nothing."""
        self.installations[installation.id] = (clock.monotonic() + REMEMBERED_SECONDS, installation)

    def recall(self, id: str, clock: Clock) -> Installation | None:
        """Return what is remembered of an installation, if it is young enough."""
        until, installation = self.installations.get(id, (0.0, None))
        return installation if clock.monotonic() < until else None

    def forget(self, id: str) -> None:
        """Forget an installation that is about to change."""
        self.installations.pop(id, None)


class Mover:
    """Serves one installation in one run."""

    def __init__(
        self,
        tables: Tables,
        providers: Providers,
        hints: Hints,
        memory: Memory,
        clock: Clock,
        deadline: Deadline,
        correlation_id: str,
        journal: Callable[[Installation], Journal],
        schedule: Schedule = Schedule(),
    ) -> None:
        """Bind the mover to one run; `deadline` is that of its Lambda, less a margin to end well."""
        self._schedule = schedule
        self.counts: Counter[str] = Counter()
        self._memory = memory
        self._tables = tables
        self._installations = Installations(tables.installations)
        self._providers = providers
        self._hints = hints
        self._clock = clock
        self._deadline = deadline
        self._pace = Pace(clock, deadline, clock.monotonic())
        self._correlation_id = correlation_id
        self._journal = journal
        self._owner = uuid4().hex

    def run(self, installation_id: str, hints: Sequence[Hint], *, again: bool = False) -> Outcome:
        """Work off these hints and what the installation still owes, as far as this run's time goes.

        `again`: some of these hints come once more, after a wait or a crash, so that something may be owed whatever
        they say. What it raises is a crash, after which the hints come again.
        """
        links = Links(self._tables.links, installation_id)
        owes = again or any(hint.kind is HintKind.CONTINUE for hint in hints)
        remembered = None if owes else self._memory.recall(installation_id, self._clock)
        if remembered is not None and not demand_of(hints, remembered, links, self.counts).has_work:
            return Outcome("nothing_new")
        self.counts.clear()
        installation = self._installations.read(installation_id)
        if installation is None:
            return Outcome("unknown_installation")
        heard = [hint for hint in hints if hint.generation in (0, installation.generation)]
        demand = demand_of(heard, installation, links, self.counts)
        is_rebuilding = installation.paused == REBUILDING
        if is_rebuilding:
            demand = replace(demand, every_command=True)
        is_paused = installation.paused is not None and not is_rebuilding
        known = state_from(installation.state)
        if not demand.has_work and not known.has_work:
            self._memory.keep(installation, self._clock)
            return Outcome("nothing_new" if heard else "outdated_key")
        self._memory.forget(installation_id)
        absorbed_now = self._absorbed(installation, known, demand, heard)
        if is_paused and absorbed_now == known and not _sets_up(installation, known):
            return Outcome("paused")
        try:
            state = self._take_lease(installation)
        except Conflict as conflict:
            until = float((conflict.item or {}).get("until", 0))
            return Outcome("busy", wait=max(1.0, until - self._clock.now()), absorbed=False)
        state = self._absorbed(installation, state, demand, heard)
        if is_paused and not _sets_up(installation, state):
            self._save(installation, state, release=True)
            return Outcome("paused")
        return self._work(installation, state, links, overlap=overlap_of(heard))

    def _absorbed(
        self, installation: Installation, state: MoverState, demand: MoverState, heard: Sequence[Hint]
    ) -> MoverState:
        continued = any(hint.kind is HintKind.CONTINUE for hint in heard)
        swept = [location.id for location in installation.locations if is_swept(location, heard)]
        state = absorbed(state, demand, swept, self._clock.now())
        has_rung = any(hint.source == ALTEGIO for hint in heard)
        rung_at = int(self._clock.now()) if has_rung else state.rung_at
        return replace(state, rung_at=rung_at, continuing=state.continuing and not continued)

    # -- the lease -------------------------------------------------------------------------------------------------

    def _take_lease(self, installation: Installation) -> MoverState:
        """Become the installation's only writer until the deadline. Raises Conflict while somebody else is."""
        now = self._clock.now()
        item = self._tables.installations.update(
            installation.id,
            STATE,
            change="SET #owner = :owner, #until = :until",
            when="attribute_not_exists(#until) OR #until < :now",
            values={"owner": self._owner, "until": now + self._deadline.remaining() + 1, "now": now},
        )
        return state_from(item)

    def _save(self, installation: Installation, state: MoverState, *, release: bool, due_at: int = 0) -> None:
        """Store the state, and let go of the lease. Raises Conflict when the lease is no longer ours.

        `due_at` is when the sweep has to ring; 0 leaves that to the sweep.
        """
        item = {**state_item(state), "saved_at": int(self._clock.now())}
        item |= ({"until": 0} if release else {}) | ({"due_at": due_at} if due_at else {})
        change = "SET " + ", ".join(f"#{name} = :{name}" for name in item)
        values = {**item, "owner": self._owner}
        self._tables.installations.update(installation.id, STATE, change=change, when="#owner = :owner", values=values)

    # -- work ------------------------------------------------------------------------------------------------------

    def _work(self, installation: Installation, state: MoverState, links: Links, *, overlap: int) -> Outcome:
        desk = Desk(
            installation=installation,
            state=state,
            links=links,
            parked=ParkedWork(self._tables.parked, installation.id),
            batch=BatchSize(state.batch),
            pace=self._pace,
            save=partial(self._save, installation, release=False),
        )
        desk.is_held = installation.paused == REBUILDING
        try:
            try:
                self._work_with_layout(desk, installation.fitting_layout, overlap)
            except (LayoutChanged, rules.UnknownStage):
                self._work_with_layout(desk, None, overlap)
            outcome = Outcome("paused" if desk.is_held and not desk.is_rebuilding else "done")
        except rules.UnknownStage:
            self._installations.pause(installation.id, "stage_gone")
            outcome = Outcome("stage_gone")
        except FieldGone:
            self._installations.pause(installation.id, "field_gone")
            outcome = Outcome("field_gone")
        except LinksLost:
            self._ask_for_links(desk)
            outcome = Outcome("links_lost")
        except Revoked as error:
            # Rung before it is stored: a kill between the two leaves a look too many, never a loss nobody hears of.
            self._hints.send([self._own_hint(HintKind.ACCESS, installation)])
            self._installations.pause(installation.id, f"{error.provider}_{error.reason}")
            outcome = Outcome("revoked")
        except (RateLimited, Transient) as error:
            out_of_time = self._deadline.remaining() < MARGIN
            outcome = Outcome("done") if out_of_time else Outcome(error.reason, wait=min(error.wait, LONGEST_WAIT))
        except Conflict:
            raise
        except BookdealError as error:
            if isinstance(error, NotFound):
                # The account is no longer where it was: perhaps it has another address.
                self._hints.send([self._own_hint(HintKind.ACCESS, installation)])
            outcome = Outcome(error.code)
        is_sweep = overlap == SWEEP_OVERLAP
        may_go_on = installation.paused in (None, REBUILDING) or _sets_up(installation, desk.state)
        goes_on = outcome.reason == "done" and may_go_on
        self._end(desk, goes_on=goes_on, is_sweep=is_sweep, was_put_off=outcome.wait is not None)
        return replace(
            outcome,
            owed_since=desk.state.owed_since(location.id for location in desk.open_locations()),
            overdue=overdue_work(desk.parked.waiting().values(), self._clock.now()) if is_sweep else 0,
        )

    def _work_with_layout(self, desk: Desk, layout: Layout | None, overlap: int) -> None:
        """Work with what the account is known to be made of; None: read that first."""
        known = layout or self._read_layout(desk.installation, self._providers.kommo(desk.installation, None))
        altegio = self._providers.altegio(desk.installation)
        run = Run(
            installation=desk.installation,
            layout=known,
            kommo=self._providers.kommo(desk.installation, known),
            altegio=altegio,
            records=self._records(desk),
            batch=desk.batch,
            clock=self._clock,
            deadline=self._deadline,
            margin=MARGIN,
            correlation_id=self._correlation_id,
            layout_is_fresh=layout is None,
            categories=Categories(desk.installation, self._installations, altegio, self._clock),
        )
        try:
            if desk.installation.paused is not None:
                self._command_work(desk, run).carry_out(bulk=False)
                if desk.installation.paused == SETTING_UP:
                    self._command_work(desk, run).carry_out(bulk=True)
            else:
                self._work_off(desk, run, overlap)
            if desk.deferral is not None:
                raise desk.deferral
        finally:
            desk.put_off(run.owed)
            desk.state = desk.state.with_deals(run.moved, self._clock.now())
            self.counts.update(run.counts)

    def _end(self, desk: Desk, *, goes_on: bool, is_sweep: bool, was_put_off: bool) -> None:
        """Keep what is left, let go of the lease, and see to it that somebody goes on."""
        now = int(self._clock.now())
        state = replace(desk.state, batch=desk.batch.size)
        asks_for_hooks = bool(self.counts["missed"]) and now - state.missed_at >= ASK_FOR_HOOKS
        if self.counts["missed"]:
            state = replace(state, missed_at=now)
        if state.deals_later or any(location.later for location in state.locations.values()):
            state = replace(state, later_at=state.later_at or now + LOOK_AGAIN)
        is_left = bool(state.has_work or state.later_at)
        until = LOOK_AGAIN if is_left else self._until_swept(desk.installation, state, was_put_off=was_put_off)
        due_at = min((now + until, *state.resting.values()))
        if now < state.due_at <= due_at and (is_left or not is_sweep):
            due_at = 0  # the sweep rings sooner anyway
        rings = goes_on and state.has_work and not state.continuing
        continuing = state.has_work and (state.continuing or rings)
        if rings:
            # Rung before it is noted: a kill between the two leaves a bell too many, never one too few.
            self._hints.send([self._own_hint(HintKind.CONTINUE, desk.installation)])
        if desk.has_closed_more or asks_for_hooks:
            self._hints.send([self._own_hint(HintKind.ACCESS, desk.installation)])
        self._save(desk.installation, replace(state, continuing=continuing), release=True, due_at=due_at)
        if not state.has_work:
            self._memory.keep(desk.installation, self._clock)

    def _until_swept(self, installation: Installation, state: MoverState, *, was_put_off: bool) -> int:
        """Return the seconds until the next sweep of an installation that owes nothing."""
        now, locations = self._clock.now(), installation.locations
        is_open, is_unheard = is_any_open(locations, now), installation.unheard_since is not None
        lately = Lately(state.rung_at, state.missed_at, is_open, is_unheard, len(locations), was_put_off)
        return next_sweep(lately, now, self._schedule.interval)

    def _own_hint(self, kind: HintKind, installation: Installation) -> Hint:
        return Hint(
            kind=kind,
            source="mover",
            installation=installation.id,
            seen_at=self._clock.now(),
            correlation_id=self._correlation_id,
        )

    def _read_layout(self, installation: Installation, kommo: AccountReader) -> Layout:
        return refresh_layout(self._installations, installation, kommo)

    def _records(self, desk: Desk) -> Records:
        id = desk.installation.id
        return Records(
            links=desk.links,
            decisions=Decisions(self._tables.decisions, id),
            previews=Previews(self._tables.decisions, id),
            differences=Differences(self._tables.decisions, id),
            intents=Intents(self._tables.installations, id),
            parked=desk.parked,
            origins=Origins(self._tables.links, id),
            turns=Turns(self._tables.store, self._tables.links, id),
            book=self._book(desk.installation),
            statistics=StatisticsBook(self._tables.links, id),
            imports=Imports(self._tables.installations, id),
            findings=Findings(self._tables.decisions, id),
            transact=self._tables.store.transact,
        )

    def _book(self, installation: Installation) -> ContactBook:
        index = self._memory.phones[installation.id]
        return ContactBook(self._tables.links, installation.id, installation.phone_salt, index, self._clock)

    def _work_off(self, desk: Desk, run: Run, overlap: int) -> None:
        """Do what is owed, the most urgent first; each step takes from the desk's state what it has done."""
        writer, commands = Writer(run), self._command_work(desk, run)
        writer.settle_open_intents()
        commands.carry_out(bulk=False)
        if not desk.is_held:
            self._work_off_bookings(desk, run, LocationReader(desk, run, writer), overlap)
            refresh_clients(desk, run, self._commands(desk), self._hints)
            self._ask_for_comparison(desk, run)
            commands.carry_out(bulk=True)

    def _work_off_bookings(self, desk: Desk, run: Run, reader: LocationReader, overlap: int) -> None:
        if not desk.was_read:
            desk.links.begin()
            desk.has_links = True
        if overlap == SWEEP_OVERLAP:
            self._settle_attempts(desk, run.altegio)
        for location in desk.open_locations():
            with closing(desk, location):
                if desk.state.location(location.id).owed:
                    reader.read_changes(location, overlap)
                reader.read_dirty(location)
        self._look_at_kommo(desk, run, is_sweep=overlap == SWEEP_OVERLAP)
        for location in desk.open_locations():
            with closing(desk, location):
                while desk.state.location(location.id).walks and self._pace.has_time_for_a_slice:
                    reader.walk(location)

    def _ask_for_comparison(self, desk: Desk, run: Run) -> None:
        """Have all bookings compared once a night, when what has changed is read."""
        night = night_of(desk.installation, run.clock.now()) if self._schedule.back or self._schedule.ahead else ""
        if not night or night == desk.state.compared or any(one.walks for one in desk.state.locations.values()):
            return
        commands = self._commands(desk)
        if not any(command.kind is CommandKind.COMPARE for command in commands.waiting()):
            window = {"back": self._schedule.back, "ahead": self._schedule.ahead}
            commands.ask(CommandKind.COMPARE, window, None, self._hints, run.correlation_id)
        desk.state = replace(desk.state, compared=night)

    def _settle_attempts(self, desk: Desk, altegio: Altegio) -> None:
        """Find out what became of bookings that the widget asked for and nobody confirmed; those touched are read.

        A booking that was to be replaced is cancelled with the installation's own rights: the person who asked for it
        may have no login any more, and a place that is taken twice is worse than that he might have been refused.
        """
        id = desk.installation.id
        journal = self._journal(desk.installation)
        attempts = Attempts(self._tables.decisions, Origins(self._tables.links, id), id)
        for attempt in attempts.left_open(self._clock.now() - LEFT_OPEN):
            location = next((one for one in desk.open_locations() if one.id == attempt.location), None)
            if location is None:
                continue
            with closing(desk, location):
                settled = settle_left_open(attempts, attempt, location, altegio, journal, self._clock)
                fresh = [id for id in settled.touched if id not in attempt.touched]
                desk.put(location, desk.state.location(location.id).with_dirty(dict.fromkeys(fresh, 0)))
                if settled.replaced and settled.replaced.reason:
                    self._park_replaced(desk, altegio, location, settled.replaced)
                # Only now: what could not be parked is parked by the next sweep.
                attempts.close(settled)

    def _park_replaced(self, desk: Desk, altegio: Altegio, location: Location, replaced: Replaced) -> None:
        """Park a booking that could not be cancelled: whoever asked for it is not there to hear of it any more."""
        booking = None
        with suppress(Rejected):  # Just this one may be hidden from us.
            booking = altegio.booking(location.id, replaced.booking)
        if isinstance(booking, Booking):
            key, version = (location.id, booking.id), digest(booking)
            desk.parked.park(key, "not_cancelled", version, self._clock.now(), code=replaced.reason)

    def _commands(self, desk: Desk) -> Commands:
        return Commands(self._tables.decisions, desk.installation.id)

    def _command_work(self, desk: Desk, run: Run) -> CommandWork:
        return CommandWork(desk, run, self._commands(desk), self._installations)

    def _ask_for_links(self, desk: Desk) -> None:
        """Hold an installation whose links were lost, until they are rebuilt."""
        self.counts["links_lost"] += 1
        id = desk.installation.id
        asking = Asking(
            self._tables.store, self._installations, self._commands(desk), self._hints, self._correlation_id
        )
        with suppress(Conflict):  # it is paused for another reason by now, and this is found again afterwards
            asking.ask(id, desk.installation.paused, after=None)

    def _look_at_kommo(self, desk: Desk, run: Run, *, is_sweep: bool) -> None:
        """See what people did there; bookings for which something follows from it are read again."""
        if desk.state.deals_since:
            desk.state = caught_up(run, desk.state)
        if is_sweep and desk.installation.unheard_since is not None:
            desk.state = polled(run, desk.state, desk.installation.unheard_since)
        state = desk.state
        tries = dict(state.tries)
        reversing = Reversing(run, self._journal(desk.installation), desk.is_open, tries)
        deals = [*state.deals, *run.moved]
        noticed = notice_deals(run, deals, state.deals_since, reversing, desk.pace, desk.owe)
        run.moved.clear()
        notice_contacts(run, state.contacts)
        desk.state = desk.state.with_deals_left(noticed.left, tries, noticed.gone)
        desk.deferral = noticed.deferral or desk.deferral


def _sets_up(installation: Installation, state: MoverState) -> bool:
    """Tell whether a command waits that belongs to the time before going live, when nothing else is done."""
    return installation.paused == SETTING_UP and bool(state.commands or state.every_command)
