"""What a booking's deal shows: its fields, its name, its price. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime, time
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from bookdeal.bookings.stamps import stamp_instant
from bookdeal.model.booking import Booking, BookingStatus, Location, ServiceLine
from bookdeal.model.deal import FieldValue
from bookdeal.model.templates import filled

PAYMENT_STATUS: Mapping[str, Mapping[str, str]] = {
    "en": {"paid": "Paid", "partly": "Partly paid", "unpaid": "Not paid"},
    "es": {"paid": "Pagado", "partly": "Pagado en parte", "unpaid": "No pagado"},
    "pt": {"paid": "Pago", "partly": "Pago em parte", "unpaid": "Não pago"},
    "ru": {"paid": "Оплачено", "partly": "Оплачено частично", "unpaid": "Не оплачено"},
}
"""What the payment status is called in the account's language."""


def deal_fields(
    booking: Booking, location: Location, account_zone: str, visit: Sequence[Booking] = (), language: str = "en"
) -> dict[str, FieldValue]:
    """Return the deal's field values by field code; `visit` are the bookings whose services and money it sums.

    Date and time are the location's wall clock, the combined field is the true instant (design, 5.10); a date is
    written as midnight of the account's own zone, which is how Kommo stores days. `language` is the account's.
    """
    counted = summed(visit or (booking,))
    return {
        "BOOKING_DATE": _midnight(booking.starts_at, account_zone),
        "BOOKING_TIME": f"{booking.starts_at:%H:%M}",
        "BOOKING_DATETIME": starts_at(booking, location.timezone),
        "BOOKING_ID": str(booking.id),
        "COMPANY_ID": str(booking.location),
        "EMPLOYEE": booking.employee.name if booking.employee else None,
        "LOCATION": location.title,
        "SERVICES": ", ".join(_service_text(line) for each in counted for line in each.services) or None,
        "PAID": _number(sum((paid(each) for each in counted), Decimal(0))),
        "PAYMENT_STATUS": _payment_status(counted, language),
        "BOOKED_ONLINE": booking.online,
        "VISITOR": booking.visitor or None,
    }


def summed(visit: Sequence[Booking]) -> list[Booking]:
    """Return those bookings of a visit that count for its price and services, in the order of their times.

    The cancelled ones do not, unless all are.
    """
    kept = [booking for booking in visit if booking.status is not BookingStatus.CANCELLED] or visit
    return sorted(kept, key=lambda booking: (booking.starts_at, booking.id))


def paid(booking: Booking) -> Decimal:
    """Return what has been paid for a booking: all of its price where that was settled without money, too."""
    return booking.total if booking.paid_in_full else booking.paid or Decimal(0)


def starts_at(booking: Booking, zone: str) -> int:
    """Return the instant of the visit in unix seconds: doubled times take the first, missing ones move forward."""
    return _instant(booking.starts_at, zone)


def made_at(booking: Booking, zone: str) -> int:
    """Return when a booking was made, in unix seconds; where that is not told, when its visit begins."""
    made = stamp_instant(booking.made, zone)
    return starts_at(booking, zone) if made is None else made


def price(booking: Booking, visit: Sequence[Booking] = ()) -> int:
    """Return the deal's price in whole units: services and products together, halves rounded up.

    `visit` are the bookings that it sums, the booking among them; empty: the booking alone.
    """
    total = sum((each.total for each in summed(visit or (booking,))), Decimal(0))
    return int(total.quantize(Decimal(1), rounding=ROUND_HALF_UP))


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
    return filled(template, values).strip(" –—-,·") or location.title


def task_due(booking: Booking, location: Location, minutes_before: int) -> int:
    """Return when a booking's task is due, in unix seconds."""
    return starts_at(booking, location.timezone) - minutes_before * 60


def is_upcoming(booking: Booking) -> bool:
    """Tell whether the visit is still expected: only then somebody has to do something about it."""
    return booking.status in (BookingStatus.WAITING, BookingStatus.CONFIRMED)


def _service_text(line: ServiceLine) -> str:
    return line.title if line.amount == 1 else f"{line.title} ×{line.amount.normalize():f}"


def _number(amount: Decimal) -> str:
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _payment_status(counted: Sequence[Booking], language: str) -> str | None:
    """Return whether all is paid, in words; None where there is nothing to pay."""
    if not any(booking.total for booking in counted):
        return None
    if all(booking.paid_in_full for booking in counted if booking.total):
        state = "paid"
    else:
        state = "partly" if any(paid(booking) for booking in counted) else "unpaid"
    return PAYMENT_STATUS.get(language, PAYMENT_STATUS["en"])[state]


def _midnight(day: datetime, zone: str) -> int:
    return _instant(datetime.combine(day.date(), time()), zone)


def _instant(wall_clock: datetime, zone: str) -> int:
    return int(wall_clock.replace(tzinfo=ZoneInfo(zone), fold=0).timestamp())
