"""Serves the proof of completeness: what was compared, what differs and is repaired, and what is parked."""

from collections.abc import Mapping
from itertools import islice
from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Path, Query

from bookdeal.bookings.commands.completeness_screens import (
    DifferenceScreen,
    DifferencesScreen,
    HeldScreen,
    KindBody,
    ParkedScreen,
    ParkedWorkScreen,
    ProofScreen,
    ReasonBody,
    WindowBody,
    parked_page,
    reasons,
)
from bookdeal.bookings.commands.store import Commands
from bookdeal.bookings.differences import Difference, DifferenceKind, Differences
from bookdeal.bookings.links import BookingKey, Links
from bookdeal.bookings.mover.state import state_from
from bookdeal.bookings.parking import Parked, ParkedWork
from bookdeal.installs.calls import Call, widget_api
from bookdeal.model.command import CommandKind
from bookdeal.runtime.api import Asked, Id
from bookdeal.runtime.errors import Conflict, NotFound

api = widget_api("completeness")
handler = api

A_PAGE = 100

type DifferenceId = Annotated[str, Path(pattern=r"^[0-9]{1,16}\.[a-z_]{1,40}\.[0-9]{1,16}\.[0-9]{1,16}$")]
type AfterDifference = Annotated[str, Query(pattern=r"^([0-9]{1,16}\.[a-z_]{1,40}\.[0-9]{1,16}\.[0-9]{1,16})?$")]
type AfterParked = Annotated[str, Query(pattern=r"^([0-9]{1,16}\.[0-9]{1,16}\.[0-9]{1,16})?$")]
type OfReason = Annotated[str, Query(pattern=r"^[a-z_]{0,60}$")]


@api.get("/completeness")
def read_proof() -> ProofScreen:
    """When all bookings were last compared with their deals, how many agreed, and what differs now."""
    call, stored = api.call, _differences(api.call)
    seen = _seen(call)
    running = next((one for one in _commands(call).waiting() if one.kind is CommandKind.COMPARE), None)
    return ProofScreen.of(stored.proof(), seen, stored.counts(seen), running)


@api.post("/completeness/comparisons", admin=True, repeatable=True)
def compare(body: WindowBody) -> Asked:
    """Compare all bookings with their deals now; while a comparison is under way, that one is answered."""
    call, environment = api.call, api.call.connections.environment
    commands = _commands(call)
    running = next((one for one in commands.waiting() if one.kind is CommandKind.COMPARE), None)
    if running is not None:
        return Asked(command=running.id)
    window = {
        "back": int(environment.comparison_days_back) if body.back is None else body.back,
        "ahead": int(environment.comparison_days_ahead) if body.ahead is None else body.ahead,
    }
    return _asked(call, CommandKind.COMPARE, window)


@api.get("/completeness/differences")
def read_differences(
    kind: DifferenceKind | None = None, location: Id | None = None, after: AfterDifference = ""
) -> DifferencesScreen:
    """What differs, a hundred at a time, of one kind and at one location, or all of it."""
    found = list(islice(_differences(api.call).of(_chosen(api.call, location), kind, after=after), A_PAGE + 1))
    shown = tuple(DifferenceScreen.of(one) for one in found[:A_PAGE])
    return DifferencesScreen(differences=shown, next=shown[-1].id if len(found) > A_PAGE else "")


@api.post("/completeness/differences/{difference}/repair", admin=True, repeatable=True)
def repair_difference(difference: DifferenceId) -> Asked:
    """Repair one: the booking is worked off again. A deal deleted by hand is made again.

    409 not_repairable for what a person has to see to.
    """
    call = api.call
    one = _difference(call, difference)
    return _asked(call, CommandKind.REPAIR, {"difference": one.id})


@api.post("/completeness/repairs", admin=True, repeatable=True)
def repair_all(body: KindBody) -> Asked:
    """Repair all of a kind, at one location or at all. 409 not_repairable as with one."""
    call, locations = api.call, _chosen(api.call, body.location)
    if not Difference(body.kind, 0).is_repairable:
        raise Conflict("not_repairable", params={"kind": body.kind.value})
    return _asked(call, CommandKind.REPAIR_ALL, {"all_of": body.kind.value, "locations": locations})


