"""Editing bookings: read, changed, written whole, and read again; their status, and their cancellation."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from bookdeal.altegio.journal import Journal, Taken
from bookdeal.bookings.card.availability import FreeTime, exists
from bookdeal.bookings.card.booking import Outcome, with_services
from bookdeal.bookings.card.ringing import Bell
from bookdeal.bookings.card.scheduling import Scheduling
from bookdeal.model.booking import BookingStatus
from bookdeal.model.journal import BookingSheet, Line, SheetChange
from bookdeal.runtime.errors import BookdealError, Conflict, Invalid, NotFound, Rejected, Transient, UnknownOutcome


@dataclass(frozen=True, slots=True, repr=False)
class Edit:
    """What a person wants to be different about a booking; None leaves it as it is.

    `notify`: its client is told of it. `seen` is the stamp of the version that he has seen, "" when it does not matter.
    """

    employee: int | None = None
    starts_at: datetime | None = None
    services: tuple[int, ...] | None = None
    length: int | None = None
    seats: int | None = None
    comment: str | None = None
    colour: str | None = None
    categories: tuple[int, ...] | None = None
    notify: bool = False
    seen: str = ""


@dataclass(frozen=True, slots=True)
class Edited:
    """What became of an edit: the booking as it is now, where that is known; why it was refused; other free times."""

    outcome: Outcome
    sheet: BookingSheet | None = None
    reason: str = ""
    field: str = ""
    nearest: tuple[FreeTime, ...] = ()


@dataclass(frozen=True, slots=True)
class EditingDesk:
    """Edits bookings for one user, with his rights."""

    journal: Journal
    bell: Bell

    def edit(self, booking: int, edit: Edit, scheduling: Scheduling) -> Edited:
        """Change a booking. Raises NotFound("booking"), Invalid, Conflict("booking_changed", "booking_cancelled")."""
        sheet = self.journal.sheet(scheduling.location.id, booking)
        if edit.seen and edit.seen != sheet.booking.changed:
            raise Conflict("booking_changed", params={"booking": booking})
        self._check_alive(sheet)
        change = _change(sheet, edit, scheduling)
        if sheet.is_locked:
            return Edited(Outcome.REFUSED, sheet, "locked")
        try:
            return self._written(sheet, change)
        except Taken:
            return self._busy(sheet, change, scheduling, is_certain=True)
        except Rejected as error:
            field = str(error.params.get("part", ""))
            if error.reason == "validation" and field in ("", "starts_at"):
                return self._busy(sheet, change, scheduling, is_certain=False)
            return Edited(Outcome.REFUSED, sheet, error.reason, field)

    def set_status(self, location: int, booking: int, status: BookingStatus) -> Edited:
        """Set a booking's status. It may reach the other bookings of the visit. Errors as in `edit`."""
        sheet = self.journal.sheet(location, booking)
        self._check_alive(sheet)
        if sheet.booking.status is status:
            return Edited(Outcome.DONE, sheet)
        reached: tuple[int, ...] = (booking,)
        is_certain = True
        try:
            reached = self.journal.set_status(sheet, status)
        except Rejected as error:
            return Edited(Outcome.REFUSED, sheet, error.reason, str(error.params.get("part", "")))
        except (Transient, UnknownOutcome):
            is_certain = False
        self.bell.ring(location, *(id for id in reached if id != booking))
        return self._seen(sheet, SheetChange(status=status), is_certain=is_certain)

    def cancel(self, location: int, booking: int, reason: str = "") -> Edited:
        """Cancel a booking; one that is gone already is done. A reason is written below its comment first: where it
        does not come to stand there, nothing is cancelled.
        """
        if reason.strip() and (hindrance := self._explain(location, booking, reason)) is not None:
            return hindrance
        try:
            self.journal.cancel(location, booking)
        except Rejected as error:
            return Edited(Outcome.REFUSED, reason=error.reason)
        except (Transient, UnknownOutcome):
            if not self._is_gone(location, booking):
                return Edited(Outcome.UNKNOWN)
        self.bell.ring(location, booking, deleted=True)
        return Edited(Outcome.DONE)

    def _explain(self, location: int, booking: int, reason: str) -> Edited | None:
        """Write into a booking's comment why it is cancelled, once; return what hinders it, None where nothing does."""
        sheet = None
        try:
            sheet = self.journal.sheet(location, booking)
            comment = _with_reason(sheet.comment, reason)
            if sheet.booking.status is BookingStatus.CANCELLED or comment == sheet.comment:
                return None
            written = None if sheet.is_locked else self._written(sheet, SheetChange(comment=comment))
        except NotFound:
            return None
        except (Rejected, Taken):
            written = None
        if written is None or written.outcome is Outcome.REFUSED:
            return Edited(Outcome.REFUSED, sheet, "comment_stays", "reason")
        return None if written.outcome is Outcome.DONE else written

    def _written(self, sheet: BookingSheet, change: SheetChange) -> Edited:
        """Write a change and read the booking again. Raises NotFound, Rejected, Taken."""
        try:
            self.journal.change(sheet, change)
        except (Transient, UnknownOutcome):
            return self._seen(sheet, change, is_certain=False)
        return self._seen(sheet, change, is_certain=True)

    def _is_gone(self, location: int, booking: int) -> bool:
        try:
            return self.journal.sheet(location, booking).booking.status is BookingStatus.CANCELLED
        except NotFound:
            return True
        except BookdealError:
            return False

    def _check_alive(self, sheet: BookingSheet) -> None:
        if sheet.booking.status is BookingStatus.CANCELLED:
            raise Conflict("booking_cancelled", params={"booking": sheet.booking.id})

    def _seen(self, before: BookingSheet, change: SheetChange, *, is_certain: bool) -> Edited:
        """Read a booking again and tell whether it is as it was to be."""
        location, booking = before.booking.location, before.booking.id
        try:
            now = self.journal.sheet(location, booking)
        except BookdealError:
            self.bell.ring(location, booking)
            return Edited(Outcome.DONE, before) if is_certain else Edited(Outcome.UNKNOWN, before)
        self.bell.ring(location, booking, changed=now.booking.changed)
        if _is_as_wanted(now, change):
            return Edited(Outcome.DONE, now)
        return Edited(Outcome.REFUSED, now, "not_taken_over") if is_certain else Edited(Outcome.UNKNOWN, now)

    def _busy(self, sheet: BookingSheet, change: SheetChange, scheduling: Scheduling, *, is_certain: bool) -> Edited:
        """Answer a refusal that is, or may be, about a time that is taken."""
        booking = sheet.booking
        employee = change.employee or (booking.employee.id if booking.employee else 0)
        starts_at = change.starts_at or booking.starts_at
        length = change.length or booking.length
        services = [line.service for line in change.lines or sheet.lines]
        is_free = False
        nearest: tuple[FreeTime, ...] = ()
        with suppress(BookdealError):
            is_free, nearest = scheduling.near(employee, starts_at, length, services, besides=booking.id)
        if is_free and not is_certain:
            return Edited(Outcome.REFUSED, sheet, "validation")
        return Edited(Outcome.BUSY, sheet, "busy", nearest=nearest)


