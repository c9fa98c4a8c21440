"""Free times, by tables: working hours, what is taken, what has passed, and the days on which clocks change."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from bookdeal.bookings.card.availability import (
    FreeTime,
    at,
    exists,
    free_day,
    free_times,
    is_free,
    nearest,
    places,
    taken_by,
    with_busy,
)
from bookdeal.model.booking import BookingStatus
from bookdeal.model.journal import Busy, GroupEvent, Span, WorkingDay

from .examples import booking as a_booking

MADRID, KOLKATA = ZoneInfo("Europe/Madrid"), ZoneInfo("Asia/Kolkata")
BERTA = 51001
MONDAY = date(2026, 5, 4)
LONG_AGO = 0.0
HOUR = 3600


def span(text: str) -> Span:
    since, until = (int(part[:2]) * 60 + int(part[3:]) for part in text.split("-"))
    return Span(since, until)


def day(hours: str, busy: str | None = "", on: date = MONDAY) -> WorkingDay:
    """Return a working day from texts such as "10:00-14:00 15:00-19:00"; what is taken is numbered from 1."""
    taken = None if busy is None else tuple(Busy(span(one), n, None) for n, one in enumerate(busy.split(), 1))
    return WorkingDay(BERTA, on, tuple(span(one) for one in hours.split()), taken)


@pytest.mark.parametrize(
    ("hours", "busy", "minutes", "step", "expected"),
    [
        ("10:00-12:00", "", 60, 30, "10:00 10:30 11:00"),
        ("10:00-12:00", "", 60, 60, "10:00 11:00"),
        ("10:00-12:00", "", 120, 15, "10:00"),
        ("10:00-12:00", "", 121, 15, ""),
        ("", "", 30, 15, ""),
        ("10:00-13:00", "11:00-12:00", 60, 30, "10:00 12:00"),
        ("10:00-13:00", "11:00-12:00", 30, 30, "10:00 10:30 12:00 12:30"),
        ("10:00-12:00", "10:15-10:20", 15, 15, "10:00 10:30 10:45 11:00 11:15 11:30 11:45"),
        ("10:00-12:00 14:00-15:00", "", 60, 60, "10:00 11:00 14:00"),
        ("10:00-12:00 12:00-13:00", "", 120, 60, "10:00 11:00"),
        ("14:00-15:00 10:00-11:00", "", 60, 60, "10:00 14:00"),
        ("10:00-13:00", "10:00-12:00 11:00-13:00", 15, 15, ""),
        ("10:00-13:00", "09:00-10:30 12:30-14:00", 60, 30, "10:30 11:00 11:30"),
        ("22:00-24:00", "", 60, 30, "22:00 22:30 23:00"),
    ],
)
def test_free_times_of_a_day(hours: str, busy: str, minutes: int, step: int, expected: str) -> None:
    free = free_day(day(hours, busy), minutes * 60, step * 60, MADRID, LONG_AGO, None)
    assert " ".join(free.times) == expected


def test_a_length_of_no_whole_minute_takes_the_minute() -> None:
    assert free_day(day("10:00-11:00"), HOUR + 1, 900, MADRID, LONG_AGO, None).times == ()


def test_the_booking_that_is_to_be_moved_is_not_in_its_own_way() -> None:
    full = day("10:00-12:00", "10:00-11:00 11:00-12:00")
    assert free_day(full, HOUR, HOUR, MADRID, LONG_AGO, None).times == ()
    assert free_day(full, HOUR, HOUR, MADRID, LONG_AGO, 2).times == ("11:00",)
    assert is_free([full], at(MONDAY, 11 * 60), HOUR, besides=2)


def test_what_has_passed_is_not_free() -> None:
    now = datetime(2026, 5, 4, 11, 0, tzinfo=MADRID).timestamp()
    free = free_day(day("10:00-13:00"), 1800, 1800, MADRID, now, None)
    assert free.times == ("11:30", "12:00", "12:30")
    assert free.hours == (("10:00", "13:00"),)


def test_now_is_a_moment_and_not_a_clock() -> None:
    # 11:00 in Madrid is 14:30 in Kolkata.
    now = datetime(2026, 5, 4, 11, 0, tzinfo=MADRID).timestamp()
    free = free_day(day("13:00-16:00"), 1800, 1800, KOLKATA, now, None)
    assert free.times == ("15:00", "15:30")


SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)


def test_hours_that_summer_time_leaves_out_are_not_offered() -> None:
    free = free_day(day("01:00-04:00", on=SPRING), 1800, 1800, MADRID, LONG_AGO, None)
    assert free.times == ("01:00", "01:30", "03:00", "03:30")
    assert free_day(day("01:00-04:00", on=SPRING), 1800, 1800, KOLKATA, LONG_AGO, None).times[2:4] == ("02:00", "02:30")


@pytest.mark.parametrize(
    ("utc_hour", "utc_minute", "expected"),
    [
        (0, 10, "02:30 03:00 03:30"),  # 02:10 for the first time
        (0, 45, "03:00 03:30"),  # 02:45 for the first time
        (1, 10, "03:00 03:30"),  # 02:10 for the second time: the first 02:30 has passed
        (2, 10, "03:30"),  # 03:10
    ],
)
def test_of_a_doubled_hour_the_first_is_meant(utc_hour: int, utc_minute: int, expected: str) -> None:
    now = datetime(2026, 10, 25, utc_hour, utc_minute, tzinfo=ZoneInfo("UTC")).timestamp()
    free = free_day(day("02:00-04:00", on=AUTUMN), 1800, 1800, MADRID, now, None)
    assert " ".join(free.times) == expected


def test_existing_times() -> None:
    assert exists(datetime(2026, 10, 25, 2, 30), MADRID)
    assert not exists(datetime(2026, 3, 29, 2, 30), MADRID)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ("11:00", ["10:30", "11:30", "12:00"]),
        ("09:00", ["10:00", "10:30", "11:30"]),
        ("13:00", ["11:30", "12:00", "12:30"]),
    ],
)
def test_the_nearest_free_times(wanted: str, expected: list[str]) -> None:
    days = [day("10:00-13:00", "11:00-11:30")]
    free = free_times(days, 1800, 1800, MADRID, LONG_AGO)
    hours, minutes = (int(part) for part in wanted.split(":"))
    found = nearest(at(MONDAY, hours * 60 + minutes), free)
    assert [f"{one.starts_at:%H:%M}" for one in found] == expected
    assert {one.employee for one in found} == {BERTA}


def test_of_two_as_near_the_later_one_comes_first() -> None:
    free = [FreeTime(BERTA, at(MONDAY, minute)) for minute in (600, 720, 540, 780, 900)]
    assert [one.starts_at.hour for one in nearest(at(MONDAY, 660), free)] == [10, 12, 13]


@pytest.mark.parametrize(
    ("time", "length", "expected"),
    [
        ("10:00", HOUR, True),
        ("10:30", HOUR, False),
        ("13:30", HOUR, False),
        ("12:00", 2 * HOUR, True),
        ("09:30", HOUR, False),
    ],
)
def test_whether_a_time_is_free(time: str, length: int, expected: bool) -> None:
    days = [day("10:00-13:00 13:00-14:00", "11:00-12:00")]
    moment = datetime.fromisoformat(f"2026-05-04 {time}")
    assert is_free(days, moment, length) is expected
    assert not is_free(days, moment.replace(day=5), length)


def test_places_are_seats_and_not_bookings() -> None:
    event = GroupEvent(3101, "Yoga", 7050, BERTA, at(MONDAY, 1080), HOUR, 8, counted=2, colour="")
    taking = [
        a_booking(id=1, event=3101, seats=3),
        a_booking(id=2, event=3101, seats=2),
        a_booking(id=3, event=3101, seats=2, status=BookingStatus.CANCELLED),
        a_booking(id=4, event=3102, seats=1),
    ]
    assert [one.free for one in places([event], taking)] == [3]


def test_a_count_that_is_larger_than_what_is_seen_is_believed() -> None:
    event = GroupEvent(3101, "Yoga", 7050, BERTA, at(MONDAY, 1080), HOUR, 8, counted=9, colour="")
    assert [one.free for one in places([event], [])] == [0]


def test_where_the_schedule_does_not_say_what_is_taken_bookings_do() -> None:
    silent = day("10:00-13:00", None)
    booking = a_booking(id=9, starts_at=at(MONDAY, 660), length=HOUR)
    assert booking.employee is not None
    silent = WorkingDay(booking.employee.id, MONDAY, silent.hours, None)
    cancelled = a_booking(id=8, starts_at=at(MONDAY, 600), status=BookingStatus.CANCELLED)
    (told,) = with_busy([silent], taken_by([booking, cancelled]))
    assert free_day(told, HOUR, HOUR, MADRID, LONG_AGO, None).times == ("10:00", "12:00")
