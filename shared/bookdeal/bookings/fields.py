"""What a booking's deal shows: its fields, its name, its price. Pure."""

from collections.abc import Mapping
from datetime import datetime, time
from decimal import ROUND_HALF_UP, Decimal
from string import Formatter
from zoneinfo import ZoneInfo

from bookdeal.model.booking import Booking, BookingStatus, Location, ServiceLine
from bookdeal.model.deal import FieldType, FieldValue

DEAL_FIELDS: Mapping[str, FieldType] = {
    "BOOKING_DATE": FieldType.DATE,
    "BOOKING_TIME": FieldType.TEXT,
    "BOOKING_DATETIME": FieldType.DATE_TIME,
    "BOOKING_ID": FieldType.NUMBER,
    "COMPANY_ID": FieldType.NUMBER,
    "EMPLOYEE": FieldType.TEXT,
    "LOCATION": FieldType.TEXT,
    "SERVICES": FieldType.TEXT,
}
"""The deal's fields by their code. BOOKING_ID and COMPANY_ID together are the mark by which a deal is found again."""

CONTACT_FIELDS: Mapping[str, FieldType] = {"CLIENT_ID": FieldType.NUMBER}
"""The contact's fields that come from a booking."""

PLACEHOLDERS = frozenset({"client", "visitor", "person", "services", "employee", "location", "date", "time"})
"""What texts of the settings may name. `person` is the visitor where there is one, else the client."""


def deal_fields(booking: Booking, location: Location, account_zone: str) -> dict[str, FieldValue]:
    """Return the deal's field values by field code.

    Date and time are the location's wall clock, the combined field is the true instant (design, 5.10); a date is
    written as midnight of the account's own zone, which is how Kommo stores days.
    """
    return {
        "BOOKING_DATE": _midnight(booking.starts_at, account_zone),
        "BOOKING_TIME": f"{booking.starts_at:%H:%M}",
        "BOOKING_DATETIME": starts_at(booking, location.timezone),
        "BOOKING_ID": str(booking.id),
        "COMPANY_ID": str(booking.location),
        "EMPLOYEE": booking.employee.name if booking.employee else None,
        "LOCATION": location.title,
        "SERVICES": ", ".join(_service_text(line) for line in booking.services) or None,
    }


def starts_at(booking: Booking, zone: str) -> int:
    """Return the instant of the visit in unix seconds: doubled times take the first, missing ones move forward."""
    return _instant(booking.starts_at, zone)


def price(booking: Booking) -> int:
    """Return the deal's price in whole units: services and products together, halves rounded up."""
    return int(booking.total.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def fill(template: str, booking: Booking, location: Location) -> str:
    """Return a template's text with its placeholders filled, trimmed of what empty ones leave at its ends.

    What cannot be read as a placeholder stays as it is written: a person sees it and can mend it.
    """
    client = booking.client.name if booking.client else ""
    values = {
        "client": client,
        "visitor": booking.visitor,
        "person": f"{booking.visitor} ({client})" if booking.visitor and client else booking.visitor or client,
        "services": ", ".join(line.title for line in booking.services),
        "employee": booking.employee.name if booking.employee else "",
        "location": location.title,
        "date": f"{booking.starts_at:%Y-%m-%d}",
        "time": f"{booking.starts_at:%H:%M}",
    }
    try:
        pieces = list(Formatter().parse(template))
    except ValueError:
        return template
    parts = []
    for text, name, _, _ in pieces:
        parts.append(text)
        if name is not None:
            parts.append(values.get(name, f"{{{name}}}"))
    return "".join(parts).strip(" –—-,·") or location.title


def task_due(booking: Booking, location: Location, minutes_before: int) -> int:
    """Return when a booking's task is due, in unix seconds."""
    return starts_at(booking, location.timezone) - minutes_before * 60


def is_upcoming(booking: Booking) -> bool:
    """Tell whether the visit is still expected: only then somebody has to do something about it."""
    return booking.status in (BookingStatus.WAITING, BookingStatus.CONFIRMED)


def _service_text(line: ServiceLine) -> str:
    return line.title if line.amount == 1 else f"{line.title} ×{line.amount.normalize():f}"


def _midnight(day: datetime, zone: str) -> int:
    return _instant(datetime.combine(day.date(), time()), zone)


def _instant(wall_clock: datetime, zone: str) -> int:
    return int(wall_clock.replace(tzinfo=ZoneInfo(zone), fold=0).timestamp())
