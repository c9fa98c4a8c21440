"""An import of older bookings is begun, paused, gone on with and given up: by a person, while the mover works on it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bookdeal.bookings.commands.store import Commands
from bookdeal.bookings.imports import Import, Imports, ImportState, Wanted
from bookdeal.model.command import Command, CommandKind, CommandState
from bookdeal.runtime.errors import Conflict, NotFound
from bookdeal.runtime.queue import Hints
from bookdeal.runtime.store import Store, Write

LOST = {"code": "failed", "params": {}}
"""Why an import failed whose command is not there any more."""


@dataclass(frozen=True, slots=True)
class Steering:
    """Steers one installation's import. `imports` and `commands` are the installation's."""

    store: Store
    imports: Imports
    commands: Commands
    hints: Hints

    def failure(self, known: Import) -> Mapping[str, Any] | None:
        """Return why an import stands still although nobody has halted it, None when it does not."""
        if known.state is not ImportState.RUNNING:
            return None
        command = self.commands.read(known.command)
        if command is None:
            return LOST
        return command.result if command.state is CommandState.REFUSED else None

    def begin(self, wanted: Wanted, by: int | None) -> Import:
        """Begin an import. Raises Conflict("import_under_way") while another one runs or rests."""
        known = self.imports.read()
        if known is not None and self._is_under_way(known):
            raise Conflict("import_under_way")
        command, write = self.commands.asking(CommandKind.IMPORT_HISTORY, {}, by)
        return self._asked(command, write, self.imports.beginning(wanted, command.id, by, known))

    def pause(self) -> Import:
        """Let the import rest; what is under way is finished. Errors as in `stop`."""
        known = self._known()
        if known.state is ImportState.RUNNING and not self.imports.halt(known, ImportState.PAUSED):
            raise Conflict("import_changed")
        return self._known()

    def go_on(self, by: int | None) -> Import:
        """Let an import go on that rests or has failed; for one that runs the bell is rung again. Errors as in `stop`.

        Raises Conflict("import_ended") for one that was stopped or is done.
        """
        known = self._known()
        if known.state is ImportState.RUNNING and self.failure(known) is None:
            command = self.commands.read(known.command)
            if command is not None:
                self.commands.ring(command, self.hints)
            return known
        if known.state not in (ImportState.RUNNING, ImportState.PAUSED):
            raise Conflict("import_ended")
        command, write = self.commands.asking(CommandKind.IMPORT_HISTORY, {}, by)
        return self._asked(command, write, self.imports.going_on(known, command.id))

    def stop(self) -> Import:
        """Give the import up: what is made stays. Raises NotFound("import"), Conflict("import_changed")."""
        known = self._known()
        is_open = known.state in (ImportState.RUNNING, ImportState.PAUSED)
        if is_open and not self.imports.halt(known, ImportState.STOPPED):
            raise Conflict("import_changed")
        return self._known()

    def _known(self) -> Import:
        known = self.imports.read()
        if known is None:
            raise NotFound("import")
        return known

    def _is_under_way(self, known: Import) -> bool:
        if known.state is ImportState.PAUSED:
            return True
        return known.state is ImportState.RUNNING and self.failure(known) is None

    def _asked(self, command: Command, asking: Write, change: Write) -> Import:
        """Store a command together with the import that it carries out, then ring.

        Raises Transient when the bell cannot be rung: then it is stored nevertheless, and `go_on` rings again.
        """
        (conflict,) = self.store.transact([[asking, change]])
        if conflict is not None:
            raise Conflict("import_changed")
        self.commands.ring(command, self.hints)
        return self._known()
