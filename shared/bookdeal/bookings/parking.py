"""Parked work: what could not be done and waits for a person, with the reason. It never stops other work."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from bookdeal.bookings.links import BookingKey, booking_sort_key
from bookdeal.runtime.store import Table

OVERDUE_SECONDS = 24 * 3600
MANY = 50
"""So many entries at once are told of before they are a day old: something is wrong with all of them."""

_QUESTIONS = frozenset({"ambiguous_contact", "contact_refused"})


@dataclass(frozen=True, slots=True)
class Parked:
    """One parked booking. `reason` is a code; `params` are ids and codes for the reader's screen; `since` unix s.

    `version` marks the content that could not be worked off, so that the same content is not parked twice. `dropped`: a
    person wants nothing to be done about that content; it comes back with another one.
    """

    reason: str
    params: Mapping[str, str | int | Sequence[int]]
    version: str
    since: int
    dropped: bool = False

    @property
    def is_question(self) -> bool:
        """Only the contact is open: the deal is made and changed all the same."""
        return self.reason in _QUESTIONS


class ParkedWork:
    """One installation's parked bookings, one item each."""

    def __init__(self, table: Table, installation: str) -> None:
        """Bind the table to one installation."""
        self._table = table
        self._installation = installation
        self._known: dict[BookingKey, Parked] | None = None

    def all(self) -> dict[BookingKey, Parked]:
        """Return what is parked, dropped or not; read once, then kept up to date by this object's own writes."""
        if self._known is None:
            self._known = {}
            for item in self._table.query(self._installation, "booking#", consistent=True):
                _, location, booking = str(item["key"]).split("#")
                self._known[int(location), int(booking)] = Parked(
                    item["reason"], item["params"], item["content"], item["since"], bool(item.get("dropped"))
                )
        return self._known

    def waiting(self) -> dict[BookingKey, Parked]:
        """Return what waits for a person."""
        return {key: parked for key, parked in self.all().items() if not parked.dropped}

    def park(self, key: BookingKey, reason: str, version: str, now: float, **params: str | int | Sequence[int]) -> bool:
        """Park a booking, or replace why it is parked. Returns False when it is parked so already."""
        before = self.all().get(key)
        stored = {name: list(value) if isinstance(value, tuple) else value for name, value in params.items()}
        if before is not None and (before.reason, before.version, before.params) == (reason, version, stored):
            return False
        is_dropped = before is not None and before.dropped and before.version == version
        self._put(key, Parked(reason, stored, version, before.since if before else int(now), is_dropped), now)
        return not is_dropped

    def drop(self, key: BookingKey, now: float, *, dropped: bool = True) -> bool:
        """Let nothing be done about a booking's parked content, or let it wait again; tells whether that is new."""
        before = self.all().get(key)
        if before is None or before.dropped is dropped:
            return False
        self._put(key, replace(before, dropped=dropped), now)
        return True

    def release(self, key: BookingKey) -> None:
        """Take a booking off the list, if it stands there."""
        if self.all().pop(key, None) is not None:
            self._table.delete(self._installation, booking_sort_key(key))

    def _put(self, key: BookingKey, parked: Parked, now: float) -> None:
        self._table.put(
            {
                "installation": self._installation,
                "key": booking_sort_key(key),
                "reason": parked.reason,
                "params": dict(parked.params),
                "content": parked.version,
                "since": parked.since,
                "last_at": int(now),
            }
            | ({"dropped": True} if parked.dropped else {})
        )
        self.all()[key] = parked


def overdue_work(waiting: Iterable[Parked], now: float) -> int:
    """Return how many entries an operator has to hear of: those older than a day, or all where they are many.

    Questions are the account's own matter; they count only among many.
    """
    entries = list(waiting)
    if len(entries) >= MANY:
        return len(entries)
    return sum(not parked.is_question and now - parked.since > OVERDUE_SECONDS for parked in entries)
