"""What was last read of contacts' totals and memberships, and what their fields were last made to show."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from bookdeal.clients.statistics import plain
from bookdeal.model.client import ClientKey, ClientTotals, Membership
from bookdeal.model.deal import FieldValue
from bookdeal.runtime.store import Item, Table, Write

_PREFIX = "statistics#"
_ALL = "statistics"


@dataclass(frozen=True, slots=True)
class ContactStatistics:
    """One contact's statistics; no phone is kept.

    `totals` are those of his clients, one by one. `expects_memberships`: a search says that there is something left on
    one, so that they have to be read. `shown` is what stood in the contact's fields when they were last written, by
    field id. `read_at` in unix seconds, 0 never.
    """

    contact: int
    totals: Mapping[ClientKey, ClientTotals] = field(default_factory=dict)
    memberships: tuple[Membership, ...] = ()
    expects_memberships: bool = False
    shown: Mapping[int, FieldValue] = field(default_factory=dict)
    read_at: int = 0

    @property
    def has_memberships(self) -> bool:
        """Whether the nightly work has to ask for this contact's memberships."""
        return self.expects_memberships or bool(self.memberships)


class StatisticsBook:
    """One installation's statistics, in the table of links."""

    def __init__(self, table: Table, installation: str) -> None:
        """Bind the table to one installation."""
        self._table = table
        self._installation = installation

    def read(self, contacts: Iterable[int]) -> dict[int, ContactStatistics]:
        """Return what is known of these contacts, without those of whom nothing is."""
        keys = [(self._installation, f"{_PREFIX}{contact}") for contact in dict.fromkeys(contacts)]
        items = self._table.batch_get(keys, consistent=True).values() if keys else ()
        return {known.contact: known for known in map(_from_item, items)}

    def with_memberships(self, after: int = 0) -> Iterator[int]:
        """Yield the contacts whose memberships have to be read again, behind the one named, in the table's order."""
        behind = f"{_PREFIX}{after}" if after else ""
        for item in self._table.query(self._installation, _PREFIX, after=behind, consistent=True):
            known = _from_item(item)
            if known.has_memberships:
                yield known.contact

    def keep(self, known: ContactStatistics) -> Write:
        """Return the write that keeps what is known of a contact."""
        return self._table.putting(
            {
                "installation": self._installation,
                "key": f"{_PREFIX}{known.contact}",
                "contact": known.contact,
                "totals": [
                    [*key, plain(one.purchases), one.visits, one.last_visit.isoformat() if one.last_visit else None]
                    for key, one in sorted(known.totals.items())
                ],
                "memberships": [_membership_item(one) for one in known.memberships],
                "expects_memberships": known.expects_memberships,
                "shown": {str(id): value for id, value in known.shown.items()},
                "read_at": known.read_at,
            }
        )

    def all_read_at(self) -> int:
        """Return when all contacts were compared last, in unix seconds, 0 never."""
        item = self._table.get(self._installation, _ALL)
        return int(item["at"]) if item else 0

    def keep_all_read(self, at: int) -> None:
        """Note that what all contacts show was right at that time."""
        self._table.put({"installation": self._installation, "key": _ALL, "at": at})

    def drop(self, contact: int) -> Write:
        """Return the write that forgets a contact who is gone."""
        return self._table.deleting(self._installation, f"{_PREFIX}{contact}")


def _from_item(item: Item) -> ContactStatistics:
    totals = {}
    for location, client, purchases, visits, last_visit in item["totals"]:
        seen = datetime.fromisoformat(last_visit) if last_visit else None
        totals[int(location), int(client)] = ClientTotals(int(client), "", Decimal(purchases), int(visits), seen)
    return ContactStatistics(
        contact=int(item["contact"]),
        totals=totals,
        memberships=tuple(_membership(stored) for stored in item["memberships"]),
        expects_memberships=item["expects_memberships"],
        shown={int(id): value for id, value in item["shown"].items()},
        read_at=item["read_at"],
    )


def _membership_item(membership: Membership) -> Item:
    return {
        "id": membership.id,
        "location": membership.location,
        "title": membership.title,
        "starts": membership.starts,
        "ends": membership.ends,
        "remaining": membership.remaining,
        "parts": [list(part) for part in membership.parts],
        "frozen": membership.is_frozen,
    }


def _membership(stored: Mapping[str, Any]) -> Membership:
    return Membership(
        id=stored["id"],
        location=stored["location"],
        title=stored["title"],
        starts=stored["starts"],
        ends=stored["ends"],
        remaining=stored["remaining"],
        parts=tuple((str(title), int(count)) for title, count in stored["parts"]),
        is_frozen=stored["frozen"],
    )
