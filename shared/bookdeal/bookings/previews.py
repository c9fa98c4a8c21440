"""What a preview found: for each booking whose deal would move, be made or stay against the rules, where and why."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from bookdeal.bookings.links import BookingKey
from bookdeal.model.deal import Place
from bookdeal.runtime.store import Item, Table, Write

KEPT_SECONDS = 7 * 24 * 3600
"""As long as the command that asked for it can be asked for."""

_PREFIX = "preview#"


class Fate(StrEnum):
    """What would become of a booking's deal: it would move, be made, or stay although the rules want another stage."""

    MOVES = "moves"
    MADE = "made"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class Group:
    """What becomes of several deals for one reason.

    `rule` is the code of the rule that speaks, `skipped` why a stage is not written, where it is not. `before` None:
    there is no deal yet.
    """

    fate: Fate
    before: Place | None
    after: Place | None
    rule: str
    skipped: str | None = None

    @property
    def id(self) -> str:
        """Its name within a preview."""
        told = repr((self.fate.value, self.before, self.after, self.rule, self.skipped))
        return hashlib.blake2b(told.encode(), digest_size=5).hexdigest()


@dataclass(frozen=True, slots=True)
class Row:
    """One booking of a group. `deal` 0: there is none yet. `why` is the rules' explanation, None for none."""

    booking: BookingKey
    deal: int
    why: Mapping[str, object] | None


class Previews:
    """One installation's previews, in the table of decisions, by the command that asked for them."""

    def __init__(self, table: Table, installation: str) -> None:
        """Bind the table to one installation."""
        self._table = table
        self._installation = installation

    def keep(self, command: str, group: Group, row: Row) -> Write:
        """Return the write of a row; the same again changes nothing."""
        location, booking = row.booking
        item: Item = {
            "installation": self._installation,
            "key": f"{_PREFIX}{command}#{group.id}#{location}#{booking}",
            "deal": row.deal,
            "expires_at": int(self._table.store.clock.now()) + KEPT_SECONDS,
        }
        if row.why is not None:
            item["why"] = dict(row.why)
        return self._table.putting(item)

    def rows(self, command: str, group: str, *, after: BookingKey | None = None, page: int = 0) -> Iterator[Row]:
        """Yield the rows of a group behind a booking; `page` as in `Table.query`."""
        prefix = f"{_PREFIX}{command}#{group}#"
        start = f"{prefix}{after[0]}#{after[1]}" if after else ""
        for item in self._table.query(self._installation, prefix, after=start, page=page):
            location, booking = str(item["key"]).removeprefix(prefix).split("#")
            yield Row((int(location), int(booking)), item["deal"], item.get("why"))
