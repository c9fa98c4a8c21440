"""Settling: what was not answered is found, or counts as not made after two whole looks, a minute apart."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from bookdeal.bookings.card.attempts import Attempt, Part, PartState, looked
from bookdeal.bookings.card.settling import settle
from bookdeal.model.booking import Booking
from tests.manual_clock import ManualClock

from .examples import GRACIA
from .examples import booking as a_booking

SENT_AT = 1_777_900_000
SENT = Part("bookdeal-1", PartState.SENT, sent_at=SENT_AT)


@dataclass
class Notes:
    """Attempts that nobody else writes."""

    def note(self, attempt: Attempt, changes: Mapping[int, Callable[[Part], Part]]) -> Attempt:
        for number, change in changes.items():
            if attempt.parts[number].state is PartState.SENT:
                attempt = attempt.with_part(number, change(attempt.parts[number]))
        return attempt


@dataclass
class Page:
    rows: tuple[Booking, ...]
    total: int


@dataclass
class Location:
    """A location whose changed bookings are listed in these pages."""

    pages: list[Page]
    asked: list[datetime | None] = field(default_factory=list)

    def changed_bookings(self, location: int, *, changed_after: datetime | None, page: int = 1) -> Page:
        self.asked.append(changed_after)
        return self.pages[page - 1] if page <= len(self.pages) else Page((), self.pages[-1].total)


def settled(part: Part, location: Location, after: int) -> Part:
    clock = ManualClock(SENT_AT + after)
    attempt = Attempt("request-1", GRACIA.id, None, 1, SENT_AT, "", (part,))
    notes: Any = Notes()
    return settle(notes, attempt, GRACIA, location, clock).parts[0]


def others(*ids: int) -> tuple[Booking, ...]:
    return tuple(a_booking(id=id) for id in ids)


def test_it_is_found_by_its_mark() -> None:
    mine = a_booking(id=9, external_id="bookdeal-1")
    found = settled(SENT, Location([Page(others(1, 2), 3), Page((mine,), 3)]), 5)
    assert (found.state, found.booking) == (PartState.MADE, 9)


def test_two_whole_looks_a_minute_apart_say_that_it_was_not_made() -> None:
    nobody = Location([Page(others(1), 1)])
    early = settled(SENT, nobody, 29)
    assert early == SENT
    once = settled(SENT, nobody, 31)
    assert (once.state, once.looked_at) == (PartState.SENT, SENT_AT + 31)
    assert settled(once, nobody, 90) == once
    twice = settled(once, nobody, 91)
    assert (twice.state, twice.reason) == (PartState.ABSENT, "not_made")


@pytest.mark.parametrize(
    "pages",
    [
        [Page(others(1, 2), 3)],  # the rest has vanished from under the reader
        [Page(others(1, 2), 4), Page(others(2), 4)],  # a row has moved from page to page
    ],
)
def test_a_look_that_did_not_see_all_is_none(pages: list[Page]) -> None:
    assert settled(SENT, Location(pages), 40) == SENT


def test_bookings_that_are_not_understood_are_seen_all_the_same() -> None:
    nobody = Location([Page(others(0, 0), 2)])
    assert settled(SENT, nobody, 40).looked_at == SENT_AT + 40


def test_when_clocks_go_back_the_earlier_time_is_asked_for() -> None:
    moment = int(datetime(2026, 10, 25, 1, 1, tzinfo=UTC).timestamp())  # 02:01 for the second time
    nobody = Location([Page((), 0)])
    settled(replace(SENT, sent_at=moment), nobody, 0)
    assert nobody.asked == [datetime(2026, 10, 25, 2, 1)]


def test_a_part_is_looked_for_from_before_it_was_sent() -> None:
    nobody = Location([Page((), 0)])
    settled(SENT, nobody, 0)
    sent = datetime.fromtimestamp(SENT_AT, UTC)
    assert nobody.asked == [sent.replace(tzinfo=None, hour=sent.hour + 2, minute=sent.minute - 2)]


def test_what_was_looked_for_is_remembered_once() -> None:
    once = looked(SENT, SENT_AT + 40)
    assert looked(once, SENT_AT + 50) == once
