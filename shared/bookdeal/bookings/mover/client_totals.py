"""What clients bought, and their new phones, are shown when there is time: in runs that have no changed bookings."""

from dataclasses import replace

from bookdeal.bookings.commands.client_statistics import ClientStatistics, night_of
from bookdeal.bookings.commands.store import Commands
from bookdeal.bookings.deals.run import Run
from bookdeal.bookings.mover.desk import Desk
from bookdeal.model.command import CommandKind
from bookdeal.runtime.errors import RateLimited, Transient
from bookdeal.runtime.queue import Hints

CLIENTS_WAIT = 60.0
"""Seconds after which clients' totals are no longer put off because bookings change."""


def refresh_clients(desk: Desk, run: Run, commands: Commands, hints: Hints) -> None:
    """Show what those clients bought whose bookings or data changed, in a run that has no changed bookings to see to.

    So deals never wait for it, and what changes several times meanwhile is read once. Too many clients at once, and
    once a night all of them, are left to a command.
    """
    shows_clients = desk.installation.settings.shows_clients
    night = night_of(desk.installation, run.clock.now()) if shows_clients else ""
    if not shows_clients:
        # Of more new phones than can be listed, each reaches its contact with the client's next booking.
        desk.state = replace(desk.state, every_client=False)
    if desk.state.every_client or (night and night != desk.state.night):
        commands.ask(CommandKind.REFRESH_CLIENTS, {}, None, hints, run.correlation_id)
        desk.state = replace(desk.state, every_client=False, night=night or desk.state.night)
    has_waited = desk.state.clients and run.clock.now() - desk.state.clients_from > CLIENTS_WAIT
    if (run.counts["changes"] and not has_waited) or not desk.pace.has_time_for_a_slice:
        return
    try:
        while desk.state.clients and desk.pace.has_time_for_a_slice:
            left = tuple(ClientStatistics(run).refresh_some(desk.state.clients))
            desk.state = replace(desk.state, clients=left, clients_from=desk.state.clients_from if left else 0)
    except (RateLimited, Transient) as error:
        desk.deferral = error
