"""Links: which bookings belong to which deal, and what was last applied to it.

Most deals hold one booking; one may hold several. What is known of the deal itself stands in each of its bookings'
links alike: so one item tells all about the common deal, and links of one deal are written together or not at all.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Self

from bookdeal.bookings.rules import Inputs
from bookdeal.model.booking import BookingStatus
from bookdeal.model.deal import Place
from bookdeal.runtime.store import Item, Table, Write

type BookingKey = tuple[int, int]
"""Location and booking id: booking ids are unique only within a location."""


_VISIT = "visit#"
_BEGUN = "begun"
"""The key of the item that every installation has whose bookings were read."""


@dataclass(frozen=True, slots=True)
class BookingLink:
    """One booking's deal and what was last applied to it.

    Of the booking: `digest` and `changed` mark the version that was applied, `read_at` when it was read (unix seconds
    of the location's clock, 0 unknown). `task_owed` is when its task was last tried without knowing the outcome (unix
    seconds), 0 when none is owed. `version` counts the writes and guards them.
    Of the deal: `others` are the bookings that it holds beside this one. `contact` is the one that we gave it. `put` is
    where we put it last, `known` where it was last known to stand, by our hand or a person's; `home` is the pipeline
    where a person or our making last put it, None when an older version wrote the link. `inputs` are those of the
    booking that it shows, None while it has not been worked through. `tried` is where a move of ours may have put it
    that nobody came to remember, None: there is none. `gone`: a person deleted it.
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
    others: tuple[BookingKey, ...] = ()
    tried: Place | None = None

    @property
    def key(self) -> BookingKey:
        """The booking's key."""
        return self.location, self.booking

    @property
    def is_rebuilt(self) -> bool:
        """Whether it was rebuilt and its booking not applied since: what was applied before is not known."""
        return self.inputs is None and self.read_at > 0

    @property
    def sort_key(self) -> str:
        """The key of the booking's item."""
        return booking_sort_key(self.key)

    @property
    def held(self) -> tuple[BookingKey, ...]:
        """All bookings of its deal, in order."""
        return tuple(sorted((self.key, *self.others)))

    def saying(self, other: "BookingLink") -> "BookingLink":
        """Return it saying of the deal what another link of the same deal says."""
        return replace(
            self,
            deal=other.deal,
            others=tuple(key for key in other.held if key != self.key),
            contact=other.contact,
            inputs=other.inputs,
            put=other.put,
            known=other.known,
            home=other.home,
            tried=other.tried,
            gone=other.gone,
        )

    def to_item(self, installation: str) -> Item:
        """Return the stored form."""
        item: Item = {
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
        if self.others:
            item["others"] = [list(key) for key in self.others]
        if self.tried:
            item["tried"] = _place_to_list(self.tried)
        return item

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
            others=tuple((int(at), int(id)) for at, id in item.get("others", ())),
            tried=_place_from_list(item.get("tried")),
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
        """Return a link of each of these deals, without the deals that are none of ours."""
        first = {deal: held[0] for deal, held in self.held(deals).items()}
        links = self.of_bookings(first.values())
        return {deal: links[key] for deal, key in first.items() if key in links}

    def of_location(self, location: int, after: int = 0) -> Iterator[BookingLink]:
        """Yield a location's links in the order of their keys, behind that of the booking `after`."""
        prefix = f"booking#{location}#"
        behind = f"{prefix}{after}" if after else ""
        items = self._table.query(self._installation, prefix, after=behind, consistent=True)
        return map(BookingLink.from_item, items)

    def held(self, deals: Iterable[int]) -> dict[int, tuple[BookingKey, ...]]:
        """Return the bookings that each of these deals holds, in order, without the deals that hold none."""
        claims = self._items(deal_sort_key(deal) for deal in set(deals))
        return {int(claim["deal"]): _keys(claim["bookings"]) for claim in claims}

    def of_visits(self, marks: Iterable[str]) -> dict[str, BookingKey]:
        """Return the booking that stands for each of these visits, without the visits that are not known."""
        items = self._items(_VISIT + mark for mark in set(marks))
        return {str(item["key"]).removeprefix(_VISIT): (int(item["location"]), int(item["booking"])) for item in items}

    def hold_visit(self, mark: str, key: BookingKey) -> Write:
        """Return the write that lets a booking stand for its visit: the others of the visit go to its deal."""
        location, booking = key
        return self._table.putting(
            {"installation": self._installation, "key": _VISIT + mark, "location": location, "booking": booking}
        )

    def with_others(self, links: Iterable[BookingLink]) -> dict[BookingKey, BookingLink]:
        """Return these links, and those of all other bookings of their deals."""
        known = {link.key: link for link in links}
        missing = {key for link in known.values() for key in link.others if key not in known}
        return {**known, **self.of_bookings(missing)} if missing else known

    def change(self, link: BookingLink, seen: BookingLink | None) -> Write:
        """Return the write of a link that replaces the version `seen`; None when there must be none yet."""
        item = replace(link, version=seen.version + 1 if seen else 1).to_item(self._installation)
        if seen is None:
            return self._table.putting(item, when=self._table.absent)
        return self._table.putting(item, when="#version = :seen", values={"seen": seen.version})

    def claim(self, link: BookingLink, held: Iterable[BookingKey] = ()) -> Write:
        """Return the write that claims a link's deal for its bookings: it fails unless the deal holds `held`."""
        before, after = _names(held), _names(link.held)
        return self._table.putting(
            {
                "installation": self._installation,
                "key": deal_sort_key(link.deal),
                "deal": link.deal,
                "bookings": after,
            },
            when=f"#bookings = :before OR #bookings = :after{'' if before else f' OR {self._table.absent}'}",
            values={"before": before, "after": after},
        )

    def unclaim(self, deal: int, held: Iterable[BookingKey]) -> Write:
        """Return the write that lets go of a deal: it fails unless the deal holds `held`."""
        return self._table.deleting(
            self._installation, deal_sort_key(deal), when="#bookings = :before", values={"before": _names(held)}
        )

    def count_visits(self, location: int, first: date, last: date) -> int:
        """Return how many linked bookings of a location have their visit on these days, as far as is known here."""
        since, until = first.isoformat(), last.isoformat()
        links = self._table.query(self._installation, f"booking#{location}#")
        return sum(since <= link["day"] <= until for link in links)

    def all(self, after: str = "") -> Iterator[Item]:
        """Yield all items as stored whose keys follow `after`, in the order of their keys."""
        return self._table.query(self._installation, after=after, consistent=True)

    def keep(self, item: Item) -> Write:
        """Return the write of an item that `all` has yielded and that has changed since."""
        return self._table.putting({**item, "installation": self._installation})

    def drop(self, sort_key: str) -> Write:
        """Return the write that removes an item that `all` has yielded."""
        return self._table.deleting(self._installation, sort_key)

    def begin(self) -> None:
        """Note that links are kept from now on."""
        self._table.put({"installation": self._installation, "key": _BEGUN})

    def have_begun(self) -> bool:
        """Tell whether that is noted: where it is not although bookings were read, the table was lost."""
        return self._table.get(self._installation, _BEGUN, consistent=True) is not None

    def _items(self, sort_keys: Iterable[str]) -> Iterable[Item]:
        keys = [(self._installation, sort_key) for sort_key in sort_keys]
        return self._table.batch_get(keys, consistent=True).values() if keys else ()


def _inputs_to_item(inputs: Inputs | None) -> Item | None:
    if inputs is None:
        return None
    categories = None if inputs.categories is None else sorted(inputs.categories)
    return {
        "status": inputs.status.value,
        "location": inputs.location,
        "employee": inputs.employee,
        "categories": categories,
    }


def _inputs_from(stored: Any, location: int) -> Inputs | None:
    if not stored:
        return None
    if isinstance(stored, list):  # the first version kept status, employee and services, from which nothing follows
        return Inputs(BookingStatus(stored[0]), location, stored[1], None)
    categories = stored["categories"]
    return Inputs(
        BookingStatus(stored["status"]),
        stored.get("location", location),
        stored["employee"],
        None if categories is None else frozenset(categories),
    )


def _names(keys: Iterable[BookingKey]) -> str:
    return " ".join(f"{location}#{booking}" for location, booking in sorted(keys))


def _keys(names: str) -> tuple[BookingKey, ...]:
    parts = (name.split("#") for name in names.split())
    return tuple((int(location), int(booking)) for location, booking in parts)


def _place_to_list(place: Place | None) -> list[int] | None:
    return [place.pipeline, place.stage] if place else None


def _place_from_list(stored: Any) -> Place | None:
    return Place(int(stored[0]), int(stored[1])) if stored else None
