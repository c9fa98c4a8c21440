"""Serves booking from the deal's card and the calendar: what there is to book, when, and bookings themselves."""

from datetime import date
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

from bookdeal.altegio.journal import Journal
from bookdeal.bookings.card.attempts import Attempts
from bookdeal.bookings.card.booking import BookingDesk
from bookdeal.bookings.card.calendar import calendar, of_deal
from bookdeal.bookings.card.catalogue import Catalogue, Catalogues
from bookdeal.bookings.card.editing import EditingDesk
from bookdeal.bookings.card.habits import last_of
from bookdeal.bookings.card.ringing import Bell
from bookdeal.bookings.card.scheduling import Scheduling, Wanted
from bookdeal.bookings.card.screens import (
    AttemptScreen,
    BookBody,
    BookingScreen,
    BookingsScreen,
    CancelBody,
    CatalogueScreen,
    EditBody,
    EditScreen,
    LocationsScreen,
    PlaceBody,
    Request,
    ScheduleScreen,
    StatusBody,
)
from bookdeal.bookings.commands.store import Commands
from bookdeal.bookings.links import Links
from bookdeal.bookings.origins import Origins
from bookdeal.clients.contacts import ContactBook, ContactIndex
from bookdeal.installs.calls import Call, widget_api
from bookdeal.model.booking import BookingStatus, Location
from bookdeal.model.command import CommandKind
from bookdeal.runtime.api import Asked, Body, Id, Ids, ids
from bookdeal.runtime.errors import NotFound

api = widget_api("bookings")
handler = api


class Target(Body):
    """The deal that a booking is to be moved to."""

    deal: Id


@api.get("/locations")
def read_bookable_locations(contact: Id | None = None) -> LocationsScreen:
    """The locations that the user may book at, where his calendar appears, and what a Kommo contact had last."""
    call = api.call
    last = None
    if contact is not None:
        clients = _contacts(call).owners([contact]).get(contact, frozenset())
        last = last_of(call.journal, clients, {location.id for location in call.locations})
    pipelines = sorted(call.installation.settings.calendar_pipelines)
    return LocationsScreen(locations=call.locations, calendar_pipelines=tuple(pipelines), last=last)


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


@api.post("/bookings", repeatable=True)
def book(body: BookBody) -> AttemptScreen:
    """Book: one booking or several of one visit, from a deal or from the calendar.

    The outcome is done, partial (after the first that fails no other is tried), busy (with free times near by), refused
    (with the reason) or unknown: then Altegio has not answered, and `GET /attempts/{request}` tells what became of it.
    The same request again books nothing twice, with the same token or another; 401 token_used for another request with
    it. 409 request_reused for another order under the same request.
    """
    call = api.call
    order = body.order(call.location(body.location))
    with call.using_token_for(f"book#{body.request}"):
        booked = _desk(call).book(order, _scheduling(call, order.location))
    return AttemptScreen.of(booked.attempt, booked)


@api.post("/bookings/{location}/{booking}/place", repeatable=True)
def move_place(location: Id, booking: Id, body: PlaceBody) -> AttemptScreen:
    """Give a participant a place in another event: it is booked, then the booking of his old place is cancelled.

    All else is taken over from that booking. The outcome is as in `POST /bookings`; partial: he has the new place, and
    the old one could not be cancelled (`replaced` says why); busy or refused: he keeps the old one. 409
    booking_cancelled, booking_arrived. Tokens and repetitions as in `POST /bookings`.
    """
    call = api.call
    move = body.move(call.location(location), booking)
    with call.using_token_for(f"book#{body.request}"):
        booked = _desk(call).move(move, _deal(call, location, booking), _scheduling(call, move.location))
    return AttemptScreen.of(booked.attempt, booked)


@api.get("/attempts/{request}")
def read_attempt(request: Request) -> AttemptScreen:
    """What became of a request to book; what was unknown is looked for."""
    desk = _desk(api.call)
    attempt = desk.read(request)
    return AttemptScreen.of(desk.settle(attempt, api.call.location(attempt.location)))


@api.delete("/attempts/{request}")
def cancel_attempt(request: Request) -> AttemptScreen:
    """Cancel the bookings that a request has made, such as those of a partial result.

    409 moved: they are in the place of one that is cancelled.
    """
    desk = _desk(api.call)
    attempt = desk.read(request)
    return AttemptScreen.of(desk.cancel(attempt, api.call.location(attempt.location)))


@api.get("/bookings/{location}/{booking}")
def read_booking(location: Id, booking: Id) -> BookingScreen:
    """One booking with all that can be edited."""
    call = api.call
    return BookingScreen.of(call.journal.sheet(call.location(location).id, booking), _deal(call, location, booking))


