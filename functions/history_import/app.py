"""Serves the import of older bookings: what it would take, and its beginning, progress, rest and end."""

from collections.abc import Sequence
from datetime import date

from bookdeal.bookings.commands.estimating import Estimate, Estimating, window
from bookdeal.bookings.commands.import_screens import HistoryBody, HistoryScreen
from bookdeal.bookings.commands.steering import Steering
from bookdeal.bookings.commands.store import Commands
from bookdeal.bookings.imports import Import, Imports, Wanted
from bookdeal.bookings.links import Links
from bookdeal.clients.contacts import ContactBook, ContactIndex
from bookdeal.installs.calls import Call, widget_api
from bookdeal.installs.choices import ChoiceStore
from bookdeal.installs.installation import SETTING_UP
from bookdeal.installs.settings_check import Facts, mapping_faults
from bookdeal.kommo.client import field_rate
from bookdeal.model.settings import Mapping
from bookdeal.runtime.api import Id, Ids, ids
from bookdeal.runtime.errors import Conflict, Faulty, NotFound

api = widget_api("history_import")
handler = api


@api.get("/history", admin=True)
def read_history() -> HistoryScreen:
    """The import under way, or the last one. 404 import where there has been none."""
    found = _imports(api.call).read()
    if found is None:
        raise NotFound("import")
    return _screen(api.call, found)


@api.get("/history/estimate", admin=True)
def estimate_history(first: date, last: date, locations: Ids = "", pipeline: Id | None = None) -> Estimate:
    """What an import of these days would take: bookings, deals, contacts, room in Kommo's plan, hours, warnings.

    `locations` are ids with commas between them, none: all. Without a `pipeline` they go to one of their own. 400 at
    `last` for days that are not before the day of going live.
    """
    call = api.call
    chosen = _locations(call, ids(locations))
    window(call.installation, first, last)
    wanted = Wanted(chosen, first, last, Mapping(pipeline) if pipeline else None)
    account = _choices(call).account(call.installation, call.kommo)
    id = call.installation.id
    estimating = Estimating(
        call.installation,
        Links(call.tables.links, id),
        ContactBook(call.tables.links, id, call.installation.phone_salt, ContactIndex(), call.clock),
        call.kommo,
        call.altegio,
        len(account.users),
        field_rate(id, call.connections.environment.kommo_field_changes_per_hour),
    )
    return estimating.estimate(wanted)


@api.post("/history", admin=True)
def import_history(body: HistoryBody) -> HistoryScreen:
    """Begin an import; `GET /history` tells how far it has come.

    409 not_live before going live, import_under_way while another one runs or rests; 422 with every fault of the
    mapping at its field.
    """
    call = api.call
    if call.installation.paused == SETTING_UP:
        raise Conflict("not_live")
    wanted = body.wanted(_locations(call, body.locations))
    window(call.installation, wanted.first, wanted.last)
    if wanted.mapping is not None:
        _check(call, wanted.mapping)
    return _screen(call, _steering(call).begin(wanted, call.caller.user))


@api.post("/history/pause", admin=True, repeatable=True)
def pause_history() -> HistoryScreen:
    """Let the import rest; what it is just about is finished first."""
    return _screen(api.call, _steering(api.call).pause())


@api.post("/history/continue", admin=True, repeatable=True)
def continue_history() -> HistoryScreen:
    """Let an import go on that rests or has failed, and ring again for one that runs.

    409 import_ended for one that was stopped or is done.
    """
    return _screen(api.call, _steering(api.call).go_on(api.call.caller.user))


@api.post("/history/stop", admin=True, repeatable=True)
def stop_history() -> HistoryScreen:
    """Give the import up; the deals that it has made stay."""
    return _screen(api.call, _steering(api.call).stop())


def _locations(call: Call, asked: Sequence[int]) -> tuple[int, ...]:
    """Return the locations that are meant; none named: all. Raises NotFound for one that is not the installation's."""
    known = tuple(location.id for location in call.installation.locations)
    for id in asked:
        if id not in known:
            raise NotFound("location", params={"location": id})
    return tuple(dict.fromkeys(asked)) or known


def _check(call: Call, mapping: Mapping) -> None:
    """Raise Faulty unless the account has the mapping's stages; what was made a moment ago counts."""
    for anew in (False, True):
        account = _choices(call).account(call.installation, call.kommo, anew=anew)
        facts = Facts(pipelines=account.pipelines, locations=call.installation.locations)
        faults = list(mapping_faults(mapping, facts, "mapping"))
        if not faults:
            return
    raise Faulty([(fault.code, fault.field, fault.params) for fault in faults])


def _imports(call: Call) -> Imports:
    return Imports(call.tables.installations, call.installation.id)


def _steering(call: Call) -> Steering:
    commands = Commands(call.tables.decisions, call.installation.id)
    return Steering(call.tables.store, _imports(call), commands, call.hints)


def _screen(call: Call, found: Import) -> HistoryScreen:
    return HistoryScreen.of(found, _steering(call).failure(found))


def _choices(call: Call) -> ChoiceStore:
    return ChoiceStore(call.tables.scratch, call.clock)
