"""Reading a large salon while it goes on working, and through both of its clock changes."""

import time
from datetime import datetime, timedelta
from typing import Any

import pytest

from bookdeal.altegio.client import AltegioClient, BookingPage
from bookdeal.bookings.mover import desk, locations
from bookdeal.model.hint import HintKind

from .bed import CONFIRMED, MADRID, Bed, control, person
from .conftest import MakeBed
from .oracle import by_booking, field

LOADED = 700


@pytest.mark.parametrize("restless", [4, 10])
def test_rows_shift_while_pages_are_read(make_bed: MakeBed, monkeypatch: pytest.MonkeyPatch, restless: int) -> None:
    """Of each page that was read, two bookings go to an earlier and to a later date before the next page is read."""
    bed = make_bed()
    bed.choose(task=None)
    control(bed.altegio.base_url, "load", {"bookings": LOADED, "clients": 40})
    rows = {row["id"]: row for row in bed.records()}
    # So long ago that no later sweep would look at them again.
    bed.pass_time(3600)
    moved: list[int] = []
    read = AltegioClient.changed_bookings

    def reading(self: AltegioClient, location: int, **given: Any) -> BookingPage:
        page = read(self, location, **given)
        if given.get("changed_before") is not None and len(page.rows) > 200:
            for place, days in ((10, -90), (200, 90)):
                if len(moved) < restless:
                    moved.append(page.rows[place].id)
                    bed.change(rows[moved[-1]], datetime=f"{bed.day(days)} 12:00:00")
        return page

    monkeypatch.setattr(AltegioClient, "changed_bookings", reading)
    bed.sweep()
    assert len(moved) == restless
    bed.sweep()
    assert len(bed.assert_right()) == LOADED
    assert bed.parked() == {}


def test_a_walk_goes_on_where_a_run_ended_and_lets_live_bells_pass(
    make_bed: MakeBed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locations, "SLICE", 200)
    monkeypatch.setattr(locations, "PART", 100)
    monkeypatch.setattr(desk, "SLICE_SECONDS", 1.0)
    bed = make_bed()
    bed.choose(task=None)
    control(bed.altegio.base_url, "load", {"bookings": LOADED, "clients": 40})
    bed.pass_time(3600)
    bed.ring(HintKind.LOCATION, source="person")
    bed.serve()
    assert len(bed.deals()) < LOADED
    urgent = bed.book(person(1))
    bed.hint(urgent)
    bed.serve()
    deals = by_booking(bed.deals())
    assert (bed.location, urgent["id"]) in deals
    assert len(deals) < LOADED
    bed.drain()
    assert len(bed.assert_right()) == LOADED + 1
    assert bed.runs >= 3


@pytest.mark.parametrize(
    ("before", "what"),
    [(datetime(2027, 3, 28, 1, 40, tzinfo=MADRID), "forward"), (datetime(2027, 10, 31, 1, 40, tzinfo=MADRID), "back")],
)
def test_the_clocks_change(make_bed: MakeBed, before: datetime, what: str) -> None:
    """Every twenty minutes another booking changes; two of three bells are lost, and there is no sweep."""
    bed = make_bed(at=before)
    records = [bed.book(person(number), 1, f"{number + 6:02d}:30") for number in range(12)]
    bed.work(*records)
    for number, record in enumerate(records):
        bed.set_status(record, CONFIRMED)
        if number % 3 == 0:
            bed.work(record)
        bed.pass_time(1200)
    bed.work(bed.book(person(50), 5))
    bed.assert_right()


@pytest.mark.parametrize(
    ("day", "clock", "instant"),
    [
        ("2027-03-28", "01:45", "2027-03-28T00:45:00+00:00"),
        ("2027-03-28", "02:30", "2027-03-28T01:30:00+00:00"),  # does not exist: moves forward
        ("2027-10-31", "02:30", "2027-10-31T00:30:00+00:00"),  # exists twice: the first
        ("2027-10-31", "12:00", "2027-10-31T11:00:00+00:00"),
    ],
)
def test_visits_on_the_days_of_the_clock_changes(
    make_bed: MakeBed, salon_of_march: Bed, day: str, clock: str, instant: str
) -> None:
    bed = salon_of_march
    record = bed.book(person(int(time.time() * 1000) % 10**6), **{"datetime": f"{day} {clock}:00"})
    bed.work(record)
    deal = bed.assert_right(only=[record])[record["id"]]
    assert field(deal, "BOOKING_TIME") == clock
    assert field(deal, "BOOKING_DATETIME") == datetime.fromisoformat(instant).timestamp()
    assert field(deal, "BOOKING_DATE") == datetime.fromisoformat(day).replace(tzinfo=MADRID).timestamp()


@pytest.fixture(scope="module")
def salon_of_march(make_bed: MakeBed) -> Bed:
    return make_bed(at=datetime(2027, 3, 20, 12, tzinfo=MADRID) + timedelta(minutes=5))
