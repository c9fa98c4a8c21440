"""Differences: what the comparison of both sides has found that is not as it ought to be, and what it has proved.

One item for each difference, replaced when it is found again and removed when it is gone. They are found again every
night, so that a lost one costs nothing.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from bookdeal.bookings.links import BookingKey
from bookdeal.runtime.store import Item, Table

KEPT_SECONDS = 30 * 24 * 3600
"""So long a difference is kept that no comparison finds again: the account is no longer compared."""

SEEN_SECONDS = 2 * 24 * 3600
"""So long it is kept which bookings a comparison has seen, if it never ends."""

_PREFIX = "difference#"
_PROOF = "comparison"
_SEEN = "compared#"


class DifferenceKind(StrEnum):
    """What can differ between the bookings and their deals."""

    BOOKING_WITHOUT_DEAL = "booking_without_deal"
    """A booking in scope has no deal, and making one has not worked."""
    DEAL_DELETED = "deal_deleted"
    """A person deleted the booking's deal; repaired, it is made again."""
    DEAL_DIFFERS = "deal_differs"
    """The deal shows something else than the booking: the codes stand in `fields`."""
    CONTACT_MISSING = "contact_missing"
    """The deal has no contact although the booking has a client."""
    BOOKING_ABSENT = "booking_absent"
    """Altegio's list does not show a booking that has a deal; repaired, it counts as cancelled."""
    BOOKING_UNREADABLE = "booking_unreadable"
    """Altegio shows a booking in a form that cannot be read: `part` says what of it."""
    TWIN_DEALS = "twin_deals"
    """The deal bears the mark of another one, `linked`. A person has to merge them, or delete one."""
    NOT_READ = "not_read"
    """Visits `first` to `last` of a location could not be read, or not without rows shifting meanwhile (`reason`)."""
    STAGE_MOVED = "stage_moved"
    """A person has put the deal elsewhere than the rules say. No fault, and never repaired unasked."""
    STAGE_OUTDATED = "stage_outdated"
    """The deal stands where an earlier version of the rules put it. No fault: rules apply when a booking changes."""


