"""Who carries out which command.

An executor is a function in the module of its feature. It is given the command and the mover's run, and may be killed
between any two of its calls: then it is called again with the same command, and must come to the same end. It checks
`run.deadline.check(run.margin)` before each batch and returns `GoesOn` after about five seconds.

What it raises: Invalid, NotFound, Conflict, Rejected and Unauthorised refuse the command for good; RateLimited,
Transient and UnknownOutcome put it off; Revoked pauses the installation, and the command waits.
"""

from collections.abc import Callable, Mapping

from bookdeal.bookings.commands.client_statistics import refresh_clients
from bookdeal.bookings.commands.comparing import compare
from bookdeal.bookings.commands.duplicate_actions import handle_duplicates
from bookdeal.bookings.commands.duplicate_scan import scan_duplicates
from bookdeal.bookings.commands.history import import_history
from bookdeal.bookings.commands.moving import move_booking
from bookdeal.bookings.commands.parked_work import drop_parked, send_parked
from bookdeal.bookings.commands.persons import erase_person
from bookdeal.bookings.commands.previewing import preview
from bookdeal.bookings.commands.rebuilding import rebuild_links
from bookdeal.bookings.commands.repairing import repair
from bookdeal.bookings.commands.replaying import replay
from bookdeal.bookings.commands.resolving import resolve_client
from bookdeal.bookings.commands.setting_up import set_up
from bookdeal.bookings.commands.undoing import undo
from bookdeal.bookings.deals.run import Run
from bookdeal.model.command import Command, CommandKind, Done, GoesOn

type Executor = Callable[[Command, Run], Done | GoesOn]

EXECUTE: Mapping[CommandKind, Executor] = {
    CommandKind.ERASE_PERSON: erase_person,
    CommandKind.MOVE_BOOKING: move_booking,
    CommandKind.REBUILD_LINKS: rebuild_links,
    CommandKind.RESOLVE_CLIENT: resolve_client,
    CommandKind.SET_UP: set_up,
    CommandKind.REFRESH_CLIENTS: refresh_clients,
    CommandKind.IMPORT_HISTORY: import_history,
    CommandKind.UNDO: undo,
    CommandKind.REPLAY: replay,
    CommandKind.PREVIEW: preview,
    CommandKind.SCAN_DUPLICATES: scan_duplicates,
    CommandKind.HANDLE_DUPLICATES: handle_duplicates,
    CommandKind.COMPARE: compare,
    CommandKind.REPAIR: repair,
    CommandKind.REPAIR_ALL: repair,
    CommandKind.SEND_PARKED: send_parked,
    CommandKind.SEND_ALL_PARKED: send_parked,
    CommandKind.DROP_PARKED: drop_parked,
}
