"""The mover: one run makes an installation's deals equal to its bookings, and says what is left.

Hints are absorbed into the installation's state, work takes from the state, and what is not finished stays there: a
run may end or be killed anywhere, and the next one goes on.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from itertools import batched
from uuid import uuid4

from bookdeal.altegio.client import Row
from bookdeal.altegio.models import Unreadable
from bookdeal.bookings import rules
from bookdeal.bookings.attempts import Attempts
from bookdeal.bookings.categories import Categories
from bookdeal.bookings.client_statistics import ClientStatistics, moves_totals, night_of
from bookdeal.bookings.commands import Commands
from bookdeal.bookings.decisions import Decisions
from bookdeal.bookings.demand import demand_of, is_swept, overlap_of
from bookdeal.bookings.digest import VANISHED, digest, is_unchanged
from bookdeal.bookings.executors import EXECUTE
from bookdeal.bookings.holding import WORTH_A_DAY
from bookdeal.bookings.intents import Intents
from bookdeal.bookings.links import BookingKey, BookingLink, Links
from bookdeal.bookings.making import BatchSize
from bookdeal.bookings.noticing import notice_contacts, notice_deals
from bookdeal.bookings.origins import Origins
from bookdeal.bookings.parking import ParkedWork
from bookdeal.bookings.protocols import Altegio, KommoAccount, Providers
from bookdeal.bookings.reading import ATTEMPTS, LIVE_OVERLAP, MOST_TRIES, SWEEP_OVERLAP, Slice, read_live
from bookdeal.bookings.rebuilding import Asking
from bookdeal.bookings.responsible import Turns
from bookdeal.bookings.run import Change, LayoutChanged, Records, Run
from bookdeal.bookings.settling import LEFT_OPEN, settle_left_open
from bookdeal.bookings.state import MOST_COMMANDS, LocationState, MoverState, Walk, absorbed, state_from, state_item
from bookdeal.bookings.writing import Writer
from bookdeal.clients.contacts import ContactBook, ContactIndex
from bookdeal.clients.statistics_book import StatisticsBook
from bookdeal.installs.installation import REBUILDING, SETTING_UP, STATE, Installation, Installations, Layout
from bookdeal.installs.layout import AccountReader, FieldGone, refresh_layout
from bookdeal.model.booking import Booking, BookingStatus, Employee, Location
from bookdeal.model.client import ClientKey
from bookdeal.model.command import BULK, FIRST, Command, CommandKind, CommandState, GoesOn
from bookdeal.model.hint import Hint, HintKind
from bookdeal.runtime.clock import Clock, Deadline
from bookdeal.runtime.errors import (
    BookdealError,
    Conflict,
    Invalid,
    NotFound,
    RateLimited,
    Rejected,
    Revoked,
    Transient,
    Unauthorised,
    UnknownOutcome,
    closes_location,
)
from bookdeal.runtime.queue import Hints
from bookdeal.runtime.store import Store, Table

SLICE = 1500
"""Changed bookings worked off in one slice of a walk: ten reads of deals and six full batches of writes."""

PART = 750
"""Of these a slice is made up: five reads of deals and three full batches of writes."""

SLICE_SECONDS = 5.0
"""A run begins no further slice after so long, so that live hints pass between."""

FEW = 10
"""So many bookings are read one by one; more of them by their window of change."""

REMEMBERED_SECONDS = 60.0
"""How long an installation that owes nothing is remembered."""

NOT_TIMED = 0
"""The time of a read that does not tell when it was made by the location's clock: it covers no hint."""

LOOK_AGAIN = 60
"""Seconds until the sweep rings for what is uncertain or left over."""

CLIENTS_WAIT = 60.0
"""Seconds after which clients' totals are no longer put off because bookings change."""

LONGEST_WAIT = 120.0
"""Seconds for which a run that cannot go on holds its installation's hints back at the most."""

