"""Booking: from what a person asks to bookings in the location's journal, each made once or not at all."""

import hmac
import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from bookdeal.altegio.client import AltegioClient
from bookdeal.altegio.journal import Journal, Taken
from bookdeal.bookings.card.attempts import Attempt, Attempts, Part, PartState, Replaced
from bookdeal.bookings.card.availability import FreeTime, exists
from bookdeal.bookings.card.catalogue import Catalogue, lines
from bookdeal.bookings.card.ringing import Bell
from bookdeal.bookings.card.scheduling import Scheduling
from bookdeal.bookings.card.settling import cancel_replaced, settle
from bookdeal.bookings.origins import new_mark
from bookdeal.clients.phones import digits_of, e164
from bookdeal.model.booking import Booking, BookingStatus, Location
from bookdeal.model.journal import BookingDraft, BookingSheet, Line, Person
from bookdeal.runtime.clock import Clock, Deadline
from bookdeal.runtime.errors import BookdealError, Conflict, Invalid, NotFound, Rejected, UnknownOutcome

LOOKING_SECONDS = 6.0
"""What is kept of a request's time for looking whether a booking was made that nobody confirmed."""

_PHONE_DIGITS = (7, 15)


class Outcome(StrEnum):
    """What became of a request. `unknown` settles itself.

    `partial`: some of its bookings were made, or all of them and the one that they replace could not be cancelled.
    """

    DONE = "done"
    PARTIAL = "partial"
    BUSY = "busy"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, repr=False)
class WantedPart:
    """One booking that is wanted: services with an employee at a time, or a part in an event."""

    employee: int | None = None
    starts_at: datetime | None = None
    services: tuple[int, ...] = ()
    length: int | None = None
    event: int | None = None
    seats: int = 1


@dataclass(frozen=True, slots=True, repr=False)
class Order:
    """What a person asks to be booked, all of one visit. `request` is how it is recognised when repeated."""

    request: str
    location: Location
    deal: int | None
    person: Person
    parts: tuple[WantedPart, ...]
    visitor: str = ""
    comment: str = ""
    colour: str = ""
    categories: tuple[int, ...] = ()
    status: BookingStatus = BookingStatus.WAITING
    notify: bool = False


@dataclass(frozen=True, slots=True)
class Move:
    """What a person asks for a participant: a place in another event in place of the one of this booking.

    `starts_at` is when that event begins, to tell whether it is full.
    """

    request: str
    location: Location
    booking: int
    event: int
    starts_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Booked:
    """An attempt as it stands; `nearest` are free times in place of the one that is taken, by the part's number."""

    attempt: Attempt
    nearest: dict[int, tuple[FreeTime, ...]]

    @property
    def outcome(self) -> Outcome:
        """What became of the whole."""
        return outcome_of(self.attempt)