def _change(sheet: BookingSheet, edit: Edit, scheduling: Scheduling) -> SheetChange:
    """Return what is to be written. Of a group event's participant neither time nor services are his own."""
    booking = sheet.booking
    if booking.event is not None:
        for name in ("employee", "starts_at", "services", "length"):
            if getattr(edit, name) is not None:
                raise Invalid("event_decides", field=name)
    elif edit.seats is not None:
        raise Invalid("no_event", field="seats")
    if edit.starts_at is not None and not exists(edit.starts_at, ZoneInfo(scheduling.location.timezone)):
        raise Invalid("no_such_time", field="starts_at")
    known = {category.id for category in (*scheduling.catalogue.booking_categories, *sheet.categories)}
    for category in edit.categories or ():
        if category not in known:
            raise Invalid("unknown_category", field="categories", params={"category": category})
    change = SheetChange(
        starts_at=edit.starts_at,
        length=edit.length,
        seats=edit.seats,
        comment=edit.comment,
        colour=edit.colour,
        categories=edit.categories,
        notify=edit.notify,
    )
    present = booking.employee.id if booking.employee else 0
    employee = present if edit.employee is None else edit.employee
    services = tuple(line.service for line in sheet.lines) if edit.services is None else edit.services
    if employee == present and services == tuple(line.service for line in sheet.lines):
        return change
    written, length = with_services(scheduling.catalogue, services, employee)
    merged = _merged(written, sheet.lines, same_employee=employee == present)
    return replace(change, employee=employee, lines=merged, length=edit.length or length or booking.length)


def _merged(written: Sequence[Line], before: Sequence[Line], *, same_employee: bool) -> tuple[Line, ...]:
    """Return lines that keep what a person has agreed on for a service: amount and discount, and with the same
    employee the price.
    """
    known = {line.service: line for line in before}
    merged = []
    for line in written:
        old = known.get(line.service)
        if old is None:
            merged.append(line)
        elif same_employee:
            merged.append(old)
        else:
            first = line.first_cost * old.amount
            cost = (first * (100 - old.discount) / 100).quantize(Decimal("0.01"))
            merged.append(replace(line, amount=old.amount, first_cost=first, discount=old.discount, cost=cost))
    return tuple(merged)


def _is_as_wanted(sheet: BookingSheet, change: SheetChange) -> bool:
    """Tell whether a booking is as it was to be; prices are the location's own."""
    booking = sheet.booking
    return (
        change.employee in (None, booking.employee.id if booking.employee else 0)
        and change.starts_at in (None, booking.starts_at)
        and change.length in (None, booking.length)
        and change.seats in (None, booking.seats)
        and change.status in (None, booking.status)
        and (change.comment is None or _text_lines(change.comment) == _text_lines(sheet.comment))
        and change.colour in (None, sheet.colour)
        and (change.categories is None or set(change.categories) == {category.id for category in sheet.categories})
        and (change.lines is None or sorted(_services(change.lines)) == sorted(_services(sheet.lines)))
    )


def _services(lines: Sequence[Line]) -> list[int]:
    return [line.service for line in lines]


def _with_reason(comment: str, reason: str) -> str:
    """Return a comment with a reason below it, on lines of its own; as it is where it has them already."""
    has, wanted = _text_lines(comment), _text_lines(reason)
    if any(has[start : start + len(wanted)] == wanted for start in range(len(has))):
        return comment
    return f"{comment.strip()}\n{reason.strip()}".lstrip()


def _text_lines(text: str) -> list[str]:
    """Return a text as it compares: of blanks around it and of how its lines end, not all may be kept."""
    return [line.rstrip() for line in text.strip().splitlines()]
