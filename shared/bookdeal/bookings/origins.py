"""Origins: from which deal a booking was made, noted before Altegio is asked to make it, so that it finds its way back.

The booking carries the origin's mark as its external id; marks of ours begin so that nobody else's are looked up.
"""

from collections.abc import Iterable
from uuid import uuid4

from bookdeal.runtime.store import Table, Write

PREFIX = "bookdeal-"


def new_mark() -> str:
    """Return an external id for a booking that is about to be made."""
    return f"{PREFIX}{uuid4().hex}"


class Origins:
    """One installation's origins, in the table of links."""

    def __init__(self, table: Table, installation: str) -> None:
        """Bind the table to one installation."""
        self._table = table
        self._installation = installation

    def note(self, mark: str, deal: int) -> Write:
        """Return the write that says from which deal the booking with this external id is made."""
        return self._table.putting({"installation": self._installation, "key": _sort_key(mark), "deal": deal})

    def deals(self, external_ids: Iterable[str]) -> dict[str, int]:
        """Return the deals from which bookings with these external ids were made, without those that were not."""
        marks = {_sort_key(id): id for id in external_ids if id.startswith(PREFIX)}
        if not marks:
            return {}
        found = self._table.batch_get([(self._installation, key) for key in marks], consistent=True)
        return {marks[key]: int(item["deal"]) for (_, key), item in found.items()}


def _sort_key(mark: str) -> str:
    return f"origin#{mark}"