@dataclass(frozen=True, slots=True)
class BookingDesk:
    """Books for one user. `journal` acts with his rights; `everything` sees what his rights may hide."""

    journal: Journal
    everything: AltegioClient
    attempts: Attempts
    bell: Bell
    clock: Clock
    deadline: Deadline
    user: int
    salt: str

    def book(self, order: Order, scheduling: Scheduling) -> Booked:
        """Carry an order out, or tell what became of it when it was asked before.

        Parts are booked one after the other; after one that fails none is tried. Raises Invalid for what makes no
        sense, Conflict("request_reused"), and what passes: then the same request may be sent again.
        """
        drafts = self._drafts(order, scheduling.catalogue)
        attempt = self._attempt(order.request, order.location, order.deal, _told(order), drafts)
        return self._carried_out(attempt, drafts, scheduling)

    def move(self, move: Move, deal: int | None, scheduling: Scheduling) -> Booked:
        """Give a participant a place in another event, and cancel his old one then: he never is without any.

        The new booking continues `deal`, the old one's. Raises NotFound("booking"), Invalid, Rejected("locked"),
        Conflict("booking_cancelled", "booking_arrived"), and as `book` does.
        """
        drafts: list[BookingDraft] = []
        if not self._was_sent(move.request):
            # Afterwards it is not needed, and may be cancelled.
            sheet = self._participant(move)
            drafts.append(self._moved(move, sheet))
            deal = deal or self.attempts.deal_from(sheet.booking.external_id)
        told = [move.location.id, move.booking, move.event, str(move.starts_at)]
        attempt = self._attempt(move.request, move.location, deal, told, drafts)
        return self._carried_out(replace(attempt, replaced=Replaced(move.booking)), drafts, scheduling)

    def _carried_out(self, fresh: Attempt, drafts: Sequence[BookingDraft], scheduling: Scheduling) -> Booked:
        """Carry an attempt out, or what is left of it when it was begun before: without drafts nothing is sent."""
        attempt, is_new = self.attempts.begin(fresh)
        if not is_new:
            attempt = self.settle(attempt, scheduling.location)
            marked = zip(drafts, attempt.parts, strict=False)
            drafts = [replace(draft, external_id=part.mark) for draft, part in marked]
        for number, draft in enumerate(drafts):
            if attempt.goes_on and attempt.parts[number].state is PartState.PLANNED:
                attempt = self._sent(attempt, number, draft, scheduling)
        with suppress(BookdealError):
            # What is owed after that is done by whoever looks next, in the end the sweep.
            attempt = self._with_replaced_cancelled(attempt)
        self.attempts.close(attempt)
        nearest = {}
        for number, (part, draft) in enumerate(zip(attempt.parts, drafts, strict=False)):
            if part.state is PartState.BUSY and draft.event is None:
                with suppress(BookdealError):
                    nearest[number] = self._near(scheduling, draft)[1]
        return Booked(attempt, nearest)

    def read(self, request: str) -> Attempt:
        """Return one of the user's attempts. Raises NotFound("attempt")."""
        attempt = self.attempts.read(request)
        if attempt.by != self.user:
            raise NotFound("attempt")
        return attempt

    def settle(self, attempt: Attempt, location: Location) -> Attempt:
        """Find out what became of the parts that nobody confirmed, as far as that can be told; do what is owed then."""
        if not attempt.is_open:
            return attempt
        settled = settle(self.attempts, attempt, location, self.everything, self.clock)
        self.bell.ring(location.id, *(id for id in settled.made if id not in attempt.made))
        settled = self._with_replaced_cancelled(settled)
        self.attempts.close(settled)
        return settled

    def cancel(self, attempt: Attempt, location: Location) -> Attempt:
        """Cancel the bookings that an attempt has made. Raises Rejected for one that may not be cancelled.

        Raises Conflict("moved") where they are in the place of one that is cancelled: then they are all there is.
        """
        attempt = self.settle(attempt, location)
        if attempt.replaced and attempt.replaced.is_cancelled:
            raise Conflict("moved")
        for booking in attempt.made:
            self.journal.cancel(location.id, booking)
            self.bell.ring(location.id, booking, deleted=True)
        return attempt

    def _with_replaced_cancelled(self, attempt: Attempt) -> Attempt:
        settled = cancel_replaced(self.attempts, attempt, self.journal)
        if attempt.owes_cancellation and settled.replaced and settled.replaced.is_cancelled:
            self.bell.ring(settled.location, settled.replaced.booking, deleted=True)
        return settled

    def _attempt(
        self, request: str, location: Location, deal: int | None, told: list[Any], drafts: Sequence[BookingDraft]
    ) -> Attempt:
        """Return a new attempt. What is told to it becomes a mark, from which nothing about the person can be told."""
        return Attempt(
            request=request,
            location=location.id,
            deal=deal,
            by=self.user,
            at=int(self.clock.now()),
            digest=hmac.new(self.salt.encode(), json.dumps(told).encode(), "sha256").hexdigest(),
            parts=tuple(Part(draft.external_id) for draft in drafts),
        )

    def _was_sent(self, request: str) -> bool:
        try:
            return any(part.state is not PartState.PLANNED for part in self.attempts.read(request).parts)
        except NotFound:
            return False

    def _participant(self, move: Move) -> BookingSheet:
        """Return the booking of the old place, as the user sees it. Errors as in `move`."""
        sheet = self.journal.sheet(move.location.id, move.booking)
        booking = sheet.booking
        params = {"location": move.location.id, "booking": move.booking}
        if booking.status is BookingStatus.CANCELLED:
            raise Conflict("booking_cancelled", params=params)
        if booking.status is BookingStatus.ARRIVED:
            # He has had his place: cancelling it would take back a visit, and what was paid for it.
            raise Conflict("booking_arrived", params=params)
        if booking.event is None:
            raise Invalid("no_event", field="booking")
        if booking.event == move.event:
            raise Invalid("same_event", field="event")
        if sheet.is_locked:
            raise Rejected("locked", params=params)
        return sheet

    def _moved(self, move: Move, sheet: BookingSheet) -> BookingDraft:
        """Return the booking of the new place: all but the event is as in that of the old one."""
        booking = sheet.booking
        return BookingDraft(
            person=self._client(booking, move.location),
            external_id=new_mark(),
            event=move.event,
            starts_at=move.starts_at,
            seats=booking.seats,
            visitor=booking.visitor,
            comment=sheet.comment,
            colour=sheet.colour,
            categories=tuple(category.id for category in sheet.categories),
            # Who did not come to the one is expected at the other.
            status=BookingStatus.WAITING if booking.status is BookingStatus.NO_SHOW else booking.status,
        )

    def _client(self, booking: Booking, location: Location) -> Person:
        """Return a booking's client. His phone may be hidden from the user: it goes to Altegio and nowhere else."""
        whole = self.everything.booking(location.id, booking.id)
        client = whole.client if isinstance(whole, Booking) else booking.client
        if client is None:
            raise Invalid("no_client", field="booking")
        phone = e164(client.phone, location.country)
        return Person(client.name, digits_of(phone) if phone else "", client.email, client.id)

    def _drafts(self, order: Order, catalogue: Catalogue) -> list[BookingDraft]:
        phone = digits_of(e164(order.person.phone, order.location.country) or order.person.phone)
        if not _PHONE_DIGITS[0] <= len(phone) <= _PHONE_DIGITS[1]:
            raise Invalid("phone", field="person.phone")
        person = replace(order.person, phone=phone)
        known = {category.id for category in catalogue.booking_categories}
        for category in order.categories:
            if category not in known:
                raise Invalid("unknown_category", field="categories", params={"category": category})
        common = BookingDraft(
            person=person,
            external_id="",
            visitor=order.visitor,
            comment=order.comment,
            colour=order.colour,
            categories=order.categories,
            status=order.status,
            notify=order.notify,
        )
        zone = ZoneInfo(order.location.timezone)
        drafts = []
        for number, part in enumerate(order.parts):
            try:
                drafts.append(replace(_draft(common, part, catalogue, zone), external_id=new_mark()))
            except Invalid as error:
                raise Invalid(error.reason, field=f"parts.{number}.{error.field}", params=error.params) from None
        return drafts

    def _sent(self, attempt: Attempt, number: int, draft: BookingDraft, scheduling: Scheduling) -> Attempt:
        """Send a part, if nobody else does, and note what became of it."""
        self.deadline.check(LOOKING_SECONDS)
        claimed = self.attempts.claim(attempt, number, self.clock.now())
        if claimed is None:
            return self.attempts.read(attempt.request)
        location = scheduling.location
        try:
            booking, sheet = self._in_time().make(location.id, draft)
        except Taken:
            return self._ended(claimed, number, PartState.BUSY, "busy")
        except Rejected as error:
            field = str(error.params.get("part", ""))
            if error.reason == "validation" and field in ("", "starts_at") and self._is_taken(scheduling, draft):
                return self._ended(claimed, number, PartState.BUSY, "busy" if draft.event is None else "event_full")
            return self._ended(claimed, number, PartState.REFUSED, error.reason, field)
        except NotFound:
            return self._ended(claimed, number, PartState.REFUSED, "gone")
        except UnknownOutcome:
            with suppress(BookdealError):
                return self.settle(claimed, location)
            return claimed
        except BookdealError:
            # Nothing was done, so that the same request may be sent again.
            self.attempts.note(claimed, {number: lambda part: Part(part.mark)})
            raise
        made = self.attempts.note(claimed, {number: lambda part: replace(part, state=PartState.MADE, booking=booking)})
        self.bell.ring(location.id, booking, changed=sheet.booking.changed if sheet else "")
        return made

    def _in_time(self) -> Journal:
        """Return the journal with a deadline that leaves the time to look what became of a booking."""
        seconds = max(self.deadline.remaining() - LOOKING_SECONDS, 0.0)
        return replace(self.journal, deadline=Deadline.within(self.clock, seconds))

    def _ended(self, attempt: Attempt, number: int, state: PartState, reason: str, field: str = "") -> Attempt:
        def end(part: Part) -> Part:
            return replace(part, state=state, reason=reason, field=field)

        return self.attempts.note(attempt, {number: end})

    def _is_taken(self, scheduling: Scheduling, draft: BookingDraft) -> bool:
        """Tell whether the time, or the place, is taken that a refusal without reason was about."""
        try:
            if draft.event is None:
                return not self._near(scheduling, draft)[0]
            today = datetime.fromtimestamp(self.clock.now(), scheduling.zone).date()
            day = draft.starts_at.date() if draft.starts_at else today
            events = scheduling.events(day, day)
            return any(places.event.id == draft.event and places.free < draft.seats for places in events)
        except BookdealError:
            return False

    def _near(self, scheduling: Scheduling, draft: BookingDraft) -> tuple[bool, tuple[FreeTime, ...]]:
        if draft.starts_at is None:
            return True, ()
        services = [line.service for line in draft.lines]
        return scheduling.near(draft.employee, draft.starts_at, draft.length, services)


