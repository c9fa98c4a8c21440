"""Many statuses changed at once: what it costs and how long it takes; and what it costs when nothing has changed."""

import time
from collections.abc import Collection
from dataclasses import dataclass

from bookdeal.bookings.deals.run import READ_AT_ONCE

from .salon import ARRIVED, CONFIRMED, NO_SHOW, WAITING, Requests, Salon, Wrong
from .spent import Spent

DRAIN_SECONDS = 1200.0
PATTERN = (*[CONFIRMED] * 7, *[ARRIVED] * 2, NO_SHOW)
"""What the bookings become: of ten, seven are confirmed, two arrive, one does not come."""


@dataclass(frozen=True, slots=True)
class Burst:
    """A burst of `size` changes. Times in seconds; `whole` begins with the first change, `drain` with the last hook.

    `behind`: from the last hook to the last write to Kommo, below zero when the deals were right before it rang.
    """

    size: int
    requests: Requests
    mover: Spent
    intake: Spent
    echoes: Spent
    refused_hooks: int
    ringing: float
    drain: float
    behind: float
    whole: float


def link(salon: Salon) -> None:
    """Let the product find all loaded bookings by itself, as after an installation."""
    salon.stack.invoke("sweep", {"all": True})
    salon.wait_until_drained(DRAIN_SECONDS)
    salon.check()


def change_all(salon: Salon) -> Burst:
    """Change every loaded booking's status at once, and wait until all is quiet again. Raises Wrong."""
    salon.ring(on=True)
    started = time.time()
    for status in dict.fromkeys(PATTERN):
        salon.change([id for place, id in enumerate(salon.statuses) if PATTERN[place % len(PATTERN)] == status], status)
    burst = _measured(salon, len(salon.statuses), started)
    salon.check()
    if burst.requests.kommo["GET /leads"] * READ_AT_ONCE < burst.size:
        raise Wrong("deals were written that had not been read")
    return burst


def ring_again(salon: Salon, bookings: Collection[int]) -> Burst:
    """Ring these bookings' hooks once more: nothing has changed."""
    salon.ring(on=True)
    started = time.time()
    salon.altegio("touch", location=salon.location, ids=list(bookings))
    return _measured(salon, len(bookings), started)


def there_and_back(salon: Salon, size: int) -> Burst:
    """Change and change back some bookings in silence, then ring their hooks: new stamps, the same content."""
    salon.ring(on=False)
    before = dict(list(salon.statuses.items())[:size])
    salon.change(before, WAITING)
    for status in sorted(set(before.values())):
        salon.change([id for id, was in before.items() if was == status], status)
    return ring_again(salon, before)


def _measured(salon: Salon, size: int, started: float) -> Burst:
    drained = salon.wait_until_drained(DRAIN_SECONDS)
    hooks, refused = salon.deliveries_since(started)
    requests = salon.requests_since(started)
    first, last = hooks[0]["at"], hooks[-1]["at"]
    right = requests.last_write or first
    return Burst(
        size=size,
        requests=requests,
        mover=_spent(salon, "deal_mover", started),
        intake=_spent(salon, "altegio_webhook", started),
        echoes=_spent(salon, "kommo_webhook", started),
        refused_hooks=refused,
        ringing=last - first,
        drain=max(0.0, drained - last),
        behind=right - last,
        whole=right - started,
    )


def _spent(salon: Salon, function: str, since: float) -> Spent:
    return Spent.of(salon.lines(function, since), salon.table_names)
