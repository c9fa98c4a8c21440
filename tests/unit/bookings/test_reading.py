"""Reading a location's changes: nothing is missed, whatever happens while pages are read."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bookdeal.altegio.client import BookingPage
from bookdeal.bookings.mover.reading import ATTEMPTS, LIVE_OVERLAP, SURE_AFTER, Slice, read_live
from bookdeal.bookings.mover.state import LocationState, Walk
from bookdeal.bookings.stamps import stamp_instant
from bookdeal.model.booking import Booking

from .examples import BOOKING, GRACIA

ZONE = ZoneInfo(GRACIA.timezone)
NOON = int(datetime(2026, 5, 2, 12, 0, tzinfo=ZONE).timestamp())


def stamp(instant: int) -> str:
    return datetime.fromtimestamp(instant, ZONE).strftime("%Y-%m-%dT%H:%M:%S%z")


@dataclass
class Salon:
    """A location's list as Altegio serves it: by change window and visit day, latest visit first, page by page."""

    page_size: int
    now: int = NOON
    rows: dict[int, Booking] = field(default_factory=dict)
    before_page: Callable[["Salon"], None] | None = None
    requests: int = 0

    def put(self, id: int, starts_at: datetime, *, changed: int | None = None) -> None:
        when = self.now if changed is None else changed
        self.rows[id] = replace(BOOKING, id=id, starts_at=starts_at, changed=stamp(when))

    def changed_bookings(
        self,
        location: int,
        *,
        changed_after: datetime | None,
        changed_before: datetime | None = None,
        from_day: date | None = None,
        until_day: date | None = None,
        page: int = 1,
    ) -> BookingPage:
        self.requests += 1
        if self.before_page is not None:
            self.before_page(self)

        def fits(row: Booking) -> bool:
            changed = datetime.fromisoformat(row.changed).replace(tzinfo=None)
            day = row.starts_at.date()
            return (
                (changed_after is None or changed >= changed_after)
                and (changed_before is None or changed <= changed_before)
                and (from_day is None or day >= from_day)
                and (until_day is None or day <= until_day)
            )

        listed = sorted((row for row in self.rows.values() if fits(row)), key=lambda row: (row.starts_at, row.id))[::-1]
        start = (page - 1) * self.page_size
        return BookingPage(tuple(listed[start : start + self.page_size]), len(listed), self.now)


def live(salon: Salon, state: LocationState) -> tuple[set[int], LocationState]:
    page, after = read_live(salon, GRACIA, state, overlap=LIVE_OVERLAP, from_day=None)
    return {row.id for row in page.rows}, after


def walk_all(salon: Salon, walk: Walk, enough: int) -> set[int]:
    """Read a walk to its end as the mover does: slices, cut at a visit day, read again while rows shift."""
    read: set[int] = set()
    for _ in range(500):
        found: dict[int, Booking] = {}
        for _ in range(ATTEMPTS):
            slice_ = Slice(salon, GRACIA, walk, None)
            for page in slice_.pages():
                found |= {row.id: row for row in page.rows if isinstance(row, Booking) and row.id not in read}
                if len(found) >= enough:
                    break
            if slice_.steady:
                break
        else:
            walk = replace(walk, again=True)
        taken = sorted(found.values(), key=lambda row: row.starts_at, reverse=True)[:enough]
        read.update(row.id for row in taken)
        if slice_.ended and len(taken) == len(found):
            if not walk.again:
                return read
            walk = Walk(walk.after, walk.before)
        else:
            assert slice_.last_day is not None
            reached = date.min if slice_.ended else slice_.last_day
            walk = replace(walk, until_day=max(reached, taken[-1].starts_at.date() if taken else reached))
    raise AssertionError("the walk does not end")


def test_one_page_is_read_with_one_request_and_moves_the_cursor() -> None:
    salon = Salon(page_size=300)
    salon.put(1, datetime(2026, 5, 4, 10), changed=NOON - 5)
    read, state = live(salon, LocationState(cursor=NOON - 600))
    assert read == {1}
    assert state.cursor == NOON - 5
    assert salon.requests == 1


def test_a_late_row_within_the_overlap_is_seen() -> None:
    salon = Salon(page_size=300)
    salon.put(1, datetime(2026, 5, 4, 10), changed=NOON - LIVE_OVERLAP + 1)
    assert live(salon, LocationState(cursor=NOON))[0] == {1}


