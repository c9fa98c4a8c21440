"""What a scan of an account has found: groups of ids with reasons, no persons; and what a person wants to be ignored.

The lines that a scan keeps while it goes on lie beside them; the newest scan replaces the one before. What is ignored
stays so until a person wants it found again.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import batched, islice
from typing import Any

from bookdeal.duplicates.pairs import BookingKey, Group, Kind, Level, Reason, gathered
from bookdeal.runtime.errors import Conflict
from bookdeal.runtime.store import Item, Table, Write

ROWS_KEPT = 2 * 86_400
"""Seconds that a scan's lines are kept at most; one that comes to its end removes them itself."""

FOUND_KEPT = 90 * 86_400
"""Seconds that groups are kept when no further scan replaces them."""

GROUPS_A_PAGE = 100
IGNORED_A_PAGE = 20

ROWS_AN_ITEM = 2000
"""Lines in one item at most: an item holds 400 KB."""

MOST_MEMBERS = 200
"""Members of a group that are kept: of a larger one the next scan finds the others, when these are taken care of."""

MOST_IGNORED = 30
"""Members of a group that is to be ignored at once: each pair of them is remembered."""

type Member = int | BookingKey
type Both = tuple[Member, Member]

_ROWS, _GROUPS, _NEWEST = "duplicates#rows#", "duplicates#groups#", "duplicates#newest"
_IGNORED, _HANDLED = "duplicates#ignored#", "duplicates#handled#"
_DELETED_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Found:
    """One group as it was found. `keep` is the member that a person would keep first, None where none is better."""

    kind: Kind
    members: tuple[Member, ...]
    level: Level
    reasons: tuple[Reason, ...]
    keep: Member | None = None

    @staticmethod
    def of[K: (int, BookingKey)](kind: Kind, group: Group[K], keep: K | None = None) -> "Found":
        """Return a group with its reasons in their order."""
        return Found(kind, group.members, group.level, tuple(sorted(group.reasons)), keep)


@dataclass(frozen=True, slots=True)
class Scan:
    """The newest scan that came to its end: its command, when it began (unix seconds), and its counts."""

    id: str
    at: float
    counts: Mapping[str, int]


