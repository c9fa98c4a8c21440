"""Altegio's journal: what there is to book, when somebody is free, and bookings as people make and change them.

Errors beside those of `bookdeal.altegio.client`: a refusal never means that the installation's access is lost, for it
may be one user's. So it is Rejected: "rights", "payment", or "validation" with the `part` that is meant where Altegio
names one; NotFound("booking"); and `Taken` where Altegio says that a time is.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, fields
from datetime import date
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

import pydantic_core

from bookdeal.altegio.client import PAGE, AltegioClient, Query, Tokens, _checked, _envelope, _rows
from bookdeal.altegio.journal_models import (
    CODES,
    Activity,
    DayRow,
    Label,
    Offered,
    Rows,
    TeamMember,
    changed_body,
    new_body,
    sheet_of,
)
from bookdeal.altegio.models import Unreadable
from bookdeal.model.booking import BookingStatus, Location
from bookdeal.model.journal import (
    BookableEmployee,
    BookingCategory,
    BookingDraft,
    BookingSheet,
    GroupEvent,
    OfferedService,
    SheetChange,
    WorkingDay,
)
from bookdeal.runtime.errors import Conflict, NotFound, Rejected, Revoked, Transient, UnknownOutcome
from bookdeal.runtime.http import HttpResponse

EVENTS_A_PAGE = 100
NEWEST = 10
"""So many bookings of a client tell what he had last."""

_OF_BOOKINGS = 2
_RECORD = "/record/{location}/{booking}"


class Taken(Conflict):
    """Somebody else has the time by now, or nobody works then."""


_PARTS = {
    "client": "person",
    "phone": "person",
    "name": "person",
    "services": "services",
    "staff_id": "employee",
    "datetime": "starts_at",
    "seance_length": "length",
    "record_labels": "categories",
    "clients_count": "seats",
    "attendance": "status",
}
"""What Altegio calls the parts of a booking, in Bookdeal's words; of others it is not told which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Journal(AltegioClient):
    """The journal of the locations that the owner of the tokens may see."""

    @staticmethod
    def of(client: AltegioClient, tokens: Tokens | None = None) -> "Journal":
        """Return the journal as a client sees it, or as the owner of other tokens does."""
        parts: dict[str, Any] = {part.name: getattr(client, part.name) for part in fields(AltegioClient)}
        return Journal(**parts | ({} if tokens is None else {"tokens": tokens}))

    # What there is to book

    def offered_services(self, location: int) -> tuple[OfferedService, ...]:
        """Return the services that can be booked, in the location's order."""
        data, _ = self._read("/company/{location}/services", location, [], is_essential=False)
        return tuple(row.service() for row in Rows(Offered)(_rows(data)) if row.active)

    def bookable_employees(self, location: int) -> tuple[BookableEmployee, ...]:
        """Return who works at the location, without those who have left."""
        data, _ = self._read("/company/{location}/staff", location, [], is_essential=False)
        return tuple(row.employee() for row in Rows(TeamMember)(_rows(data)) if not row.fired)

    def booking_categories(self, location: int) -> tuple[BookingCategory, ...]:
        """Return the categories that bookings can be given (contract §5)."""
        route = "/labels/{location}/{entity}"
        path = f"/labels/{location}/{_OF_BOOKINGS}"
        response = self._request("GET", route, location, path=path, is_repeatable=True)
        data, _ = _envelope(_checked(response, location, is_essential=False))
        return tuple(row.category() for row in Rows(Label)(_rows(data)) if not row.deleted)

    # When

    def schedule(self, location: int, first: date, last: date, employees: Collection[int]) -> tuple[WorkingDay, ...]:
        """Return the days of these employees, both ends included, in one request."""
        query: Query = [("start_date", first.isoformat()), ("end_date", last.isoformat())]
        query += [("staff_ids[]", employee) for employee in employees]
        query.append(("include[]", "busy_intervals"))
        data, _ = self._read("/company/{location}/staff/schedule", location, query, is_essential=False)
        wanted = set(employees)
        try:
            days = [row.working_day() for row in Rows(DayRow)(_rows(data))]
        except ValueError:
            raise Transient("unreadable_answer") from None
        return tuple(day for day in days if day.employee in wanted and first <= day.day <= last)

    def events(self, location: Location, first: date, last: date) -> tuple[GroupEvent, ...]:
        """Return the group events of these days, both ends included, in their order."""
        found: dict[int, GroupEvent] = {}
        zone = ZoneInfo(location.timezone)
        for page in count(1):
            query: Query = [("from", first.isoformat()), ("till", last.isoformat())]
            query += [("page", page), ("count", EVENTS_A_PAGE)]
            data, _ = self._read("/activity/{location}/search", location.id, query, is_essential=False)
            rows, known = _rows(data), len(found)
            try:
                found |= {row.id: row.event(zone) for row in Rows(Activity)(rows)}
            except ValueError:
                raise Transient("unreadable_answer") from None
            if len(rows) < EVENTS_A_PAGE or len(found) == known:
                break
        events = (event for event in found.values() if first <= event.starts_at.date() <= last)
        return tuple(sorted(events, key=lambda event: (event.starts_at, event.id)))

    # Bookings

    def sheets(self, location: int, first: date, last: date, *, cancelled: bool = False) -> Iterator[BookingSheet]:
        """Yield the bookings of these days, 300 a request; one that is not understood is left out."""
        read = 0
        for page in count(1):
            query: Query = [("start_date", first.isoformat()), ("end_date", last.isoformat())]
            query += [("page", page), ("count", PAGE), *((("with_deleted", 1),) if cancelled else ())]
            data, meta = self._read("/records/{location}", location, query, is_essential=False)
            rows = _rows(data)
            read += len(rows)
            for row in rows:
                sheet = sheet_of(row, location)
                if not isinstance(sheet, Unreadable):
                    yield sheet
            total = meta.get("total_count")
            if not rows or (read >= total if isinstance(total, int) else len(rows) < PAGE):
                return

    def newest_sheets(self, location: int, client: int) -> list[BookingSheet]:
        """Return the bookings of a client that have the latest times, in one request (the order: contract §4.1)."""
        query: Query = [("client_id", client), ("page", 1), ("count", NEWEST)]
        data, _ = self._read("/records/{location}", location, query, is_essential=False)
        sheets = (sheet_of(row, location) for row in _rows(data))
        return [sheet for sheet in sheets if not isinstance(sheet, Unreadable)]

    def sheet(self, location: int, booking: int) -> BookingSheet:
        """Return one booking with all that can be edited, a cancelled one where Altegio still shows it.

        Raises NotFound, Rejected("unreadable") for one that is not understood.
        """
        response = self._request("GET", _RECORD, location, path=_path(location, booking), is_repeatable=True)
        data, _ = _envelope(_accepted(response, location, booking))
        return _sheet(data, location, booking)

    def make(self, location: int, draft: BookingDraft) -> tuple[int, BookingSheet | None]:
        """Make a booking; return its id, and itself where the answer shows it. Raises UnknownOutcome."""
        response = self._request("POST", "/records/{location}", location, body=new_body(draft), is_repeatable=False)
        accepted = _accepted(response, location)
        try:
            data, _ = _envelope(accepted)
        except Transient:
            raise UnknownOutcome("unreadable_answer", status=response.status) from None
        # One source shows a list, the others the booking alone (contract §4.4).
        row = data[0] if isinstance(data, list) and data else data
        sheet = sheet_of(row, location)
        id = sheet.id if isinstance(sheet, Unreadable) else sheet.booking.id
        if not id:
            raise UnknownOutcome("unreadable_answer", status=response.status)
        return id, None if isinstance(sheet, Unreadable) else sheet

    def change(self, sheet: BookingSheet, change: SheetChange) -> None:
        """Write a booking anew with these changes. What is written is not answered in full: read it again.

        A client who is told of it is told once: such a change is not sent again, and raises UnknownOutcome.
        """
        location, booking = sheet.booking.location, sheet.booking.id
        path, body = _path(location, booking), changed_body(sheet, change)
        response = self._request("PUT", _RECORD, location, path=path, body=body, is_repeatable=not change.notify)
        _accepted(response, location, booking)

    def set_status(self, sheet: BookingSheet, status: BookingStatus) -> tuple[int, ...]:
        """Write a booking's status; return the bookings that it may have reached, all of the visit (contract §11.2)."""
        booking = sheet.booking
        if booking.visit is None:
            self.change(sheet, SheetChange(status=status))
            return (booking.id,)
        route, path = "/visits/{visit}/{booking}", f"/visits/{booking.visit}/{booking.id}"
        body = {"attendance": CODES[status], "comment": sheet.comment}
        response = self._request("PUT", route, booking.location, path=path, body=body, is_repeatable=True)
        _accepted(response, booking.location, booking.id)
        response = self._request(
            "GET", "/visits/{visit}", booking.location, path=f"/visits/{booking.visit}", is_repeatable=True
        )
        data, _ = _envelope(_accepted(response, booking.location, booking.id))
        rows = data.get("records") if isinstance(data, dict) else None
        reached = {row["id"] for row in _rows(rows) if isinstance(row, dict) and isinstance(row.get("id"), int)}
        return tuple(sorted(reached | {booking.id}))


