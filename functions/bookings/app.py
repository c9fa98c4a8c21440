"""Serves the widget's bookings: what a person does to them from a deal's card."""

from bookdeal.bookings.commands import Commands
from bookdeal.bookings.links import Links
from bookdeal.installs.calls import Call, widget_api
from bookdeal.installs.choices import ChoiceStore
from bookdeal.installs.users import UserStore
from bookdeal.model.command import CommandKind
from bookdeal.runtime.api import Asked, Body, Id
from bookdeal.runtime.errors import NotFound

api = widget_api("bookings")
handler = api


class Target(Body):
    """The deal that a booking is to be moved to."""

    deal: Id


@api.post("/bookings/{location}/{booking}/move", repeatable=True)
def move_booking(location: Id, booking: Id, body: Target) -> Asked:
    """Ask for a booking to be moved to another deal; both deals are made right again.

    404 no_such_booking for one without a deal, or of a location that the user does not see. The command is refused
    with deal_gone, deal_closed (by a person) or deal_foreign (it shows a booking of somebody else).
    """
    call = api.call
    key = location, booking
    is_linked = key in Links(call.tables.links, call.installation.id).of_bookings([key])
    if not is_linked or location not in _locations(call):
        raise NotFound("no_such_booking", params={"location": location, "booking": booking})
    params = {"location": location, "booking": booking, "deal": body.deal}
    commands = Commands(call.tables.decisions, call.installation.id)
    return Asked(command=commands.ask(CommandKind.MOVE_BOOKING, params, call.caller.user, call.hints).id)


def _locations(call: Call) -> frozenset[int]:
    """Return the locations that the caller sees."""
    users = UserStore(call.tables.installations, call.tables.credentials, call.connections.vault, call.installation.id)
    user = users.read().of(call.caller.user)
    chains = ChoiceStore(call.tables.scratch, call.clock).chains(call.installation, call.altegio) if user.chains else ()
    return user.sees(call.installation, {chain.id: chain.locations for chain in chains})
