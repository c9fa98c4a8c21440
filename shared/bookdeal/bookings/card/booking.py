"""Booking: from what a person asks to bookings in the location's journal, each made once or not at all."""

import hmac
import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from bookdeal.altegio.journal import Journal, Taken
from bookdeal.bookings.card.attempts import Attempt, Attempts, Part, PartState
from bookdeal.bookings.card.availability import FreeTime, exists
from bookdeal.bookings.card.catalogue import Catalogue, lines
from bookdeal.bookings.card.ringing import Bell
from bookdeal.bookings.card.scheduling import Scheduling
from bookdeal.bookings.card.settling import ChangedBookings, settle
from bookdeal.bookings.origins import new_mark
from bookdeal.clients.phones import digits_of, e164
from bookdeal.model.booking import BookingStatus, Location
from bookdeal.model.journal import BookingDraft, Line, Person
from bookdeal.runtime.clock import Clock, Deadline
from bookdeal.runtime.errors import BookdealError, Invalid, NotFound, Rejected, UnknownOutcome

LOOKING_SECONDS = 6.0
"""What is kept of a request's time for looking whether a booking was made that nobody confirmed."""

_PHONE_DIGITS = (7, 15)


class Outcome(StrEnum):
    """What became of a request. `partial`: some of its bookings were made. `unknown` settles itself."""

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
class Booked:
    """An attempt as it stands; `nearest` are free times in place of the one that is taken, by the part's number."""

    attempt: Attempt
    nearest: dict[int, tuple[FreeTime, ...]]

    @property
    def outcome(self) -> Outcome:
        """What became of the whole."""
        return outcome_of(self.attempt.parts)


@dataclass(frozen=True, slots=True)
class BookingDesk:
    """Books for one user. `journal` acts with his rights; `everything` sees what his rights may hide."""

    journal: Journal
    everything: ChangedBookings
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
        attempt, is_new = self.attempts.begin(self._attempt(order, drafts))
        if not is_new:
            attempt = self.settle(attempt, order.location)
            marked = zip(drafts, attempt.parts, strict=True)
            drafts = [replace(draft, external_id=part.mark) for draft, part in marked]
        for number, draft in enumerate(drafts):
            if attempt.goes_on and attempt.parts[number].state is PartState.PLANNED:
                attempt = self._sent(attempt, number, draft, scheduling)
        self.attempts.close(attempt)
        nearest = {}
        for number, part in enumerate(attempt.parts):
            if part.state is PartState.BUSY and drafts[number].event is None:
                with suppress(BookdealError):
                    nearest[number] = self._near(scheduling, drafts[number])[1]
        return Booked(attempt, nearest)

    def read(self, request: str) -> Attempt:
        """Return one of the user's attempts. Raises NotFound("attempt")."""
        attempt = self.attempts.read(request)
        if attempt.by != self.user:
            raise NotFound("attempt")
        return attempt

    def settle(self, attempt: Attempt, location: Location) -> Attempt:
        """Find out what became of the parts that nobody confirmed, as far as that can be told by now."""
        if not attempt.is_open:
            return attempt
        settled = settle(self.attempts, attempt, location, self.everything, self.clock)
        self.attempts.close(settled)
        self.bell.ring(location.id, *(id for id in settled.made if id not in attempt.made))
        return settled

    def cancel(self, attempt: Attempt, location: Location) -> Attempt:
        """Cancel the bookings that an attempt has made. Raises Rejected for one that may not be cancelled."""
        attempt = self.settle(attempt, location)
        for booking in attempt.made:
            self.journal.cancel(location.id, booking)
            self.bell.ring(location.id, booking, deleted=True)
        return attempt

    def _attempt(self, order: Order, drafts: Sequence[BookingDraft]) -> Attempt:
        return Attempt(
            request=order.request,
            location=order.location.id,
            deal=order.deal,
            by=self.user,
            at=int(self.clock.now()),
            digest=_digest(order, self.salt),
            parts=tuple(Part(draft.external_id) for draft in drafts),
        )

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


def outcome_of(parts: Sequence[Part]) -> Outcome:
    """Return what became of all parts together."""
    states = {part.state for part in parts}
    if states == {PartState.MADE}:
        return Outcome.DONE
    if PartState.SENT in states:
        return Outcome.UNKNOWN
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


def _digest(order: Order, salt: str) -> str:
    """Return a mark of what an order asks for, from which nothing about the person can be told."""
    parts = [
        [part.employee, str(part.starts_at), part.services, part.length, part.event, part.seats] for part in order.parts
    ]
    person = order.person
    who = [order.location.id, order.deal, person.name, person.phone, person.email, order.visitor]
    told = [who, order.comment, order.colour, order.categories, order.status, order.notify, parts]
    return hmac.new(salt.encode(), json.dumps(told).encode(), "sha256").hexdigest()
