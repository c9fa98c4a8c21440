"""The journal's objects as they come over the wire, and how bookings are written (contract §3, §4.4, §4.5, §5, §6)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pydantic
from pydantic import BaseModel, Field

from bookdeal.altegio.models import Record, Unreadable, booking_of, validated
from bookdeal.model.booking import BookingStatus
from bookdeal.model.journal import (
    BookableEmployee,
    BookingCategory,
    BookingDraft,
    BookingSheet,
    Busy,
    GroupEvent,
    Line,
    Offer,
    OfferedService,
    Person,
    SheetChange,
    Span,
    WorkingDay,
)

CODES = {
    BookingStatus.NO_SHOW: -1,
    BookingStatus.WAITING: 0,
    BookingStatus.ARRIVED: 1,
    BookingStatus.CONFIRMED: 2,
}

_DAY = 24 * 60
_STEP = 900


class _Row(BaseModel):
    model_config = Record.model_config


class _Offering(_Row):
    id: int
    seance_length: int = 0
    price: Decimal | None = None


class Offered(_Row):
    """A service with who does it (contract §3.2)."""

    id: int
    title: str = ""
    category_id: int = 0
    price_min: Decimal = Decimal(0)
    active: bool = True
    duration: int = 0
    is_multi: bool = False
    seance_search_step: int = 0
    staff: list[_Offering] = []

    def service(self) -> OfferedService:
        """Return the service; a price of an employee's own goes before the common one."""
        return OfferedService(
            id=self.id,
            title=self.title,
            category=self.category_id,
            step=self.seance_search_step or _STEP,
            is_group=self.is_multi,
            offers=tuple(
                Offer(one.id, one.seance_length or self.duration, self.price_min if one.price is None else one.price)
                for one in self.staff
            ),
        )


class TeamMember(_Row):
    """Somebody who works, or has worked, at a location (contract §3.1)."""

    id: int
    name: str = ""
    specialization: str = ""
    fired: bool = False
    hidden: bool = False

    def employee(self) -> BookableEmployee:
        """Return the employee."""
        return BookableEmployee(self.id, self.name, self.specialization, self.hidden)


class Label(_Row):
    """A category of bookings; its colour comes with and without `#` (contract §5)."""

    id: int
    title: str = ""
    color: str = ""
    deleted: bool = False

    def category(self) -> BookingCategory:
        """Return the category."""
        return BookingCategory(self.id, self.title, colour_of(self.color))


class _Interval(_Row):
    entity_type: str = ""
    entity_id: int = 0
    since: str = Field(alias="from")
    until: str = Field(alias="to")

    def span(self) -> Span:
        return Span(_minutes(self.since), _minutes(self.until))

    def busy(self) -> Busy:
        is_event = self.entity_type == "activity"
        return Busy(
            span=self.span(),
            booking=self.entity_id if self.entity_type == "record" else None,
            event=self.entity_id if is_event else None,
        )


class DayRow(_Row):
    """One team member's day in the common schedule (contract §3.4)."""

    staff_id: int
    date: date
    slots: list[_Interval] = []
    busy_intervals: list[_Interval] | None = None

    def working_day(self) -> WorkingDay:
        """Return the day. Raises ValueError for a time that is none."""
        busy = self.busy_intervals
        return WorkingDay(
            employee=self.staff_id,
            day=self.date,
            hours=tuple(slot.span() for slot in self.slots),
            busy=None if busy is None else tuple(one.busy() for one in busy),
        )


class _Titled(_Row):
    title: str = ""


class Activity(_Row):
    """A group event; its date is a text or a number of seconds (contract §6.1)."""

    id: int
    service_id: int = 0
    staff_id: int = 0
    date: str = ""
    timestamp: int = 0
    length: int = 0
    capacity: int = 0
    records_count: int = 0
    color: str = ""
    service: _Titled = _Titled()

    def event(self, zone: ZoneInfo) -> GroupEvent:
        """Return the event. Raises ValueError for a time that is none."""
        return GroupEvent(
            id=self.id,
            title=self.service.title,
            service=self.service_id,
            employee=self.staff_id,
            starts_at=self._starts_at(zone),
            length=self.length,
            capacity=self.capacity,
            counted=self.records_count,
            colour=colour_of(self.color),
        )

    def _starts_at(self, zone: ZoneInfo) -> datetime:
        if self.date and not self.date.isdigit():
            return datetime.fromisoformat(self.date).replace(tzinfo=None)
        seconds = int(self.date or self.timestamp)
        if not seconds:
            raise ValueError("no date")
        return datetime.fromtimestamp(seconds, zone).replace(tzinfo=None)


class _FullLine(_Row):
    id: int = 0
    title: str = ""
    amount: Decimal = Decimal(1)
    first_cost: Decimal | None = None
    discount: Decimal = Decimal(0)
    manual_cost: Decimal | None = None
    cost: Decimal | None = None

    def line(self) -> Line:
        costs = (self.cost, self.manual_cost, self.first_cost)
        cost = next((cost for cost in costs if cost is not None), Decimal(0))
        first = cost if self.first_cost is None else self.first_cost
        return Line(self.id, self.title, self.amount, first, self.discount, cost)


