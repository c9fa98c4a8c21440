"""A person says who a client is: the command that gives the client his contact, and his waiting bookings with it."""

from collections.abc import Collection, Sequence
from datetime import date

from bookdeal.bookings.deals.protocols import Altegio
from bookdeal.bookings.deals.questions import ask_again, asked_about
from bookdeal.bookings.deals.recording import record
from bookdeal.bookings.deals.run import NOT_TIMED, Change, Run
from bookdeal.bookings.deals.writing import Writer
from bookdeal.bookings.decisions import Decision
from bookdeal.bookings.links import BookingKey
from bookdeal.bookings.undo import Entity, Undo
from bookdeal.model.booking import Booking
from bookdeal.model.client import ClientKey
from bookdeal.model.command import Command, Done, GoesOn
from bookdeal.runtime.errors import Conflict, NotFound, Rejected, UnknownOutcome

NEW = "new"
"""The answer that the client is none of the candidates: he gets a contact of his own."""

AT_ONCE = 10
"""Waiting bookings that are read and worked off in one go."""

_EVENT = "client_resolved"


def resolve_client(command: Command, run: Run) -> Done | GoesOn:
    """Carry out `{"location", "client", "contact": id or "new"}`; the result names the contact.

    A person may also say that two clients of one location are one contact. Raises NotFound("question") when nothing is
    asked about that client, NotFound("contact") for a contact that is gone, Conflict("already_answered") when he has
    another contact by now, Rejected when Kommo refuses the new contact.
    """
    key = (int(command.params["location"]), int(command.params["client"]))
    wanted = command.params["contact"]
    waiting = sorted(booking for booking, why in run.records.parked.all().items() if asked_about(booking, why) == key)
    known = _contact_of(run, key)
    if known is not None and wanted not in (NEW, known):
        ask_again(run, waiting)
        raise Conflict("already_answered", params={"contact": known})
    if known is not None and not waiting:
        return Done({"contact": known})
    run.deadline.check(run.margin)
    changes = _read(run, waiting[:AT_ONCE])
    mine = [change for change in changes if change.client_key == key]
    if known is None and not mine:
        raise NotFound("question", params={"location": key[0], "client": key[1]})
    writer = Writer(run)
    writer.settle_open_intents()
    if known is None:
        known = _made(run, writer, mine[-1]) if wanted == NEW else _taken(run, writer, mine[-1], int(wanted))
    record(run, [_decided(run, mine[-1], known)] if mine else [])
    writer.write(changes)
    for booking in waiting[:AT_ONCE]:
        # One that could not be read or whose deal is gone has nothing to wait for.
        if all(change.key != booking or (change.link and change.link.gone) for change in changes):
            run.records.parked.release(booking)
    return Done({"contact": known}) if len(waiting) <= AT_ONCE else GoesOn({})


def _decided(run: Run, change: Change, contact: int) -> Decision:
    """Return the decision that a contact is a client's: it stands, and his phones with it, when the rest is undone."""
    return Decision(
        deal=0,
        location=change.booking.location,
        booking=change.booking.id,
        event=_EVENT,
        rule="client_answered",
        before=None,
        after=None,
        fields=("CLIENT",),
        skipped=None,
        at=run.clock.now(),
        correlation_id=run.correlation_id,
        batch=run.command,
        undo=Undo(Entity.CONTACT, contact, {}, {}),
    )


def _made(run: Run, writer: Writer, change: Change) -> int:
    refusal = writer.meeting.make(change)
    if refusal is not None:
        raise Rejected("contact_refused", params={"code": refusal.code, "path": refusal.path})
    return _contact_now(run, change)


def _taken(run: Run, writer: Writer, change: Change, contact: int) -> int:
    found = run.kommo.contacts([contact]).get(contact)
    if found is None:
        raise NotFound("contact", params={"contact": contact})
    writer.meeting.take(change, found)
    return _contact_now(run, change)


def _contact_now(run: Run, change: Change) -> int:
    contact = _contact_of(run, change.client_key) if change.client_key else None
    if contact is None:
        raise UnknownOutcome("contact")
    return contact


def _contact_of(run: Run, client: ClientKey) -> int | None:
    known = run.records.book.known([client]).get(client)
    return known.contact if known else None


def _read(run: Run, bookings: Sequence[BookingKey]) -> list[Change]:
    """Read these bookings as they are now, cancelled ones among those of their day; without what cannot be read."""
    links = run.records.links.of_bookings(bookings)
    found: dict[BookingKey, Booking] = {}
    for location, id in bookings:
        row = run.altegio.booking(location, id)
        if isinstance(row, Booking):
            found[location, id] = row
    missing = {key: links[key].day for key in bookings if key not in found and key in links and links[key].day}
    for location, day in sorted({(key[0], day) for key, day in missing.items()}):
        found |= _of_day(run.altegio, location, date.fromisoformat(day), missing)
    return [Change(booking, links.get(key), _EVENT, NOT_TIMED) for key, booking in found.items()]


def _of_day(altegio: Altegio, location: int, day: date, wanted: Collection[BookingKey]) -> dict[BookingKey, Booking]:
    return {
        (location, row.id): row
        for page in altegio.visit_bookings(location, day)
        for row in page.rows
        if isinstance(row, Booking) and (location, row.id) in wanted
    }
