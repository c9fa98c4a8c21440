"""What the board knows of the deals: which stand where, the latest comers of each stage first."""

from collections import Counter
from dataclasses import dataclass
from itertools import islice
from typing import Any

type Place = tuple[int, int]
"""A pipeline's id and a stage's id."""


@dataclass(frozen=True, slots=True)
class Deal:
    """A deal as a card shows it; `booking` 0 when it has none. Dates are `YYYY-MM-DD`, times `HH:MM`."""

    id: int
    name: str
    price: int
    place: Place
    updated_at: int
    booking: int = 0
    date: str = ""
    time: str = ""
    employee: str = ""
    services: str = ""

    def card(self) -> dict[str, Any]:
        """What the page gets."""
        return {
            "id": self.id,
            "name": self.name,
            "price": self.price,
            "pipeline": self.place[0],
            "stage": self.place[1],
            "booking": self.booking,
            "date": self.date,
            "time": self.time,
            "employee": self.employee,
            "services": self.services,
        }


@dataclass(frozen=True, slots=True)
class Change:
    """A deal that is new (`before` None) or differs from what was known."""

    before: Deal | None
    after: Deal


@dataclass(frozen=True, slots=True)
class Stage:
    """What stands in a stage: how many deals, their prices together, the ids of the latest comers, latest first."""

    count: int
    worth: int
    newest: list[int]


class Mirror:
    """All deals of the account, any number of them: every operation costs the same however many there are."""

    def __init__(self) -> None:
        self._deals: dict[int, Deal] = {}
        self._stages: dict[Place, dict[int, None]] = {}
        self._worth: Counter[Place] = Counter()
        self._by_booking: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self._deals)

    def get(self, number: int) -> Deal | None:
        """A deal by its id."""
        return self._deals.get(number)

    def of_booking(self, booking: int) -> Deal | None:
        """The deal of a booking."""
        return self._deals.get(self._by_booking.get(booking, 0))

    def put(self, deal: Deal) -> Change | None:
        """Take a deal in; None when nothing about it is new. In a stage that it has just entered it comes first."""
        before = self._deals.get(deal.id)
        if before == deal:
            return None
        if before is not None:
            self._worth[before.place] -= before.price
        if before is None or before.place != deal.place:
            if before is not None:
                del self._stages[before.place][deal.id]
            self._stages.setdefault(deal.place, {})[deal.id] = None
        self._worth[deal.place] += deal.price
        self._deals[deal.id] = deal
        if deal.booking:
            self._by_booking[deal.booking] = deal.id
        return Change(before, deal)

    def drop(self, number: int) -> None:
        """Forget a deal, if it was known."""
        deal = self._deals.pop(number, None)
        if deal is None:
            return
        del self._stages[deal.place][number]
        self._worth[deal.place] -= deal.price
        if self._by_booking.get(deal.booking) == number:
            del self._by_booking[deal.booking]

    def stages(self, newest: int) -> dict[Place, Stage]:
        """What stands in each stage, with at most so many ids."""
        return {
            place: Stage(len(ids), self._worth[place], list(islice(reversed(ids), newest)))
            for place, ids in self._stages.items()
        }