def _path(location: int, booking: int) -> str:
    return f"/record/{location}/{booking}"


def _sheet(data: Any, location: int, booking: int) -> BookingSheet:
    sheet = sheet_of(data, location)
    if isinstance(sheet, Unreadable):
        raise Rejected("unreadable", params={"location": location, "booking": booking})
    return sheet


def _accepted(response: HttpResponse, location: int, booking: int = 0) -> HttpResponse:
    """Return a success or raise what a refusal of this one thing means."""
    params: dict[str, str | int | float] = {"location": location}
    if booking:
        params["booking"] = booking
    match response.status:
        case status if 200 <= status < 300:
            return response
        case 409:
            raise Taken("busy", params=params)
        case 402 | 403:
            raise Rejected(Revoked.PAYMENT if response.status == 402 else Revoked.RIGHTS, params=params)
        case 404:
            raise NotFound("booking" if booking else "location", params=params)
        case 401:
            raise Revoked(Revoked.TOKEN, provider="altegio", params=params)
    if part := _part(response):
        params["part"] = part
    raise Rejected("validation", params=params)


def _part(response: HttpResponse) -> str:
    """Return which part of a booking is refused, "" where that is not told."""
    try:
        meta = pydantic_core.from_json(response.content)["meta"]
        errors = meta["errors"]
    except (ValueError, KeyError, TypeError):
        return ""
    names = errors if isinstance(errors, dict) else ()
    return next((_PARTS[name] for name in names if name in _PARTS), "")
