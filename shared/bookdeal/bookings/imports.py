"""The import of older bookings, one at a time: what was wanted, how far it has come, whether it goes on."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import date
from enum import StrEnum
from typing import Any

from bookdeal.installs.installation import HISTORY
from bookdeal.installs.settings import mapping_from, mapping_item
from bookdeal.model.settings import Mapping as StageMapping
from bookdeal.runtime.errors import Conflict
from bookdeal.runtime.store import Item, Table, Write


class ImportState(StrEnum):
    """Whether an import goes on, rests until a person lets it go on, was given up, or has come to its end."""

    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"
    DONE = "done"


class Phase(StrEnum):
    """What an import does, one after the other."""

    PLACE = "place"
    """The pipeline is found or made."""
    DEALS = "deals"
    """Deals that show a booking already are linked to it."""
    BOOKINGS = "bookings"
    """Bookings are read, latest visits first, and get their deals."""
    CHANGES = "changes"
    """What changed meanwhile is looked at once more: a booking may have moved to a day that was read already."""
    AGAIN = "again"
    """Bookings of which it was not certain what became of their deals."""
    END = "end"


type Uncertain = tuple[int, int, date]
"""A booking of which it is not certain what became of its deal: location, id, visit day."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an import has come.

    `page` is the next page of the account's deals, later of a location's changes; `newest` is the highest id among the
    deals that were there before. `began` is when bookings were first read, in unix seconds. `done` counts the locations
    that are done in this phase, `until` is the day down to which the present one is read next (None: from the last).
    `total` are the bookings to look at, `seen` those looked at: `made` got a deal, the others are `skipped`, counted by
    the reason. `again` are to be looked at again, not before `later_at` (unix seconds), after `looks` at them.
    """

    phase: Phase = Phase.PLACE
    page: int = 1
    newest: int = 0
    began: int = 0
    done: int = 0
    until: date | None = None
    total: int = 0
    seen: int = 0
    made: int = 0
    skipped: Mapping[str, int] = field(default_factory=dict)
    again: tuple[Uncertain, ...] = ()
    later_at: int = 0
    looks: int = 0

    @property
    def left(self) -> int:
        """The bookings that are still to be looked at; more may have been made since they were counted."""
        return max(0, self.total - self.seen)

    def stored(self) -> Item:
        """Return the stored form."""
        return asdict(self) | {
            "phase": self.phase.value,
            "until": self.until.isoformat() if self.until else None,
            "again": [[location, booking, day.isoformat()] for location, booking, day in self.again],
        }

    @staticmethod
    def of(stored: Mapping[str, Any]) -> "Progress":
        """Read the stored form; what another version adds is left alone, what it lacks has its default."""
        known = {each.name for each in fields(Progress)}
        given = {"phase": Phase.PLACE, "until": None, "again": (), **stored}
        return Progress(
            **{
                **{name: value for name, value in given.items() if name in known},
                "phase": Phase(given["phase"]),
                "until": date.fromisoformat(given["until"]) if given["until"] else None,
                "again": tuple((at, booking, date.fromisoformat(day)) for at, booking, day in given["again"]),
            }
        )


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an import is to take in: visits of these locations from the `first` to the `last` day, both included.

    `mapping` says where their deals stand; None is a pipeline of their own, which is made.
    """

    locations: tuple[int, ...]
    first: date
    last: date
    mapping: StageMapping | None = None


@dataclass(frozen=True, slots=True)
class Import:
    """The import of an installation, under way or the last one.

    `command` is the one that carries it out, asked by the user `by` (None: nobody in person); `at` is when it was
    begun, in unix seconds. `mappings` are those of earlier imports and its own, one for each pipeline.
    """

    wanted: Wanted
    command: str
    by: int | None
    at: float
    state: ImportState = ImportState.RUNNING
    progress: Progress = Progress()
    mappings: tuple[StageMapping, ...] = ()