def outcome_of(attempt: Attempt) -> Outcome:
    """Return what became of all that was asked for together."""
    if attempt.is_open:
        return Outcome.UNKNOWN
    states = {part.state for part in attempt.parts}
    is_left = attempt.replaced is not None and not attempt.replaced.is_cancelled
    if states == {PartState.MADE} and not is_left:
        return Outcome.DONE
    if PartState.MADE in states:
        return Outcome.PARTIAL
    return Outcome.BUSY if PartState.BUSY in states else Outcome.REFUSED


def _draft(common: BookingDraft, part: WantedPart, catalogue: Catalogue, zone: ZoneInfo) -> BookingDraft:
    if part.event is not None:
        return replace(common, event=part.event, seats=part.seats, starts_at=part.starts_at)
    if part.employee is None:
        raise Invalid("missing", field="employee")
    if part.starts_at is None:
        raise Invalid("missing", field="starts_at")
    if not exists(part.starts_at, zone):
        raise Invalid("no_such_time", field="starts_at")
    written, length = with_services(catalogue, part.services, part.employee)
    length = part.length or length
    if not length:
        raise Invalid("missing", field="length")
    return replace(common, employee=part.employee, starts_at=part.starts_at, lines=written, length=length)


def with_services(catalogue: Catalogue, services: Sequence[int], employee: int) -> tuple[tuple[Line, ...], int]:
    """Return the lines of services with an employee and their length. Raises Invalid also for an unknown employee."""
    if employee not in {one.id for one in catalogue.employees}:
        raise Invalid("unknown_employee", field="employee", params={"employee": employee})
    return lines(catalogue.chosen(services), employee)


def _told(order: Order) -> list[Any]:
    """Return all that an order asks for."""
    parts = [
        [part.employee, str(part.starts_at), part.services, part.length, part.event, part.seats] for part in order.parts
    ]
    person = order.person
    who = [order.location.id, order.deal, person.name, person.phone, person.email, order.visitor]
    return [who, order.comment, order.colour, order.categories, order.status, order.notify, parts]