class FullRecord(_Row):
    """What a record holds beyond a booking (contract §4.3)."""

    services: list[_FullLine] = []
    comment: str = ""
    custom_color: str = ""
    record_labels: list[Label] = []
    is_update_blocked: bool = False
    is_sale_bill_printed: bool = False
    technical_break_duration: int = 0
    sms_remain_hours: int = 0
    email_remain_hours: int = 0
    api_id: str = ""


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a list that are understood."""

    model: type[BaseModel]

    def __call__(self, rows: list[Any]) -> Iterator[Any]:
        """Yield them; one that is not understood is left out: the others can still be chosen."""
        for row in rows:
            try:
                yield validated(self.model, row)
            except pydantic.ValidationError:
                continue


def sheet_of(row: Any, location: int) -> BookingSheet | Unreadable:
    """Translate a record of `location` with all that can be edited. Never raises."""
    booking = booking_of(row, location)
    if isinstance(booking, Unreadable):
        return booking
    try:
        full = validated(FullRecord, row)
    except pydantic.ValidationError:
        return Unreadable(booking.id, "sheet")
    return BookingSheet(
        booking=booking,
        lines=tuple(line.line() for line in full.services),
        comment=full.comment,
        colour=colour_of(full.custom_color),
        categories=tuple(label.category() for label in full.record_labels),
        is_locked=full.is_update_blocked or full.is_sale_bill_printed,
        kept=_kept(full, row),
    )


def _kept(full: FullRecord, row: dict[str, Any]) -> dict[str, Any]:
    """Return what a PUT would lose if it were not sent again (contract §4.5)."""
    kept: dict[str, Any] = {
        "client": _client_again(row.get("client")),
        "technical_break_duration": full.technical_break_duration,
        "sms_remain_hours": full.sms_remain_hours,
        "email_remain_hours": full.email_remain_hours,
        "api_id": full.api_id,
    }
    for name in ("custom_fields", "resource_instance_ids", "comer"):
        if row.get(name):
            kept[name] = row[name]
    return kept


def _client_again(client: Any) -> dict[str, Any] | None:
    """Return a record's client as he is sent back. What the user may not see comes masked: his id says enough."""
    if not isinstance(client, dict) or not client.get("id"):
        return None
    phone = str(client.get("phone") or "")
    again: dict[str, Any] = {"id": client["id"]}
    if phone.removeprefix("+").isdigit():
        again["phone"] = phone.removeprefix("+")
        again |= {name: client[name] for name in ("name", "surname", "patronymic", "email") if client.get(name)}
    return again


def new_body(draft: BookingDraft) -> dict[str, Any]:
    """Write a booking that is to be made (contract §4.4)."""
    body: dict[str, Any] = {
        "client": _person(draft.person),
        "save_if_busy": False,
        "send_sms": draft.notify,
        "comment": draft.comment,
        "attendance": CODES[draft.status],
        "api_id": draft.external_id,
        "record_labels": [str(id) for id in draft.categories],
    }
    if draft.colour:
        body["custom_color"] = draft.colour
    if draft.visitor:
        body["comer"] = {"name": draft.visitor}
    if draft.event is not None:
        return body | {"activity_id": draft.event, "clients_count": draft.seats}
    return body | {
        "staff_id": draft.employee,
        "services": [_line_body(line) for line in draft.lines],
        "datetime": f"{draft.starts_at:%Y-%m-%d %H:%M:%S}",
        "seance_length": draft.length,
    }


def changed_body(sheet: BookingSheet, change: SheetChange) -> dict[str, Any]:
    """Write a booking anew with something about it changed: a PUT replaces all of it (contract §4.5)."""
    booking = sheet.booking
    present = booking.employee.id if booking.employee else 0
    status = booking.status if change.status is None else change.status
    categories = [category.id for category in sheet.categories] if change.categories is None else change.categories
    body: dict[str, Any] = {
        **sheet.kept,
        "save_if_busy": False,
        "send_sms": change.notify,
        "attendance": CODES[status],
        "comment": sheet.comment if change.comment is None else change.comment,
        "custom_color": sheet.colour if change.colour is None else change.colour,
        "record_labels": [str(id) for id in categories],
    }
    if booking.event is not None:
        return body | {
            "activity_id": booking.event,
            "clients_count": booking.seats if change.seats is None else change.seats,
        }
    return body | {
        "staff_id": present if change.employee is None else change.employee,
        "services": [_line_body(line) for line in (sheet.lines if change.lines is None else change.lines)],
        "datetime": f"{change.starts_at or booking.starts_at:%Y-%m-%d %H:%M:%S}",
        "seance_length": booking.length if change.length is None else change.length,
    }


def _person(person: Person) -> dict[str, Any]:
    if person.client is None:
        return {"phone": person.phone, "name": person.name, "surname": "", "patronymic": "", "email": person.email}
    # That the id is enough is told by few (contract §4.4): the phone finds the client as well.
    known = {"id": person.client, "phone": person.phone, "name": person.name, "email": person.email}
    return {name: value for name, value in known.items() if value}


def _line_body(line: Line) -> dict[str, Any]:
    return {
        "id": line.service,
        "first_cost": _number(line.first_cost),
        "discount": _number(line.discount),
        "cost": _number(line.cost),
        "amount": _number(line.amount),
    }


def _number(value: Decimal) -> int | float:
    return int(value) if value == int(value) else float(value)


def colour_of(text: str) -> str:
    """Return a colour as six hexadecimal digits in small letters, "" for none."""
    return text.removeprefix("#").lower()


def _minutes(text: str) -> int:
    """Return a time of day as minutes since midnight; 24:00 ends a day. Raises ValueError."""
    hours, minutes = (int(part) for part in text.split(":")[:2])
    found = timedelta(hours=hours, minutes=minutes) // timedelta(minutes=1)
    if not 0 <= found <= _DAY:
        raise ValueError("no time of day")
    return found
