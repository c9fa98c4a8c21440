"""Intents: what was about to be made or moved in Kommo, written down before it is tried: so nothing is made twice, and
our own move is never taken for a person's.

A batch that was answered is settled with its links. One that was not (a kill, a time-out, a 504) may or may not have
been done: then the newest entities are listed back to the intent's time and matched by our own mark, twice, a minute
apart, before the batch may be tried again. Kommo's search is never asked: it may lag. Of deals whose move was not
remembered it is noted that the move may be ours.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from uuid import uuid4

from bookdeal.model.deal import Place
from bookdeal.runtime.store import Item, Table, Write

MARGIN = 120
"""Seconds by which the list is read further back than the intent: the two clocks may differ."""

SECOND_LOOK = 60
"""Seconds between the two looks."""


class Making(StrEnum):
    """What an intent is about."""

    CONTACTS = "contacts"
    DEALS = "deals"
    MOVES = "moves"


@dataclass(frozen=True, slots=True)
class Intent:
    """One batch that is about to be made. `marks` say for whom: `location:booking`, or `location:client` for contacts.

    Of moves they say which deal goes where: `deal:pipeline:stage`.

    `at` and `looked_at` in unix seconds; `looked_at` 0: not looked yet.
    """

    id: str
    making: Making
    at: int
    marks: tuple[str, ...]
    looked_at: int = 0

    @property
    def sort_key(self) -> str:
        """The key of the intent's item."""
        return f"intent#{self.id}"


def mark_of(location: int, id: int) -> str:
    """Return the mark of a booking or a client."""
    return f"{location}:{id}"


def parse_mark(mark: str) -> tuple[int, int]:
    """Return the location and the id behind a mark."""
    location, id = mark.split(":")
    return int(location), int(id)


def move_mark(deal: int, place: Place) -> str:
    """Return the mark of a move."""
    return f"{deal}:{place.pipeline}:{place.stage}"


def parse_move(mark: str) -> tuple[int, Place]:
    """Return the deal and the place behind the mark of a move."""
    deal, pipeline, stage = mark.split(":")
    return int(deal), Place(int(pipeline), int(stage))


class Intents:
    """One installation's open intents."""

    def __init__(self, table: Table, installation: str) -> None:
        """Bind the installations table to one installation: there its few intents are read without its many links."""
        self._table = table
        self._installation = installation

    def open(self) -> list[Intent]:
        """Return all that are not settled, oldest first."""
        items = self._table.query(self._installation, "intent#", consistent=True)
        intents = [
            Intent(
                id=str(item["part"]).removeprefix("intent#"),
                making=Making(item["making"]),
                at=item["at"],
                marks=tuple(item["marks"]),
                looked_at=item["looked_at"],
            )
            for item in items
        ]
        return sorted(intents, key=lambda intent: intent.at)

    def begin(self, making: Making, marks: Iterable[str], now: float) -> Intent:
        """Write down what is about to be made."""
        intent = Intent(uuid4().hex, making, int(now), tuple(marks))
        self._table.put(self._item(intent))
        return intent

    def looked(self, intent: Intent, now: float) -> Intent:
        """Remember the first look."""
        looked = replace(intent, looked_at=int(now))
        self._table.put(self._item(looked))
        return looked

    def keep(self, intent: Intent, marks: Iterable[str]) -> None:
        """Keep only these marks of an intent; with none left it is settled."""
        left = tuple(marks)
        if not left:
            self._table.delete(self._installation, intent.sort_key)
        elif left != intent.marks:
            self._table.put(self._item(replace(intent, marks=left)))

    def settle(self, intent: Intent) -> Write:
        """Return the write that settles an intent, to go with the links of what was made."""
        return self._table.deleting(self._installation, intent.sort_key)

    def _item(self, intent: Intent) -> Item:
        return {
            "installation": self._installation,
            "part": intent.sort_key,
            "making": intent.making.value,
            "at": intent.at,
            "marks": list(intent.marks),
            "looked_at": intent.looked_at,
        }