@api.put("/bookings/{location}/{booking}")
def edit_booking(location: Id, booking: Id, body: EditBody) -> EditScreen:
    """Change a booking, or move it to another time or employee.

    The outcome is done, busy (with free times near by), refused (with the reason) or unknown. 409 booking_changed when
    it is not the version that was `seen`, booking_cancelled.
    """
    call = api.call
    scheduling = _scheduling(call, call.location(location))
    edited = EditingDesk(call.journal, _bell(call)).edit(booking, body.edit(), scheduling)
    return EditScreen.of(edited, _deal(call, location, booking))


@api.post("/bookings/{location}/{booking}/cancellation", repeatable=True)
def cancel_booking(location: Id, booking: Id, body: CancelBody) -> EditScreen:
    """Cancel a booking; of a group event this participant alone. The same again does no harm.

    A reason is written into the booking's comment first; while that is refused, or nobody knows whether it was done,
    nothing is cancelled. The outcome is done, refused (`field` is reason where it is the comment that Altegio does not
    let be changed) or unknown.
    """
    # No DELETE, which has no body: a reason may name somebody, and addresses are logged.
    call = api.call
    edited = EditingDesk(call.journal, _bell(call)).cancel(call.location(location).id, booking, body.reason)
    return EditScreen.of(edited, _deal(call, location, booking))


@api.put("/bookings/{location}/{booking}/status")
def set_status(location: Id, booking: Id, body: StatusBody) -> EditScreen:
    """Set a booking's status; other bookings of the same visit may follow. The outcome is done, refused or unknown."""
    call = api.call
    desk = EditingDesk(call.journal, _bell(call))
    edited = desk.set_status(call.location(location).id, booking, BookingStatus(body.status))
    return EditScreen.of(edited, _deal(call, location, booking))


@api.get("/deals/{deal}/bookings")
def read_deal_bookings(deal: Id) -> BookingsScreen:
    """The bookings of a deal, in the order of their times, without those at locations that the user does not see."""
    call = api.call
    return BookingsScreen.of(of_deal(call.journal, _links(call), call.locations, deal))


@api.get("/calendar")
def read_calendar(
    first: date, last: date, locations: Ids = "", employees: Ids = "", cancelled: bool = False
) -> BookingsScreen:
    """The bookings of some days, with the deals that they are on.

    `first` and `last` are days, both included. `locations` and `employees` are ids with commas between them; none: all
    that the user sees.
    """
    call = api.call
    chosen = tuple(call.location(id) for id in ids(locations)) or call.locations
    page = calendar(
        call.journal, _links(call), chosen, first, last, employees=frozenset(ids(employees)), cancelled=cancelled
    )
    return BookingsScreen.of(page)


@api.post("/bookings/{location}/{booking}/move", repeatable=True)
def move_booking(location: Id, booking: Id, body: Target) -> Asked:
    """Ask for a booking to be moved to another deal; both deals are made right again.

    404 no_such_booking for one without a deal, or of a location that the user does not see. The command is refused
    with deal_gone, deal_closed (by a person) or deal_foreign (it shows a booking of somebody else).
    """
    call = api.call
    key = location, booking
    is_linked = key in _links(call).of_bookings([key])
    if not is_linked or location not in {known.id for known in call.locations}:
        raise NotFound("no_such_booking", params={"location": location, "booking": booking})
    params = {"location": location, "booking": booking, "deal": body.deal}
    commands = Commands(call.tables.decisions, call.installation.id)
    return Asked(command=commands.ask(CommandKind.MOVE_BOOKING, params, call.caller.user, call.hints).id)


def _catalogue(call: Call, location: Location) -> Catalogue:
    return Catalogues(call.tables.scratch, call.installation.id).of(location.id, lambda: Journal.of(call.altegio))


def _scheduling(call: Call, location: Location) -> Scheduling:
    return Scheduling(call.journal, _catalogue(call, location), location, call.clock.now())


def _desk(call: Call) -> BookingDesk:
    id = call.installation.id
    return BookingDesk(
        journal=call.journal,
        everything=call.altegio,
        attempts=Attempts(call.tables.decisions, Origins(call.tables.links, id), id),
        bell=_bell(call),
        clock=call.clock,
        deadline=call.deadline,
        user=call.caller.user,
        salt=call.installation.phone_salt,
    )


def _bell(call: Call) -> Bell:
    return Bell(call.hints, call.clock, call.installation.id, str(call.unit.fields["correlation_id"]))


def _contacts(call: Call) -> ContactBook:
    installation = call.installation
    return ContactBook(call.tables.links, installation.id, installation.phone_salt, ContactIndex(), call.clock)


def _links(call: Call) -> Links:
    return Links(call.tables.links, call.installation.id)


def _deal(call: Call, location: int, booking: int) -> int | None:
    link = _links(call).of_bookings([(location, booking)]).get((location, booking))
    return link.deal if link else None
