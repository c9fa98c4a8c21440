"""What the duplicates' routes take and answer. Ids, codes and times alone: the widget has the names from Kommo."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import combinations
from typing import Annotated, Any

from pydantic import Field, model_validator

from bookdeal.duplicates.findings import MOST_IGNORED, Both, Found, Member, Scan
from bookdeal.duplicates.pairs import Kind, Level, Reason
from bookdeal.model.deal import LossReason, Tag
from bookdeal.runtime.api import Body, Id
from bookdeal.runtime.errors import Invalid

MOST_PIECES = 1000
"""Deals and bookings that one request may be about."""

type DealIds = Annotated[list[Id], Field(min_length=1, max_length=MOST_PIECES)]


class BookingAt(Body):
    """A booking, by its location and its id there."""

    location: Id
    booking: Id


class GroupScreen(Body):
    """What may be one and the same: `ids` of contacts or of deals, or `bookings`; `keep` is the deal to keep first."""

    kind: Kind
    ids: list[int]
    bookings: list[BookingAt]
    level: Level
    reasons: list[Reason]
    keep: int | None

    @staticmethod
    def of(found: Found) -> "GroupScreen":
        """Return a group."""
        ids, bookings = _split(found.members)
        keep = found.keep if isinstance(found.keep, int) else None
        return GroupScreen(
            kind=found.kind, ids=ids, bookings=bookings, level=found.level, reasons=list(found.reasons), keep=keep
        )


class GroupsScreen(Body):
    """Groups; whether there is another page, and whether something that should have been compared could not be read."""

    groups: list[GroupScreen]
    more: bool = False
    partial: bool = False

    @staticmethod
    def of(found: Iterable[Found], more: bool = False, *, partial: bool = False) -> "GroupsScreen":
        """Return these groups."""
        return GroupsScreen(groups=[GroupScreen.of(one) for one in found], more=more, partial=partial)


class IgnoredGroup(Body):
    """Contacts, deals (`ids`) or `bookings` of which a person has said that they are not to be found together."""

    kind: Kind
    ids: list[int]
    bookings: list[BookingAt]


class IgnoredScreen(Body):
    """What is ignored, and whether there is another page."""

    groups: list[IgnoredGroup]
    more: bool

    @staticmethod
    def of(kind: Kind, groups: Iterable[Sequence[Member]], more: bool) -> "IgnoredScreen":
        """Return these groups."""
        parts = [_split(members) for members in groups]
        return IgnoredScreen(
            groups=[IgnoredGroup(kind=kind, ids=ids, bookings=bookings) for ids, bookings in parts], more=more
        )


class ScanScreen(Body):
    """The newest scan that came to its end, and the command of the one that goes on now."""

    scanned_at: datetime | None
    counts: dict[str, int]
    command: str | None

    @staticmethod
    def of(scan: Scan | None, command: str | None) -> "ScanScreen":
        """Return what is known of scans."""
        at = datetime.fromtimestamp(scan.at, UTC) if scan is not None else None
        return ScanScreen(scanned_at=at, counts=dict(scan.counts) if scan is not None else {}, command=command)


class Named(Body):
    """Something of the account's, by its id and its name."""

    id: int
    name: str


class ChoicesScreen(Body):
    """What deals can be closed and tagged with."""

    reasons: list[Named]
    tags: list[Named]

    @staticmethod
    def of(reasons: Iterable[LossReason], tags: Iterable[Tag]) -> "ChoicesScreen":
        """Return what there is to choose from."""
        return ChoicesScreen(
            reasons=[Named(id=one.id, name=one.name) for one in reasons],
            tags=[Named(id=one.id, name=one.name) for one in tags],
        )


class CloseBody(Body):
    """Deals to be closed as lost, for one that is kept; `reason` is a loss reason of the account's."""

    keep: Id
    deals: DealIds
    reason: Id | None = None


class LinkBody(Body):
    """Deals that are to have a contact as their main one."""

    contact: Id
    deals: DealIds


class TagBody(Body):
    """Deals to be tagged; without a `tag` with the one that is meant for it, which is made when it is not there."""

    deals: DealIds
    tag: Id | None = None


class HandleBody(Body):
    """What to do, several things at once: contacts are linked, then deals tagged and closed, bookings cancelled."""

    link: tuple[LinkBody, ...] = ()
    tag: tuple[TagBody, ...] = ()
    close: tuple[CloseBody, ...] = ()
    cancel: tuple[BookingAt, ...] = ()

    def params(self) -> dict[str, Any]:
        """Return what a command is asked with. Raises Invalid for what contradicts itself, nothing, or too much."""
        pieces = sum(len(one.deals) for some in (self.link, self.tag, self.close) for one in some) + len(self.cancel)
        if not pieces:
            raise Invalid("nothing_to_do")
        if pieces > MOST_PIECES:
            raise Invalid("too_many", params={"most": MOST_PIECES})
        kept = {one.keep for one in self.close}
        for at, one in enumerate(self.close):
            if both := sorted(kept.intersection(one.deals)):
                raise Invalid("kept_and_closed", field=f"close.{at}.deals", params={"deal": both[0]})
        return {
            "link": [one.model_dump() for one in self.link],
            "tag": [one.model_dump() for one in self.tag],
            "close": [one.model_dump() for one in self.close],
            "cancel": [[one.location, one.booking] for one in self.cancel],
        }


class IgnoreBody(Body):
    """A group whose members are not to be found together any more, or again (`ignored` false)."""

    kind: Kind
    ids: Annotated[tuple[Id, ...], Field(max_length=MOST_IGNORED)] = ()
    bookings: Annotated[tuple[BookingAt, ...], Field(max_length=MOST_IGNORED)] = ()
    ignored: bool

    @model_validator(mode="after")
    def _fits(self) -> "IgnoreBody":
        is_of_bookings = self.kind is Kind.BOOKINGS
        if len(self.bookings if is_of_bookings else self.ids) < 2 or (self.ids if is_of_bookings else self.bookings):
            raise ValueError("two or more members of the kind")
        return self

    @property
    def pairs(self) -> list[Both]:
        """All pairs of the group."""
        members: list[Any] = [(one.location, one.booking) for one in self.bookings] or list(self.ids)
        return list(combinations(sorted(set(members)), 2))


def _split(members: Sequence[Member]) -> tuple[list[int], list[BookingAt]]:
    ids = [member for member in members if isinstance(member, int)]
    bookings = [BookingAt(location=one[0], booking=one[1]) for one in members if not isinstance(one, int)]
    return ids, bookings