@api.get("/parked")
def read_parked_work(
    reason: OfReason = "", location: Id | None = None, dropped: bool = False, after: AfterParked = ""
) -> ParkedWorkScreen:
    """What could not be done and waits for a person, or what was dropped: a hundred at a time, the oldest first."""
    call = api.call
    seen = _parked(call, _chosen(call, location))
    keys, further = parked_page(seen, reason=reason, dropped=dropped, after=after, limit=A_PAGE)
    links = Links(call.tables.links, call.installation.id).of_bookings(keys) if keys else {}
    return ParkedWorkScreen(
        held=_held(call),
        parked=tuple(ParkedScreen.of(key, seen[key], links.get(key)) for key in keys),
        reasons=reasons(seen.values()),
        next=further,
    )


@api.get("/parked/{location}/{booking}")
def read_parked(location: Id, booking: Id) -> ParkedScreen:
    """One booking that is parked, and why."""
    call, key = api.call, (location, booking)
    parked = _one_parked(call, key)
    return ParkedScreen.of(key, parked, Links(call.tables.links, call.installation.id).of_bookings([key]).get(key))


@api.post("/parked/{location}/{booking}/send", admin=True, repeatable=True)
def send_parked(location: Id, booking: Id) -> Asked:
    """Send one again, also one that was dropped: its booking is worked off as it is now."""
    return _asked_about(location, booking, CommandKind.SEND_PARKED)


@api.post("/parked/{location}/{booking}/drop", admin=True, repeatable=True)
def drop_parked(location: Id, booking: Id) -> Asked:
    """Drop one: nothing is done about the booking until it changes."""
    return _asked_about(location, booking, CommandKind.DROP_PARKED)


@api.post("/parked/send", admin=True, repeatable=True)
def send_all_parked(body: ReasonBody) -> Asked:
    """Send all again that wait for a reason, at one location or at all."""
    params = {"reason": body.reason, "locations": _chosen(api.call, body.location)}
    return _asked(api.call, CommandKind.SEND_ALL_PARKED, params)


@api.post("/parked/drop", admin=True, repeatable=True)
def drop_all_parked(body: ReasonBody) -> Asked:
    """Drop all that wait for a reason, at one location or at all."""
    params = {"reason": body.reason, "locations": _chosen(api.call, body.location)}
    return _asked(api.call, CommandKind.DROP_PARKED, params)


def _seen(call: Call) -> list[int]:
    """Return the locations that the caller sees: an administrator all of them."""
    return [location.id for location in (call.installation.locations if call.is_admin else call.locations)]


def _chosen(call: Call, location: int | None) -> list[int]:
    """Return the location that is named, if the caller sees it, else all that he sees."""
    seen = _seen(call)
    if location is None:
        return seen
    if location not in seen:
        raise NotFound("location", params={"location": location})
    return [location]


def _differences(call: Call) -> Differences:
    return Differences(call.tables.decisions, call.installation.id)


def _difference(call: Call, id: str) -> Difference:
    one = _differences(call).one(id)
    if one is None or one.location not in _seen(call):
        raise NotFound("difference")
    if not one.is_repairable:
        raise Conflict("not_repairable", params={"kind": one.kind.value})
    return one


def _parked(call: Call, locations: list[int]) -> Mapping[BookingKey, Parked]:
    found = ParkedWork(call.tables.parked, call.installation.id).all()
    return {key: parked for key, parked in found.items() if key[0] in locations}


def _one_parked(call: Call, key: BookingKey) -> Parked:
    found = _parked(call, _seen(call)).get(key)
    if found is None:
        raise NotFound("parked", params={"location": key[0], "booking": key[1]})
    return found


def _held(call: Call) -> HeldScreen | None:
    """Return why nothing is done at all, where that is so."""
    installation = call.installation
    if installation.paused is None:
        return None
    states = state_from(installation.state).locations.values()
    waiting = sum(len(state.dirty) + len(state.later) for state in states)
    return HeldScreen(reason=installation.paused, since=installation.paused_at, bookings=waiting)


def _commands(call: Call) -> Commands:
    return Commands(call.tables.decisions, call.installation.id)


def _asked(call: Call, kind: CommandKind, params: Mapping[str, Any]) -> Asked:
    return Asked(command=_commands(call).ask(kind, params, call.caller.user, call.hints).id)


def _asked_about(location: int, booking: int, kind: CommandKind) -> Asked:
    _one_parked(api.call, (location, booking))
    return _asked(api.call, kind, {"booking": [location, booking]})
