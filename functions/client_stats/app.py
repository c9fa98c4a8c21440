"""Serves what the widget shows of a contact's purchases, visits and memberships."""

from bookdeal.bookings.commands.store import Commands
from bookdeal.clients.cards import ClientCard, card_of
from bookdeal.installs.calls import widget_api
from bookdeal.model.command import CommandKind
from bookdeal.runtime.api import Asked, Id

api = widget_api("client_stats")
handler = api


@api.get("/clients/{contact}/statistics")
def read_statistics(contact: Id) -> ClientCard:
    """A contact's purchases, visits and memberships, as they were last read, at the locations that the user sees."""
    call = api.call
    return card_of(call.installation, call.locations, call.tables.links, contact, call.clock)


@api.post("/clients/{contact}/refresh", repeatable=True)
def refresh_statistics(contact: Id) -> Asked:
    """Read a contact's purchases, visits and memberships now, and show them in its fields."""
    call = api.call
    card_of(call.installation, call.locations, call.tables.links, contact, call.clock)
    commands = Commands(call.tables.decisions, call.installation.id)
    asked = commands.ask(CommandKind.REFRESH_CLIENTS, {"contacts": [contact]}, call.caller.user, call.hints)
    return Asked(command=asked.id)
