"""Serves what was decided about deals and why, and takes what is to be undone or replayed."""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Path, Query

from bookdeal.bookings.commands.store import Commands
from bookdeal.bookings.deals.decision_screens import BatchesScreen, DecisionsScreen, ReplayBody
from bookdeal.bookings.decisions import Decisions, undo_of
from bookdeal.bookings.links import BookingKey, Links
from bookdeal.installs.calls import Call, widget_api
from bookdeal.model.command import CommandKind
from bookdeal.runtime.api import Asked, Id
from bookdeal.runtime.errors import Conflict, NotFound

api = widget_api("deal_decisions")
handler = api

type DecisionId = Annotated[str, Path(pattern=r"^[0-9a-f]{1,64}$")]
type BatchId = Annotated[str, Path(pattern=r"^[0-9a-f]{1,64}$", description="the command that wrote it")]
type After = Annotated[str, Query(pattern=r"^[0-9a-z#]{0,100}$", description="`more` of the page before")]


@api.get("/deals/{deal}/decisions")
def read_deal_decisions(deal: Id, after: After = "") -> DecisionsScreen:
    """What was decided about a deal and why, the newest first, as far as it is about locations that the user sees."""
    call = api.call
    seen = None if call.is_admin else {location.id for location in call.locations}
    return DecisionsScreen.of_deal(_decisions(call), deal, seen, after)


@api.get("/bookings/{location}/{booking}/decisions")
def read_booking_decisions(location: Id, booking: Id, after: After = "") -> DecisionsScreen:
    """What was decided for a booking, on all deals that it was on, the newest first.

    404 no_such_booking for one without a deal.
    """
    call = api.call
    return DecisionsScreen.of_booking(_decisions(call), _links(call), (call.location(location).id, booking), after)


@api.get("/batches", admin=True)
def read_batches(after: After = "") -> BatchesScreen:
    """What people asked for and what came of it: one batch for each command that wrote something, the newest first."""
    return BatchesScreen.read(_decisions(api.call), after)


@api.get("/batches/{batch}/decisions", admin=True)
def read_batch_decisions(batch: BatchId, after: After = "") -> DecisionsScreen:
    """The decisions of a batch; of an undo also what was left as it is, and why (`skipped`)."""
    return DecisionsScreen.of_batch(_decisions(api.call), batch, after)


@api.post("/deals/{deal}/decisions/{decision}/undo", admin=True, repeatable=True)
def undo_decision(deal: Id, decision: DecisionId) -> Asked:
    """Ask for a decision to be undone. 409 not_undoable for one that wrote nothing that can be put back.

    The command's result counts what is as before (`undone`) and what was left as it is (`refused`), and names it with
    a code: changed_since by somebody, gone, not_kept, not_undoable, or Kommo's own. A deal that is put back stays there
    until its booking changes.
    """
    call = api.call
    key = f"deal#{deal}#{decision}"
    found = _decisions(call).read([key]).get(key)
    if found is None:
        raise NotFound("decision", params={"deal": deal})
    undo = undo_of(found)
    if undo is None or not undo.after:
        raise Conflict("not_undoable", params={"deal": deal})
    return _asked(call, CommandKind.UNDO, decision=key)


@api.post("/batches/{batch}/undo", admin=True, repeatable=True)
def undo_batch(batch: BatchId) -> Asked:
    """Ask for all that a command wrote to be undone; result as of a single decision. An undo can be undone, too."""
    call = api.call
    if _decisions(call).batch(batch) is None:
        raise NotFound("batch")
    return _asked(call, CommandKind.UNDO, batch=batch)


@api.post("/bookings/{location}/{booking}/replay", repeatable=True)
def replay_booking(location: Id, booking: Id) -> Asked:
    """Ask for a booking to be read and applied to its deal again, whatever seemed done, by the rules of today.

    The result counts what was `replayed` and names what was not, with a code.
    """
    call = api.call
    return _replay(call, [(call.location(location).id, booking)])


@api.post("/deals/{deal}/replay", repeatable=True)
def replay_deal(deal: Id) -> Asked:
    """Ask for the bookings of a deal to be replayed, those at locations that the user sees. 404 deal for none."""
    call = api.call
    held = _links(call).held([deal]).get(deal, ())
    seen = {location.id for location in call.locations} if held else set()
    bookings = [key for key in held if key[0] in seen]
    if not bookings:
        raise NotFound("deal", params={"deal": deal})
    return _replay(call, bookings)


@api.post("/replay", admin=True, repeatable=True)
def replay_bookings(body: ReplayBody) -> Asked:
    """Ask for many bookings to be replayed."""
    call = api.call
    known = {location.id for location in call.installation.locations}
    for number, one in enumerate(body.bookings):
        if one.location not in known:
            raise NotFound("location", params={"location": one.location, "number": number})
    return _replay(call, list(dict.fromkeys((one.location, one.booking) for one in body.bookings)))


def _replay(call: Call, bookings: list[BookingKey]) -> Asked:
    return _asked(call, CommandKind.REPLAY, bookings=[list(key) for key in bookings])


def _asked(call: Call, kind: CommandKind, **params: object) -> Asked:
    commands = Commands(call.tables.decisions, call.installation.id)
    return Asked(command=commands.ask(kind, params, call.caller.user, call.hints).id)


def _decisions(call: Call) -> Decisions:
    return Decisions(call.tables.decisions, call.installation.id)


def _links(call: Call) -> Links:
    return Links(call.tables.links, call.installation.id)