class Findings:
    """One installation's findings, in the table of decisions."""

    def __init__(self, table: Table, installation: str) -> None:
        """Bind the table to one installation."""
        self._table = table
        self._installation = installation

    # -- while a scan goes on ----------------------------------------------------------------------------------------

    def keep_rows(self, scan: str, what: str, number: int, rows: Sequence[str]) -> None:
        """Keep the lines of one page; the same page again replaces them."""
        expires_at = int(self._table.store.clock.now()) + ROWS_KEPT
        for part, some in enumerate(batched(rows or [""], ROWS_AN_ITEM, strict=False)):
            key = f"{_place(_ROWS, scan, what, number)}#{part}"
            self._table.put(self._item(key, rows="\n".join(some), expires_at=expires_at))

    def rows(self, scan: str, what: str) -> Iterator[str]:
        """Yield all lines kept of one kind."""
        for item in self._table.query(self._installation, f"{_ROWS}{scan}#{what}#", consistent=True):
            if item["rows"]:
                yield from str(item["rows"]).split("\n")

    def keep_groups(self, scan: str, groups: Iterable[Found]) -> None:
        """Keep what a scan has found; shown once it is the newest."""
        by_kind: dict[Kind, list[Found]] = defaultdict(list)
        for group in groups:
            by_kind[group.kind].append(group)
        expires_at = int(self._table.store.clock.now()) + FOUND_KEPT
        writes: list[list[Write]] = []
        for kind, found in by_kind.items():
            ordered = sorted(found, key=lambda one: (list(Level).index(one.level), one.members))
            for start in range(0, len(ordered), GROUPS_A_PAGE):
                key = _place(_GROUPS, scan, kind, start // GROUPS_A_PAGE)
                some = [_stored(group) for group in ordered[start : start + GROUPS_A_PAGE]]
                writes.append([self._table.putting(self._item(key, groups=some, expires_at=expires_at))])
        self._table.store.transact(writes)

    def replace_newest(self, scan: Scan) -> None:
        """Let a scan be the newest, unless one that began later is already."""
        counts = dict(scan.counts)
        try:
            self._table.put(
                self._item(_NEWEST, scan=scan.id, at=scan.at, counts=counts),
                when=f"{self._table.absent} OR #scan <= :scan",
                values={"scan": scan.id},
            )
        except Conflict:
            return

    def clear(self, scan: str) -> bool:
        """Remove the lines of a scan and all of older ones, some at a time; tells whether all is removed."""
        old = list(islice(self._outdated(scan), _DELETED_AT_ONCE))
        self._table.store.transact([[self._table.deleting(self._installation, key)] for key in old])
        return len(old) < _DELETED_AT_ONCE

    def _outdated(self, scan: str) -> Iterator[str]:
        # Scans are named by their time: older ones come first.
        for prefix in (_ROWS, _GROUPS, _HANDLED):
            for item in self._table.query(self._installation, prefix, consistent=True, page=_DELETED_AT_ONCE):
                of = str(item["key"]).removeprefix(prefix).split("#", 1)[0]
                if of > scan or (of == scan and prefix != _ROWS):
                    break
                yield str(item["key"])

    # -- afterwards --------------------------------------------------------------------------------------------------

    def newest(self) -> Scan | None:
        """Return the newest scan that came to its end, None when there was none."""
        item = self._table.get(self._installation, _NEWEST)
        return Scan(item["scan"], item["at"], item["counts"]) if item else None

    def groups(self, scan: str, kind: Kind, page: int, undone: Set[str] = frozenset()) -> tuple[list[Found], bool]:
        """Return a page of groups, from 1 on, the surest first; and whether there is another.

        Without what is ignored and what was handled since, other than by the commands `undone`; such a page may be
        shorter than others.
        """
        keys = [(self._installation, _place(_GROUPS, scan, kind, number)) for number in (page - 1, page)]
        found = self._table.batch_get(keys)
        ignored, handled = self.ignored(kind), self._handled(scan, kind, undone)
        stored = found[keys[0]]["groups"] if keys[0] in found else ()
        left = (_left(_found(kind, one), handled) for one in stored)
        groups = [group for group in left if group is not None and not _is_ignored(group, ignored)]
        return groups, keys[1] in found

    def handle(self, kind: Kind, members: Iterable[Member], command: str, part: int) -> None:
        """Note that these members of the newest scan's groups were taken care of by a part of a command."""
        newest = self.newest()
        if newest is not None:
            named = [_text(member) for member in members]
            key = f"{_HANDLED}{newest.id}#{kind}#{command}#{part}"
            expires_at = int(self._table.store.clock.now()) + FOUND_KEPT
            self._table.put(self._item(key, members=named, expires_at=expires_at))

    def handlers(self, scan: str, kind: Kind) -> set[str]:
        """Return the commands that took care of something since that scan."""
        return {command for command, _ in self._handlings(scan, kind)}

    def _handled(self, scan: str, kind: Kind, undone: Set[str]) -> frozenset[Member]:
        done = (texts for command, texts in self._handlings(scan, kind) if command not in undone)
        return frozenset(_member(kind, text) for texts in done for text in texts)

    def _handlings(self, scan: str, kind: Kind) -> Iterator[tuple[str, list[str]]]:
        prefix = f"{_HANDLED}{scan}#{kind}#"
        for item in self._table.query(self._installation, prefix):
            yield str(item["key"]).removeprefix(prefix).split("#")[0], item["members"]

    # -- what is ignored ---------------------------------------------------------------------------------------------

    def ignore(self, kind: Kind, pairs: Iterable[Both], by: int | None) -> None:
        """Let these pairs be found no more, ever."""
        at = int(self._table.store.clock.now())
        items = [self._item(_pair_key(kind, pair), by=by, at=at) for pair in pairs]
        self._table.store.transact([[self._table.putting(item)] for item in items])

    def stop_ignoring(self, kind: Kind, pairs: Iterable[Both]) -> None:
        """Let these pairs be found again."""
        self._table.store.transact(
            [[self._table.deleting(self._installation, _pair_key(kind, pair))] for pair in pairs]
        )

    def ignored_ids(self, kind: Kind) -> set[tuple[int, int]]:
        """Return the pairs of contacts or deals that are not to be found, the smaller id first."""
        return {(one, other) for one, other in self.ignored(kind) if isinstance(one, int) and isinstance(other, int)}

    def ignored_bookings(self) -> set[tuple[BookingKey, BookingKey]]:
        """Return the pairs of bookings that are not to be found, the smaller key first."""
        pairs = self.ignored(Kind.BOOKINGS)
        return {(one, other) for one, other in pairs if isinstance(one, tuple) and isinstance(other, tuple)}

    def ignored(self, kind: Kind) -> set[Both]:
        """Return the pairs that are not to be found, the smaller member first."""
        prefix = f"{_IGNORED}{kind}#"
        found = set()
        for item in self._table.query(self._installation, prefix):
            first, second = str(item["key"]).removeprefix(prefix).split("#")
            found.add((_member(kind, first), _member(kind, second)))
        return found

    def ignored_groups(self, kind: Kind, page: int) -> tuple[list[tuple[Member, ...]], bool]:
        """Return a page of the groups whose members are not to be found together; and whether there is another."""
        groups: Sequence[tuple[Member, ...]]
        if kind is Kind.BOOKINGS:
            groups = gathered(self.ignored_bookings(), MOST_IGNORED)
        else:
            groups = gathered(self.ignored_ids(kind), MOST_IGNORED)
        end = page * IGNORED_A_PAGE
        return list(groups[end - IGNORED_A_PAGE : end]), len(groups) > end

    def naming(self, contacts: Set[int]) -> list[dict[str, Any]]:
        """Return what is kept that names one of these contacts: groups as stored, and pairs that are ignored."""
        found = [
            {"key": item["key"], **one}
            for item in self._table.query(self._installation, _GROUPS)
            if _is_of_contacts(item)
            for one in item["groups"]
            if not contacts.isdisjoint(one["members"])
        ]
        pairs = sorted(pair for pair in self.ignored_ids(Kind.CONTACTS) if not contacts.isdisjoint(pair))
        return found + [{"ignored": list(pair)} for pair in pairs]

    def forget_contact(self, contact: int) -> None:
        """Remove what names a contact: the groups that it is in, as a whole, and what is ignored of it."""
        self.stop_ignoring(Kind.CONTACTS, [pair for pair in self.ignored(Kind.CONTACTS) if contact in pair])
        for item in list(self._table.query(self._installation, _GROUPS, consistent=True)):
            left = [one for one in item["groups"] if contact not in one["members"] or not _is_of_contacts(item)]
            if len(left) < len(item["groups"]):
                self._table.put({**item, "groups": left})

    def _item(self, key: str, **values: Any) -> Item:
        return {"installation": self._installation, "key": key, **values}


def _place(prefix: str, scan: str, what: str, number: int) -> str:
    return f"{prefix}{scan}#{what}#{number:06d}"


def _is_of_contacts(item: Item) -> bool:
    return f"#{Kind.CONTACTS}#" in str(item["key"])


def _pair_key(kind: Kind, pair: Both) -> str:
    first, second = sorted(pair)
    return f"{_IGNORED}{kind}#{_text(first)}#{_text(second)}"


def _text(member: Member) -> str:
    return str(member) if isinstance(member, int) else f"{member[0]}.{member[1]}"


def _member(kind: Kind, text: str) -> Member:
    if kind is not Kind.BOOKINGS:
        return int(text)
    location, booking = text.split(".")
    return int(location), int(booking)


def _stored(group: Found) -> dict[str, Any]:
    members = group.members[:MOST_MEMBERS]
    if group.keep is not None and group.keep not in members:
        members = (*members[:-1], group.keep)
    return {
        "members": [_plain(member) for member in members],
        "level": group.level.value,
        "reasons": [reason.value for reason in group.reasons],
        "keep": None if group.keep is None else _plain(group.keep),
    }


def _plain(member: Member) -> int | list[int]:
    return member if isinstance(member, int) else list(member)


def _found(kind: Kind, stored: Mapping[str, Any]) -> Found:
    members = tuple(_from_plain(member) for member in stored["members"])
    keep = None if stored["keep"] is None else _from_plain(stored["keep"])
    return Found(kind, members, Level(stored["level"]), tuple(map(Reason, stored["reasons"])), keep)


def _from_plain(stored: Any) -> Member:
    return (int(stored[0]), int(stored[1])) if isinstance(stored, list) else int(stored)


def _left(group: Found, handled: Set[Member]) -> Found | None:
    """Return what is left of a group, None when that is no group any more."""
    if handled.isdisjoint(group.members):
        return group
    members = tuple(member for member in group.members if member not in handled)
    keep = group.keep if group.keep in members else None
    return Found(group.kind, members, group.level, group.reasons, keep) if len(members) > 1 else None


def _is_ignored(group: Found, ignored: Set[Both]) -> bool:
    """Tell whether all pairs of a group are ignored."""
    members = group.members
    return all((one, other) in ignored for at, one in enumerate(members) for other in members[at + 1 :])
