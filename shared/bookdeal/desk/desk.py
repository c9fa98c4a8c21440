"""What is done at the desk, one method for each kind of request."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from bookdeal.bookings import differences
from bookdeal.bookings.commands.rebuilding import Asking
from bookdeal.bookings.commands.store import Commands
from bookdeal.desk.answers import Uninstalled
from bookdeal.desk.overview import Overview
from bookdeal.desk.persons import PersonFiles
from bookdeal.desk.requests import (
    AnyRequest,
    CommandState,
    Compare,
    Connect,
    Differences,
    Drop,
    ErasePerson,
    ExportPerson,
    ExportSettings,
    ImportSettings,
    Integrations,
    Invite,
    List,
    Parked,
    Pause,
    RebuildLinks,
    Register,
    Remove,
    Resume,
    Send,
    Show,
    Uninstall,
    WorkOff,
)
from bookdeal.installs import integrations
from bookdeal.installs.accesses import Accesses
from bookdeal.installs.choices import ChoiceStore
from bookdeal.installs.connections import Connections
from bookdeal.installs.installation import REBUILDING, SETTING_UP, Installation, Installations
from bookdeal.installs.saving import Saving
from bookdeal.installs.settings import SettingsStore
from bookdeal.installs.settings_check import Facts, facts_of
from bookdeal.installs.settings_file import to_json
from bookdeal.installs.uninstalling import Hooks, Tables, Uninstalling, Uninstalls
from bookdeal.model.command import Command, CommandKind
from bookdeal.model.hint import Hint, HintKind
from bookdeal.runtime.clock import Clock, Deadline
from bookdeal.runtime.errors import BookdealError, Conflict, NotFound
from bookdeal.runtime.observe import UnexpectedError, unit
from bookdeal.runtime.queue import Hints
from bookdeal.runtime.webhook_key import server_keys

PAUSED = "operator"
"""Why an installation is paused that an operator has paused."""


@dataclass(frozen=True, slots=True)
class Desk:
    """The desk, for one request. `webhook_keys` gives the server keys of the webhooks as they are stored."""

    tables: Tables
    connections: Connections
    webhook_keys: Callable[[], str]
    hints: Hints
    clock: Clock
    deadline: Deadline
    correlation_id: str

    def answer(self, request: AnyRequest) -> dict[str, Any]:
        """Do what is asked and return what came of it, fit for JSON. Raises BookdealError."""
        match request:
            case List():
                return self._list(request)
            case Show():
                return self._shown(request.installation)
            case Parked():
                items, after = self._overview.parked_page(request)
                return {"parked": [item.model_dump(mode="json") for item in items], "next": after}
            case Send():
                kind = CommandKind.SEND_PARKED if request.booking else CommandKind.SEND_ALL_PARKED
                return self._ask_about_parked(request, kind)
            case Drop():
                return self._ask_about_parked(request, CommandKind.DROP_PARKED)
            case Compare():
                return self._ask(self._read(request.installation).id, CommandKind.COMPARE, self._window)
            case Differences():
                return self._differences(request)
            case Pause():
                return self._pause(request.installation)
            case Resume():
                return self._resume(request.installation)
            case Uninstall():
                return self._uninstall(request.installation)
            case Integrations():
                return {"integrations": [_integration(known) for known in self._integrations.all()]}
            case Register():
                return self._register(request)
            case Remove():
                self._integrations.known(request.client_id)
                self._integrations.forget(request.client_id)
                return {"removed": request.client_id}
            case Invite():
                known = self._integrations.known(request.client_id)
                return {"client_id": known.client_id, "link": f"{known.redirect_uri}/start/{known.client_id}"}
            case Connect():
                return self._connect(request)
            case ExportPerson():
                return self._files.export(self._read(request.installation), request)
            case ErasePerson():
                return self._erase(request)
            case RebuildLinks():
                return self._rebuild(request.installation)
            case ExportSettings():
                return to_json(self._saving(self._read(request.installation)).export())
            case ImportSettings():
                return self._import(request)
            case CommandState():
                return self._command(request)
            case WorkOff():
                return self._work_off()

    # -- looking ---------------------------------------------------------------------------------------------------

    @property
    def _overview(self) -> Overview:
        return Overview(self.tables.installations, self.tables.parked, self.tables.decisions, self.clock.now())

    @property
    def _installations(self) -> Installations:
        return Installations(self.tables.installations)

    def _list(self, request: List) -> dict[str, Any]:
        summaries, after = self._overview.page(request.after, request.limit)
        return {"installations": [summary.model_dump(mode="json") for summary in summaries], "next": after}

    def _shown(self, installation: str) -> dict[str, Any]:
        summary = self._overview.one(installation)
        if summary is None:
            raise NotFound("installation")
        return summary.model_dump(mode="json")

    def _read(self, installation: str) -> Installation:
        """Return an installation that is in use. Raises NotFound, or Conflict when it is uninstalled."""
        found = self._installations.read(installation)
        if found is None:
            raise NotFound("installation")
        if self._uninstalls.read(installation) is not None:
            raise Conflict("uninstalled")
        return found

    def _differences(self, request: Differences) -> dict[str, Any]:
        """Return a page of what differs, and what the last comparison has proved."""
        locations = [location.id for location in self._read(request.installation).locations]
        stored = differences.Differences(self.tables.decisions, request.installation)
        listed = stored.of(locations, after=request.after, page=request.limit + 1)
        found, proof = list(islice(listed, request.limit + 1)), stored.proof()
        shown = [_difference(one) for one in found[: request.limit]]
        return {
            "proof": _proof(proof) if proof else None,
            "differences": shown,
            "next": shown[-1]["id"] if len(found) > request.limit else "",
        }

    # -- parked work -----------------------------------------------------------------------------------------------

    @property
    def _window(self) -> dict[str, int]:
        environment = self.connections.environment
        return {"back": int(environment.comparison_days_back), "ahead": int(environment.comparison_days_ahead)}

    def _ask_about_parked(self, request: Send | Drop, kind: CommandKind) -> dict[str, Any]:
        """Ask for one booking that is parked, or for all of a reason, at one location or at all."""
        installation = self._read(request.installation)
        if request.booking is not None:
            return self._ask(installation.id, kind, {"booking": list(request.booking)})
        locations = [location.id for location in installation.locations if request.location in (None, location.id)]
        return self._ask(installation.id, kind, {"reason": request.reason, "locations": locations})

    # -- pausing ---------------------------------------------------------------------------------------------------

    def _pause(self, installation: str) -> dict[str, Any]:
        found = self._read(installation)
        if found.paused not in (None, PAUSED):
            raise Conflict("paused", params={"reason": found.paused})
        self._installations.pause(installation, PAUSED)
        return self._shown(installation)

    def _resume(self, installation: str) -> dict[str, Any]:
        """End a pause. If its cause is still there, the mover pauses again."""
        self._read(installation)
        self._installations.pause(installation, None)
        self.hints.send([self._hint(HintKind.LOCATION, installation)])
        return self._shown(installation)

    def _hint(self, kind: HintKind, installation: str) -> Hint:
        return Hint(kind, "person", installation, seen_at=self.clock.now(), correlation_id=self.correlation_id)

    # -- integrations ----------------------------------------------------------------------------------------------

    @property
    def _integrations(self) -> integrations.Integrations:
        return integrations.Integrations(self.tables.installations, self.connections.vault)

    def _register(self, request: Register) -> dict[str, Any]:
        integration = integrations.Integration(
            client_id=request.client_id,
            secret=request.secret.get_secret_value(),
            redirect_uri=request.redirect_uri,
            is_public=request.is_public,
        )
        self._integrations.register(integration)
        return _integration(self._integrations.known(request.client_id))

    def _connect(self, request: Connect) -> dict[str, Any]:
        """Connect an account by its token; the look that follows at its access puts the webhooks in place."""
        accesses = Accesses(
            self.connections.environment,
            self.tables.installations,
            self.connections,
            self.hints,
            self.clock,
            self.correlation_id,
        )
        installation = accesses.accounts().connect_long_lived(
            self.connections, host=request.host, token=request.token.get_secret_value(), client_id=request.client_id
        )
        self.hints.send([self._hint(HintKind.ACCESS, installation)])
        return self._shown(installation)

    # -- settings --------------------------------------------------------------------------------------------------

    def _saving(self, installation: Installation) -> Saving:
        kommo = self.connections.kommo(installation, installation.layout)
        altegio = self.connections.altegio(installation)

        def facts(anew: bool) -> Facts:
            choices = ChoiceStore(self.connections.scratch, self.clock)
            return facts_of(installation, choices.read(installation, kommo, altegio, anew=anew))

        store = SettingsStore(self.tables.installations)
        return Saving(store, installation.id, installation.kommo_account, facts)

    def _import(self, request: ImportSettings) -> dict[str, Any]:
        """Translate a file; it is saved only if all of it was found here and nothing is wrong."""
        saving = self._saving(self._read(request.installation))
        found = saving.imported(request.file)
        faults = saving.faults(found.settings)
        if request.save and not faults and not found.unmatched:
            saving.save(found.settings, found.settings.version)
            is_saved = True
        else:
            is_saved = False
        return {
            "saved": is_saved,
            "unmatched": [{"what": one.what, "name": one.name, "field": one.field} for one in found.unmatched],
            "faults": [{"code": one.code, "field": one.field, "params": dict(one.params)} for one in faults],
        }

    # -- persons and commands --------------------------------------------------------------------------------------

    @property
    def _files(self) -> PersonFiles:
        return PersonFiles(self.tables, self.clock)

    def _erase(self, request: ErasePerson) -> dict[str, Any]:
        installation = self._read(request.installation)
        who = self._files.who(installation, request)
        return self._ask(installation.id, CommandKind.ERASE_PERSON, who.params())

    def _rebuild(self, installation: str) -> dict[str, Any]:
        """Hold everything, then ask: what rings meanwhile must find no way to a second deal."""
        found = self._read(installation)
        commands = Commands(self.tables.decisions, installation)
        waiting = [command for command in commands.waiting() if command.kind is CommandKind.REBUILD_LINKS]
        if waiting:
            self._installations.pause(installation, REBUILDING)
            return _command(waiting[0])
        # A pause that somebody chose stands again afterwards; one for a cause comes back if the cause is still there.
        chosen = found.paused if found.paused in (PAUSED, SETTING_UP) else None
        asking = Asking(self.tables.store, self._installations, commands, self.hints, self.correlation_id)
        return _command(asking.ask(installation, found.paused, after=chosen))

    def _ask(self, installation: str, kind: CommandKind, params: Mapping[str, Any]) -> dict[str, Any]:
        commands = Commands(self.tables.decisions, installation)
        asked = commands.ask(kind, params, None, self.hints, self.correlation_id)
        return _command(asked)

    def _command(self, request: CommandState) -> dict[str, Any]:
        found = Commands(self.tables.decisions, request.installation).read(request.id)
        if found is None:
            raise NotFound("command")
        return _command(found)

    # -- leaving ---------------------------------------------------------------------------------------------------

    @property
    def _uninstalls(self) -> Uninstalls:
        return Uninstalls(self.tables, self.clock)

    def _uninstall(self, installation: str) -> dict[str, Any]:
        found = self._installations.read(installation)
        if found is None:
            raise NotFound("installation")
        self._uninstalls.begin(found)
        return self._left(installation, self._uninstalls.work_off(found, installation, self._hooks, self.deadline))

    def _work_off(self) -> dict[str, Any]:
        """Go on with every uninstalling that is due; a failing one stops no other. Raises the last crash at the end."""
        gone_on = []
        crash: UnexpectedError | None = None
        for id in self._uninstalls.due():
            try:
                with unit("operator", "uninstall", installation=id, correlation_id=self.correlation_id):
                    found = self._installations.read(id)
                    gone_on.append(self._left(id, self._uninstalls.work_off(found, id, self._hooks, self.deadline)))
            except BookdealError:
                continue  # it is still due
            except UnexpectedError as error:
                crash = error
        if crash is not None:
            raise crash
        return {"uninstalls": gone_on}

    def _left(self, installation: str, state: Uninstalling | None) -> dict[str, Any]:
        return Uninstalled(
            installation=installation,
            step=state.step.value if state else "ended",
            hooks_left=list(state.left) if state else [],
            forget_at=state.forget_at if state else None,
        ).model_dump(mode="json")

    def _hooks(self, installation: Installation) -> Hooks:
        return Hooks(
            kommo=self.connections.kommo(installation, installation.layout),
            altegio=self.connections.altegio(installation),
            server_keys=server_keys(self.webhook_keys()),
        )


def _integration(known: integrations.Known) -> dict[str, Any]:
    return {"client_id": known.client_id, "redirect_uri": known.redirect_uri, "is_public": known.is_public}


def _difference(one: differences.Difference) -> dict[str, Any]:
    return {
        "id": one.id,
        "kind": one.kind.value,
        "location": one.location,
        "booking": one.booking or None,
        "deal": one.deal or None,
        "params": dict(one.params),
        "since": one.since,
    }


def _proof(proof: differences.Proof) -> dict[str, Any]:
    tallies = proof.tallies.values()
    return {
        "ended": proof.ended,
        "compared": sum(tally.compared for tally in tallies),
        "agree": sum(tally.agree for tally in tallies),
        "repaired": sum(tally.repaired for tally in tallies),
        "parked": sum(tally.parked for tally in tallies),
        "differ": sum(tally.differ for tally in tallies),
    }


def _command(command: Command) -> dict[str, Any]:
    return {
        "id": command.id,
        "kind": command.kind.value,
        "state": command.state.value,
        "progress": dict(command.progress or {}),
        "result": dict(command.result),
    }
