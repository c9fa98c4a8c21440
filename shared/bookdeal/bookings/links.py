"""Links: which booking belongs to which deal, and what was last applied to it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Self

from bookdeal.bookings.rules import Inputs
from bookdeal.model.booking import BookingStatus
from bookdeal.model.deal import Place
from bookdeal.runtime.store import Item, Table, Write

type BookingKey = tuple[int, int]
"""Location and booking id: booking ids are unique only within a location."""


@dataclass(frozen=True, slots=True)
class BookingLink:
    """One booking's deal and what was last applied to it.

    `digest` and `changed` mark the version of the booking that was applied, `read_at` when it was read (unix seconds of
    the location's clock, 0 unknown). `put` is where we put the deal last, `known` where it was last known to stand, by
    our hand or a person's; `home` is the pipeline where a person or our making last put it, None when an older version
    wrote the link. `inputs` is None while a deal found again after a crash has not been worked through.
    `gone`: a person deleted the deal. `task_owed` is when its task was last tried without knowing the outcome (unix
    seconds), 0 when none is owed. `version` counts the writes and guards them.
    """

    location: int
    booking: int
    deal: int
    contact: int | None
    client: int | None
    digest: str
    changed: str
    read_at: int
    day: str
    inputs: Inputs | None
    put: Place | None
    known: Place | None
    home: int | None = None
    gone: bool = False
    task_owed: int = 0
    version: int = 0

    @property
    def key(self) -> BookingKey:
        """The booking's key."""
        return self.location, self.booking

    @property
    def sort_key(self) -> str:
        """The key of the booking's item."""
        return booking_sort_key(self.key)

    def to_item(self, installation: str) -> Item:
        """Return the stored form."""
        return {
            "installation": installation,
            "key": self.sort_key,
            "deal": self.deal,
            "contact": self.contact,
            "client": self.client,
            "digest": self.digest,
            "changed": self.changed,
            "read_at": self.read_at,
            "day": self.day,
            "inputs": _inputs_to_item(self.inputs),
            "put": _place_to_list(self.put),
            "known": _place_to_list(self.known),
            "home": self.home,
            "gone": self.gone,
            "task_owed": self.task_owed,
            "version": self.version,
        }

    @classmethod
    def from_item(cls, item: Item) -> Self:
        """Read the stored form."""
        _, location, booking = str(item["key"]).split("#")
        return cls(
            location=int(location),
            booking=int(booking),
            deal=item["deal"],
            contact=item["contact"],
            client=item["client"],
            digest=item["digest"],
            changed=item["changed"],
            read_at=item["read_at"],
            day=item["day"],
            inputs=_inputs_from(item["inputs"], int(location)),
            put=_place_from_list(item["put"]),
            known=_place_from_list(item["known"]),
            home=item.get("home"),
            gone=item["gone"],
            task_owed=item["task_owed"],
            version=item["version"],
        )


def booking_sort_key(key: BookingKey) -> str:
    """Return the sort key of a booking's link."""
    return f"booking#{key[0]}#{key[1]}"


def deal_sort_key(deal: int) -> str:
    """Return the sort key of a deal's claim."""
    return f"deal#{deal}"


class Links:
    """One installation's links."""

    def __init__(self, table: Table, installation: str) -> None:
        """Bind the table to one installation: no call can reach another's links."""
        self._table = table
        self._installation = installation

    def of_bookings(self, keys: Iterable[BookingKey]) -> dict[BookingKey, BookingLink]:
        """Return the links of these bookings, without those that have none."""
        items = self._items(booking_sort_key(key) for key in set(keys))
        return {link.key: link for link in map(BookingLink.from_item, items)}

    def of_deals(self, deals: Iterable[int]) -> dict[int, BookingLink]:
        """Return the link behind each of these deals, without the deals that are none of ours."""
        claims = self._items(deal_sort_key(deal) for deal in set(deals))
        claimed = {int(claim["deal"]): (int(claim["location"]), int(claim["booking"])) for claim in claims}
        links = self.of_bookings(claimed.values())
        return {deal: links[key] for deal, key in claimed.items() if key in links}

    def change(self, link: BookingLink, seen: BookingLink | None) -> Write:
        """Return the write of a link that replaces the version `seen`; None when there must be none yet."""
        item = replace(link, version=seen.version + 1 if seen else 1).to_item(self._installation)
        if seen is None:
            return self._table.putting(item, when=self._table.absent)
        return self._table.putting(item, when="#version = :seen", values={"seen": seen.version})

    def claim(self, link: BookingLink) -> Write:
        """Return the write that claims a deal for one booking: it fails when another booking has it."""
        return self._table.putting(
            {
                "installation": self._installation,
                "key": deal_sort_key(link.deal),
                "deal": link.deal,
                "location": link.location,
                "booking": link.booking,
            },
            when=f"{self._table.absent} OR (#location = :location AND #booking = :booking)",
            values={"location": link.location, "booking": link.booking},
        )

    def _items(self, sort_keys: Iterable[str]) -> Iterable[Item]:
        keys = [(self._installation, sort_key) for sort_key in sort_keys]
        return self._table.batch_get(keys, consistent=True).values() if keys else ()


def _inputs_to_item(inputs: Inputs | None) -> Item | None:
    if inputs is None:
        return None
    categories = None if inputs.categories is None else sorted(inputs.categories)
    return {"status": inputs.status.value, "employee": inputs.employee, "categories": categories}


def _inputs_from(stored: Any, location: int) -> Inputs | None:
    if not stored:
        return None
    if isinstance(stored, list):  # the first version kept status, employee and services, from which nothing follows
        return Inputs(BookingStatus(stored[0]), location, stored[1], None)
    categories = stored["categories"]
    return Inputs(
        BookingStatus(stored["status"]),
        location,
        stored["employee"],
        None if categories is None else frozenset(categories),
    )


def _place_to_list(place: Place | None) -> list[int] | None:
    return [place.pipeline, place.stage] if place else None


def _place_from_list(stored: Any) -> Place | None:
    return Place(int(stored[0]), int(stored[1])) if stored else None
