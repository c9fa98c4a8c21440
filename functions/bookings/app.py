"""Serves booking from the deal's card and the calendar: what there is to book, when, and bookings themselves."""

from datetime import date
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

from bookdeal.altegio.journal import Journal
from bookdeal.bookings.catalogue import Catalogue, Catalogues
from bookdeal.bookings.commands import Commands
from bookdeal.bookings.links import Links
from bookdeal.bookings.scheduling import Scheduling, Wanted
from bookdeal.bookings.screens import CatalogueScreen, Ids, LocationsScreen, ScheduleScreen, ids
from bookdeal.installs.calls import Call, widget_api
from bookdeal.model.booking import Location
from bookdeal.model.command import CommandKind
from bookdeal.runtime.api import Asked, Body, Id
from bookdeal.runtime.errors import NotFound

api = widget_api("bookings")
handler = api


class Target(Body):
    """The deal that a booking is to be moved to."""

    deal: Id


@api.get("/locations")
def read_locations() -> LocationsScreen:
    """The locations that the user may book at."""
    return LocationsScreen(locations=api.call.locations)


@api.get("/locations/{location}/catalogue")
def read_catalogue(location: Id) -> CatalogueScreen:
    """What can be booked at a location: services by category, with price and length of each employee."""
    at = api.call.location(location)
    return CatalogueScreen.of(at, _catalogue(api.call, at))


@api.get("/locations/{location}/schedule")
def read_schedule(
    location: Id,
    first: date,
    last: date,
    services: Ids = "",
    employees: Ids = "",
    length: Annotated[int | None, Query(ge=300, le=86_400)] = None,
    besides: Id | None = None,
) -> ScheduleScreen:
    """When the employees who do all of these services are free, side by side, and the group events of these days.

    `first` and `last` are days, both included. `services` and `employees` are ids with commas between them; no
    employees: all. `length` in seconds goes before what the services say. The time of the booking `besides` counts as
    free: it is to be moved.
    """
    at = api.call.location(location)
    wanted = Wanted(first, last, ids(services), ids(employees), length, besides)
    return ScheduleScreen.of(at, _scheduling(api.call, at).common(wanted))


@api.post("/bookings/{location}/{booking}/move", repeatable=True)
def move_booking(location: Id, booking: Id, body: Target) -> Asked:
    """Ask for a booking to be moved to another deal; both deals are made right again.

    404 no_such_booking for one without a deal, or of a location that the user does not see. The command is refused
    with deal_gone, deal_closed (by a person) or deal_foreign (it shows a booking of somebody else).
    """
    call = api.call
    key = location, booking
    is_linked = key in Links(call.tables.links, call.installation.id).of_bookings([key])
    if not is_linked or location not in {known.id for known in call.locations}:
        raise NotFound("no_such_booking", params={"location": location, "booking": booking})
    params = {"location": location, "booking": booking, "deal": body.deal}
    commands = Commands(call.tables.decisions, call.installation.id)
    return Asked(command=commands.ask(CommandKind.MOVE_BOOKING, params, call.caller.user, call.hints).id)


def _catalogue(call: Call, location: Location) -> Catalogue:
    return Catalogues(call.tables.scratch, call.installation.id).of(location.id, lambda: Journal.of(call.altegio))


def _scheduling(call: Call, location: Location) -> Scheduling:
    return Scheduling(call.journal, _catalogue(call, location), location, call.clock.now())
