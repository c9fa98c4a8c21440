"""A short mark of a booking's content, by which an unchanged booking is recognised without asking anybody."""

import hashlib

from bookdeal.model.booking import Booking

VERSION = "1"

VANISHED = f"{VERSION}:vanished"
"""Stands for the content of a booking that Altegio does not know any more."""


def digest(booking: Booking) -> str:
    """Return the versioned content hash: equal for equal content, whatever the change stamp says.

    It is over the whole booking, so that no single name or phone can be tried out against it.
    """
    client = booking.client
    content = (
        booking.status.value,
        booking.starts_at.isoformat(),
        booking.length,
        (booking.employee.id, booking.employee.name) if booking.employee else None,
        tuple(
            (line.service, line.title, str(line.amount.normalize()), str(line.cost.normalize()))
            for line in booking.services
        ),
        tuple((line.title, str(line.cost.normalize())) for line in booking.products),
        (client.id, client.name, client.phone, client.email) if client else None,
        booking.visitor,
        booking.seats,
        booking.visit,
        booking.event,
        booking.online,
        booking.paid_in_full,
        *(() if booking.paid is None else (str(booking.paid.normalize()),)),
    )
    return f"{VERSION}:{hashlib.blake2b(repr(content).encode(), digest_size=12).hexdigest()}"


def is_unchanged(known_digest: str, known_stamp: str, booking: Booking) -> bool:
    """Tell whether a booking is what was applied last. Where only the hash's version differs, the stamp decides."""
    if known_digest.startswith(f"{VERSION}:"):
        return known_digest == digest(booking)
    return bool(known_stamp) and known_stamp == booking.changed
