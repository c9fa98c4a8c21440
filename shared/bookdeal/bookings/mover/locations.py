"""What changed at a location is read and worked off: what is new there, bookings that rang, a walk slice by slice."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import batched

from bookdeal.altegio.client import Row
from bookdeal.altegio.models import Unreadable
from bookdeal.bookings import rules
from bookdeal.bookings.commands.client_statistics import moves_totals
from bookdeal.bookings.deals.holding import WORTH_A_DAY
from bookdeal.bookings.deals.run import NOT_TIMED, Change, Run, vanished_change
from bookdeal.bookings.deals.writing import Writer
from bookdeal.bookings.digest import VANISHED, digest, is_unchanged
from bookdeal.bookings.links import BookingKey, BookingLink
from bookdeal.bookings.mover.desk import Desk
from bookdeal.bookings.mover.reading import ATTEMPTS, LIVE_OVERLAP, SWEEP_OVERLAP, Slice, read_live
from bookdeal.bookings.mover.state import Walk
from bookdeal.bookings.stamps import stamp_instant
from bookdeal.model.booking import Booking, Location
from bookdeal.model.client import ClientKey
from bookdeal.runtime.errors import Rejected

SLICE = 1500
"""Changed bookings worked off in one slice of a walk: ten reads of deals and six full batches of writes."""

PART = 750
"""Of these a slice is made up: five reads of deals and three full batches of writes."""

BELL_SECONDS = 120
"""A change that is older when a sweep finds it, and has not rung, was missed."""

FEW = 10
"""So many bookings are read one by one; more of them by their window of change."""


class LocationReader:
    """Reads the locations of one run and has their changed bookings worked off; what was done is taken off the desk."""

    def __init__(self, desk: Desk, run: Run, writer: Writer) -> None:
        """Bind it to one run."""
        self._desk = desk
        self._run = run
        self._writer = writer

    def read_changes(self, location: Location, overlap: int) -> None:
        """Read what changed since the cursor less `overlap` seconds, or begin a walk when that is more than a page."""
        before = self._desk.state.location(location.id)
        page, state = read_live(
            self._run.altegio,
            location,
            before,
            overlap=overlap,
            from_day=self._desk.installation.settings.start_from,
        )
        changes = self._changed(location, page.rows, int(page.server_time))
        if overlap == SWEEP_OVERLAP and before.cursor is not None and not before.walks:
            heard = page.server_time - BELL_SECONDS
            missed = [
                change
                for change in changes
                if change.booking.id not in before.dirty
                and (stamp_instant(change.booking.changed, location.timezone) or heard) < heard
            ]
            self._run.counts["missed"] += len(missed) or (bool(state.walks) and not before.dirty)
        if changes:
            self._writer.write(changes)
        self._desk.put(location, state.without_dirty({row.id for row in page.rows}))

    def read_dirty(self, location: Location) -> None:
        """Read the bookings that rang and were in no list: by their window of change, by their day, or alone.

        While a walk is under way they are most likely in it, and wait for it.
        """
        state = self._desk.state.location(location.id)
        dirty = {id: stamp for id, stamp in state.dirty.items() if (location.id, id) not in self._writer.owed}
        if not dirty or state.walks:
            return
        stamps = [stamp for stamp in dirty.values() if stamp]
        if len(stamps) > FEW and state.cursor is not None:
            # What even the walk does not show is read alone after it: without its stamp it asks for no further walk.
            walk = Walk(min(stamps) - LIVE_OVERLAP, max(state.cursor, *stamps))
            self._desk.put(location, replace(state, walks=(walk,), dirty=dict.fromkeys(state.dirty, 0)))
            return
        rows = [*self._by_day(location, dirty)]
        absent: list[int] = []
        seen = {row.id for row in rows}
        for id in [id for id in dirty if id not in seen][:FEW]:
            seen.add(id)
            row = self._read_alone(location, id)
            if row is None:
                absent.append(id)
            else:
                rows.append(row)
        self._write(location, rows, NOT_TIMED)
        self._cancel_vanished(location, absent)
        self._desk.put(location, self._desk.state.location(location.id).without_dirty(seen))

    def _cancel_vanished(self, location: Location, absent: Sequence[int]) -> None:
        """Take bookings that Altegio does not know any more as cancelled, if they rang for their deletion.

        The location itself has to answer: where it does not, nothing is known of its bookings.
        """
        self._run.counts["absent"] += len(absent)
        deleted = [id for id in absent if id in self._desk.state.location(location.id).deleted]
        links = self._desk.links.of_bookings((location.id, id) for id in deleted)
        vanished = [link for link in links.values() if link.digest != VANISHED]
        if vanished:
            self._run.altegio.location(location.id)
            self._writer.write([vanished_change(link) for link in vanished])
            self._run.counts["vanished"] += len(vanished)

    def _read_alone(self, location: Location, id: int) -> Row | None:
        """Read one booking; one that is not for us to see counts as unreadable, and closes nothing."""
        try:
            return self._run.altegio.booking(location.id, id)
        except Rejected as error:
            if "booking" not in error.params:
                raise
            return Unreadable(id, error.reason)

    def _by_day(self, location: Location, dirty: Mapping[int, int]) -> Iterable[Row]:
        if len(dirty) < WORTH_A_DAY:
            return
        links = self._desk.links.of_bookings((location.id, id) for id in dirty)
        days = Counter(link.day for link in links.values() if link.day)
        for day, bookings in days.most_common(FEW):
            if bookings >= WORTH_A_DAY:
                for page in self._run.altegio.visit_bookings(location.id, date.fromisoformat(day)):
                    yield from page.rows

    def walk(self, location: Location) -> None:
        """Take one slice of the location's oldest walk: enough changed bookings, latest visit day first.

        How far it came is put down after each part, so that a run that ends in the middle does not begin anew.
        """
        slice_, changes, seen = self._slice(location)
        # An earlier pass may have come further than the last one, but only the last one has missed nothing.
        reached = date.min if slice_.ended else slice_.last_day
        taken = changes[:SLICE]
        for part in batched(taken, PART, strict=False):
            self._writer.write(part)
            if slice_.ordered and reached is not None:
                self._desk.walk_to(location, max(reached, part[-1].booking.starts_at.date()))
                self._desk.keep()
        state = self._desk.state.location(location.id).without_dirty(seen)
        if slice_.ended and len(taken) == len(changes):
            walk, *others = state.walks
            again = (Walk(walk.after, walk.before, tries=walk.tries + 1),) if walk.again else ()
            state = replace(state, walks=(*again, *others))
        self._desk.put(location, state)
        self._desk.keep()

    def _slice(self, location: Location) -> tuple[Slice, list[Change], set[int]]:
        """Read pages until there is a slice of changed bookings, or half of its time is spent.

        Reads again when rows shifted meanwhile. Returns the changed bookings, latest visit first, and the ids seen.
        """
        walk = self._desk.state.location(location.id).walks[0]
        changes: dict[int, Change] = {}
        seen: set[int] = set()
        from_day = self._desk.installation.settings.start_from if walk.after is None else None
        for _ in range(ATTEMPTS):
            slice_ = Slice(self._run.altegio, location, walk, from_day)
            for page in slice_.pages():
                seen.update(row.id for row in page.rows)
                fresh = [row for row in page.rows if row.id not in changes]
                found = self._changed(location, fresh, int(page.server_time))
                changes.update({change.booking.id: change for change in found})
                if not changes and slice_.ordered and slice_.steady and slice_.last_day is not None:
                    self._desk.walk_to(location, slice_.last_day)
                if len(changes) >= SLICE or (changes and self._desk.pace.is_half_spent):
                    break
            if slice_.steady:
                break
            self._run.counts["unsteady_slices"] += 1
        else:
            self._desk.walk_again(location)
        ordered = sorted(changes.values(), key=lambda change: change.booking.starts_at, reverse=True)
        return slice_, ordered, seen

    def _write(self, location: Location, rows: Sequence[Row], read_at: int) -> None:
        changes = self._changed(location, rows, read_at)
        if changes:
            self._writer.write(changes)

    def _changed(self, location: Location, rows: Iterable[Row], read_at: int) -> list[Change]:
        """Return the bookings among these rows that have to be worked off; unreadable ones are parked."""
        bookings = {}
        for row in rows:
            if isinstance(row, Booking):
                bookings[row.id] = row
            elif self._park_unreadable((location.id, row.id), row.reason):
                self._run.counts["parked"] += 1
        links = self._desk.links.of_bookings((location.id, id) for id in bookings)
        changes = []
        clients: list[ClientKey] = []
        shows_clients = self._desk.installation.settings.shows_clients
        for booking in bookings.values():
            link = links.get((location.id, booking.id))
            if self._is_to_be_worked_off(booking, link):
                event = "booking_changed" if link else "booking_new"
                changes.append(Change(booking, link, event, read_at))
                if booking.client and shows_clients and moves_totals(booking, link):
                    clients.append((booking.location, booking.client.id))
        self._desk.state = self._desk.state.with_clients(clients, self._run.clock.now())
        if any(change.link is None for change in changes):
            self._desk.be_sure_of_links()
        self._run.counts["rows"] += len(bookings)
        self._run.counts["changes"] += len(changes)
        return changes

    def _park_unreadable(self, key: BookingKey, part: str) -> bool:
        return self._desk.parked.park(key, "unreadable", part, self._run.clock.now(), part=part)

    def _is_to_be_worked_off(self, booking: Booking, link: BookingLink | None) -> bool:
        key = booking.location, booking.id
        parked = self._desk.parked.all().get(key)
        stays_parked = parked is not None and parked.version == digest(booking)
        stopped = stays_parked and parked is not None and not parked.is_question
        if link is None:
            in_scope = rules.out_of_scope(booking, self._desk.installation.settings) is None
            to_do, stays_parked = in_scope and not stopped, in_scope and stays_parked
        else:
            is_new = bool(link.task_owed) or not is_unchanged(link.digest, link.changed, booking)
            to_do = is_new and not stopped and not link.gone
        if not to_do and not stays_parked:
            # What was parked was another version: one that could not be read, or one that was taken back since.
            self._desk.parked.release(key)
        return to_do
