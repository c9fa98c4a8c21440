"""Pairs of what may be one and the same, and the groups that follow from them. Pure.

A pair has its reasons and a level, which is how sure they make it (`contacts`, `deals` and `bookings` say which reasons
make which level):

- `certain`: nothing speaks against it; a group may be closed without looking at each of its members;
- `likely`: it is so far more often than not; a person should look;
- `possible`: worth a look where somebody tidies up anyway.

Only certain pairs make groups of more than two: what is likely of A and B, and of B and C, says nothing of A and C.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations


class Kind(StrEnum):
    """What may be there twice."""

    CONTACTS = "contacts"
    DEALS = "deals"
    BOOKINGS = "bookings"


class Level(StrEnum):
    """How sure it is that two are one and the same."""

    CERTAIN = "certain"
    LIKELY = "likely"
    POSSIBLE = "possible"


class Reason(StrEnum):
    """What speaks for it. The first five lines are about contacts, the next about deals, the last about bookings."""

    SAME_PHONE = "same_phone"
    SAME_EMAIL = "same_email"
    SAME_CLIENT = "same_client"
    SAME_NAME = "same_name"
    NAMES_FIT = "names_fit"
    NAMES_ALIKE = "names_alike"
    NAMES_DIFFER = "names_differ"
    NO_NAME = "no_name"
    FITS_SEVERAL = "fits_several"
    TWO_CLIENTS = "two_clients"

    SAME_BOOKING = "same_booking"
    SAME_PERSON = "same_person"
    BOTH_OPEN = "both_open"
    SAME_PIPELINE = "same_pipeline"
    MADE_TOGETHER = "made_together"

    SAME_TIME = "same_time"
    OVERLAP = "overlap"
    SAME_SERVICE = "same_service"
    SAME_DAY = "same_day"
    SAME_EVENT = "same_event"
    TWO_LOCATIONS = "two_locations"


type BookingKey = tuple[int, int]
"""Location and booking id."""

MOST_COMPARED = 12
"""Of more that share something, each is compared with the first alone: their number grows, the work does not square."""


@dataclass(frozen=True, slots=True)
class Pair[K: (int, BookingKey)]:
    """Two that may be one: `first` is the smaller key."""

    first: K
    second: K
    level: Level
    reasons: frozenset[Reason]

    @staticmethod
    def of(one: K, other: K, level: Level, reasons: Iterable[Reason]) -> "Pair[K]":
        """Return the pair, whichever of the two comes first."""
        first, second = sorted((one, other))
        return Pair(first, second, level, frozenset(reasons))


@dataclass(frozen=True, slots=True)
class Group[K: (int, BookingKey)]:
    """Two or more that may be one, in order. The reasons are those of all pairs that made it."""

    members: tuple[K, ...]
    level: Level
    reasons: frozenset[Reason]


def combined[K: (int, BookingKey)](members: Iterable[K]) -> Iterator[tuple[K, K]]:
    """Yield who of a block is compared with whom: all with all of a few, each of many with the first."""
    ordered = sorted(members)
    if len(ordered) <= MOST_COMPARED:
        yield from combinations(ordered, 2)
    else:
        yield from ((ordered[0], other) for other in ordered[1:])


def grouped[K: (int, BookingKey)](pairs: Iterable[Pair[K]], ignored: Set[tuple[K, K]] = frozenset()) -> list[Group[K]]:
    """Return the groups, in the order of their first members: certain pairs joined, all others as they are.

    A pair that a person wants to be ignored is left out, and nobody else brings the two together: where others would,
    their pairs stay pairs.
    """
    kept = sorted(
        {pair for pair in pairs if (pair.first, pair.second) not in ignored},
        key=lambda pair: (pair.first, pair.second),
    )
    certain = [pair for pair in kept if pair.level is Level.CERTAIN]
    unions = Unions[K]()
    for pair in certain:
        unions.join(pair.first, pair.second)
    split = {unions.root(first) for first, second in ignored if unions.root(first) == unions.root(second)}
    joined: dict[K, list[Pair[K]]] = defaultdict(list)
    single: list[Group[K]] = []
    for pair in kept:
        root = unions.root(pair.first)
        is_within = root == unions.root(pair.second) and root not in split
        if pair.level is Level.CERTAIN and is_within:
            joined[root].append(pair)
        elif not is_within:
            single.append(Group((pair.first, pair.second), pair.level, pair.reasons))
    groups: list[Group[K]] = [_joined(theirs) for theirs in joined.values()]
    return sorted(groups + single, key=lambda group: group.members)


def gathered[K: (int, BookingKey)](pairs: Set[tuple[K, K]], most: int) -> list[tuple[K, ...]]:
    """Return groups of at most so many, in each of which all are paired; together they have all of these pairs.

    Pairs have the smaller key first. Where all pairs of a group were kept, and no other one shares its members, it
    comes back as it was.
    """
    partners: dict[K, set[K]] = defaultdict(set)
    for first, second in pairs:
        partners[first].add(second)
        partners[second].add(first)
    groups: list[tuple[K, ...]] = []
    left = set(pairs)
    for pair in sorted(pairs):
        if pair not in left:
            continue
        members = set(pair)
        for other in sorted(partners[pair[0]] & partners[pair[1]]):
            if len(members) < most and members <= partners[other]:
                members.add(other)
        left.difference_update(combinations(sorted(members), 2))
        groups.append(tuple(sorted(members)))
    return groups


def _joined[K: (int, BookingKey)](pairs: Sequence[Pair[K]]) -> Group[K]:
    members = {key for pair in pairs for key in (pair.first, pair.second)}
    reasons = frozenset(reason for pair in pairs for reason in pair.reasons)
    return Group(tuple(sorted(members)), Level.CERTAIN, reasons)


class Unions[K: (int, BookingKey)]:
    """Keys that belong together, whatever the order in which they are joined; the smallest stands for them."""

    def __init__(self) -> None:
        """Begin with every key alone."""
        self._above: dict[K, K] = {}

    def root(self, key: K) -> K:
        """Return the key that stands for all that this one belongs with."""
        above = self._above
        root = key
        while root in above:
            root = above[root]
        while key in above:
            above[key], key = root, above[key]
        return root

    def join(self, one: K, other: K) -> None:
        """Let two belong together."""
        low, high = sorted((self.root(one), self.root(other)))
        if low != high:
            self._above[high] = low
