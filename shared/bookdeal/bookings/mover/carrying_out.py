"""Commands are carried out within a run: one after the other, none twice, and none holds other work back."""

from dataclasses import replace

from bookdeal.bookings import rules
from bookdeal.bookings.commands.executors import EXECUTE
from bookdeal.bookings.commands.store import Commands
from bookdeal.bookings.deals.run import LayoutChanged, Run
from bookdeal.bookings.mover.desk import Desk
from bookdeal.bookings.mover.state import MOST_COMMANDS, LocationState
from bookdeal.installs.installation import REBUILDING, SETTING_UP, Installations
from bookdeal.model.command import BULK, FIRST, MAKES_DEALS, Command, CommandState, GoesOn
from bookdeal.runtime.errors import (
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

LONGEST_HOLD = 5.0
"""Seconds for which bulk work may hold an installation's hints back; when it has to wait for longer it rests."""


class CommandWork:
    """Carries out the commands that wait on a run's desk."""

    def __init__(self, desk: Desk, run: Run, commands: Commands, installations: Installations) -> None:
        """Bind it to one run."""
        self._desk = desk
        self._run = run
        self._commands = commands
        self._installations = installations

    def carry_out(self, *, bulk: bool) -> None:
        """Carry out the commands that wait: bulk work, or all the rest. One that has to wait holds no other work back.

        A command is taken from the state once its end is noted on itself: after a kill between the two it is not
        carried out again. Raises LinksLost.
        """
        desk = self._desk
        if desk.state.every_command:
            ids = dict.fromkeys((*desk.state.commands, *(command.id for command in self._commands.waiting())))
            listed = tuple(ids)[:MOST_COMMANDS]
            desk.state = replace(desk.state, commands=listed, every_command=len(listed) < len(ids))
        asked = self._commands.read_all(desk.state.commands)
        # Sorting keeps the order in which they were asked.
        for id in sorted(desk.state.commands, key=lambda id: id not in asked or asked[id].kind not in FIRST):
            command = asked.get(id)
            if command is not None and command.state is CommandState.WAITING:
                if desk.is_held and command.kind not in FIRST:
                    return
                if (command.kind in BULK) is not bulk or (bulk and not desk.pace.has_time_for_a_slice):
                    continue
                if command.kind in MAKES_DEALS and desk.installation.paused == SETTING_UP:
                    self._commands.refuse(command, "not_live", {})
                elif not self._is_carried_out(command):
                    desk.is_rebuilding = desk.is_rebuilding or command.kind in FIRST
                    desk.is_held = desk.is_held or desk.is_rebuilding
                    continue
            desk.state = replace(desk.state, commands=tuple(other for other in desk.state.commands if other != id))

    def _is_carried_out(self, command: Command) -> bool:
        """Carry a command out; tells whether it has come to its end.

        Raises LayoutChanged, UnknownStage, Revoked, LinksLost.
        """
        if command.kind in MAKES_DEALS:
            self._desk.be_sure_of_links()
        try:
            answer = EXECUTE[command.kind](command, replace(self._run, command=command.id))
        except (RateLimited, Transient, UnknownOutcome) as error:
            later = error if isinstance(error, RateLimited | Transient) else Transient(error.reason, wait=5.0)
            if command.kind in BULK and later.wait > LONGEST_HOLD:
                self._desk.state = self._desk.state.with_rest(command.id, self._run.clock.now() + later.wait)
            else:
                self._desk.deferral = later
            self._run.counts["commands_put_off"] += 1
            return False
        except (Invalid, NotFound, Conflict, Rejected, Unauthorised) as error:
            self._commands.refuse(command, error.reason or error.code, error.params)
        except (LayoutChanged, rules.UnknownStage):
            raise
        except Revoked as error:
            if not closes_location(error):
                raise
            self._commands.refuse(command, "location_closed", error.params)
        except Exception as error:
            # A fault of ours would be one again: it must not hold up what else waits.
            self._commands.refuse(command, "failed", {"error": type(error).__name__})
        else:
            if isinstance(answer, GoesOn):
                if command.progress is None:
                    self._run.records.decisions.keep_batch(command)
                further = self._commands.go_on(command, answer.progress)
                is_short = command.kind not in BULK and self._desk.pace.has_time_for_a_slice
                return is_short and self._is_carried_out(further)
            if command.kind in FIRST:
                self._begin_anew(command)
            self._run.records.decisions.keep_batch(command)
            self._commands.finish(command, answer.result)
            self._run.counts["commands_done"] += 1
            return True
        self._run.records.decisions.keep_batch(command)
        self._run.counts["commands_refused"] += 1
        if command.kind in FIRST:
            self._desk.is_held = True
            self._installations.pause(self._desk.installation.id, f"{command.kind}_failed")
        return True

    def _begin_anew(self, command: Command) -> None:
        """Let every booking in scope be looked at again: what was applied to it is not known any more."""
        desk = self._desk
        locations = {location.id: LocationState(owed=True) for location in desk.installation.locations}
        desk.state = replace(desk.state, locations=locations)
        desk.keep()
        paused, after = desk.installation.paused, command.params.get("paused")
        goes_on = paused in (None, REBUILDING) and self._installations.rebuilt(desk.installation.id, paused, after)
        desk.is_held = not goes_on or after is not None
