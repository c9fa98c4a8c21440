"""A command asks the mover to do something that writes to Kommo: it alone writes there."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class CommandKind(StrEnum):
    """What can be asked of the mover."""

    MOVE_BOOKING = "move_booking"
    RESOLVE_CLIENT = "resolve_client"
    REFRESH_CLIENTS = "refresh_clients"
    SET_UP = "set_up"
    REBUILD_LINKS = "rebuild_links"
    ERASE_PERSON = "erase_person"
    IMPORT_HISTORY = "import_history"
    UNDO = "undo"
    REPLAY = "replay"
    PREVIEW = "preview"
    SCAN_DUPLICATES = "scan_duplicates"
    HANDLE_DUPLICATES = "handle_duplicates"
    COMPARE = "compare"
    REPAIR = "repair"
    REPAIR_ALL = "repair_all"
    SEND_PARKED = "send_parked"
    SEND_ALL_PARKED = "send_all_parked"
    DROP_PARKED = "drop_parked"


BULK = frozenset(
    {
        CommandKind.REFRESH_CLIENTS,
        CommandKind.IMPORT_HISTORY,
        CommandKind.PREVIEW,
        CommandKind.SCAN_DUPLICATES,
        CommandKind.COMPARE,
        CommandKind.REPAIR_ALL,
        CommandKind.SEND_ALL_PARKED,
    }
)
"""Kinds that may take long: what people and bells ask for passes between their slices."""

MAKES_DEALS = frozenset(
    {
        CommandKind.COMPARE,
        CommandKind.REPAIR,
        CommandKind.REPAIR_ALL,
        CommandKind.SEND_PARKED,
        CommandKind.SEND_ALL_PARKED,
    }
)
"""Kinds that may make deals of bookings without a link: they wait while the links are lost."""

FIRST = frozenset({CommandKind.REBUILD_LINKS})
"""Kinds without which nothing else can be right: until they are done, nothing else is."""


class CommandState(StrEnum):
    """What became of a command: it waits or is under way, it is done, or it was refused for good."""

    WAITING = "waiting"
    DONE = "done"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Command:
    """One command. Ids and codes only, never a person: it is kept for a week.

    `by` is the Kommo user who asked, None when nobody in person did; `at` is when, in unix seconds. `progress` is how
    far a long one has come, in its executor's own terms, None before it has begun. `result` is what came of it, or
    `{"code": ..., "params": {...}}` of a refused one.
    """

    id: str
    kind: CommandKind
    params: Mapping[str, Any]
    by: int | None
    at: float
    progress: Mapping[str, Any] | None = None
    state: CommandState = CommandState.WAITING
    result: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Done:
    """The answer of an executor that has come to its end."""

    result: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class GoesOn:
    """The answer of an executor that has done a slice: it is called again with this progress."""

    progress: Mapping[str, Any]
