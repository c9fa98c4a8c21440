"""Which booking a deal shows when it holds several, and which bookings make one visit. Pure."""

from collections.abc import Callable, Sequence

from bookdeal.model.booking import Booking, BookingStatus

_EXPECTED = frozenset({BookingStatus.WAITING, BookingStatus.CONFIRMED})


def current(bookings: Sequence[Booking], instant: Callable[[Booking], int]) -> Booking:
    """Return the booking that a deal shows: the earliest that is expected, else the latest that was not cancelled.

    Where all were cancelled it is the latest of them. `instant` returns when a booking's visit begins, in unix seconds.
    """

    def when(booking: Booking) -> tuple[int, int, int]:
        return instant(booking), booking.location, booking.id

    expected = [booking for booking in bookings if booking.status in _EXPECTED]
    if expected:
        return min(expected, key=when)
    kept = [booking for booking in bookings if booking.status is not BookingStatus.CANCELLED]
    return max(kept or bookings, key=when)


def visit_of(booking: Booking, bookings: Sequence[Booking]) -> tuple[Booking, ...]:
    """Return those of a deal's bookings that make one visit with this one, itself among them."""
    return tuple(other for other in bookings if other is booking or _is_same_visit(booking, other))


def visit_mark(booking: Booking) -> str | None:
    """Return what the bookings of one visit have in common, None for one that has no companions by its nature."""
    if booking.client is None:
        return None
    if booking.visit is not None:
        return f"{booking.location}#{booking.visit}"
    return f"{booking.location}#c{booking.client.id}#{booking.starts_at:%Y-%m-%d}"


def _is_same_visit(booking: Booking, other: Booking) -> bool:
    mark = visit_mark(booking)
    return mark is not None and mark == visit_mark(other)
