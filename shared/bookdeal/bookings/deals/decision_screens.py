"""The bodies of the decisions' routes: what was done to a deal, why, and what a command wrote."""

from collections.abc import Collection, Iterable, Mapping
from itertools import islice
from typing import Annotated, Any

from pydantic import BaseModel, Field

from bookdeal.bookings.decisions import Batch, Decisions, deal_of, undo_of
from bookdeal.bookings.links import BookingKey, Links
from bookdeal.bookings.undo import Kept, is_mark
from bookdeal.runtime.api import Body, Id
from bookdeal.runtime.errors import NotFound
from bookdeal.runtime.store import Item

PAGE = 50
"""Decisions or batches on a page."""

MOST_DEALS = 20
"""So many deals that a booking was moved from are looked through."""

MOST_OF_A_DEAL = 500
"""So many of a deal's newest decisions are looked through for those about one booking."""

MOST_BOOKINGS = 500
"""The most bookings of one replay."""


class PlaceScreen(BaseModel):
    """A stage of a pipeline."""

    pipeline: int
    stage: int


class ChangeScreen(BaseModel):
    """One property that was written, such as `price` or `field:17`, before and after.

    `is_kept`: both values are told; of a text that may name somebody they are not kept, and not put back.
    """

    name: str
    before: Any
    after: Any
    is_kept: bool

    @staticmethod
    def of(name: str, before: Kept, after: Kept) -> "ChangeScreen":
        """Return the body of a property."""
        if is_mark(before) or is_mark(after):
            return ChangeScreen(name=name, before=None, after=None, is_kept=False)
        return ChangeScreen(name=name, before=before, after=after, is_kept=True)


class DecisionScreen(BaseModel):
    """One decision.

    `event` is what set it off, `rule` which rule spoke and `why` what each rule that was tried has met. `fields` are
    codes of what was written, `skipped` is why something that was wanted was not. `deal` 0, `location` 0, `booking` 0:
    none. `other_deal` is the one that a booking came from or went to. `batch` is the command that a person gave,
    `undone` the one that undid it. `at` in unix seconds.
    """

    id: str
    deal: int
    location: int
    booking: int
    event: str
    rule: str
    why: Mapping[str, Any] | None
    before: PlaceScreen | None
    after: PlaceScreen | None
    fields: tuple[str, ...]
    changes: tuple[ChangeScreen, ...]
    skipped: str | None
    at: int
    other_deal: int
    batch: str
    undone: str
    can_be_undone: bool

    @staticmethod
    def of(item: Item) -> "DecisionScreen":
        """Return the body of a stored decision."""
        undo = undo_of(item)
        changes = (
            [ChangeScreen.of(name, undo.before[name], after) for name, after in undo.after.items()] if undo else []
        )
        return DecisionScreen(
            id=id_of(item),
            deal=deal_of(item),
            location=item["location"],
            booking=item["booking"],
            event=item["event"],
            rule=item["rule"],
            why=item.get("why"),
            before=_place(item["before"]),
            after=_place(item["after"]),
            fields=item["fields"],
            changes=tuple(changes),
            skipped=item["skipped"],
            at=item["at"],
            other_deal=item.get("other_deal", 0),
            batch=item.get("batch", ""),
            undone=item.get("undone", ""),
            can_be_undone=bool(changes) and not item.get("undone"),
        )


