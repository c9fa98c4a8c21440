"""Origins: what a booking was made from, noted before Altegio is asked to make it, so that it finds its way back.

That is the deal in whose card it was made, or the booking in whose place: that one's deal goes on with it.

The booking carries the origin's mark as its external id; marks of ours begin so that nobody else's are looked up.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import uuid4

from bookdeal.runtime.store import Table, Write

PREFIX = "bookdeal-"


@dataclass(frozen=True, slots=True)
class Origin:
    """What a booking was made from. `replaces` is the booking of the same location in whose place it is.

    `deal` is the deal that was known when it was made; where `replaces` has one by now, that counts.
    """

    deal: int | None
    replaces: int | None = None


def new_mark() -> str:
    """Return an external id for a booking that is about to be made."""
    return f"{PREFIX}{uuid4().hex}"


class Origins:
    """One installation's origins, in the table of links."""

    def __init__(self, table: Table, installation: str) -> None:
        """Bind the table to one installation."""
        self._table = table
        self._installation = installation

    def note(self, mark: str, origin: Origin) -> Write:
        """Return the write that says what the booking with this external id is made from."""
        item = {"installation": self._installation, "key": _sort_key(mark), "deal": origin.deal}
        return self._table.putting(item | ({"replaces": origin.replaces} if origin.replaces else {}))

    def of(self, external_ids: Iterable[str]) -> dict[str, Origin]:
        """Return what bookings with these external ids were made from, without those that were made from nothing."""
        marks = {_sort_key(id): id for id in external_ids if id.startswith(PREFIX)}
        if not marks:
            return {}
        found = self._table.batch_get([(self._installation, key) for key in marks], consistent=True)
        return {marks[key]: Origin(item["deal"], item.get("replaces")) for (_, key), item in found.items()}


def _sort_key(mark: str) -> str:
    return f"origin#{mark}"
