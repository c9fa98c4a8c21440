"""How fast the simulators themselves are: they must not be what is measured."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

from .salon import PAGE, Salon

BOOKINGS_A_PAGE = 300
SAMPLES = 20


@dataclass(frozen=True, slots=True)
class Simulators:
    """Seconds: loading bookings and deals, and the median of reading a full page of each, client's side included."""

    bookings: int
    bookings_load: float
    bookings_page: float
    deals: int
    deals_load: float
    deals_page: float


def measure(salon: Salon, bookings_load: float, deals: int) -> Simulators:
    """Load many deals and read pages; leaves the account crowded: run it last."""
    salon.ring(on=False)
    started = time.monotonic()
    salon.kommo("load", deals=deals, contacts=deals // 10)
    deals_load = time.monotonic() - started
    pages = len(salon.statuses) // BOOKINGS_A_PAGE
    return Simulators(
        bookings=len(salon.statuses),
        bookings_load=bookings_load,
        bookings_page=_median(lambda number: salon.bookings_page(number % pages + 1, BOOKINGS_A_PAGE)),
        deals=deals,
        deals_load=deals_load,
        deals_page=_median(lambda number: salon.page("leads", number % (deals // PAGE) + 1)),
    )


def _median(read: Callable[[int], object]) -> float:
    times = []
    for number in range(SAMPLES):
        started = time.monotonic()
        read(number)
        times.append(time.monotonic() - started)
    return statistics.median(times)