class DecisionsScreen(BaseModel):
    """A page of decisions, the newest first. `more` is the next page's `after`, "" for none."""

    decisions: tuple[DecisionScreen, ...]
    more: str

    @staticmethod
    def of_deal(decisions: Decisions, deal: int, seen: Collection[int] | None, after: str) -> "DecisionsScreen":
        """Return a page of a deal's decisions; `seen` are the locations that the caller sees, None: all."""
        start = f"deal#{deal}#{after}" if after else ""
        items = decisions.newest_of_deal(deal, after=start, page=PAGE + 1)
        return DecisionsScreen._page(item for item in items if _is_seen(item, seen))

    @staticmethod
    def of_booking(decisions: Decisions, links: Links, booking: BookingKey, after: str) -> "DecisionsScreen":
        """Return a page of what was decided for a booking, on all deals that it was on.

        Raises NotFound("no_such_booking") for one that has no deal.
        """
        link = links.of_bookings([booking]).get(booking)
        if link is None:
            raise NotFound("no_such_booking", params={"location": booking[0], "booking": booking[1]})
        found: list[Item] = []
        deals, looked_at = [link.deal], set[int]()
        while deals and len(looked_at) < MOST_DEALS:
            deal = deals.pop()
            looked_at.add(deal)
            newest = islice(decisions.newest_of_deal(deal), MOST_OF_A_DEAL)
            theirs = [item for item in newest if (item["location"], item["booking"]) == booking]
            found += theirs
            others = {int(item["other_deal"]) for item in theirs if "other_deal" in item}
            deals += sorted(others - looked_at - {*deals})
        found.sort(key=id_of, reverse=True)
        return DecisionsScreen._page(item for item in found if not after or id_of(item) < after)

    @staticmethod
    def of_batch(decisions: Decisions, batch: str, after: str) -> "DecisionsScreen":
        """Return a page of a batch's decisions, entity by entity. Raises NotFound("batch")."""
        listed = list(islice(decisions.listed(batch, after=after, page=PAGE + 1), PAGE + 1))
        if not listed and not after:
            raise NotFound("batch")
        items = decisions.read(key for _, key in listed[:PAGE])
        more = listed[PAGE - 1][0] if len(listed) > PAGE else ""
        return DecisionsScreen(
            decisions=tuple(DecisionScreen.of(items[key]) for _, key in listed[:PAGE] if key in items), more=more
        )

    @staticmethod
    def _page(items: Iterable[Item]) -> "DecisionsScreen":
        page = list(islice(items, PAGE + 1))
        shown = tuple(DecisionScreen.of(item) for item in page[:PAGE])
        return DecisionsScreen(decisions=shown, more=shown[-1].id if len(page) > PAGE else "")


class BatchScreen(BaseModel):
    """What one command wrote.

    `by` is a Kommo user, `at` in unix seconds, `count` the number of decisions, `undone` the command that undid it.
    """

    id: str
    kind: str
    by: int | None
    at: float
    count: int
    undone: str

    @staticmethod
    def of(batch: Batch) -> "BatchScreen":
        """Return the body of a batch."""
        return BatchScreen(
            id=batch.id, kind=batch.kind, by=batch.by, at=batch.at, count=batch.count, undone=batch.undone
        )


class BatchesScreen(BaseModel):
    """A page of batches, the newest first. `more` is the next page's `after`, "" for none."""

    batches: tuple[BatchScreen, ...]
    more: str

    @staticmethod
    def read(decisions: Decisions, after: str) -> "BatchesScreen":
        """Return a page of the account's batches."""
        page = list(islice(decisions.batches(after=after, page=PAGE + 1), PAGE + 1))
        shown = tuple(BatchScreen.of(batch) for batch in page[:PAGE])
        return BatchesScreen(batches=shown, more=shown[-1].id if len(page) > PAGE else "")


class BookingRef(Body):
    """One booking."""

    location: Id
    booking: Id


class ReplayBody(Body):
    """The bookings to replay."""

    bookings: Annotated[tuple[BookingRef, ...], Field(min_length=1, max_length=MOST_BOOKINGS)]


def id_of(item: Item) -> str:
    """Return the id of a stored decision within its deal; ids of all deals follow the time."""
    return str(item["key"]).rpartition("#")[2]


def _is_seen(item: Item, seen: Collection[int] | None) -> bool:
    return seen is None or item["location"] in seen or item["location"] == 0


def _place(stored: Any) -> PlaceScreen | None:
    return PlaceScreen(pipeline=stored[0], stage=stored[1]) if stored else None
