"""Who is responsible for a new deal, by what the settings say.

In a round robin each booking has one turn, written down before its deal is made: however often the making is tried
again, it is the same user's turn, and nobody's is passed over.
"""

from collections.abc import Mapping, Sequence
from itertools import batched

from bookdeal.bookings.intents import parse_mark
from bookdeal.model.booking import Booking
from bookdeal.model.settings import Responsible, ResponsibleBy
from bookdeal.runtime.errors import Transient
from bookdeal.runtime.store import MOST_IN_TRANSACTION, Store, Table, Write

_COUNTER = "turns"


def by_booking(booking: Booking, chosen: Responsible) -> int | None:
    """Return the Kommo user whom a booking itself points to, else the fallback. A round robin does not ask it."""
    match chosen.by:
        case ResponsibleBy.CREATOR:
            key = booking.creator
        case ResponsibleBy.EMPLOYEE:
            key = booking.employee.id if booking.employee else None
        case ResponsibleBy.LOCATION:
            key = booking.location
        case _:
            return None
    return chosen.fallback if key is None else chosen.users.get(key, chosen.fallback)


class Turns:
    """One installation's round robin, in the table of links."""

    def __init__(self, store: Store, table: Table, installation: str) -> None:
        """Bind the table to one installation."""
        self._store = store
        self._table = table
        self._installation = installation

    def of(self, marks: Sequence[str], users: Sequence[int]) -> dict[str, int]:
        """Return whose turn it is for each of these bookings, by mark; those without one get the next ones.

        Raises Transient when somebody else takes turns all the while.
        """
        keys = {self._sort_key(mark): mark for mark in marks}
        found = self._table.batch_get([(self._installation, key) for key in keys], consistent=True)
        turns = {keys[key]: int(item["user"]) for (_, key), item in found.items()}
        missing = [mark for mark in marks if mark not in turns]
        for chunk in batched(missing, MOST_IN_TRANSACTION - 1, strict=False):
            turns |= self._take(chunk, users)
        return turns

    def done(self, mark: str) -> Write:
        """Return the write that forgets a booking's turn, to go with the link of its deal."""
        return self._table.deleting(self._installation, self._sort_key(mark))

    def _take(self, marks: Sequence[str], users: Sequence[int]) -> dict[str, int]:
        counter = self._table.batch_get([(self._installation, _COUNTER)], consistent=True)
        taken = int(next(iter(counter.values()))["taken"]) if counter else 0
        turns = {mark: users[(taken + number) % len(users)] for number, mark in enumerate(marks)}
        writes = [
            self._table.putting({"installation": self._installation, "key": self._sort_key(mark), "user": user})
            for mark, user in turns.items()
        ]
        next_turn = {"installation": self._installation, "key": _COUNTER, "taken": taken + len(marks)}
        seen = {"seen": taken}
        if counter:
            writes.append(self._table.putting(next_turn, when="#taken = :seen", values=seen))
        else:
            writes.append(self._table.putting(next_turn, when=self._table.absent))
        (conflict,) = self._store.transact([writes])
        if conflict is not None:
            raise Transient("turns")
        return turns

    def _sort_key(self, mark: str) -> str:
        location, booking = parse_mark(mark)
        return f"turn#{location}#{booking}"


def assigned(bookings: Mapping[str, Booking], chosen: Responsible, turns: Turns) -> dict[str, int | None]:
    """Return who is responsible for the deals of these bookings, by mark; None leaves it to Kommo."""
    if chosen.by is ResponsibleBy.ROUND_ROBIN:
        users = turns.of(list(bookings), chosen.turns) if chosen.turns and bookings else {}
        return {mark: users.get(mark, chosen.fallback) for mark in bookings}
    return {mark: by_booking(booking, chosen) for mark, booking in bookings.items()}
