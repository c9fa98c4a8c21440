"""What a location knows of a client beside his bookings: what he spent, how often he came, what he paid in advance."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

type ClientKey = tuple[int, int]
"""Location and client id: client ids are unique only within a location."""


@dataclass(frozen=True, slots=True)
class ClientTotals:
    """A client's totals at one location: of all his time there, and of no other location.

    `purchases` is what was sold to him, in the location's currency. `last_visit` is the location's wall clock, None
    when he never came. `phone` and `email` are as the location writes them, "" when unknown or hidden from us.
    """

    client: int
    phone: str
    purchases: Decimal
    visits: int
    last_visit: datetime | None
    email: str = ""


@dataclass(frozen=True, slots=True)
class Membership:
    """Visits paid in advance. `location` is the one that was asked; a whole chain may honour it.

    `starts` is when it was first used and `ends` when it runs out, in unix seconds, None while it is not in use.
    `remaining` counts the visits left, None where they are not counted; `parts` are the visits left by service
    category, where there are several. `is_over`: it has run out or is no longer the client's.
    """

    id: int
    location: int
    title: str
    starts: int | None
    ends: int | None
    remaining: int | None
    parts: tuple[tuple[str, int], ...] = ()
    is_frozen: bool = False
    is_over: bool = False