MARGIN = 1.5
"""Seconds before its deadline from which on a run begins no further batch: one that is begun has to be remembered."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended. `wait`: it wants to be called again after so many seconds; None: it does not.

    `absorbed`: the hints themselves are no longer needed, because the installation's state holds what they ask for.
    """

    reason: str
    wait: float | None = None
    absorbed: bool = True


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
    ) -> None:
        """Bind the mover to one run; `deadline` is that of its Lambda, less a margin to end well."""
        self.counts: Counter[str] = Counter()
        self._memory = memory
        self._tables = tables
        self._installations = Installations(tables.installations)
        self._providers = providers
        self._hints = hints
        self._clock = clock
        self._deadline = deadline
        self._started = clock.monotonic()
        self._correlation_id = correlation_id
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
        return replace(state, continuing=state.continuing and not continued)

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
        desk = _Desk(
            installation, state, links, ParkedWork(self._tables.parked, installation.id), BatchSize(state.batch)
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
        except _LinksLost:
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
        self._end(desk, goes_on=outcome.reason == "done" and installation.paused in (None, REBUILDING))
        return outcome

    def _work_with_layout(self, desk: "_Desk", layout: Layout | None, overlap: int) -> None:
        """Work with what the account is known to be made of; None: read that first."""
        known = layout or self._read_layout(desk.installation, self._providers.kommo(desk.installation, None))
        kommo, altegio = self._providers.kommo(desk.installation, known), self._providers.altegio(desk.installation)
        run = Run(
            installation=desk.installation,
            layout=known,
            kommo=kommo,
            altegio=altegio,
            records=self._records(desk),
            batch=desk.batch,
            clock=self._clock,
            deadline=self._deadline,
            margin=MARGIN,
            correlation_id=self._correlation_id,
            layout_is_fresh=layout is None,
            with_categories=Categories(desk.installation, self._installations, altegio, self._clock).told,
        )
        try:
            if desk.installation.paused is not None:
                self._carry_out(desk, run, altegio, bulk=False)
            else:
                self._work_off(desk, run, kommo, altegio, overlap)
            if desk.deferral is not None:
                raise desk.deferral
        finally:
            desk.put_off(run.owed)
            self.counts.update(run.counts)

    def _end(self, desk: "_Desk", *, goes_on: bool) -> None:
        """Keep what is left, let go of the lease, and see to it that somebody goes on."""
        now = int(self._clock.now())
        state = replace(desk.state, batch=desk.batch.size)
        if any(location.later for location in state.locations.values()):
            state = replace(state, later_at=state.later_at or now + LOOK_AGAIN)
        is_due_soon = now < state.due_at <= now + LOOK_AGAIN
        due_at = now + LOOK_AGAIN if (state.has_work or state.later_at) and not is_due_soon else 0
        rings = goes_on and state.has_work and not state.continuing
        continuing = state.has_work and (state.continuing or rings)
        if rings:
            # Rung before it is noted: a kill between the two leaves a bell too many, never one too few.
            self._hints.send([self._own_hint(HintKind.CONTINUE, desk.installation)])
        if desk.has_closed_more:
            self._hints.send([self._own_hint(HintKind.ACCESS, desk.installation)])
        self._save(desk.installation, replace(state, continuing=continuing), release=True, due_at=due_at)
        if not state.has_work:
            self._memory.keep(desk.installation, self._clock)

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

    def _records(self, desk: "_Desk") -> Records:
        id = desk.installation.id
        return Records(
            links=desk.links,
            decisions=Decisions(self._tables.decisions, id),
            intents=Intents(self._tables.installations, id),
            parked=desk.parked,
            origins=Origins(self._tables.links, id),
            turns=Turns(self._tables.store, self._tables.links, id),
            book=self._book(desk.installation),
            statistics=StatisticsBook(self._tables.links, id),
            transact=self._tables.store.transact,
        )

    def _book(self, installation: Installation) -> ContactBook:
        index = self._memory.phones[installation.id]
        return ContactBook(self._tables.links, installation.id, installation.phone_salt, index, self._clock)

    def _work_off(self, desk: "_Desk", run: Run, kommo: KommoAccount, altegio: Altegio, overlap: int) -> None:
        """Do what is owed, the most urgent first; each step takes from the desk's state what it has done."""
        writer = Writer(run)
        writer.settle_open_intents()
        self._carry_out(desk, run, altegio, bulk=False)
        if not desk.is_held:
            self._work_off_bookings(desk, run, writer, kommo, altegio, overlap)
            self._refresh_clients(desk, run, altegio)
            self._carry_out(desk, run, altegio, bulk=True)

    def _work_off_bookings(
        self, desk: "_Desk", run: Run, writer: Writer, kommo: KommoAccount, altegio: Altegio, overlap: int
    ) -> None:
        if not desk.was_read:
            desk.links.begin()
            desk.has_links = True
        if overlap == SWEEP_OVERLAP:
            self._settle_attempts(desk, altegio)
        for location in desk.open_locations():
            with _closing(desk, location):
                if desk.state.location(location.id).owed:
                    self._read_changes(desk, writer, altegio, location, overlap)
                self._read_dirty(desk, writer, altegio, location)
        self._look_at_kommo(desk, run, kommo)
        for location in desk.open_locations():
            with _closing(desk, location):
                while desk.state.location(location.id).walks and self._has_time_for_a_slice():
                    self._walk(desk, writer, altegio, location)

    def _settle_attempts(self, desk: "_Desk", altegio: Altegio) -> None:
        """Find out what became of bookings that the widget asked for and nobody confirmed; those made are read."""
        id = desk.installation.id
        attempts = Attempts(self._tables.decisions, Origins(self._tables.links, id), id)
        for attempt in attempts.left_open(self._clock.now() - LEFT_OPEN):
            location = next((one for one in desk.open_locations() if one.id == attempt.location), None)
            if location is None:
                continue
            with _closing(desk, location):
                made = settle_left_open(attempts, attempt, location, altegio, self._clock)
                desk.put(location, desk.state.location(location.id).with_dirty(dict.fromkeys(made, 0)))

    # -- commands --------------------------------------------------------------------------------------------------

    def _carry_out(self, desk: "_Desk", run: Run, altegio: Altegio, *, bulk: bool) -> None:
        """Carry out the commands that wait: bulk work, or all the rest. One that has to wait holds no other work back.

        A command is taken from the state once its end is noted on itself: after a kill between the two it is not
        carried out again.
        """
        commands = Commands(self._tables.decisions, desk.installation.id)
        if desk.state.every_command:
            ids = dict.fromkeys((*desk.state.commands, *(command.id for command in commands.waiting())))
            listed = tuple(ids)[:MOST_COMMANDS]
            desk.state = replace(desk.state, commands=listed, every_command=len(listed) < len(ids))
        asked = commands.read_all(desk.state.commands)
        # Sorting keeps the order in which they were asked.
        for id in sorted(desk.state.commands, key=lambda id: id not in asked or asked[id].kind not in FIRST):
            command = asked.get(id)
            if command is not None and command.state is CommandState.WAITING:
                if desk.is_held and command.kind not in FIRST:
                    return
                if (command.kind in BULK) is not bulk or (bulk and not self._has_time_for_a_slice()):
                    continue
                if not self._is_carried_out(desk, commands, command, run, altegio):
                    desk.is_rebuilding = desk.is_rebuilding or command.kind in FIRST
                    desk.is_held = desk.is_held or desk.is_rebuilding
                    continue
            desk.state = replace(desk.state, commands=tuple(other for other in desk.state.commands if other != id))

    def _is_carried_out(self, desk: "_Desk", commands: Commands, command: Command, run: Run, altegio: Altegio) -> bool:
        """Carry a command out; tells whether it has come to its end. Raises LayoutChanged, UnknownStage, Revoked."""
        try:
            answer = EXECUTE[command.kind](command, run, altegio)
        except (RateLimited, Transient, UnknownOutcome) as error:
            desk.deferral = error if isinstance(error, RateLimited | Transient) else Transient(error.reason, wait=5.0)
            self.counts["commands_put_off"] += 1
            return False
        except (Invalid, NotFound, Conflict, Rejected, Unauthorised) as error:
            commands.refuse(command, error.reason or error.code, error.params)
        except (LayoutChanged, rules.UnknownStage):
            raise
        except Revoked as error:
            if not closes_location(error):
                raise
            commands.refuse(command, "location_closed", error.params)
        except Exception as error:
            # A fault of ours would be one again: it must not hold up what else waits.
            commands.refuse(command, "failed", {"error": type(error).__name__})
        else:
            if isinstance(answer, GoesOn):
                further = commands.go_on(command, answer.progress)
                is_short = command.kind not in BULK and self._has_time_for_a_slice()
                return is_short and self._is_carried_out(desk, commands, further, run, altegio)
            if command.kind in FIRST:
                self._begin_anew(desk, command)
            commands.finish(command, answer.result)
            self.counts["commands_done"] += 1
            return True
        self.counts["commands_refused"] += 1
        if command.kind in FIRST:
            desk.is_held = True
            self._installations.pause(desk.installation.id, f"{command.kind}_failed")
        return True

    def _begin_anew(self, desk: "_Desk", command: Command) -> None:
        """Let every booking in scope be looked at again: what was applied to it is not known any more."""
        locations = {location.id: LocationState(owed=True) for location in desk.installation.locations}
        desk.state = replace(desk.state, locations=locations)
        self._save(desk.installation, replace(desk.state, batch=desk.batch.size), release=False)
        paused, after = desk.installation.paused, command.params.get("paused")
        goes_on = paused in (None, REBUILDING) and self._installations.rebuilt(desk.installation.id, paused, after)
        desk.is_held = not goes_on or after is not None

    def _ask_for_links(self, desk: "_Desk") -> None:
        """Hold an installation whose links were lost, until they are rebuilt."""
        self.counts["links_lost"] += 1
        id = desk.installation.id
        commands = Commands(self._tables.decisions, id)
        asking = Asking(self._tables.store, self._installations, commands, self._hints, self._correlation_id)
        with suppress(Conflict):  # it is paused for another reason by now, and this is found again afterwards
            asking.ask(id, desk.installation.paused, after=None)

    # -- clients ---------------------------------------------------------------------------------------------------

    def _refresh_clients(self, desk: "_Desk", run: Run, altegio: Altegio) -> None:
        """Show what those clients bought whose bookings changed, in a run that has no changed bookings to see to.

        So deals never wait for it, and what changes several times meanwhile is read once. Too many clients at once, and
        once a night all of them, are left to a command.
        """
        if not desk.installation.settings.shows_clients:
            desk.state = replace(desk.state, clients=(), clients_from=0, every_client=False)
            return
        night = night_of(desk.installation, self._clock.now())
        if desk.state.every_client or (night and night != desk.state.night):
            commands = Commands(self._tables.decisions, desk.installation.id)
            commands.ask(CommandKind.REFRESH_CLIENTS, {}, None, self._hints, self._correlation_id)
            desk.state = replace(desk.state, every_client=False, night=night or desk.state.night)
        has_waited = desk.state.clients and self._clock.now() - desk.state.clients_from > CLIENTS_WAIT
        if (self.counts["changes"] and not has_waited) or not self._has_time_for_a_slice():
            return
        try:
            while desk.state.clients and self._has_time_for_a_slice():
                left = tuple(ClientStatistics(run, altegio).refresh_some(desk.state.clients))
                desk.state = replace(desk.state, clients=left, clients_from=desk.state.clients_from if left else 0)
        except (RateLimited, Transient) as error:
            desk.deferral = error

    def _look_at_kommo(self, desk: "_Desk", run: Run, kommo: KommoAccount) -> None:
        """See what people did there; what they brought back is read again."""
        state = desk.state
        restored = notice_deals(run, kommo, state.deals, state.deals_since)
        notice_contacts(run, state.contacts)
        for location in desk.installation.locations:
            back = {id: 0 for at, id in restored if at == location.id}
            if back:
                desk.put(location, desk.state.location(location.id).with_dirty(back))
        desk.state = replace(desk.state, deals=(), deals_from=0, deals_since=0, contacts=())

    def _read_changes(self, desk: "_Desk", writer: Writer, altegio: Altegio, location: Location, overlap: int) -> None:
        page, state = read_live(
            altegio,
            location,
            desk.state.location(location.id),
            overlap=overlap,
            from_day=desk.installation.settings.start_from,
        )
        self._write(desk, writer, location, page.rows, int(page.server_time))
        desk.put(location, state.without_dirty({row.id for row in page.rows}))

    def _read_dirty(self, desk: "_Desk", writer: Writer, altegio: Altegio, location: Location) -> None:
        """Read the bookings that rang and were in no list: by their window of change, by their day, or alone.

        While a walk is under way they are most likely in it, and wait for it.
        """
        state = desk.state.location(location.id)
        dirty = {id: stamp for id, stamp in state.dirty.items() if (location.id, id) not in writer.owed}
        if not dirty or state.walks:
            return
        stamps = [stamp for stamp in dirty.values() if stamp]
        if len(stamps) > FEW and state.cursor is not None:
            # What even the walk does not show is read alone after it: without its stamp it asks for no further walk.
            walk = Walk(min(stamps) - LIVE_OVERLAP, max(state.cursor, *stamps))
            desk.put(location, replace(state, walks=(walk,), dirty=dict.fromkeys(state.dirty, 0)))
            return
        rows = [*self._by_day(desk, altegio, location, dirty)]
        absent: list[int] = []
        seen = {row.id for row in rows}
        for id in [id for id in dirty if id not in seen][:FEW]:
            seen.add(id)
            row = self._read_alone(altegio, location, id)
            if row is None:
                absent.append(id)
            else:
                rows.append(row)
        self._write(desk, writer, location, rows, NOT_TIMED)
        self._cancel_vanished(desk, writer, altegio, location, absent)
        desk.put(location, desk.state.location(location.id).without_dirty(seen))

    def _cancel_vanished(
        self, desk: "_Desk", writer: Writer, altegio: Altegio, location: Location, absent: Sequence[int]
    ) -> None:
        """Take bookings that Altegio does not know any more as cancelled, if they rang for their deletion.

        The location itself has to answer: where it does not, nothing is known of its bookings.
        """
        self.counts["absent"] += len(absent)
        deleted = [id for id in absent if id in desk.state.location(location.id).deleted]
        links = desk.links.of_bookings((location.id, id) for id in deleted)
        vanished = [link for link in links.values() if link.digest != VANISHED]
        if vanished:
            altegio.location(location.id)
            writer.write([Change(_cancelled(link), link, "booking_vanished", NOT_TIMED, True) for link in vanished])
            self.counts["vanished"] += len(vanished)

    def _read_alone(self, altegio: Altegio, location: Location, id: int) -> Row | None:
        """Read one booking; one that is not for us to see counts as unreadable, and closes nothing."""
        try:
            return altegio.booking(location.id, id)
        except Rejected as error:
            if "booking" not in error.params:
                raise
            return Unreadable(id, error.reason)

    def _by_day(self, desk: "_Desk", altegio: Altegio, location: Location, dirty: Mapping[int, int]) -> Iterable[Row]:
        if len(dirty) < WORTH_A_DAY:
            return
        links = desk.links.of_bookings((location.id, id) for id in dirty)
        days = Counter(link.day for link in links.values() if link.day)
        for day, bookings in days.most_common(FEW):
            if bookings >= WORTH_A_DAY:
                for page in altegio.visit_bookings(location.id, date.fromisoformat(day)):
                    yield from page.rows

    def _walk(self, desk: "_Desk", writer: Writer, altegio: Altegio, location: Location) -> None:
        """Take one slice of the location's oldest walk: enough changed bookings, latest visit day first.

        How far it came is put down after each part, so that a run that ends in the middle does not begin anew.
        """
        slice_, changes, seen = self._slice(desk, altegio, location)
        # An earlier pass may have come further than the last one, but only the last one has missed nothing.
        reached = date.min if slice_.ended else slice_.last_day
        taken = changes[:SLICE]
        for part in batched(taken, PART, strict=False):
            writer.write(part)
            if slice_.ordered and reached is not None:
                desk.walk_to(location, max(reached, part[-1].booking.starts_at.date()))
                self._save(desk.installation, replace(desk.state, batch=desk.batch.size), release=False)
        state = desk.state.location(location.id).without_dirty(seen)
        if slice_.ended and len(taken) == len(changes):
            walk, *others = state.walks
            again = (Walk(walk.after, walk.before, tries=walk.tries + 1),) if walk.again else ()
            state = replace(state, walks=(*again, *others))
        desk.put(location, state)
        self._save(desk.installation, replace(desk.state, batch=desk.batch.size), release=False)

    def _slice(self, desk: "_Desk", altegio: Altegio, location: Location) -> tuple[Slice, list[Change], set[int]]:
        """Read pages until there is a slice of changed bookings, or half of its time is spent.

        Reads again when rows shifted meanwhile. Returns the changed bookings, latest visit first, and the ids seen.
        """
        walk = desk.state.location(location.id).walks[0]
        changes: dict[int, Change] = {}
        seen: set[int] = set()
        from_day = desk.installation.settings.start_from if walk.after is None else None
        for _ in range(ATTEMPTS):
            slice_ = Slice(altegio, location, walk, from_day)
            for page in slice_.pages():
                seen.update(row.id for row in page.rows)
                fresh = [row for row in page.rows if row.id not in changes]
                found = self._changed(desk, location, fresh, int(page.server_time))
                changes.update({change.booking.id: change for change in found})
                if not changes and slice_.ordered and slice_.steady and slice_.last_day is not None:
                    desk.walk_to(location, slice_.last_day)
                if len(changes) >= SLICE or (changes and self._elapsed() > SLICE_SECONDS / 2):
                    break
            if slice_.steady:
                break
            self.counts["unsteady_slices"] += 1
        else:
            desk.walk_again(location)
        ordered = sorted(changes.values(), key=lambda change: change.booking.starts_at, reverse=True)
        return slice_, ordered, seen

    def _elapsed(self) -> float:
        return self._clock.monotonic() - self._started

    def _has_time_for_a_slice(self) -> bool:
        return self._elapsed() < SLICE_SECONDS and self._deadline.remaining() > 2 * MARGIN

    # -- bookings --------------------------------------------------------------------------------------------------

    def _write(self, desk: "_Desk", writer: Writer, location: Location, rows: Sequence[Row], read_at: int) -> None:
        changes = self._changed(desk, location, rows, read_at)
        if changes:
            writer.write(changes)

    def _changed(self, desk: "_Desk", location: Location, rows: Iterable[Row], read_at: int) -> list[Change]:
        """Return the bookings among these rows that have to be worked off; unreadable ones are parked."""
        bookings = {}
        for row in rows:
            if isinstance(row, Booking):
                bookings[row.id] = row
            elif desk.parked.park((location.id, row.id), "unreadable", row.reason, self._clock.now(), part=row.reason):
                self.counts["parked"] += 1
        links = desk.links.of_bookings((location.id, id) for id in bookings)
        changes = []
        clients: list[ClientKey] = []
        shows_clients = desk.installation.settings.shows_clients
        for booking in bookings.values():
            link = links.get((location.id, booking.id))
            if self._is_to_be_worked_off(desk, booking, link):
                event = "booking_changed" if link else "booking_new"
                changes.append(Change(booking, link, event, read_at))
                if booking.client and shows_clients and moves_totals(booking, link):
                    clients.append((booking.location, booking.client.id))
        desk.state = desk.state.with_clients(clients, self._clock.now())
        if any(change.link is None for change in changes):
            desk.be_sure_of_links()
        self.counts["rows"] += len(bookings)
        self.counts["changes"] += len(changes)
        return changes

    def _is_to_be_worked_off(self, desk: "_Desk", booking: Booking, link: BookingLink | None) -> bool:
        key = booking.location, booking.id
        parked = desk.parked.all().get(key)
        stays_parked = parked is not None and parked.version == digest(booking)
        stopped = stays_parked and parked is not None and not parked.is_question
        if link is None:
            in_scope = rules.out_of_scope(booking, desk.installation.settings) is None
            to_do, stays_parked = in_scope and not stopped, in_scope and stays_parked
        else:
            is_new = bool(link.task_owed) or not is_unchanged(link.digest, link.changed, booking)
            to_do = is_new and not stopped and not link.gone
        if not to_do and not stays_parked:
            # What was parked was another version: one that could not be read, or one that was taken back since.
            desk.parked.release(key)
        return to_do


class _LinksLost(Exception):
    """Bookings were read before, and no links are there: each booking would get a second deal."""


@dataclass(slots=True)
class _Desk:
    """What one run has before it. `deferral` is why a command has to wait, raised when all else is done.

    `is_held`: nothing but commands of the `FIRST` kinds may be done. `is_rebuilding`: one of them is under way.
    `has_links`: it is sure that the table of links was not lost.
    """

    installation: Installation
    state: MoverState
    links: Links
    parked: ParkedWork
    batch: BatchSize
    deferral: RateLimited | Transient | None = None
    is_held: bool = False
    is_rebuilding: bool = False
    has_links: bool = False

    @property
    def was_read(self) -> bool:
        """Whether bookings were read before, since the links were begun or rebuilt."""
        return any(location.cursor is not None for location in self.state.locations.values())

    def be_sure_of_links(self) -> None:
        """Make sure, once in a run, that a booking without a link has none. Raises _LinksLost."""
        self.has_links = self.has_links or self.links.have_begun()
        if not self.has_links:
            raise _LinksLost

    def put(self, location: Location, state: LocationState) -> None:
        """Put a location's next state down."""
        self.state = self.state.with_location(location.id, state)

    def open_locations(self) -> list[Location]:
        """Return the locations that can be read."""
        return [location for location in self.installation.locations if not self.state.location(location.id).closed]

    @property
    def has_closed_more(self) -> bool:
        """Whether a location turned out closed that was not known to be, or for another reason."""
        before = state_from(self.installation.state)
        closed = {location.id: self.state.location(location.id).closed for location in self.installation.locations}
        return any(reason and before.location(id).closed != reason for id, reason in closed.items())

    def walk_to(self, location: Location, day: date) -> None:
        """Put down how far the location's oldest walk has come."""
        state = self.state.location(location.id)
        walk, *others = state.walks
        self.put(location, replace(state, walks=(replace(walk, until_day=day), *others)))

    def walk_again(self, location: Location) -> None:
        """Put down that the location's oldest walk may have missed something, unless it has been tried often enough."""
        state = self.state.location(location.id)
        walk, *others = state.walks
        self.put(location, replace(state, walks=(replace(walk, again=walk.tries < MOST_TRIES), *others)))

    def put_off(self, bookings: Iterable[BookingKey]) -> None:
        """Put bookings off until there is certainty about them."""
        for location in self.installation.locations:
            ids = [id for at, id in bookings if at == location.id]
            if ids:
                self.put(location, self.state.location(location.id).with_later(ids))


def _cancelled(link: BookingLink) -> Booking:
    """Return what is known of a booking that vanished: that it is cancelled, and who should have served when."""
    inputs = link.inputs
    return Booking(
        location=link.location,
        id=link.booking,
        status=BookingStatus.CANCELLED,
        starts_at=datetime.fromisoformat(link.day or "1970-01-01"),
        length=0,
        employee=Employee(inputs.employee, "") if inputs and inputs.employee else None,
        services=(),
        products=(),
        client=None,
        visitor="",
        seats=1,
        visit=None,
        event=None,
        online=False,
        paid_in_full=False,
        external_id="",
        changed="",
    )


@contextmanager
def _closing(desk: _Desk, location: Location) -> Iterator[None]:
    """Leave a location alone that Altegio closes to us: the others go on."""
    try:
        yield
    except (NotFound, Rejected, Revoked) as error:
        if not closes_location(error):
            raise
        desk.put(location, replace(desk.state.location(location.id), closed=error.reason))


def _sets_up(installation: Installation, state: MoverState) -> bool:
    """Tell whether a command waits that belongs to the time before going live, when nothing else is done."""
    return installation.paused == SETTING_UP and bool(state.commands or state.every_command)