class Imports:
    """One installation's import, a part of the installation: the mover knows its mappings without asking further."""

    def __init__(self, table: Table, installation: str) -> None:
        """Bind the installations table to one installation."""
        self._table = table
        self._installation = installation

    def read(self) -> Import | None:
        """Return the import, None when there has been none."""
        item = self._table.get(self._installation, HISTORY, consistent=True)
        return _import_from(item) if item else None

    def beginning(self, wanted: Wanted, command: str, by: int | None, before: Import | None) -> Write:
        """Return the write that begins an import in the place of `before`; it fails when another was begun since."""
        now = self._table.store.clock.now()
        begun = Import(wanted, command, by, now, mappings=before.mappings if before else ())
        if before is None:
            return self._table.putting(self._item(begun), when=self._table.absent)
        return self._table.putting(self._item(begun), when="#command = :seen", values={"seen": before.command})

    def going_on(self, known: Import, command: str) -> Write:
        """Return the write that hands an import that does not run to another command; it fails when it has changed."""
        return self._table.updating(
            self._installation,
            HISTORY,
            change="SET #command = :command, #state = :running",
            when="#command = :seen AND #state = :state",
            values={
                "command": command,
                "running": ImportState.RUNNING.value,
                "seen": known.command,
                "state": known.state.value,
            },
        )

    def halt(self, known: Import, state: ImportState) -> bool:
        """Pause or stop an import, as it was read; tells whether it still was so."""
        values = {"seen": known.command, "state": known.state.value, "next": state.value}
        return self._change("SET #state = :next", "#command = :seen AND #state = :state", values)

    def place(self, command: str, mapping: StageMapping, known: Import) -> bool:
        """Note the mapping of an import, before it makes any deal; tells whether the import is still this command's."""
        others = tuple(other for other in known.mappings if other.pipeline != mapping.pipeline)
        values = {
            "command": command,
            "mapping": mapping_item(mapping),
            "mappings": [mapping_item(one) for one in (*others, mapping)],
        }
        return self._change("SET #mapping = :mapping, #mappings = :mappings", "#command = :command", values)

    def advance(self, command: str, progress: Progress) -> bool:
        """Note how far an import has come; tells whether it is still this command's. At its end it is done."""
        values: Item = {"command": command, "progress": progress.stored()}
        change = "SET #progress = :progress"
        if progress.phase is Phase.END:
            change, values = change + ", #state = :done", values | {"done": ImportState.DONE.value}
        return self._change(change, "#command = :command", values)

    def _change(self, change: str, when: str, values: Item) -> bool:
        try:
            self._table.update(self._installation, HISTORY, change=change, when=when, values=values)
        except Conflict:
            return False
        return True

    def _item(self, one: Import) -> Item:
        wanted = one.wanted
        return {
            "installation": self._installation,
            "part": HISTORY,
            "locations": list(wanted.locations),
            "first": wanted.first.isoformat(),
            "last": wanted.last.isoformat(),
            "mapping": mapping_item(wanted.mapping),
            "command": one.command,
            "by": one.by,
            "at": one.at,
            "state": one.state.value,
            "progress": one.progress.stored(),
            "mappings": [mapping_item(mapping) for mapping in one.mappings],
        }


def _import_from(item: Item) -> Import:
    wanted = Wanted(
        locations=tuple(item["locations"]),
        first=date.fromisoformat(item["first"]),
        last=date.fromisoformat(item["last"]),
        mapping=mapping_from(item["mapping"]),
    )
    return Import(
        wanted=wanted,
        command=item["command"],
        by=item["by"],
        at=item["at"],
        state=ImportState(item["state"]),
        progress=Progress.of(item["progress"]),
        mappings=tuple(filter(None, map(mapping_from, item["mappings"]))),
    )


def counted(skipped: Mapping[str, int], more: Mapping[str, int]) -> dict[str, int]:
    """Return how many were skipped for each reason, with these besides; what comes to nothing is left out."""
    names = {*skipped, *more}
    counts = {name: max(0, skipped.get(name, 0) + more.get(name, 0)) for name in names}
    return {name: count for name, count in sorted(counts.items()) if count}