_FOR_INFORMATION = frozenset({DifferenceKind.STAGE_MOVED, DifferenceKind.STAGE_OUTDATED})
_NOT_REPAIRABLE = frozenset({DifferenceKind.TWIN_DEALS, DifferenceKind.NOT_READ})


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference. `booking` and `deal` are 0 where there is none; `params` are ids and codes for the screen.

    `since` is when it was found first (unix seconds).
    """

    kind: DifferenceKind
    location: int
    booking: int = 0
    deal: int = 0
    params: Mapping[str, str | int | Sequence[str]] = field(default_factory=dict)
    since: int = 0

    @property
    def id(self) -> str:
        """The name by which it is asked for."""
        return f"{self.location}.{self.kind}.{self.booking}.{self.deal}"

    @property
    def key(self) -> BookingKey:
        """The key of its booking."""
        return self.location, self.booking

    @property
    def is_for_information(self) -> bool:
        """Whether it is no fault: the booking and its deal agree."""
        return self.kind in _FOR_INFORMATION

    @property
    def is_repairable(self) -> bool:
        """Whether Bookdeal can do something about it; else it goes when the next comparison does not find it."""
        return self.kind not in _NOT_REPAIRABLE


@dataclass(frozen=True, slots=True)
class Tally:
    """What a comparison found at one location.

    `compared` counts the bookings in scope, `agree` those that are right, `repaired` those that were put right by
    themselves, `parked` those that wait among parked work. The rest differs.
    """

    compared: int = 0
    agree: int = 0
    repaired: int = 0
    parked: int = 0

    @property
    def differ(self) -> int:
        """How many bookings are not as they ought to be."""
        return self.compared - self.agree - self.repaired - self.parked

    def plus(self, other: "Tally") -> "Tally":
        """Return both together."""
        return Tally(
            self.compared + other.compared,
            self.agree + other.agree,
            self.repaired + other.repaired,
            self.parked + other.parked,
        )

    def stored(self) -> list[int]:
        """Return the stored form."""
        return [self.compared, self.agree, self.repaired, self.parked]


@dataclass(frozen=True, slots=True)
class Proof:
    """What the last comparison has proved. `began` and `ended` in unix seconds, `back` and `ahead` in days.

    `deals` is how many deals were looked at for their marks, `linked` how many of them were linked again to the booking
    that they show. `whole_at` is when last all deals were, and not only those that had changed since (unix seconds).
    """

    began: int
    ended: int
    back: int
    ahead: int
    deals: int
    linked: int
    whole_at: int
    tallies: Mapping[int, Tally]


class Differences:
    """One installation's differences, in the table of decisions."""

    def __init__(self, table: Table, installation: str) -> None:
        """Bind the table to one installation."""
        self._table = table
        self._installation = installation

    def note(self, found: Sequence[Difference], comparison: str, now: float) -> None:
        """Store differences as found by a comparison; those that were known keep their beginning."""
        if not found:
            return
        keys = [(self._installation, _sort_key(one)) for one in found]
        known = self._table.batch_get(keys, consistent=True)
        writes = []
        for one, key in zip(found, keys, strict=True):
            item: Item = {
                "installation": self._installation,
                "key": key[1],
                "params": {name: _plain(value) for name, value in one.params.items()},
                "since": known[key]["since"] if key in known else int(now),
                "comparison": comparison,
                "expires_at": int(now) + KEPT_SECONDS,
            }
            writes.append([self._table.putting(item)])
        self._table.store.transact(writes)

    def of(
        self, locations: Iterable[int], kind: DifferenceKind | None = None, *, after: str = "", page: int = 0
    ) -> Iterator[Difference]:
        """Yield the differences of these locations behind the one with the id `after`; `page` as in `Table.query`."""
        behind = _PREFIX + after.replace(".", "#") if after else ""
        for location in sorted(locations, key=str):
            prefix = f"{_PREFIX}{location}#" + (f"{kind}#" if kind else "")
            if behind and not behind.startswith(prefix) and prefix < behind:
                continue
            place = behind if behind.startswith(prefix) else ""
            items = self._table.query(self._installation, prefix, after=place, consistent=True, page=page)
            yield from map(_difference, items)

    def one(self, id: str) -> Difference | None:
        """Return a difference by its id, None when there is none of it (any more)."""
        item = self._table.get(self._installation, _PREFIX + id.replace(".", "#"), consistent=True)
        return _difference(item) if item else None

    def counts(self, locations: Iterable[int]) -> Counter[DifferenceKind]:
        """Return how many there are of each kind."""
        return Counter(one.kind for one in self.of(locations))

    def faults(self, locations: Iterable[int]) -> int:
        """Return how many there are that are faults."""
        return sum(not one.is_for_information for one in self.of(locations))

    def remove(self, gone: Iterable[Difference]) -> None:
        """Remove differences that are none any more."""
        self._delete(_sort_key(one) for one in gone)

    def settle(self, comparison: str, not_read: Iterable[int]) -> None:
        """Remove all that a comparison which has ended did not find again.

        Of locations that were not wholly `not_read` nothing is known: there only that is looked at which it has found.
        """
        kept = {str(location) for location in not_read}
        items = self._table.query(self._installation, _PREFIX, consistent=True)
        self._delete(
            str(item["key"])
            for item in items
            if item["comparison"] != comparison
            and (str(item["key"]).split("#")[1] not in kept or f"#{DifferenceKind.NOT_READ}#" in str(item["key"]))
        )

    def see(self, comparison: str, location: int, bookings: str, now: float) -> None:
        """Keep which bookings of a location a comparison has seen so far, as text; "" when that is needed no more."""
        if not bookings:
            self._table.delete(self._installation, f"{_SEEN}{location}")
            return
        self._table.put(
            {
                "installation": self._installation,
                "key": f"{_SEEN}{location}",
                "comparison": comparison,
                "bookings": bookings,
                "expires_at": int(now) + SEEN_SECONDS,
            }
        )

    def seen(self, comparison: str, location: int) -> str:
        """Return what the same comparison has kept of a location, "" for nothing."""
        item = self._table.get(self._installation, f"{_SEEN}{location}", consistent=True)
        return str(item["bookings"]) if item and item["comparison"] == comparison else ""

    def keep_proof(self, proof: Proof) -> None:
        """Store what a comparison has proved."""
        self._table.put(
            {
                "installation": self._installation,
                "key": _PROOF,
                "began": proof.began,
                "ended": proof.ended,
                "back": proof.back,
                "ahead": proof.ahead,
                "deals": proof.deals,
                "linked": proof.linked,
                "whole_at": proof.whole_at,
                "tallies": {str(location): tally.stored() for location, tally in proof.tallies.items()},
            }
        )

    def proof(self) -> Proof | None:
        """Return what the last comparison has proved, None before the first has ended."""
        item = self._table.get(self._installation, _PROOF, consistent=True)
        return proof_from(item) if item else None

    def _delete(self, keys: Iterable[str]) -> None:
        self._table.store.transact([[self._table.deleting(self._installation, key)] for key in keys])


def proof_from(item: Mapping[str, Any]) -> Proof:
    """Read the stored form of a proof."""
    return Proof(
        began=item["began"],
        ended=item["ended"],
        back=item["back"],
        ahead=item["ahead"],
        deals=item["deals"],
        linked=item["linked"],
        whole_at=item["whole_at"],
        tallies={int(location): Tally(*counts) for location, counts in item["tallies"].items()},
    )


def _sort_key(one: Difference) -> str:
    return _PREFIX + one.id.replace(".", "#")


def _difference(item: Item) -> Difference:
    _, location, kind, booking, deal = str(item["key"]).split("#")
    return Difference(DifferenceKind(kind), int(location), int(booking), int(deal), item["params"], item["since"])


def _plain(value: str | int | Sequence[str]) -> str | int | list[str]:
    return value if isinstance(value, str | int) else list(value)