def test_more_than_a_page_becomes_a_walk_and_live_changes_are_read_past_it() -> None:
    salon = Salon(page_size=10)
    for id in range(25):
        salon.put(id, datetime(2026, 5, 4, 10) + timedelta(hours=id), changed=NOON - 60)
    read, state = live(salon, LocationState(cursor=NOON - 600))
    assert read == set()
    assert state.walks == (Walk(NOON - 600 - LIVE_OVERLAP, NOON - SURE_AFTER),)
    assert state.owed, "what is newer than that is still to be read"
    salon.put(98, datetime(2026, 6, 1, 10), changed=NOON - 1)  # seen too early to be sure of its second
    salon.now += 120
    salon.put(99, datetime(2026, 6, 1, 10))
    read, state = live(salon, state)
    assert read == {98, 99}
    assert not state.owed
    assert walk_all(salon, state.walks[0], enough=12) == set(range(25))


@given(
    days=st.lists(st.integers(0, 6), min_size=1, max_size=80),
    page_size=st.integers(3, 12),
    enough=st.integers(4, 20),
    moves=st.lists(st.tuples(st.integers(1, 40), st.integers(0, 79), st.integers(-6, 6)), max_size=20),
)
@settings(max_examples=300, deadline=None)
def test_rows_rescheduled_while_pages_are_read_are_all_seen_in_the_end(
    days: list[int], page_size: int, enough: int, moves: list[tuple[int, int, int]]
) -> None:
    """A booking is seen in the walk, or by the live read after it, in which a rescheduled one has a new stamp."""
    salon = Salon(page_size=page_size)
    first = datetime(2026, 5, 4, 10)
    for id, day in enumerate(days):
        salon.put(id, first + timedelta(days=day, minutes=id))
    walk = Walk(NOON - 60, NOON)
    salon.now = NOON + 60

    def reschedule(salon: Salon) -> None:
        for at, id, by in moves:
            if at == salon.requests and id in salon.rows:
                salon.now += 1
                salon.put(id, salon.rows[id].starts_at + timedelta(days=by))

    salon.before_page = reschedule
    read = walk_all(salon, walk, enough)
    salon.before_page = None
    salon.page_size = 300
    later, _ = live(salon, LocationState(cursor=NOON))
    assert read | later == set(range(len(days)))


def test_ten_thousand_changes_of_one_second_are_cut_by_visit_day() -> None:
    salon = Salon(page_size=300)
    for id in range(10_000):
        salon.put(id, datetime(2026, 5, 4, 9) + timedelta(days=id % 60, minutes=id % 500))
    assert walk_all(salon, Walk(NOON - 60, NOON), enough=1500) == set(range(10_000))
    assert salon.requests <= 50


def test_a_day_with_more_than_a_slice_still_ends() -> None:
    salon = Salon(page_size=10)
    for id in range(95):
        salon.put(id, datetime(2026, 5, 4, 9) + timedelta(minutes=id))
    assert walk_all(salon, Walk(NOON - 60, NOON), enough=20) == set(range(95))


def test_a_location_is_read_from_its_beginning_or_from_the_go_live_day() -> None:
    salon = Salon(page_size=300)
    salon.put(1, datetime(2020, 1, 1, 10), changed=1_600_000_000)
    salon.put(2, datetime(2026, 5, 4, 10), changed=1_600_000_000)
    everything, state = read_live(salon, GRACIA, LocationState(), overlap=30, from_day=None)
    assert {row.id for row in everything.rows} == {1, 2}
    assert state.cursor == 1_600_000_000
    since, _ = read_live(salon, GRACIA, LocationState(), overlap=30, from_day=date(2026, 1, 1))
    assert {row.id for row in since.rows} == {2}


@pytest.mark.parametrize("change", [datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC)])
@pytest.mark.parametrize("minutes", range(-150, 240, 15))
def test_no_change_is_missed_around_a_clock_change(change: datetime, minutes: int) -> None:
    """Whatever minute around either change the cursor stands at, a booking changed a moment later is read."""
    cursor = int((change + timedelta(minutes=minutes)).timestamp())
    for later in (0, 5, 31, 59, 61, 119):
        salon = Salon(page_size=300, now=cursor + later * 60)
        salon.put(1, datetime(2026, 12, 1, 10), changed=salon.now)
        read, _ = live(salon, LocationState(cursor=cursor))
        assert read == {1}, f"changed {later} minutes after the cursor"


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-05-02T12:00:00+0200", NOON),
        ("2026-05-02T12:00:00+02:00", NOON),
        ("2026-05-02T12:00:00+0100", NOON),  # the winter's offset in summer: the wall clock is right
        ("2026-05-02T12:00:00+0300", NOON - 3600),  # ahead of the zone: the earlier reading is the careful one
        ("2026-05-02T12:00:00", NOON),
        ("2026-10-25T02:30:00+0100", int(datetime(2026, 10, 25, 0, 30, tzinfo=UTC).timestamp())),
        ("", None),
        ("yesterday", None),
    ],
)
def test_stamps_are_read_to_the_careful_side(text: str, instant: int | None) -> None:
    assert stamp_instant(text, GRACIA.timezone) == instant
